"""A Conv3d that starts by telling colour from change.

A randomly started patch embedding answers almost only to a tubelet's mean colour: the difference between its two
frames, which is what motion is, has a hundredth of the variance. Here the first half of the channels are principal
components of the *sum* of the two frames and the second half of their *difference*, each scaled to unit variance.
"""

from __future__ import annotations

import torch
from torch import nn

NOISE_VARIANCE = 2e-3
"""Added to each component's variance before scaling: about that of 2.5 grey levels of noise in normalised pixels,
so that what is only noise is not blown up to the size of a signal."""


def principal_components(samples: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """(n, d) samples -> (d, d) directions, one a row, and (d,) standard deviations along them, largest first."""
    centred = (samples - samples.mean(dim=0)).double()
    variances, directions = torch.linalg.eigh(centred.T @ centred / len(samples))
    return directions.flip(1).T.float(), variances.flip(0).clamp(min=0).sqrt().float()


def whitened_components(samples: torch.Tensor, num_components: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Projections of unit variance.

    Args:
        samples: (n, d) float32.

    Returns:
        weights (num_components, d) and bias (num_components,): samples @ weights.T + bias has zero mean and about
        unit variance in every component. Where d is too small, components repeat with the sign changed.
    """
    mean = samples.mean(dim=0)
    directions, deviations = principal_components(samples)
    order = torch.arange(num_components) % len(directions)
    sign = 1 - 2 * (torch.arange(num_components) // len(directions) % 2)
    weights = directions[order] * sign[:, None] / (deviations[order, None] ** 2 + NOISE_VARIANCE).sqrt()
    return weights, -(weights @ mean)


@torch.no_grad()
def start_patch_embedding(projection: nn.Conv3d, tubelets: torch.Tensor) -> None:
    """Set a patch embedding's weights and bias from examples.

    Args:
        projection: kernel (D, 3, 2, p, p).
        tubelets: (n, F) normalised tubelets in the kernel's order, a few thousand of them.
    """
    shape = projection.weight.shape
    first, second = tubelets.view(-1, *shape[1:]).unbind(dim=2)
    half = shape[0] // 2
    total, total_bias = whitened_components((first + second).flatten(1) / 2**0.5, half)
    change, change_bias = whitened_components((second - first).flatten(1) / 2**0.5, shape[0] - half)
    frame = (shape[1], 1, *shape[3:])
    total, change = total.view(-1, *frame), change.view(-1, *frame)
    kernel = torch.cat([torch.cat([total, total], dim=2), torch.cat([-change, change], dim=2)]) / 2**0.5
    projection.weight.copy_(kernel)
    assert projection.bias is not None  # VideoMAE's patch embedding has one
    projection.bias.copy_(torch.cat([total_bias, change_bias]))
