"""Class-specific relevance (Chefer, Gur and Wolf 2021), exact, without any N x N tensor.

The paper accumulates R <- R + Ā R from R = I, layer by layer, with Ā = mean over heads of (∇A · A)⁺ and ∇A the gradient
of the target's logit by the attention weights, and reads the classifier's row of R. As for rollout, only that row is
needed, and it can be pushed down from the last layer as a vector. That is the direction of backpropagation, too, whose
step through a layer's attention needs A and ∇A as well, block by block. So both are done in one sweep: the attention
function below is the fused kernel forwards, and gathers relevance on the way back.

The identity that R starts from gives every token of a mean-pooled classifier the same share. It is left out of the
map, as in the paper's code, which drops the readout token's own entry.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.autograd.function import once_differentiable

from ...models.attention import attending
from ...models.kernels import fused_attention
from ...models.output import readout_row
from ...results import Target
from .. import rows
from ..scores import embed, score_function

if TYPE_CHECKING:
    from ...models import VideoClassifier


GRADIENT_SCALE = 2.0**12
"""The score is multiplied by this before the backward pass: gradients by single tokens would underflow in float16."""


def compute(
    classifier: VideoClassifier, pixel_values: np.ndarray, target: Target
) -> tuple[np.ndarray, Mapping[str, float]]:
    """Relevance for the target as a multiple of the uniform share; one forward and one backward pass."""
    device = torch.device(classifier.device)
    adapter = classifier.adapter
    asked = 1 if adapter.pools else adapter.num_prefix + classifier.geometry.num_tokens
    sweep = RelevanceSweep(readout_row(asked, adapter.readout, device=device))
    with classifier.lock:
        with torch.enable_grad(), attending(sweep.attend):
            score = score_function(classifier, target)(embed(classifier, pixel_values))
        torch.autograd.grad(score * GRADIENT_SCALE, sweep.anchor)
    return rows.over_patches(sweep.gathered, adapter.num_prefix).cpu().numpy(), {}


class RelevanceSweep:
    """The attention function of one forward and backward pass, and what the latter gathers."""

    def __init__(self, start: torch.Tensor) -> None:
        """``start`` is (queries,) float32: what the classifier reads of the last attention's queries, which are all
        tokens, or a pooler's one."""
        self.start = start
        self.gathered = torch.zeros_like(start)
        """(P + N,) float32, not negative: the readout's row of R without the identity's own part, up to the layers that
        the backward pass has come through. Kept apart from ``start``: it is smaller by orders of magnitude, and a sum
        would round it off."""
        self.anchor = torch.zeros((), device=start.device, requires_grad=True)
        """What the backward pass aims at: no parameter requires a gradient, and the first layer's inputs need none."""

    def attend(self, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, scale: float) -> torch.Tensor:
        """Fused attention over one clip; see ``attention.Attend``."""
        return _GatheringAttention.apply(self.anchor, query, key, value, scale, self)  # type: ignore[no-untyped-call]


class _GatheringAttention(torch.autograd.Function):
    """O = A V forwards. Backwards, with G = ∇O Vᵀ = ∇A and D the row sums of ∇O · O:

    ∇V = Aᵀ ∇O,  ∇S = A · (G - D),  ∇Q = scale · ∇S K,  ∇K = scale · ∇Sᵀ Q;  relevance gains weights · (G · A)⁺.
    """

    @staticmethod
    def forward(ctx: Any, anchor: Any, query: Any, key: Any, value: Any, scale: float, sweep: RelevanceSweep) -> Any:
        output, logsumexp = fused_attention(query, key, value, scale)
        ctx.save_for_backward(query, key, value, output, logsumexp)
        ctx.scale, ctx.sweep = scale, sweep
        return output

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        query, key, value, output, logsumexp = (tensor[0] for tensor in ctx.saved_tensors)
        sweep, gradient = ctx.sweep, gradient[0]
        left, right = rows.factors(query, key, logsumexp, ctx.scale)
        weights = sweep.start + sweep.gathered
        drift = (gradient * output).sum(dim=-1, keepdim=True)
        # The first layer's inputs are the embeddings, which nobody asks about; a pooler's query depends on nothing.
        onwards = ctx.needs_input_grad[2]
        inputs = (query, key, value) if onwards else ()
        gradients = [torch.zeros_like(one, dtype=torch.float32) for one in inputs]

        def of_heads(heads: slice) -> torch.Tensor:
            total = weights.new_zeros(key.shape[-2])
            across = value[heads].transpose(-1, -2)
            for block in rows.row_blocks(left):
                attention = rows.attention_rows(left[heads, block], right[heads])
                by_attention = torch.bmm(gradient[heads, block], across)
                # Attention is positive, so the positive part of the product is the product with the positive part.
                positive = by_attention.clamp_min(0).mul_(attention)
                seed = weights[block].to(positive.dtype).expand(len(positive), 1, -1)
                total += torch.bmm(seed, positive).sum(dim=(0, 1), dtype=total.dtype)
                if onwards:
                    by_query, by_key, by_value = (part[heads] for part in gradients)
                    by_value += torch.bmm(attention.transpose(-1, -2), gradient[heads, block])
                    by_score = by_attention.sub_(drift[heads, block]).mul_(attention)
                    by_query[:, block] = torch.bmm(by_score, key[heads])
                    by_key += torch.bmm(by_score.transpose(-1, -2), query[heads, block])
            return total

        added = rows.sum_over_heads(of_heads, left) / (len(left) * GRADIENT_SCALE)
        if len(added) == len(weights):
            sweep.gathered = sweep.gathered + added
        else:  # a pooler's query: what it keeps of itself is no token's
            sweep.start, sweep.gathered = torch.zeros_like(added), added
        if not onwards:
            return torch.zeros_like(sweep.anchor), None, None, None, None, None
        by_query, by_key, by_value = (part[None].to(query.dtype) for part in gradients)
        return None, by_query * ctx.scale, by_key * ctx.scale, by_value, None, None
