"""Does a map point at the thing? The share of its positive mass that lies inside a known box."""

from __future__ import annotations

import numpy as np


def share_inside(values: np.ndarray, coverage: np.ndarray) -> float:
    """The share of the map's positive mass that lies inside, in [0, 1]; 0 for a map without positive mass.

    Args:
        values: (T', H', W'); negative values count as nothing.
        coverage: (T', H', W') in [0, 1]: how much of each token lies inside the box.

    >>> share_inside(np.array([[[3.0, 1.0, -5.0]]]), np.array([[[1.0, 0.5, 1.0]]]))
    0.875
    """
    positive = np.maximum(values, 0)
    total = positive.sum(dtype=np.float64)
    return float((positive * coverage).sum(dtype=np.float64) / total) if total > 0 else 0.0
