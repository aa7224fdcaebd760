"""From numbers to a verdict: ranks among know-nothing copies, corrected for how many maps are tested at once.

A p-value here is a rank: one plus the number of copies that do at least as well, over one plus their number. It cannot
be below 1 / (n + 1), and for copies by the elements of a group, drawn by chance, it is exact (Phipson and Smyth 2010,
Permutation P-values Should Never Be Zero; Hemerik and Goeman 2018, Exact testing with random permutations).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..words import later

if TYPE_CHECKING:
    from ..results import Contest

LEVEL = 0.05
"""How often a map that knows nothing may pass."""


def corrected_p_values(own: np.ndarray, copies: np.ndarray) -> np.ndarray:
    """(M,) and (M, n) statistics of M maps and their copies -> (M,) p-values, corrected for M.

    Westfall and Young 1993 (Resampling-Based Multiple Testing, algorithm 2.8, step-down maxT): as Holm's, the chance
    that any know-nothing map passes stays at the level; but Holm's needs p-values of a size that few copies cannot
    give (three maps: 1/60), while here a map has to be beyond the best of all maps' copies, copy by copy. For that the
    copies of all maps are made by the same moves, and each map's statistics are brought to one scale first.

    >>> corrected_p_values(np.array([9.0]), np.array([[1.0, 2.0, 3.0]]))
    array([0.25])
    """
    everything = np.concatenate([own[:, None], copies], axis=1).astype(np.float64)
    spread = everything.std(axis=1, keepdims=True)
    scaled = (everything - everything.mean(axis=1, keepdims=True)) / np.where(spread > 0, spread, 1)
    best_first = np.argsort(-scaled[:, 0], kind="stable")
    p_values, so_far = np.empty(len(own)), 0.0
    for place, row in enumerate(best_first):
        rivals = scaled[best_first[place:], 1:].max(axis=0)
        # Rounding must not tell a map from its own copy.
        at_least = int((rivals >= scaled[row, 0] - 1e-9).sum())
        so_far = max(so_far, (1 + at_least) / (1 + rivals.size))
        p_values[row] = so_far
    return p_values


def ahead(contest: Contest) -> bool:
    """Whether the map beats its copies of each deciding kind: all but 5 %, or all where they are too few for that."""
    return all(contest.p_values[null] <= max(LEVEL, 1 / (1 + len(contest.copies[null]))) for null in contest.deciding)


def sentence(contest: Contest) -> str:
    """The verdict on a map, in one plain sentence."""
    if contest.p_value <= LEVEL:
        return _BETTER[contest.p_necessary <= LEVEL, contest.p_sufficient <= LEVEL]
    if max(_uncorrected(contest, null) for null in contest.deciding) <= LEVEL:
        return later(
            "Not distinguishable from chance on this clip among so many maps: it is ahead of its own copies, but the "
            "best of several maps may be that by luck. Tested alone it would pass."
        )
    if any(p_value <= LEVEL for p_value in contest.p_values.values()):
        return later(
            "This clip cannot tell the map from one that knows nothing: moved elsewhere it does worse, but copies that "
            "lie as far from the middle of the frame do about as well."
        )
    below = [sum(copy <= contest.gap for copy in contest.copies[null]) + 1 for null in contest.deciding]
    if max(below) * contest.resolution <= LEVEL:
        return later("Worse than chance on this clip: the patches that the map ranks last matter most.")
    return later("Not distinguishable from chance on this clip: the same map in other places does about as well.")


def _uncorrected(contest: Contest, null: str) -> float:
    copies = contest.copies[null]
    return (1 + sum(copy >= contest.gap for copy in copies)) / (1 + len(copies))


_BETTER = {
    (True, True): later(
        "Better than chance on this clip: without the map's best patches the answer falls earlier, and with them alone "
        "it lasts longer, than for the same map in other places."
    ),
    (True, False): later(
        "Better than chance on this clip: the answer needs the map's best patches, more than those of the same map in "
        "other places; alone, though, they keep it up no longer."
    ),
    (False, True): later(
        "Better than chance on this clip: the map's best patches alone keep the answer up longer than those of the "
        "same map in other places; without them, though, it falls no earlier."
    ),
    (False, False): later(
        "Better than chance on this clip: both curves together are wider apart than for the same map in other places, "
        "though neither alone is."
    ),
}
"""By whether the map's best patches are necessary, and whether they suffice."""
