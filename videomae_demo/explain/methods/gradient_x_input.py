"""Gradient x input (Shrikumar et al. 2016) on tokens: the first-order effect of greying out each token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from ...results import Target
from .integrated_gradients import path_attribution

if TYPE_CHECKING:
    from ...models import VideoClassifier


def compute(
    classifier: VideoClassifier, pixel_values: np.ndarray, target: Target
) -> tuple[np.ndarray, Mapping[str, float]]:
    """Per token, the gradient of the target's logit by its pixels times the pixels, in logits.

    Pixels are measured from the checkpoint's mean colour, which preprocessing maps to 0.
    """
    attribution, _, _ = path_attribution(classifier, pixel_values, target, positions=(1.0,))
    return attribution.cpu().numpy(), {}
