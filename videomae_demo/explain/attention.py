"""Raw attention: where one query token looks, in one layer, by one head."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from ..errors import BadRequestError
from ..records import AttentionTrace, ModelOutput, Target
from . import rows

if TYPE_CHECKING:
    from ..models import VideoClassifier


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
            token 0.
    """
    output = classifier.forward(pixel_values)
    if token is not None:
        return query_attention(output, token, layer, head).ravel(), {}
    trace = output.trace
    left, right = rows.layer_factors(trace, _layer(trace, layer))
    heads = _heads(trace, head)
    readout = rows.readout_row(output.geometry.num_tokens, output.head.readout, device=left.device)
    with torch.no_grad():
        shares = rows.weighted_rows(left[heads], right[heads], readout)
    return (shares * len(shares)).cpu().numpy(), {}


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
        raise BadRequestError(f"There is no token {token}: this model's tokens are 0 to {num_tokens - 1}.")
    layer, heads = _layer(trace, layer), _heads(trace, head)
    # One row is cheap enough for float32 whatever the model's dtype is.
    query, key = trace.queries[layer][heads, token].float(), trace.keys[layer][heads].float()
    attention = torch.softmax(trace.scale * torch.einsum("hd,hnd->hn", query, key), dim=-1).mean(dim=0)
    return (attention * num_tokens).cpu().numpy().reshape(output.geometry.grid)


@dataclass(frozen=True, eq=False)
class LayerAttention:
    """One layer's attention, summed up."""

    between_slices: np.ndarray
    """(T', T') float32, rows sum to 1: share of the attention that goes from slice t (row) to slice t' (column)."""
    distance_in_space: np.ndarray
    """(heads,) float32: mean distance between query and key on the H' x W' grid, in tokens."""
    distance_in_time: np.ndarray
    """(heads,) float32: mean distance between query and key along time, in slices."""


@torch.no_grad()
def atlas(output: ModelOutput) -> tuple[LayerAttention, ...]:
    """Every layer's attention, summed up, first layer first; block by block, in the time of about one rollout."""
    slices, height, width = output.geometry.grid
    device = output.trace.queries[0].device
    # Tokens of one slice are neighbours in memory, so a slice's share is the sum over a run of columns; distance in
    # space depends on the place in the slice only, so one (H'·W')² table serves all slices.
    place = torch.cartesian_prod(torch.arange(height), torch.arange(width)).to(device, torch.float32)
    apart = torch.cdist(place, place)
    time_apart = (torch.arange(slices, device=device)[:, None] - torch.arange(slices, device=device)).abs().float()
    layers = []
    for layer in range(len(output.trace.queries)):
        left, right = rows.layer_factors(output.trace, layer)
        heads = len(left)
        between = torch.zeros(heads, slices, slices, device=device)
        in_space = torch.zeros(heads, device=device)
        for group in rows.head_groups(left):
            for first in range(slices):  # a block of rows is one slice's queries
                queries = slice(first * height * width, (first + 1) * height * width)
                block = rows.attention_rows(left[group, queries], right[group]).float()
                block = block.unflatten(-1, (slices, height * width))
                between[group, first] = block.sum(dim=-1).mean(dim=1)
                in_space[group] += (block.sum(dim=2) * apart).sum(dim=(-2, -1)) / output.geometry.num_tokens
        layers.append(
            LayerAttention(
                between_slices=between.mean(dim=0).cpu().numpy(),
                distance_in_space=in_space.cpu().numpy(),
                distance_in_time=((between * time_apart).sum(dim=(-2, -1)) / slices).cpu().numpy(),
            )
        )
    return tuple(layers)


def _layer(trace: AttentionTrace, layer: int) -> int:
    num_layers = len(trace.queries)
    if not -num_layers <= layer < num_layers:
        raise BadRequestError(f"There is no layer {layer}: this model's layers are 0 to {num_layers - 1}.")
    return layer % num_layers


def _heads(trace: AttentionTrace, head: int | None) -> slice:
    num_heads = len(trace.queries[0])
    if head is None:
        return slice(0, num_heads)
    if not 0 <= head < num_heads:
        raise BadRequestError(f"There is no head {head}: this model's heads are 0 to {num_heads - 1}.")
    return slice(head, head + 1)
