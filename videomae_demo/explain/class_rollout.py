"""Rollout for one class: the vector starts from the ledger's positive part instead of from all tokens alike.

The ledger says which tokens of the last layer speak for the class; rollout says where, through the layers' attention,
those tokens got what they hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from ..records import Target
from .ledger import ledger
from .rollout import rollout

if TYPE_CHECKING:
    from ..models import VideoClassifier


def compute(
    classifier: VideoClassifier, pixel_values: np.ndarray, target: Target
) -> tuple[np.ndarray, Mapping[str, float]]:
    """Rollout from the tokens that speak for the target, as a multiple of the uniform share.

    Raises:
        BadRequestError: the classifier reads token 0 only.
    """
    output = classifier.forward(pixel_values)
    parts, _ = ledger(output.tokens, output.head, target)
    start = parts.clamp_min(0) / parts.clamp_min(0).sum()
    relevance = rollout(output.trace, output.head.readout, start=start.float().to(output.tokens.device))
    return (relevance * len(relevance)).cpu().numpy(), {}
