"""Class-specific relevance (Chefer, Gur and Wolf 2021), exact, without any N x N tensor.

The paper accumulates R <- R + Ā R from R = I, layer by layer, with Ā = mean over heads of (∇A · A)⁺ and ∇A the gradient
of the target's logit by the attention weights, and reads the classifier's row of R. As for rollout, only that row is
needed, and it can be pushed down from the last layer as a vector. Nor is ∇A ever whole: the output of a head is
O = A V, so the gradient of row n is ∇O_n Vᵀ, and ∇O is what backpropagation through the fused kernel gives.

The identity that R starts from gives every token of a mean-pooled classifier the same share. It is left out of the
map, as in the paper's code, which drops the readout token's own entry.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch

from ..attention import RecordedFlow, RecordedLayer, record_attention
from ..records import Target
from . import rows
from .scores import embed, score_function

if TYPE_CHECKING:
    from ..models import VideoClassifier


GRADIENT_SCALE = 2.0**12
"""The score is multiplied by this before the backward pass: gradients by single tokens would underflow in float16."""


def compute(
    classifier: VideoClassifier, pixel_values: np.ndarray, target: Target
) -> tuple[np.ndarray, Mapping[str, float]]:
    """Relevance for the target as a multiple of the uniform share; one forward and one backward pass."""
    with torch.enable_grad(), record_attention(outputs=True) as recorder:
        score = score_function(classifier, target)(embed(classifier, pixel_values))
    gradients = torch.autograd.grad(score * GRADIENT_SCALE, [flow.output for flow in recorder.flows])
    start = rows.readout_row(classifier.geometry.num_tokens, classifier.head.readout, device=score.device)
    relevance = relevance_row(recorder.layers, recorder.flows, gradients, start)
    return (relevance * (len(relevance) / relevance.sum())).cpu().numpy(), {}


@torch.no_grad()
def relevance_row(
    layers: Sequence[RecordedLayer],
    flows: Sequence[RecordedFlow],
    gradients: Sequence[torch.Tensor],
    start: torch.Tensor,
) -> torch.Tensor:
    """(N,) float32, not negative: the readout's row of R, without the identity's own part.

    Args:
        layers, flows: what was recorded of one clip, first layer first.
        gradients: (1, heads, N, d) each: ``GRADIENT_SCALE`` times the gradient of the score by a layer's output.
        start: (N,) the readout's row of the identity.
    """
    # What is gathered is kept apart from ``start``: it is smaller by orders of magnitude, and a sum would round it off.
    gathered = torch.zeros_like(start)
    for layer, flow, gradient in reversed(list(zip(layers, flows, gradients, strict=True))):
        left, right = rows.factors(layer.query[0], layer.key[0], layer.logsumexp[0], layer.scale)
        gathered = gathered + _positive_part(left, right, gradient[0], flow.value[0], start + gathered)
    return gathered


def _positive_part(
    left: torch.Tensor, right: torch.Tensor, gradient: torch.Tensor, value: torch.Tensor, weights: torch.Tensor
) -> torch.Tensor:
    """(N,): ``weights`` @ mean over heads of (∇A · A)⁺, block by block; see ``rows.factors``."""
    value = value.transpose(-1, -2)

    def of_heads(heads: slice) -> torch.Tensor:
        total = torch.zeros_like(weights)
        for block in rows.row_blocks(left):
            attention = rows.attention_rows(left[heads, block], right[heads])
            # Attention is positive, so the positive part of the product is the product with the positive part.
            positive = torch.bmm(gradient[heads, block], value[heads]).clamp_min_(0).mul_(attention)
            seed = weights[block].to(positive.dtype).expand(len(positive), 1, -1)
            total += torch.bmm(seed, positive).sum(dim=(0, 1), dtype=total.dtype)
        return total

    return rows.sum_over_heads(of_heads, left) / (len(left) * GRADIENT_SCALE)
