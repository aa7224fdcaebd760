"""Masks for masked autoencoding, and the two simple fills that a reconstruction has to beat.

VideoMAE was pre-trained with *tube* masks: the same spatial positions are hidden in every time slice, so that a hidden
patch cannot be copied from the frame before (Tong et al. 2022, https://arxiv.org/abs/2203.12602, section 3.3).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..records import Geometry
from ..words import later

Grid = tuple[int, int, int]


def tube_mask(grid: Grid, ratio: float, rng: np.random.Generator) -> np.ndarray:
    """(N,) bool, True where hidden: one draw of positions, hidden in all T' slices."""
    slices, rows, columns = grid
    positions = np.zeros(rows * columns, dtype=bool)
    positions[rng.permutation(rows * columns)[: _count(rows * columns, ratio)]] = True
    return np.tile(positions, slices)


def random_mask(grid: Grid, ratio: float, rng: np.random.Generator) -> np.ndarray:
    """(N,) bool, True where hidden: every token drawn on its own, over space and time."""
    num_tokens = int(np.prod(grid))
    hidden = np.zeros(num_tokens, dtype=bool)
    hidden[rng.permutation(num_tokens)[: _count(num_tokens, ratio)]] = True
    return hidden


def _count(total: int, ratio: float) -> int:
    """How many of ``total`` to hide; at least one stays visible and at least one is hidden."""
    if not 0 < ratio < 1:
        raise ValueError(f"{ratio = }; expected a share of the tokens, above 0 and below 1")
    return min(max(round(total * ratio), 1), total - 1)


@dataclass(frozen=True)
class Mask:
    """A row of ``MASKS``."""

    title: str
    what: str
    """One sentence for the page."""
    draw: Callable[[Grid, float, np.random.Generator], np.ndarray]


MASKS: dict[str, Mask] = {
    "tube": Mask(
        later("Tubes"), later("The same places are hidden in all frames, as in VideoMAE's own pre-training."), tube_mask
    ),
    "random": Mask(
        later("Random"),
        later("Each token is hidden by its own draw: a hidden patch may show a moment later."),
        random_mask,
    ),
}


def to_patches(rgb: np.ndarray, geometry: Geometry) -> np.ndarray:
    """Cut frames into tokens.

    Args:
        rgb: (T, S, S, 3), any dtype.

    Returns:
        (N, tubelet_size, patch_size, patch_size, 3), tokens in the order (t, h, w) that the model uses.
    """
    slices, rows, columns = geometry.grid
    tubelet, patch = geometry.tubelet_size, geometry.patch_size
    blocks = rgb.reshape(slices, tubelet, rows, patch, columns, patch, 3)
    return blocks.transpose(0, 2, 4, 1, 3, 5, 6).reshape(-1, tubelet, patch, patch, 3)


def from_patches(patches: np.ndarray, geometry: Geometry) -> np.ndarray:
    """The inverse of ``to_patches``: (N, tubelet_size, patch_size, patch_size, 3) -> (T, S, S, 3)."""
    slices, rows, columns = geometry.grid
    tubelet, patch = geometry.tubelet_size, geometry.patch_size
    blocks = patches.reshape(slices, rows, columns, tubelet, patch, patch, 3)
    return blocks.transpose(0, 3, 1, 4, 2, 5, 6).reshape(geometry.num_frames, rows * patch, columns * patch, 3)


def token_positions(grid: Grid) -> np.ndarray:
    """(N, 3) float64: each token's (t, h, w), in tokens."""
    return (
        np.stack(np.meshgrid(*(np.arange(n) for n in grid), indexing="ij"), axis=-1).reshape(-1, 3).astype(np.float64)
    )


def fill_mean(patches: np.ndarray, hidden: np.ndarray) -> np.ndarray:
    """Every hidden pixel gets the mean colour of all visible pixels: the first fair baseline.

    Args:
        patches: (N, tubelet_size, patch_size, patch_size, 3) float.
        hidden: (N,) bool.

    Returns:
        As ``patches``, visible tokens untouched.
    """
    filled = patches.copy()
    filled[hidden] = patches[~hidden].mean(axis=(0, 1, 2, 3))
    return filled


def fill_nearest(patches: np.ndarray, hidden: np.ndarray, grid: Grid) -> np.ndarray:
    """Every hidden token gets the mean colour of the visible token nearest to it in (t, h, w): the second baseline.

    Among equally near ones their mean is taken, so that no direction is preferred.
    """
    filled = patches.copy()
    filled[hidden] = nearest_visible(patches.mean(axis=(1, 2, 3)), hidden, grid)[:, None, None, None, :]
    return filled


def nearest_visible(values: np.ndarray, hidden: np.ndarray, grid: Grid) -> np.ndarray:
    """For each hidden token the mean of ``values`` over the visible tokens nearest to it.

    Args:
        values: (N, K) one row a token.
        hidden: (N,) bool.

    Returns:
        (number hidden, K).
    """
    positions = token_positions(grid)
    offsets = positions[hidden][:, None] - positions[~hidden][None]
    squared = (offsets**2).sum(-1)  # whole numbers, so equality below is exact
    nearest = squared == squared.min(axis=1, keepdims=True)
    return (nearest @ values[~hidden]) / nearest.sum(axis=1, keepdims=True)
