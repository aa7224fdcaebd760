"""From clips to tokens: cutting frames into tubelets, and choosing which places of the picture to keep.

One token is two frames of one square patch. A *tube* is one place of the picture through all time slices.
Letters: B clips, T frames, T' = T / 2 slices, S = H'·W' places, K kept places, F values of a tubelet.
"""

from __future__ import annotations

import torch
from transformers.utils.constants import IMAGENET_DEFAULT_MEAN, IMAGENET_DEFAULT_STD

TUBELET_SIZE = 2
"""Frames a token spans, as in every published VideoMAE."""


def kept_tubelets(rgb: torch.Tensor, places: torch.Tensor, patch_size: int) -> torch.Tensor:
    """The tubelets of the kept places, normalised with ImageNet's mean and standard deviation.

    Only what is kept is copied and converted, which at 75 % dropping is a quarter of the work.

    Args:
        rgb: (B, T, H, W, 3) uint8.
        places: (B, K) int64, places in [0, S), row by row.

    Returns:
        (B, T'·K, F) float32, slice by slice; the F values of a tubelet in the order of a Conv3d kernel (C, t, y, x).
    """
    batch, frames, height, width, _ = rgb.shape
    rows, columns = height // patch_size, width // patch_size
    patches = rgb.view(batch, frames, rows, patch_size, columns, patch_size, 3)
    clip = torch.arange(batch, device=rgb.device)[:, None]
    kept = patches[clip, :, places // columns, :, places % columns]  # (B, K, T, p, p, 3)
    kept = kept.view(batch, -1, frames // TUBELET_SIZE, TUBELET_SIZE, patch_size, patch_size, 3)
    return normalised(kept.transpose(1, 2)).flatten(1, 2)


def all_patches(rgb: torch.Tensor, patch_size: int) -> torch.Tensor:
    """(B, T, H, W, 3) -> (B, N, 2, p, p, 3): every token's own pixels, slice by slice and row by row."""
    batch, frames, height, width, _ = rgb.shape
    rows, columns = height // patch_size, width // patch_size
    blocks = rgb.view(batch, frames // TUBELET_SIZE, TUBELET_SIZE, rows, patch_size, columns, patch_size, 3)
    return blocks.permute(0, 1, 3, 5, 2, 4, 6, 7).flatten(1, 3)


def normalised(patches: torch.Tensor) -> torch.Tensor:
    """(..., 2, p, p, 3) uint8 -> (..., F) float32 as the patch embedding takes them."""
    mean = torch.tensor(IMAGENET_DEFAULT_MEAN, device=patches.device) * 255
    std = torch.tensor(IMAGENET_DEFAULT_STD, device=patches.device) * 255
    return patches.float().sub_(mean).div_(std).movedim(-1, -4).flatten(-4)


def token_ids(places: torch.Tensor, num_slices: int, num_places: int) -> torch.Tensor:
    """(B, T'·K) ids in [0, T'·S) of the tokens that `kept_tubelets` returns, in its order."""
    starts = torch.arange(num_slices, device=places.device) * num_places
    return (starts[None, :, None] + places[:, None, :]).flatten(1)


def every_place(batch: int, num_places: int) -> torch.Tensor:
    """(B, S): all places of every clip, nothing dropped."""
    return torch.arange(num_places).expand(batch, -1)


def box_coverage(boxes: torch.Tensor, side: int) -> torch.Tensor:
    """How much of each token lies inside the box.

    Args:
        boxes: (B, T, 4) x0, y0, x1, y1 as shares of the frame.
        side: patches along a side of the (square) picture.

    Returns:
        (B, T', S) float32 in [0, 1], the mean of a tubelet's frames.

    >>> box_coverage(torch.tensor([[[0, 0, 0.5, 1], [0, 0, 0.5, 1]]]), side=2).tolist()
    [[[1.0, 0.0, 1.0, 0.0]]]
    """
    edges = torch.arange(side + 1, device=boxes.device) / side

    def overlap(low: torch.Tensor, high: torch.Tensor) -> torch.Tensor:
        """(B, T, side): the share of each cell along one axis."""
        inside = torch.minimum(high[..., None], edges[1:]) - torch.maximum(low[..., None], edges[:-1])
        return (inside * side).clamp(0, 1)

    across = overlap(boxes[..., 0], boxes[..., 2])
    down = overlap(boxes[..., 1], boxes[..., 3])
    cells = down[..., :, None] * across[..., None, :]  # (B, T, side, side)
    batch, frames = boxes.shape[:2]
    return cells.reshape(batch, frames // TUBELET_SIZE, TUBELET_SIZE, -1).mean(dim=2).float()


MOVER_BIAS = 1.2
"""How far a place that the mover touches is moved to the front of the queue, in units of the uniform score."""
UNGUIDED_SHARE = 0.1
"""Clips whose places are drawn blindly, so that backgrounds without a mover are no surprise."""


def guided_places(touched: torch.Tensor, num_kept: int, generator: torch.Generator) -> torch.Tensor:
    """Which places to keep: at random, but those that the mover ever touches first.

    A classifier that is shown a random quarter of a clip mostly sees background and learns slowly; this keeps nearly
    all of the evidence at the same cost. Whole places are kept over all slices, because motion is a difference
    between slices of one place.

    Args:
        touched: (B, S) bool.
        num_kept: K.
        generator: of the device that `touched` is on.

    Returns:
        (B, K) int64 in ascending order.
    """
    device = touched.device
    guided = torch.rand((len(touched), 1), generator=generator, device=device) >= UNGUIDED_SHARE
    score = torch.rand(touched.shape, generator=generator, device=device) - MOVER_BIAS * (touched & guided)
    return score.topk(num_kept, dim=1, largest=False).indices.sort(dim=1).values
