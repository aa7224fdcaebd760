"""P-values against an oracle by hand, their level by simulation, and which sentence follows."""

import numpy as np
import pytest

from videomae_demo.explain.verdict import LEVEL, corrected_p_values, sentence
from videomae_demo.results import Contest


def test_one_map_is_ranked_among_its_copies():
    copies = np.arange(19.0)[None]
    for own, expected in ((100, 1 / 20), (18, 2 / 20), (17.5, 2 / 20), (-1, 1)):
        assert corrected_p_values(np.array([float(own)]), copies)[0] == pytest.approx(expected)
    assert corrected_p_values(np.array([1.0]), np.ones((1, 19)))[0] == 1, "a map that is its own copies cannot win"


def test_several_maps_are_compared_with_the_best_of_all_copies():
    """The weaker map is left with its own copies once the better one is out of the race."""
    copies = np.array([[0.0, 1, 2, 3, 4, 5, 6, 7, 8], [8.0, 7, 6, 5, 4, 3, 2, 1, 0]])
    better, weaker = corrected_p_values(np.array([30.0, 4.5]), copies)
    assert better == 1 / 10
    assert weaker == pytest.approx((1 + 4) / 10)  # 8, 7, 6, 5


def test_that_any_of_five_know_nothing_maps_passes_stays_at_the_level():
    chance, passed = np.random.default_rng(0), 0
    for _ in range(600):
        numbers = chance.normal(size=(5, 40)) * [[1], [5], [1], [0.1], [1]] + chance.normal(size=(1, 40))
        passed += (corrected_p_values(numbers[:, 0], numbers[:, 1:]) <= LEVEL).any()
    assert 0.02 < passed / 600 < 0.08


@pytest.mark.parametrize(
    ("gap", "p_values", "curves", "words"),
    [
        (9, (0.02, 0.02), (0.02, 0.02), "lasts longer"),
        (9, (0.02, 0.02), (0.02, 0.5), "needs the map's best patches"),
        (9, (0.02, 0.02), (0.5, 0.02), "alone keep the answer up longer"),
        (9, (0.02, 0.02), (0.5, 0.5), "neither alone is"),
        (50, (0.2, 0.2), (0.5, 0.5), "among so many maps"),
        (9, (0.02, 0.5), (0.5, 0.5), "cannot tell"),
        (2, (0.5, 0.5), (0.5, 0.5), "Not distinguishable"),
        (-9, (1, 1), (1, 1), "Worse than chance"),
    ],
)
def test_the_sentence_says_what_was_shown(gap, p_values, curves, words):
    copies = {"shifted": tuple(np.arange(39.0)), "turned": tuple(np.arange(39.0))}
    contest = Contest(gap, 0.5, copies, dict(zip(copies, p_values, strict=True)), ("turned",), *curves)
    assert words in sentence(contest)
    assert contest.p_value == p_values[1]
    assert contest.resolution == 1 / 40
