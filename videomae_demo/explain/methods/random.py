"""Chance: a random number for each token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from ...results import Target

if TYPE_CHECKING:
    from ...models import VideoClassifier


def compute(
    classifier: VideoClassifier, pixel_values: np.ndarray, target: Target | None, *, seed: int = 0
) -> tuple[np.ndarray, Mapping[str, float]]:
    """Uniform random numbers, scaled to a mean of 1."""
    values = np.random.default_rng(seed).random(classifier.geometry.num_tokens)
    return values / values.mean(), {}
