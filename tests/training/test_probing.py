"""Fitting and scoring probes: closed forms, known answers, and a run in miniature that is interrupted."""

import numpy as np
import pytest
import torch
from tiny import save_hub_layout, tiny_model

from videomae_demo.explain.where import probes as stored
from videomae_demo.explain.where.probes import PROBES
from videomae_demo.models import load_classifier
from videomae_demo.training import probing
from videomae_demo.training.probing import Rows, logistic, ridge, score, train_probes


@pytest.fixture
def numbers():
    return np.random.default_rng(0)


def test_ridge_is_where_the_gradient_is_zero(numbers):
    inputs, answer = numbers.standard_normal((50, 4)) + 3, numbers.standard_normal((50, 2)) - 1
    weight, bias = ridge(inputs, answer, 0.1)
    wrong = inputs @ weight + bias - answer
    np.testing.assert_allclose(wrong.mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(inputs.T @ wrong / 50 + 0.1 * weight, 0, atol=1e-9)


def test_ridge_finds_what_there_is(numbers):
    inputs, truth = numbers.standard_normal((500, 4)), numbers.standard_normal((4, 1))
    weight, bias = ridge(inputs, inputs @ truth + 2, 1e-6)
    np.testing.assert_allclose(weight, truth, atol=1e-4)
    np.testing.assert_allclose(bias, 2, atol=1e-4)


def test_logistic_is_where_the_gradient_is_zero(numbers):
    inputs, answer = numbers.standard_normal((80, 3)), np.eye(3)[numbers.integers(0, 3, 80)]
    weight, bias = logistic(inputs, answer, 0.01)
    given = inputs @ weight + bias
    wrong = torch.softmax(torch.from_numpy(given), dim=1).numpy() - answer
    np.testing.assert_allclose(inputs.T @ wrong / 80 + 0.01 * weight, 0, atol=1e-4)
    np.testing.assert_allclose(wrong.mean(axis=0), 0, atol=1e-4)


def test_scores_of_known_answers(numbers):
    clip = np.repeat(np.arange(20), 4)
    truth = numbers.standard_normal((80, 1))
    rows = Rows(clip, np.tile(np.arange(4), 20), truth, ("speed",))
    assert score(truth, rows).value == 1
    assert score(np.full((80, 1), truth.mean()), rows).value == pytest.approx(0)
    noisy = score(truth + 0.5 * numbers.standard_normal((80, 1)), rows)
    assert noisy.low < noisy.value < noisy.high < 1
    classes = Rows(np.arange(10), np.zeros(10, int), np.arange(10) % 2, ("a", "b"))
    right = np.eye(2)[classes.answer]
    right[0] = right[0, ::-1]
    assert score(right, classes).value == 0.9
    assert [round(end, 3) for end in (score(right, classes).low, score(right, classes).high)] == [0.596, 0.982]


@pytest.fixture
def one_strength(monkeypatch):
    """Nothing to choose, for speed."""
    monkeypatch.setattr(probing, "STRENGTHS", (1e-2,))


def test_what_only_one_layer_has_is_read_there_and_nowhere_else(numbers, one_strength):
    """Made states: the class is in the last layer, linearly; the controls and the first layer have nothing."""
    label_ids = np.arange(120) % 34
    means = numbers.standard_normal((120, 2, 2, 34)).astype(np.float32)
    means[:, 1] += 6 * np.eye(34)[label_ids][:, None]
    found = probing.Collected(
        means=means,
        random_means=numbers.standard_normal(means.shape).astype(np.float32),
        tokens=means,
        random_tokens=means,
        label_ids=label_ids,
        coverage=numbers.random((120, 2)).astype(np.float32),
        motion=numbers.standard_normal((120, 2, 5)).astype(np.float32),
    )
    curve = probing.fit(found, "command", lambda *_: None).curves["class"]
    assert curve.scores[1].low > 0.8
    assert curve.scores[0].high < 0.3 and curve.shuffled[1].high < 0.3 and curve.random_weights[1].high < 0.3
    assert curve.selectivity(1) > 0.6
    assert curve.clips == 40


def test_an_interrupted_run_collects_what_an_uninterrupted_one_does(tmp_path, monkeypatch):
    folder = save_hub_layout(tiny_model(num_frames=16, layers=2), tmp_path / "model")
    classifier = load_classifier(str(folder), dtype="float32")
    monkeypatch.setattr(probing, "BATCH", 8)
    whole = probing.collect(classifier, 24, ("studio",), tmp_path / "whole.part", "weights", lambda *_: None)

    def interrupt(text: str, share: float) -> None:
        if share > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        probing.collect(classifier, 24, ("studio",), tmp_path / "cut.part", "weights", interrupt)
    told = []
    cut = probing.collect(
        classifier, 24, ("studio",), tmp_path / "cut.part", "weights", lambda text, share: told.append(share)
    )
    assert told == [pytest.approx(16 / 24)]
    for name, values in vars(whole).items():
        np.testing.assert_array_equal(values, getattr(cut, name), err_msg=name)
    other = probing.collect(classifier, 8, ("studio",), tmp_path / "cut.part", "others", lambda *_: None)
    assert len(other.label_ids) == 8


def test_the_command_leaves_probes_that_the_page_finds(tmp_path, one_strength):
    folder = save_hub_layout(tiny_model(num_frames=16, layers=1, hidden_size=8), tmp_path / "model")
    classifier = load_classifier(str(folder), dtype="float32")
    made = train_probes(folder, classifier, clips=51, command="train", on_progress=lambda *_: None)
    found = stored.load(folder)
    assert set(found.readouts) == set(PROBES)
    np.testing.assert_array_equal(found.readouts["class"].weight, made.readouts["class"].weight)  # scored as stored
    assert found.readouts["direction"].outputs == ("left", "right", "up", "down")
    assert not (folder / probing.PART).exists()
