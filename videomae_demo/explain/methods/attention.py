"""Raw attention: where one query token looks, in one layer, by one head."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import torch

from ...errors import BadRequestError
from ...models.output import AttentionTrace, ModelOutput
from ...results import Target
from ...words import later
from .. import rows

if TYPE_CHECKING:
    from ...models import VideoClassifier


def compute(
    classifier: VideoClassifier,
    pixel_values: np.ndarray,
    target: Target | None,
    *,
    layer: int = -1,
    head: int | None = None,
    token: int | None = None,
) -> tuple[np.ndarray, Mapping[str, float]]:
    """One layer's attention as a multiple of the uniform share.

    Args:
        layer: from 0; negative counts from the last.
        head: from 0; None is the mean over the heads.
        token: the query token, in order t, h, w; None is what the classifier reads: the mean over all queries, or
            one of them, or what a pooler takes of them.
    """
    output = classifier.forward(pixel_values)
    if token is not None:
        return query_attention(output, token, layer, head).ravel(), {}
    trace = output.trace
    left, right = rows.layer_factors(trace, _layer(trace, layer))
    heads = _heads(trace, head)
    with torch.no_grad():
        shares = rows.weighted_rows(left[heads], right[heads], trace.readout)
    return rows.over_patches(shares, trace.num_prefix).cpu().numpy(), {}


@torch.no_grad()
def query_attention(output: ModelOutput, token: int, layer: int, head: int | None = None) -> np.ndarray:
    """(T', H', W') float32, mean 1: where one token's query looks, as a multiple of the uniform share.

    Args:
        token: the query, in order t, h, w.
        layer: from 0; negative counts from the last.
        head: from 0; None is the mean over the heads.

    Raises:
        BadRequestError: there is no such token, layer or head.
    """
    trace, num_tokens = output.trace, output.geometry.num_tokens
    if not 0 <= token < num_tokens:
        raise BadRequestError(
            later(
                "There is no token {token}: this model's tokens are 0 to {num_tokens}.",
                token=token,
                num_tokens=num_tokens - 1,
            )
        )
    layer, heads = _layer(trace, layer), _heads(trace, head)
    # One row is cheap enough for float32 whatever the model's dtype is.
    query, key = trace.queries[layer][heads, trace.num_prefix + token].float(), trace.keys[layer][heads].float()
    attention = torch.softmax(trace.scale * torch.einsum("hd,hnd->hn", query, key), dim=-1).mean(dim=0)
    return rows.over_patches(attention, trace.num_prefix).cpu().numpy().reshape(output.geometry.grid)


def _layer(trace: AttentionTrace, layer: int) -> int:
    num_layers = len(trace.queries)
    if not -num_layers <= layer < num_layers:
        raise BadRequestError(
            later(
                "There is no layer {layer}: this model's layers are 0 to {num_layers}.",
                layer=layer,
                num_layers=num_layers - 1,
            )
        )
    return layer % num_layers


def _heads(trace: AttentionTrace, head: int | None) -> slice:
    num_heads = len(trace.queries[0])
    if head is None:
        return slice(0, num_heads)
    if not 0 <= head < num_heads:
        raise BadRequestError(
            later(
                "There is no head {head}: this model's heads are 0 to {num_heads}.", head=head, num_heads=num_heads - 1
            )
        )
    return slice(head, head + 1)
