"""Sentences about experiments say what the numbers say, and printed sums hold as printed."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_records import made_map, made_prediction
from tolerances import float32_sum

from videomae_demo.explain import METHODS
from videomae_demo.figures.verdicts import (
    agreement_verdict,
    motion_score_words,
    motion_verdict,
    odds_sentence,
    rounded_terms,
    sides,
    sum_verdict,
)

LEFT, RIGHT = made_prediction(first=0, probability=0.93), made_prediction(first=1, probability=0.88)
UNSURE = made_prediction(first=0, probability=0.5)


def test_a_reversal_that_changes_the_answer_is_told_with_both_numbers():
    words = motion_verdict(LEFT, {"reverse": RIGHT, "freeze": RIGHT})
    assert "“move left” (93 %) becomes “move right” (88 %)" in words
    assert "only their order" in words
    assert f"One frozen frame leaves {100 * RIGHT.probabilities[0]:.0f} % of it" in words


def test_an_answer_that_one_picture_keeps_shows_no_motion():
    words = motion_verdict(LEFT, {"reverse": LEFT, "freeze": UNSURE})
    assert "it is still “move left” (93 % before, 93 % now)" in words
    assert "One frozen frame keeps the answer, too (50 %)" in words
    assert "does not show that the model uses motion" in words


def test_an_answer_that_needs_movement_but_not_its_direction():
    words = motion_verdict(LEFT, {"reverse": LEFT, "freeze": RIGHT})
    assert "movement matters here, but not which way it runs" in words


def test_only_edits_that_were_made_are_spoken_of():
    assert "backwards" not in motion_verdict(LEFT, {"freeze": LEFT})
    assert motion_verdict(LEFT, {"shuffle": UNSURE}) == (
        "With its frames shuffled, “move left” has 50 % instead of 93 %."
    )


@pytest.mark.parametrize(("score", "word"), [(0.05, "hardly matters"), (0.3, "matters:"), (0.8, "decides")])
def test_the_score_is_put_into_words(score, word):
    assert word in motion_score_words(score)


def test_rules_that_agree_and_rules_that_do_not():
    assert agreement_verdict({"Uniform": LEFT, "Dense": UNSURE}).startswith(
        "All 2 rules get the same answer: “move left”, with 50 % to 93 %."
    )
    assert "“move left”, with 93 %. " in agreement_verdict({"Uniform": LEFT, "Dense": LEFT})
    assert agreement_verdict({"Uniform": LEFT, "Dense": RIGHT, "First": UNSURE}) == (
        "2 answers to the same clip: “move left” (Uniform 93 %, First 50 %), “move right” (Dense 88 %)."
    )


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=6))
def test_rounded_terms_add_up_as_printed_and_each_is_right_to_its_last_digit(terms):
    rounded, total = rounded_terms(terms)
    # Half of the last digit that is printed.
    assert round(sum(rounded), 2) == total == pytest.approx(sum(terms), abs=0.00501)
    assert all(abs(a - b) < 0.01 + 1e-9 for a, b in zip(rounded, terms, strict=True))


def test_sides_split_a_map_without_losing_anything():
    values = made_map(signed=True).values
    positive, negative = sides(values)
    assert (positive >= 0).all()
    assert (negative <= 0).all()
    np.testing.assert_allclose(
        positive + negative, values.sum(axis=(1, 2)), rtol=0, atol=float32_sum(64) * np.abs(values).sum()
    )


def test_odds_are_told_for_the_likelier_class_whichever_comes_first():
    sentence = "“a” gets 12 times the probability of “b” (e to the power of 2.50)."
    assert odds_sentence("a", "b", 2.5) == odds_sentence("b", "a", -2.5) == sentence
    assert "more than a thousand times" in odds_sentence("a", "b", 1000.0)
    assert math.isclose(math.exp(2.5), 12, abs_tol=0.2)


def test_the_slice_that_stands_out_is_named_and_evenness_is_told():
    values = np.zeros((8, 2, 2), np.float32)
    values[2, 0, 0], values[5, 0, 0] = 3.0, 0.2
    values[:, 1, 1] = -0.25
    words = sum_verdict(replace(made_map(signed=True), values=values), "a", "b", METHODS["ledger"].sum)
    assert "Most that speaks for “a” is held in slice 3 of 8 (+3.00)." in words
    assert "What speaks for “b” is held by all slices alike: " in words
    assert words.endswith("(−0.25 to −0.25 a slice).")
