"""A masked autoencoder that starts as a good simple fill.

Left to itself it first learns to paint everything in the mean colour and stays there for long: to do better it has to
find out at once *where* to look and *what* to copy. Here both are there before the first step, so that training starts
near the simple fills and spends itself on what they cannot do:

- what a patch looks like and where it is live in different subspaces (`free_directions`), so that one can be copied
  without the other;
- VideoMAE numbers its places from 0 to N - 1 and embeds that number, from which no linear map can tell who is above
  whom. The MLP of the first layer is fitted, in seconds, to write row, column and slice beside it (`fit_places`);
- queries and keys of all layers after it are set so that every token looks at what is visible near it in space and
  time (`attend_near`);
- the decoder's second layer copies what it sees there (`copy_values`), every other layer starts as doing nothing
  (`silence`), and the head is the best linear map from what then arrives to pixels (`fit_head`).
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import nn
from transformers.models.videomae.modeling_videomae import VideoMAELayer

RADII = ((0.6, 0.6), (1.0, 0.8), (1.0, 2.5), (1.8, 1.2), (0.8, 4.0), (3.0, 2.0))
"""Standard deviations of the Gaussians, in patches and in slices; heads beyond the list begin it anew."""
COPYING_RADII = ((0.65, 0.8),)
"""Of the layer that copies: little more than the nearest visible tokens."""

Radii = tuple[tuple[float, float], ...]
Grid = tuple[int, int, int]

WAVES = ((1, 2, 3), (1, 2, 4, 6), (1, 2, 4, 6))
"""Half turns over the whole length, of slices, rows and columns, that a place is written in."""
PLACE = 2 * sum(len(waves) for waves in WAVES)
"""Numbers that say where a token is: a sine and a cosine a wave."""
AMPLITUDE = 2.0
"""Of these sines in the hidden states, whose channels are otherwise of about unit variance."""
FAR = 8.0
"""What a far token's score lacks, along one axis."""
PLACE_NOISE = 0.02
"""Variance of a product of two places, from what `fit_places` leaves."""
UNSEEN = 12.0
"""What a mask token's score lacks: as good as not there, yet with a gradient."""


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


def places(grid: Grid) -> torch.Tensor:
    """(N, PLACE) float32: sines and cosines of each token's slice, row and column, in the order of `WAVES`."""
    axes = torch.meshgrid(*(torch.arange(length) for length in grid), indexing="ij")
    waves = []
    for axis, length, turns in zip(axes, grid, WAVES, strict=True):
        for turn in turns:
            angle = math.pi * turn * (axis.flatten() + 0.5) / length
            waves += [angle.sin(), angle.cos()]
    return torch.stack(waves, dim=1)


def fit_places(
    layer: VideoMAELayer,
    positions: torch.Tensor,
    content: torch.Tensor,
    where: torch.Tensor,
    grid: Grid,
    *,
    mask_token: torch.Tensor | None = None,
    steps: int = 600,
    seed: int = 0,
) -> float:
    """Fit a layer's MLP to write each token's place into the given directions, whatever the token looks like.

    Args:
        layer: whose attention is silent; the MLP is changed in place.
        positions: (N, D) what the token's number is embedded as.
        content: (D, C) orthonormal directions of unit variance that the MLP has to overlook.
        where: (D, PLACE) orthonormal directions to write into.
        grid: slices, rows, columns.
        mask_token: (D,) what half of the tokens hold instead of content.
        steps: of the fit.
        seed: of its noise.

    Returns:
        The error that is left, as a share of the places' own variance.
    """
    into, out = layer.intermediate.dense, layer.output.dense
    parameters = [*into.parameters(), *out.parameters()]
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        into.weight.normal_(std=2 / into.in_features**0.5, generator=generator)
        out.weight.normal_(std=1 / out.in_features**0.5, generator=generator)
        into.bias.zero_()
        out.bias.zero_()
    optimiser = torch.optim.AdamW(parameters, lr=0.0, weight_decay=0.0, betas=(0.9, 0.98))
    target = AMPLITUDE * places(grid) @ where.mT
    half = len(positions) // 2
    error = torch.zeros(())
    for step in range(steps):
        chosen = torch.randperm(len(positions), generator=generator)[:half]
        tokens = torch.randn(half, content.shape[1], generator=generator) @ content.mT
        if mask_token is not None:
            tokens[: half // 2] = mask_token
        with torch.no_grad():
            inputs = layer.layernorm_after(positions[chosen] + tokens)
        error = (out(F.gelu(into(inputs))) - target[chosen]).square().sum(dim=1).mean() / (AMPLITUDE**2 * PLACE / 2)
        for group in optimiser.param_groups:
            group["lr"] = 3e-3 * min(1.0, step / 20) * (1 - step / steps)
        optimiser.zero_grad()
        error.backward()
        optimiser.step()
    for parameter in parameters:
        parameter.grad = None
    return error.item()


def wave_weights(turns: tuple[int, ...], length: int, radius: float) -> torch.Tensor:
    """(waves,) factors of cosines of a distance along one axis, whose sum falls like a Gaussian's logarithm.

    It levels off at -FAR: a far token's score need only be low. The factors are kept small, because each also
    multiplies the error that `fit_places` leaves.
    """
    distance = torch.arange(-length + 1, length).double()
    cosines = torch.stack([(math.pi * turn * distance / length).cos() - 1 for turn in turns], dim=1)
    wanted = FAR * ((-(distance**2) / (2 * FAR * radius**2)).exp() - 1)
    near = (wanted / 2).exp().clamp(min=0.05)
    gram = (cosines * near[:, None]).mT @ cosines + PLACE_NOISE * near.sum() * torch.eye(len(turns)).double()
    return torch.linalg.solve(gram, (cosines * near[:, None]).mT @ wanted).float()


@torch.no_grad()
def attend_near(
    layer: VideoMAELayer, where: torch.Tensor, grid: Grid, *, radii: Radii = RADII, mask: torch.Tensor | None = None
) -> None:
    """Make every head look at what is near, each in its own Gaussian, and past what is hidden.

    A score is a sum of cosines of distances along the three axes; cos(a - b) = sin a sin b + cos a cos b makes each a
    scalar product of places.

    Args:
        layer: whose input has places in the directions `where`; its queries and keys are changed.
        where: (D, PLACE) orthonormal.
        grid: slices, rows, columns.
        radii: of the heads in turn.
        mask: (D,) the mask token, in a direction that nothing else uses.
    """
    attention = layer.attention.attention
    heads, width = attention.num_attention_heads, attention.attention_head_size
    assert width > PLACE
    attention.query.weight.zero_()
    attention.query.bias.zero_()
    attention.key.weight.zero_()  # has no bias, which would change nothing
    query, key = (p.weight.view(heads, width, -1) for p in (attention.query, attention.key))
    key[:, :PLACE] = where.mT / AMPLITUDE
    for head in range(heads):
        space, time = radii[head % len(radii)]
        factors = torch.cat(
            [wave_weights(w, n, r) for w, n, r in zip(WAVES, grid, (time, space, space), strict=True)]
        ).repeat_interleave(2)
        query[head, :PLACE] = factors[:, None] * where.mT / AMPLITUDE / attention.scaling
    if mask is not None:
        key[:, PLACE] = -mask / mask.square().sum()
        attention.query.bias.view(heads, width)[:, PLACE] = UNSEEN / attention.scaling


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
