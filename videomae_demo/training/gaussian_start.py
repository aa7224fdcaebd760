"""Attention that starts by looking at the neighbours.

A masked autoencoder left to itself first learns to paint everything in the mean colour and stays there for long: to
do better it has to find out at once *where* to look and *what* to copy. Here the queries and keys of some layers are
fitted, in seconds and before training, so that every token looks at what is visible near it in space and time, each
head within its own radius. What to copy is then quickly learnt.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from transformers.models.videomae.modeling_videomae import VideoMAELayer

RADII = ((0.6, 0.6), (1.0, 0.8), (1.0, 2.5), (1.8, 1.2), (0.8, 4.0), (3.0, 2.0))
"""Standard deviations of the Gaussians, in patches and in slices; heads beyond the list begin it anew."""

Sample = Callable[[torch.Generator], tuple[torch.Tensor, torch.Tensor, torch.Tensor]]
"""Draws (B, N, D) inputs of the layer, (B, N) their token ids and (B, N) bool, which of them are visible."""


def target_attention(ids: torch.Tensor, visible: torch.Tensor, side: int, num_heads: int) -> torch.Tensor:
    """Gaussians in space and time around each token, over the visible ones.

    Args:
        ids: (B, N) places in the sequence of T'·side·side tokens.
        visible: (B, N) bool.
        side: patches along a side of the picture.

    Returns:
        (B, heads, N, N), rows sum to 1.
    """
    place = torch.stack([ids // side**2, ids // side % side, ids % side], dim=-1).float()
    squared = (place[:, :, None] - place[:, None]) ** 2  # (B, N, N, 3)
    maps = []
    for head in range(num_heads):
        space, time = RADII[head % len(RADII)]
        scores = -squared[..., 0] / (2 * time**2) - (squared[..., 1] + squared[..., 2]) / (2 * space**2)
        maps.append(scores.masked_fill(~visible[:, None], float("-inf")).softmax(-1))
    return torch.stack(maps, dim=1)


def fit_attention(layer: VideoMAELayer, sample: Sample, side: int, *, steps: int = 150, seed: int = 0) -> float:
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
            target = target_attention(ids, visible, side, heads)
        query, key = (
            projection(inputs).unflatten(-1, (heads, width)).transpose(1, 2)
            for projection in (attention.query, attention.key)
        )
        log_weights = (query @ key.mT * attention.scaling).log_softmax(-1)
        loss = -(target * log_weights).sum(-1).mean() + torch.special.entr(target).sum(-1).mean().neg()
        for group in optimiser.param_groups:
            group["lr"] = 0.01 * (1 - step / steps)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    for parameter in parameters:
        parameter.grad = None
    return loss.item()
