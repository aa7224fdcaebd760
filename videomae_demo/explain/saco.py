"""SaCo: do larger values mean larger effects? Salience-guided Faithfulness Coefficient.

Wu, Kang, Tang, Hong and Yan 2024, On the Faithfulness of Vision Transformer Explanations, CVPR, arXiv 2404.01415,
algorithm 1. Where the two curves ask for the map's order alone, this one asks for its amounts, too: groups of tokens of
equal size, the largest values first, are left out one at a time, and each pair of groups counts by how far apart the
map puts it, for the map where the group with the larger values has the larger effect, and against it where not.
"""

from __future__ import annotations

import numpy as np

GROUPS = 10
"""As in the paper."""


def grouped(values: np.ndarray, ties: np.ndarray, *, groups: int = GROUPS) -> np.ndarray:
    """(N,) -> (groups, N) bool: which tokens are in which group, largest values first; sizes differ by one at most.

    Args:
        ties: (N,) random numbers that order equal values.
    """
    order = np.lexsort((ties, -values))
    members = np.zeros((groups, values.size), bool)
    for member, part in zip(members, np.array_split(order, groups), strict=True):
        member[part] = True
    return members


def coefficient(salience: np.ndarray, effects: np.ndarray) -> float:
    """SaCo in [-1, 1]: 1 where every pair of groups is in the map's order, 0 for a map without differences.

    Args:
        salience: (groups,) sums of the map's values, descending.
        effects: (groups,) what leaving out each group takes from the target's score; only their order counts, so that
            probability and log-odds give the same.

    >>> coefficient(np.array([5.0, 3.0, 1.0]), np.array([0.3, 0.2, 0.1]))
    1.0
    >>> coefficient(np.array([5.0, 3.0, 1.0]), np.array([0.2, 0.3, 0.1]))  # (-2 + 4 + 2) / 8
    0.5
    """
    first, second = np.triu_indices(len(salience), k=1)
    weights = salience[first] - salience[second]
    total = float(weights.sum())
    if total <= 0:
        return 0.0
    return float(np.where(effects[first] >= effects[second], weights, -weights).sum() / total)
