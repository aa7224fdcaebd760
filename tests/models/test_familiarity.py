"""What a checkpoint knows of itself: read from the file beside the weights, and from no other file."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny import random_clip, save_familiarity, save_hub_layout, tiny_model
from tolerances import TINY

from videomae_demo.explain.faithfulness import answer_without
from videomae_demo.explain.inside.logit_lens import passage_of
from videomae_demo.models import load_classifier
from videomae_demo.models.familiarity import summaries
from videomae_demo.models.prediction import softmax

WIDTH, SLICES = 16, 2


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return save_hub_layout(tiny_model(), tmp_path / "model")


def test_the_summaries_are_mean_spread_and_change():
    tokens = np.random.default_rng(0).normal(size=(2, 12, 5)).astype(np.float32)
    found = summaries(torch.from_numpy(tokens), 3).numpy()
    for clip, row in zip(tokens.astype(np.float64), found, strict=True):
        slices = [clip[:4].mean(axis=0), clip[4:8].mean(axis=0), clip[8:].mean(axis=0)]
        change = np.sqrt(((slices[1] - slices[0]) ** 2 + (slices[2] - slices[1]) ** 2) / 2)
        np.testing.assert_allclose(row, np.concatenate([clip.mean(axis=0), clip.std(axis=0), change]), rtol=1e-4)


def test_a_checkpoint_without_numbers_says_nothing(folder):
    classifier = load_classifier(str(folder))
    clip = random_clip(classifier.model)
    assert classifier.temperature == 1
    assert classifier.answers(clip[None]).familiarity is None
    assert classifier.forward(clip).familiarity is None


def test_the_score_is_linear_in_the_summaries_and_the_lead(folder):
    weights = np.random.default_rng(1).normal(size=3 * WIDTH + 1).round(3)
    save_familiarity(folder, tiny_model(), weights=weights.tolist(), offset=0.75)
    classifier = load_classifier(str(folder))
    clips = np.stack([random_clip(classifier.model, seed) for seed in range(3)])
    answers = classifier.answers(clips)
    np.testing.assert_allclose(answers.logits, classifier.logits(clips), atol=TINY)
    assert answers.temperature == 2
    for clip, score in zip(clips, answers.familiarity, strict=True):
        output = classifier.forward(clip)
        likeliest = softmax(output.logits.astype(np.float64)).max()
        ahead = np.log(likeliest / (1 - likeliest))
        evidence = np.append(summaries(output.tokens[None], SLICES)[0].double().numpy(), ahead)
        expected = evidence @ weights + 0.75
        assert output.familiarity == pytest.approx(score, abs=10 * TINY)
        assert score == pytest.approx(expected, abs=10 * TINY)
    assert classifier.answers(clips[:0]).familiarity.shape == (0,)


def test_every_probability_is_of_the_same_temperature(folder):
    save_familiarity(folder, tiny_model(), temperature=2.5)
    classifier = load_classifier(str(folder))
    clip = random_clip(classifier.model)
    expected = softmax(classifier.logits(clip[None])[0] / 2.5)
    np.testing.assert_allclose(passage_of(classifier, clip).answers[-1], expected, atol=TINY)
    nothing = np.zeros(classifier.geometry.grid, bool)
    np.testing.assert_allclose(answer_without(classifier, clip, nothing), expected, atol=TINY)


def test_numbers_that_come_later_are_read(folder):
    before = load_classifier(str(folder))
    file = save_familiarity(folder, tiny_model())
    after = load_classifier(str(folder))
    assert (before.calibration.weights is None, after.calibration.weights is None) == (True, False)
    assert before.fingerprint() != after.fingerprint()
    file.unlink()
    assert load_classifier(str(folder)).calibration.weights is None


@pytest.mark.parametrize(
    "change",
    [
        {"head": "0123456789abcdef"},
        {"weights": [0.0] * 7},
        {"weights": [float("nan")] * (3 * WIDTH + 1)},
        {"weights": "all of them"},
        {"temperature": 0},
        {"temperature": None},
        {"offset": float("inf")},
    ],
)
def test_numbers_of_another_model_are_not_used(folder, change, caplog):
    save_familiarity(folder, tiny_model(), **change)
    assert load_classifier(str(folder)).calibration.weights is None
    assert "is not used" in caplog.text


def test_a_damaged_file_is_not_used(folder, caplog):
    save_familiarity(folder, tiny_model()).write_text("{", encoding="utf-8")
    assert load_classifier(str(folder)).temperature == 1
    (folder / "familiarity.json").write_text(json.dumps([1, 2]), encoding="utf-8")
    assert load_classifier(str(folder)).temperature == 1


def test_a_model_from_the_hub_may_bring_its_numbers(fake_hub):
    from videomae_demo.models import KINETICS

    served = fake_hub.repos[KINETICS.id]
    save_familiarity(served, tiny_model(seed=1), temperature=1.5)
    assert load_classifier(KINETICS.id).temperature == 1.5


def test_most_models_from_the_hub_have_none(fake_hub):
    from videomae_demo.models import KINETICS

    classifier = load_classifier(KINETICS.id)
    assert classifier.answers(random_clip(classifier.model)[None]).familiarity is None
