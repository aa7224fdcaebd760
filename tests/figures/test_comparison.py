"""Two sides: what is drawn on one scale, what is subtracted, and what is said of it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_records import LABELS, made_analysis, made_clip, made_map, made_prediction

from videomae_demo.figures.comparison import (
    Side,
    comparison,
    difference_of,
    difference_scale,
    verdict,
)
from videomae_demo.figures.scales import displayed
from videomae_demo.records import Geometry

ANALYSIS = made_analysis()


def side(title: str = "One", *, analysis=ANALYSIS, **map_options) -> Side:
    return Side(title, f"{title} in full", "Rollout", analysis, made_map(analysis.geometry, **map_options))


def test_the_difference_is_the_right_map_minus_the_left_one():
    left, right = side(), side("Two")
    values = right.explanation.values.copy()
    values[1, 2, 3] += 1
    right = replace(right, explanation=replace(right.explanation, values=values))
    found = difference_of(left, right)
    np.testing.assert_allclose(found.values, displayed(right.explanation) - displayed(left.explanation), atol=1e-6)
    assert difference_scale(found.values, left.explanation).clear == 0
    assert np.unravel_index(np.argmax(np.abs(found.values)), found.values.shape) == (1, 2, 3)
    assert "row 3, column 4" in verdict(left, right, found)[-1]


def test_equal_maps_agree_wholly():
    left, right = side(), side("Two")
    words = " ".join(verdict(left, right, difference_of(left, right)))
    assert "One answer, two maps of it: move left, 93 %." in words
    assert "100 % are in the right one's" in words and "+1.00" in words


def test_maps_of_other_units_are_ordered_but_not_subtracted():
    left, right = side(), side("Ledger", method="ledger", signed=True)
    found = difference_of(left, right)
    assert found.values is None and -1 <= found.agreement.rank_correlation <= 1
    drawn = comparison(left, right, found)
    assert drawn.count('class="legend"') == 2  # a scale each
    assert "each on its own scale" in drawn and "Difference" not in drawn


def test_two_clips_have_no_difference_and_one_scale():
    other = made_analysis(clip=replace(made_clip(), path=Path("other.mp4")), prediction=made_prediction(first=1))
    left, right = side(), side("Two", analysis=other)
    assert difference_of(left, right) is None
    assert comparison(left, right, None).count('class="legend"') == 1
    first, moved = verdict(left, right, None)
    assert first == f"Left: {LABELS[0]}, 93 %. Right: {LABELS[1]}, 93 %."
    shares = ANALYSIS.prediction.probabilities - other.prediction.probabilities
    assert f"On the right {round(50 * np.abs(shares).sum())} % of the probability" in moved


def test_bars_carry_the_other_sides_mark_where_the_classes_are_the_same():
    other = replace(ANALYSIS, prediction=made_prediction(first=1))
    drawn = comparison(side(), side("Two", analysis=other), None)
    assert f"--before:{ANALYSIS.prediction.probabilities[0]:.4f}" in drawn
    foreign = replace(ANALYSIS, prediction=replace(ANALYSIS.prediction, labels=tuple("abcdefghi")[: len(LABELS)]))
    drawn = comparison(side(), side("Two", analysis=foreign), None)
    assert "--before" not in drawn
    assert "other lists" in verdict(side(), side("Two", analysis=foreign), None)[1]


def test_a_side_without_a_map_says_why_and_keeps_its_frames():
    right = replace(side("Two"), explanation=None, refusal="There is <none>.")
    assert difference_of(side(), right) is None
    drawn = comparison(side(), right, None)
    assert "There is &lt;none&gt;." in drawn
    assert len(re.findall("--film:url", drawn)) == 4 and len(re.findall("--map:url", drawn)) == 2


def test_models_with_other_grids_share_a_scale():
    other = made_analysis(geometry=Geometry(num_frames=16, image_size=64, tubelet_size=4, patch_size=16))
    left, right = side(), side("Two", analysis=other)
    found = difference_of(left, right)
    assert found.values.shape == left.explanation.values.shape
    drawn = comparison(left, right, found)
    assert drawn.count('class="legend"') == 2  # the maps' and the difference's


@pytest.mark.parametrize("text", ["<b>", '"'])
def test_titles_are_escaped(text):
    assert text + "clip" not in comparison(side(text + "clip"), side(), None)
