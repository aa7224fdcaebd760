"""Attention rollout (Abnar and Zuidema 2020), as one row vector.

Rollout multiplies the layers' head-fused attention, each mixed half and half with the identity that stands for the
residual branch, and reads the row of the token that the classifier reads. Only that row is needed, so it is pushed
down through the layers, from the last to the first, as a vector: N numbers instead of N x N.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np
import torch

from ...errors import BadRequestError
from ...models.output import AttentionTrace
from ...results import Target
from .. import rows

if TYPE_CHECKING:
    from ...models import VideoClassifier

FUSIONS: Mapping[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "mean": lambda attention: attention.mean(dim=0),
    "max": lambda attention: attention.amax(dim=0),
    "min": lambda attention: attention.amin(dim=0),
}
"""How the heads of a layer become one matrix: (heads, rows, N) -> (rows, N)."""


def compute(
    classifier: VideoClassifier, pixel_values: np.ndarray, target: Target | None, **options: object
) -> tuple[np.ndarray, Mapping[str, float]]:
    """Rollout of one view as a multiple of the uniform share; options as in ``rollout``.

    What a class token keeps to itself belongs to no patch, and is left out.
    """
    output = classifier.forward(pixel_values)
    relevance = rollout(output.trace, **options)  # type: ignore[arg-type]
    return rows.over_patches(relevance, output.trace.num_prefix).cpu().numpy(), {}


@torch.no_grad()
def rollout(
    trace: AttentionTrace,
    *,
    head_fusion: str = "mean",
    discard_ratio: float = 0.0,
    first_layer: int = 0,
    last_layer: int | None = None,
) -> torch.Tensor:
    """(P + N,) float32, sums to 1: the share of the readout that attention carries up from each token.

    Args:
        trace: of one pass; the vector starts as its ``readout``.
        head_fusion: a key of ``FUSIONS``.
        discard_ratio: in [0, 1): this share of a layer's fused weights, the smallest ones, is set to zero first.
        first_layer, last_layer: the layers [first_layer, last_layer) only; None is the last one's end.

    Raises:
        BadRequestError: an option is out of range.
    """
    num_layers = len(trace.queries)
    last_layer = num_layers if last_layer is None else last_layer
    if head_fusion not in FUSIONS:
        raise BadRequestError(f"Head fusion {head_fusion!r} is not known: choose one of {', '.join(FUSIONS)}.")
    if not 0 <= discard_ratio < 1:
        raise BadRequestError(f"The discard ratio must be at least 0 and below 1, not {discard_ratio}.")
    if not 0 <= first_layer < last_layer <= num_layers:
        raise BadRequestError(
            f"Layers {first_layer} to {last_layer} are empty or do not exist: this model has {num_layers} layers."
        )
    relevance = trace.readout
    for layer in reversed(range(first_layer, last_layer)):
        if head_fusion == "mean" and discard_ratio == 0:  # rows of (A + I) / 2 sum to 1 as they are
            relevance = 0.5 * relevance + 0.5 * rows.weighted_rows(*rows.layer_factors(trace, layer), relevance)
        else:
            relevance = _step(trace, layer, relevance, head_fusion, discard_ratio)
    return relevance


def _step(
    trace: AttentionTrace, layer: int, relevance: torch.Tensor, head_fusion: str, discard_ratio: float
) -> torch.Tensor:
    """relevance @ (A + I), with A fused and thinned out, and the rows of the sum normalised to 1."""
    blocks = _fused_rows(trace, layer, head_fusion)
    if discard_ratio:
        # The threshold is the whole matrix's, as in common implementations: one fused N x N matrix, 10 MB for ViT-B.
        fused = torch.cat([block for _, block in blocks])
        rank = int(fused.numel() * discard_ratio)
        if rank:
            fused[fused <= fused.flatten().kthvalue(rank).values] = 0
        blocks = iter([(slice(0, len(fused)), fused)])
    total = torch.zeros_like(relevance)
    for where, block in blocks:
        weights = relevance[where] / (block.sum(dim=-1) + 1)  # the identity adds 1 to each row's sum
        total += weights @ block
        total[where] += weights
    return total


def _fused_rows(trace: AttentionTrace, layer: int, head_fusion: str) -> Iterator[tuple[slice, torch.Tensor]]:
    """A layer's head-fused attention as (which rows, (rows, N) float32), block by block."""
    left, right = rows.layer_factors(trace, layer)
    # All heads of a block at once: 12 x 64 x 1568 float32 are 5 MB.
    for where in rows.row_blocks(left):
        for start in range(where.start, where.stop, 64):
            part = slice(start, min(start + 64, where.stop))
            yield part, FUSIONS[head_fusion](rows.attention_rows(left[:, part], right)).float()
