"""Whether two arms say the same: their maps, their logits, their likeliest classes."""

from __future__ import annotations

import statistics
from typing import Any

import numpy as np

from .arms import Answer


def agreement(ours: list[Answer], reference: list[Answer]) -> dict[str, Any]:
    """The worst of all rounds; ``same_top5`` is the share of rounds, ``logit_error`` counts in standard deviations."""
    pairs = list(zip(ours, reference, strict=True))
    maps = [(np.asarray(mine[1], np.float64), np.asarray(other[1], np.float64)) for mine, other in pairs]
    logits = [(np.asarray(mine[0]), np.asarray(other[0])) for mine, other in pairs]
    return {
        "map_relative_error": max(float((np.abs(mine - other) / other).max()) for mine, other in maps),
        "same_top_token": all(bool(mine.argmax() == other.argmax()) for mine, other in maps),
        "same_top5": statistics.fmean(set(_top5(mine)) == set(_top5(other)) for mine, other in logits),
        "logit_error": max(float(np.abs(mine - other).max() / other.std()) for mine, other in logits),
    }


def _top5(logits: np.ndarray) -> list[int]:
    return np.argsort(-logits)[:5].tolist()
