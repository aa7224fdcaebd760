"""Every layer's attention, summed up: between time slices, and how far each head looks."""

from __future__ import annotations

import torch

from ...models.output import ModelOutput
from .. import rows
from .records import LayerAttention


@torch.no_grad()
def atlas(output: ModelOutput) -> tuple[LayerAttention, ...]:
    """Every layer's attention, summed up, first layer first; block by block, in the time of about one rollout."""
    slices, height, width = output.geometry.grid
    prefix = output.trace.num_prefix  # a class token is in no slice: attention from it and to it is left out
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
                queries = slice(prefix + first * height * width, prefix + (first + 1) * height * width)
                block = rows.attention_rows(left[group, queries], right[group])[..., prefix:].float()
                if prefix:
                    block /= block.sum(dim=-1, keepdim=True)
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
