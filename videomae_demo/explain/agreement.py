"""Two maps over the same film: patch against patch, however each model cuts and crops it, and how far they agree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..results import Analysis
from .sanity import rank_correlation

STRONGEST = 0.25
"""The share of a map's patches that is compared with the other map's; by chance so much of it is shared, too."""


@dataclass(frozen=True)
class Agreement:
    """How far two maps say the same; by their order alone, so that they need not have one unit."""

    rank_correlation: float
    """Spearman's, over the patches that both models see, in [-1, 1]."""
    shared: float
    """The share of the first map's strongest quarter that is in the second map's, in [0, 1]; ``STRONGEST`` by chance.
    """


def agreement(first: np.ndarray, second: np.ndarray) -> Agreement:
    """Of two maps on one grid.

    Args:
        first, second: one shape; NaN where a map says nothing. Of signed maps the size counts, not the sign, for what
            is shared.

    Raises:
        ValueError: there is no patch of which both say something.
    """
    both = np.isfinite(first) & np.isfinite(second)
    if not both.any():
        raise ValueError("the maps have no patch in common")
    one, other = first[both], second[both]
    count = max(round(STRONGEST * one.size), 1)
    strongest = [set(np.argsort(-np.abs(values), kind="stable")[:count].tolist()) for values in (one, other)]
    return Agreement(rank_correlation(one, other), len(strongest[0] & strongest[1]) / count)


def laid_over(first: Analysis, second: Analysis, values: np.ndarray) -> np.ndarray:
    """The second analysis's map, read off at the first one's tokens: at the same moment and place of the same clip.

    A map's value is a density, the same all over its token, so that it is read off at the middle of each token of the
    first grid and not averaged.

    Args:
        first, second: Of the same clip; they may differ in frames, crop and grid.
        values: (T'', H'', W'') of the second.

    Returns:
        (T', H', W') float32; NaN where the second model's crop does not reach.
    """
    per_slice = first.geometry.tubelet_size
    middles = np.asarray(same_moments(first, second))[per_slice // 2 :: per_slice]
    in_time = middles // second.geometry.tubelet_size
    rows, columns = (_read_at(first, second, axis) for axis in (0, 1))
    laid = values[in_time[:, None, None], np.maximum(rows, 0)[:, None], np.maximum(columns, 0)].astype(np.float32)
    laid[:, rows < 0] = np.nan
    laid[:, :, columns < 0] = np.nan
    return laid


def same_moments(first: Analysis, second: Analysis) -> list[int]:
    """For each frame of the first analysis the second one's that is nearest in time; of the same clip."""
    times = np.asarray(second.frames.pts_seconds)
    return [int(np.abs(times - moment).argmin()) for moment in first.frames.pts_seconds]


def same_places(first: Analysis, second: Analysis) -> list[int]:
    """For each frame of the first analysis the one that stands as far on in the second: of any two clips.

    >>> [round(place * (4 - 1) / (7 - 1)) for place in range(7)]  # seven frames beside four
    [0, 0, 1, 2, 2, 2, 3]
    """
    count, other = len(first.frames.pts_seconds), len(second.frames.pts_seconds)
    return [round(place * (other - 1) / max(count - 1, 1)) for place in range(count)]


def _read_at(first: Analysis, second: Analysis, axis: int) -> np.ndarray:
    """Along height (0) or width (1): for each token of the first grid the second one's there; -1 where none is."""
    ends = [
        ((crop.top, crop.bottom), (crop.left, crop.right))[axis]
        for crop in (first.model_input.crop_box, second.model_input.crop_box)
    ]
    count, cells = first.geometry.grid[1 + axis], second.geometry.grid[1 + axis]
    middles = ends[0][0] + (np.arange(count) + 0.5) / count * (ends[0][1] - ends[0][0])
    places = np.floor((middles - ends[1][0]) / (ends[1][1] - ends[1][0]) * cells).astype(int)
    return np.where((places >= 0) & (places < cells), places, -1)
