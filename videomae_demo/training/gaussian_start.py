"""A masked autoencoder that starts as a good simple fill.

Left to itself it first learns to paint everything in the mean colour and stays there for long: to do better it has to
find out at once *where* to look and *what* to copy. Here both are there before the first step, so that training starts
above the simple fills and spends itself on what they cannot do:

- what a patch looks like and where it is live in different subspaces (`free_directions`), so that one can be copied
  without the other;
- queries and keys of some layers are fitted, in seconds, so that every token looks at what is visible near it in space
  and time (`fit_attention`);
- the decoder's first layer copies what it sees there (`copy_values`), every other layer starts as doing nothing
  (`silence`), and the head is the best linear map from what then arrives to pixels (`fit_head`).
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn
from transformers.models.videomae.modeling_videomae import VideoMAELayer

RADII = ((0.6, 0.6), (1.0, 0.8), (1.0, 2.5), (1.8, 1.2), (0.8, 4.0), (3.0, 2.0))
"""Standard deviations of the Gaussians, in patches and in slices; heads beyond the list begin it anew."""
COPYING_RADII = ((0.65, 0.8),)
"""Of the layer that copies: little more than the nearest visible tokens."""

Radii = tuple[tuple[float, float], ...]
Sample = Callable[[torch.Generator], tuple[torch.Tensor, torch.Tensor, torch.Tensor]]
"""Draws (B, N, D) inputs of the layer, (B, N) their token ids and (B, N) bool, which of them are visible."""


def free_directions(positions: torch.Tensor, count: int) -> torch.Tensor:
    """The directions in which a table of position embeddings varies least.

    Args:
        positions: (N, D).
        count: how many, at most D.

    Returns:
        (D, count), orthonormal columns.
    """
    _, directions = torch.linalg.eigh((positions.mT @ positions).double())  # ascending
    return directions[:, :count].float()


def target_attention(ids: torch.Tensor, visible: torch.Tensor, side: int, num_heads: int, radii: Radii) -> torch.Tensor:
    """Gaussians in space and time around each token, over the visible ones.

    Args:
        ids: (B, N) places in the sequence of T'·side·side tokens.
        visible: (B, N) bool.
        side: patches along a side of the picture.
        num_heads: heads of the layer.
        radii: of the heads in turn.

    Returns:
        (B, heads, N, N), rows sum to 1.
    """
    place = torch.stack([ids // side**2, ids // side % side, ids % side], dim=-1).float()
    squared = (place[:, :, None] - place[:, None]) ** 2  # (B, N, N, 3)
    maps = []
    for head in range(num_heads):
        space, time = radii[head % len(radii)]
        scores = -squared[..., 0] / (2 * time**2) - (squared[..., 1] + squared[..., 2]) / (2 * space**2)
        maps.append(scores.masked_fill(~visible[:, None], float("-inf")).softmax(-1))
    return torch.stack(maps, dim=1)


def fit_attention(
    layer: VideoMAELayer, sample: Sample, side: int, *, radii: Radii = RADII, steps: int = 400, seed: int = 0
) -> float:
    """Fit the query and key projections of a VideoMAE layer to `target_attention`; returns the last divergence."""
    attention = layer.attention.attention
    heads, width = attention.num_attention_heads, attention.attention_head_size
    parameters = [*attention.query.parameters(), *attention.key.parameters()]
    optimiser = torch.optim.AdamW(parameters, lr=0.01, weight_decay=0.0)
    generator = torch.Generator().manual_seed(seed)
    loss = torch.zeros(())
    for step in range(steps):
        inputs, ids, visible = sample(generator)
        with torch.no_grad():
            inputs = layer.layernorm_before(inputs)
            target = target_attention(ids, visible, side, heads, radii)
        query, key = (
            projection(inputs).unflatten(-1, (heads, width)).transpose(1, 2)
            for projection in (attention.query, attention.key)
        )
        log_weights = (query @ key.mT * attention.scaling).log_softmax(-1)
        loss = (torch.special.xlogy(target, target) - target * log_weights).sum(-1).mean()
        for group in optimiser.param_groups:
            group["lr"] = 0.01 * (1 - step / steps)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    for parameter in parameters:
        parameter.grad = None
    return loss.item()


@torch.no_grad()
def silence(layer: VideoMAELayer) -> None:
    """Make a layer pass its input on: what its attention and its MLP add starts at zero."""
    for projection in (layer.attention.output.dense, layer.output.dense):
        projection.weight.zero_()
        projection.bias.zero_()


@torch.no_grad()
def copy_values(layer: VideoMAELayer, content: torch.Tensor) -> None:
    """Make a layer's attention hand on what lies in the given directions, and nothing else.

    Args:
        layer: of the decoder.
        content: (D, C) orthonormal columns.
    """
    attention = layer.attention.attention
    attention.value.weight.zero_()
    attention.value.weight[: content.shape[1]] = content.mT
    attention.value.bias.zero_()
    layer.attention.output.dense.weight.copy_(attention.value.weight.mT)
    layer.attention.output.dense.bias.zero_()


@torch.no_grad()
def fit_head(head: nn.Linear, arriving: torch.Tensor, pixels: torch.Tensor, *, ridge: float = 1e-2) -> None:
    """The linear map from what arrives at the head to the pixels, by ridge regression.

    Args:
        head: changed in place.
        arriving: (n, D) normalised outputs of the decoder.
        pixels: (n, F) what the hidden patches really look like.
        ridge: relative to the mean variance of a channel.
    """
    centre, mean = arriving.mean(dim=0), pixels.mean(dim=0)
    x, y = (arriving - centre).double(), (pixels - mean).double()
    gram = x.mT @ x
    gram += ridge * gram.diagonal().mean() * torch.eye(len(gram))
    weight = torch.linalg.solve(gram, x.mT @ y).mT.float()
    head.weight.copy_(weight)
    head.bias.copy_(mean - weight @ centre)
