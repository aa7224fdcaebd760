"""Leaving patches out by hand, and the sanity checks, on a tiny model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from made_records import made_analysis
from tiny import save_hub_layout, tiny_model

from videomae_demo.errors import BadRequestError
from videomae_demo.explain import checks
from videomae_demo.models import load_classifier
from videomae_demo.models.prediction import predict, softmax
from videomae_demo.results import Analysis, answer_target


@pytest.fixture(scope="module")
def analysis(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    """A made clip, answered by a tiny model that was saved and loaded like any other."""
    folder = save_hub_layout(tiny_model(), tmp_path_factory.mktemp("model"))
    classifier = load_classifier(str(folder))
    made = made_analysis(geometry=classifier.geometry)
    logits = classifier.logits(made.model_input.pixel_values[None])
    return replace(
        made,
        model=classifier.identity,
        device=classifier.device,
        dtype=classifier.dtype,
        prediction=predict(logits, classifier.labels),
    )


def test_nothing_left_out_is_the_answer_itself(analysis):
    whole = checks.answer_without(analysis, np.zeros(analysis.geometry.grid, bool))
    np.testing.assert_allclose(whole, analysis.prediction.probabilities, atol=1e-6)


def test_tokens_are_really_left_out_of_the_encoder(analysis):
    left_out = np.zeros(analysis.geometry.grid, bool)
    left_out[0] = True
    classifier = load_classifier(analysis.model.id)
    logits = classifier.logits(analysis.model_input.pixel_values[None], keep=~left_out.reshape(1, -1))
    np.testing.assert_allclose(checks.answer_without(analysis, left_out), softmax(logits[0]), atol=1e-6)


def test_leaving_everything_out_is_refused(analysis):
    with pytest.raises(BadRequestError, match="keep at least one"):
        checks.answer_without(analysis, np.ones(analysis.geometry.grid, bool))


def test_random_orders_differ_and_can_be_repeated(analysis):
    once = checks.answers_without_random(analysis, 20)
    assert once.shape == (checks.RANDOM_ORDERS, len(analysis.prediction.labels))
    assert len(np.unique(once[:, 0])) == checks.RANDOM_ORDERS
    np.testing.assert_array_equal(once, checks.answers_without_random(analysis, 20))
    np.testing.assert_allclose(once.sum(axis=1), 1, atol=1e-5)


def test_the_last_token_of_a_random_order_stays(analysis):
    assert np.isfinite(checks.answers_without_random(analysis, analysis.geometry.num_tokens)).all()


@pytest.mark.parametrize(("least", "expected"), [(False, [3, 2]), (True, [0, 1])])
def test_the_strongest_or_the_weakest_go_first(least, expected):
    values = np.arange(4.0).reshape(1, 2, 2)
    chosen = checks.most_relevant(values, 0.5, least=least)
    assert sorted(np.flatnonzero(chosen)) == sorted(expected)


def test_one_token_always_stays():
    assert checks.most_relevant(np.ones((2, 2, 2)), 1.0).sum() == 7


def test_rollout_is_the_same_for_every_class_and_depends_on_the_weights(analysis):
    asked = checks.sanity_checks(analysis, "rollout")
    assert (asked.other_class.passed, asked.other_class.similarity) == (False, 1.0)
    assert asked.random_weights.similarity < 1
    ledger = checks.sanity_checks(analysis, "ledger", target=answer_target(analysis.prediction))
    assert ledger.other_class.similarity < 1
