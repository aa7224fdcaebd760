"""Integrated gradients (Sundararajan, Taly and Yan 2017) on tokens, from a clip of the mean colour.

The map into the encoder is linear in the pixels, so the straight path from the grey clip to this one is a straight path
of token embeddings, and the part of a token is its embedding's way along that path times the mean gradient on it. The
parts add up to the logit minus the grey clip's logit, up to the error of the sum that stands for the integral.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch

from ...errors import BadRequestError
from ...results import Target
from ..scores import embed, score_function

if TYPE_CHECKING:
    from ...models import VideoClassifier


def compute(
    classifier: VideoClassifier, pixel_values: np.ndarray, target: Target, *, steps: int = 8
) -> tuple[np.ndarray, Mapping[str, float]]:
    """Each token's part, in logits, and ``grey_logit``, ``sum`` (grey_logit and all parts) and ``logit`` beside it.

    Args:
        steps: gradients on the path, at the middles of equal intervals.

    Raises:
        BadRequestError: less than one step.
    """
    if steps < 1:
        raise BadRequestError(f"Integrated gradients need at least 1 step, not {steps}.")
    positions = [(step + 0.5) / steps for step in range(steps)]
    attribution, grey, logit = path_attribution(classifier, pixel_values, target, positions=positions)
    total = grey + attribution.sum(dtype=torch.float64).item()
    return attribution.cpu().numpy(), {"grey_logit": grey, "sum": total, "logit": logit}


def path_attribution(
    classifier: VideoClassifier, pixel_values: np.ndarray, target: Target, *, positions: Sequence[float]
) -> tuple[torch.Tensor, float, float]:
    """(N,) parts in logits, the score of the grey clip, and the score of the clip.

    Args:
        positions: where the gradient is taken, in [0, 1]: 0 is the grey clip, 1 is the clip; their mean counts.
    """
    clip, grey = embed(classifier, pixel_values), embed(classifier, np.zeros_like(pixel_values))
    score = score_function(classifier, target)
    gradient = torch.zeros(clip.shape, device=clip.device)
    for position in positions:
        with classifier.lock, torch.enable_grad():  # taken anew for each step: nobody waits for all of them
            embeddings = torch.lerp(grey, clip, position).requires_grad_()
            gradient += torch.autograd.grad(score(embeddings), embeddings)[0]
    with torch.no_grad():
        # What stands before the clip's tokens is the same for both clips: its part is zero.
        parts = (gradient * (clip - grey)).sum(dim=-1)[classifier.adapter.num_prefix :] / len(positions)
        return parts, score(grey).item(), score(clip).item()
