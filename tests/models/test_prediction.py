"""Logits to answers, and finding what a visitor typed."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tolerances import UNIT

from videomae_demo.errors import BadRequestError
from videomae_demo.models.prediction import find_label, find_target, predict, prediction_of, softmax
from videomae_demo.results import Answers, Target

LABELS = ("archery", "abseiling", "7", "Tai Chi")


def test_softmax_is_torchs():
    logits = np.random.default_rng(0).normal(0, 30, (5, 7)).astype(np.float32)
    np.testing.assert_allclose(softmax(logits), torch.from_numpy(logits).softmax(-1).numpy(), rtol=UNIT, atol=UNIT)


def test_views_are_averaged_after_the_softmax():
    logits = np.array([[9, 0, 0, 0], [0, 1, 0, 0], [0, 1, 0, 0]], np.float32)
    prediction = predict(logits, LABELS)
    np.testing.assert_allclose(prediction.probabilities, softmax(logits).mean(axis=0), rtol=UNIT)
    np.testing.assert_allclose(prediction.logits, logits.mean(axis=0))
    assert prediction.probabilities.sum() == pytest.approx(1)
    assert prediction.probabilities.dtype == np.float32
    assert prediction.top(1)[0][1] == "archery"
    assert len(prediction.top(99)) == 4
    assert prediction.top(0) == ()


def test_a_temperature_divides_the_logits_and_no_more():
    logits = np.array([[3, 1, 0, 0], [0, 1, 0, 2]], np.float32)
    prediction = predict(logits, LABELS, temperature=2.5)
    np.testing.assert_allclose(prediction.probabilities, softmax(logits / 2.5).mean(axis=0), rtol=UNIT)
    np.testing.assert_allclose(prediction.logits, logits.mean(axis=0))
    assert prediction.temperature == 2.5


@pytest.mark.parametrize(("scores", "score", "known"), [([1.0, -0.5], 0.25, True), ([0.5, -1.0], -0.25, False)])
def test_views_are_as_familiar_as_they_are_on_average(scores, score, known):
    prediction = predict(np.zeros((2, 4), np.float32), LABELS, familiarity=np.array(scores, np.float32))
    assert (prediction.familiar.score, prediction.familiar.known) == (score, known)


def test_without_scores_nothing_is_said_of_familiarity():
    familiar = predict(np.zeros((1, 4), np.float32), LABELS).familiar
    assert (familiar.score, familiar.known) == (None, None)


def test_answers_are_cut_and_joined_view_by_view():
    first, second = (Answers(np.full((2, 4), i, np.float32), np.array([i, i + 0.5], np.float32), 3.0) for i in (0, 1))
    joined = Answers.join([first, second])
    part = joined.only(slice(1, 3))
    np.testing.assert_array_equal(part.logits[:, 0], [0, 1])
    np.testing.assert_array_equal(part.familiarity, [0.5, 1])
    assert prediction_of(part, LABELS).familiar.score == 0.75
    assert prediction_of(part, LABELS).temperature == part.temperature == 3.0


def test_ties_go_to_the_smaller_id():
    assert [row[0] for row in predict(np.zeros((1, 4)), LABELS).top(4)] == [0, 1, 2, 3]


@pytest.mark.parametrize("shape", [(4,), (0, 4), (1, 3)])
def test_logits_that_do_not_fit_the_labels_are_refused(shape):
    with pytest.raises(ValueError, match="num_labels"):
        predict(np.zeros(shape, np.float32), LABELS)


@pytest.mark.parametrize(
    ("wanted", "label_id"), [("archery", 0), ("ABSEILING", 1), (" tai chi ", 3), ("7", 2), ("1", 1), ("3", 3)]
)
def test_a_class_is_found_by_label_before_number_whatever_the_case(wanted, label_id):
    assert find_label(LABELS, wanted) == label_id


@pytest.mark.parametrize("wanted", ["4", "-1", "arch", "", "²"])
def test_an_unknown_class_is_refused_with_the_range(wanted):
    with pytest.raises(BadRequestError, match="from 0 to 3"):
        find_label(LABELS, wanted)


def test_a_near_miss_gets_a_hint():
    with pytest.raises(BadRequestError, match="Did you mean Tai Chi"):
        find_label(LABELS, "taichi")


def test_targets():
    assert find_target(LABELS, None) is None
    assert find_target(LABELS, "archery") == Target(0)
    assert find_target(LABELS, "archery", "3") == Target(0, 3)
    with pytest.raises(BadRequestError, match="compared with"):
        find_target(LABELS, None, "3")
