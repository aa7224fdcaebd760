"""What one forward pass leaves for the explanations: logits, the tokens, and each layer's queries and keys."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch.nn import functional

from ..records import Geometry, Readout


@dataclass(frozen=True, eq=False)
class ClassifierHead:
    """The last steps of the classifier: readout of the tokens -> LayerNorm -> Linear; on the CPU, in float32."""

    readout: Readout
    weight: torch.Tensor
    """(num_labels, D)."""
    bias: torch.Tensor
    """(num_labels,)."""
    norm_weight: torch.Tensor | None = None
    """(D,) the LayerNorm's gain, gamma; None where there is no LayerNorm between readout and Linear."""
    norm_bias: torch.Tensor | None = None
    """(D,) the LayerNorm's shift, beta."""
    norm_eps: float = 0.0

    def normed(self, vectors: torch.Tensor) -> torch.Tensor:
        """(..., D) what was read of the tokens -> (..., D) what the linear step gets."""
        if self.norm_weight is None:
            return vectors
        return functional.layer_norm(vectors, vectors.shape[-1:], self.norm_weight, self.norm_bias, self.norm_eps)

    def logits(self, vectors: torch.Tensor) -> torch.Tensor:
        """(..., D) what was read of the tokens -> (..., num_labels)."""
        return functional.linear(self.normed(vectors), self.weight, self.bias)

    def to(self, device: torch.device | str) -> ClassifierHead:
        """The same on another device."""
        return replace(
            self,
            norm_weight=None if self.norm_weight is None else self.norm_weight.to(device),
            norm_bias=None if self.norm_bias is None else self.norm_bias.to(device),
            weight=self.weight.to(device),
            bias=self.bias.to(device),
        )


@dataclass(frozen=True, eq=False)
class AttentionTrace:
    """What the recording attention backend kept: from these every attention map can be computed, exactly."""

    queries: tuple[torch.Tensor, ...]
    """One (heads, P + N, d) tensor a layer, first layer first, in the model's dtype and on its device."""
    keys: tuple[torch.Tensor, ...]
    """As ``queries``."""
    logsumexp: tuple[torch.Tensor, ...]
    """One (heads, P + N) float32 tensor a layer: log Σ_m exp(scale · q_n · k_m): row n divides by its exponential."""
    scale: float
    """Attention is softmax(scale · Q Kᵀ) = exp(scale · Q Kᵀ - logsumexp)."""
    readout: torch.Tensor
    """(P + N,) float32, sums to 1: what the classifier reads of the last layer's tokens."""
    num_prefix: int = 0
    """P: tokens before the clip's N, such as a class token."""

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
    """(N, D) float32: the encoder's last hidden states of the clip's tokens, before the readout."""
    head: ClassifierHead
    geometry: Geometry
    familiarity: float | None = None
    """See `results.Familiarity`; None where the checkpoint has no numbers for it."""


def readout_row(num_tokens: int, readout: Readout, *, device: torch.device | str) -> torch.Tensor:
    """(num_tokens,) float32, sums to 1: what a classifier reads of its last layer's tokens: all alike, or the first."""
    row = torch.zeros(num_tokens, device=device)
    if readout == "mean":
        row += 1 / num_tokens
    else:
        row[0] = 1
    return row
