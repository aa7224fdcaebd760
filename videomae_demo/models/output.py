"""What one forward pass leaves for the explanations: logits, the tokens, and each layer's queries and keys."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from ..records import Geometry, Readout


@dataclass(frozen=True, eq=False)
class ClassifierHead:
    """The last steps of the classifier: readout of the tokens -> LayerNorm -> Linear; on the CPU, in float32."""

    readout: Readout
    norm_weight: torch.Tensor
    """(D,) the LayerNorm's gain, gamma."""
    norm_bias: torch.Tensor
    """(D,) the LayerNorm's shift, beta."""
    norm_eps: float
    weight: torch.Tensor
    """(num_labels, D)."""
    bias: torch.Tensor
    """(num_labels,)."""


@dataclass(frozen=True, eq=False)
class AttentionTrace:
    """What the recording attention backend kept: from these every attention map can be computed, exactly."""

    queries: tuple[torch.Tensor, ...]
    """One (heads, N, d) tensor a layer, first layer first, in the model's dtype and on its device."""
    keys: tuple[torch.Tensor, ...]
    """As ``queries``."""
    logsumexp: tuple[torch.Tensor, ...]
    """One (heads, N) float32 tensor a layer: log Σ_m exp(scale · q_n · k_m), what the softmax of row n divides by."""
    scale: float
    """Attention is softmax(scale · Q Kᵀ) = exp(scale · Q Kᵀ - logsumexp)."""

    def __post_init__(self) -> None:
        if not self.queries or not len(self.queries) == len(self.keys) == len(self.logsumexp):
            raise ValueError(
                f"{len(self.queries) = }, {len(self.keys) = }, {len(self.logsumexp) = }: "
                "no layer, or not the same layers, recorded"
            )


@dataclass(frozen=True, eq=False)
class ModelOutput:
    """One forward pass over one view, with what the explanations need of it."""

    logits: np.ndarray
    """(num_labels,) float32."""
    trace: AttentionTrace
    tokens: torch.Tensor
    """(N, D) float32: the encoder's last hidden states, before the readout."""
    head: ClassifierHead
    geometry: Geometry
