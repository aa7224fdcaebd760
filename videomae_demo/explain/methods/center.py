"""The centre of the frame: people point the camera at what matters, so a map has to beat this."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from ...results import Target

if TYPE_CHECKING:
    from ...models import VideoClassifier


def compute(
    classifier: VideoClassifier, pixel_values: np.ndarray, target: Target | None
) -> tuple[np.ndarray, Mapping[str, float]]:
    """A bell around the centre of every slice, a quarter of the frame wide (its σ), scaled to a mean of 1."""
    slices, height, width = classifier.geometry.grid
    y = (np.arange(height) + 0.5) / height - 0.5
    x = (np.arange(width) + 0.5) / width - 0.5
    bell = np.exp(-0.5 * (y[:, None] ** 2 + x**2) / 0.25**2)
    return np.tile(bell / bell.mean(), (slices, 1, 1)).ravel(), {}
