"""The table of methods, and explain() over every row of it."""

import subprocess
import sys

import numpy as np
import pytest
from tiny import random_clip, tiny_classifier
from tolerances import TINY

from videomae_demo.errors import BadRequestError
from videomae_demo.explain import METHODS, SHARE, explain
from videomae_demo.results import Target


@pytest.mark.parametrize("method", METHODS)
def test_every_method_gives_a_map_on_the_token_grid(method):
    classifier = tiny_classifier()
    clip = random_clip(classifier.model)
    row, explanation = METHODS[method], explain(method, classifier, clip)
    assert explanation.values.shape == (2, 4, 4)
    assert explanation.values.dtype == np.float32
    assert np.isfinite(explanation.values).all()
    assert explanation.values.std() > 0
    assert explanation.unit == row.unit
    assert explanation.seconds > 0
    if row.unit == SHARE:
        assert explanation.values.mean() == pytest.approx(1, abs=TINY)
    if not row.signed:
        assert explanation.values.min() >= 0


@pytest.mark.parametrize("method", [key for key, row in METHODS.items() if row.class_specific])
def test_a_class_specific_map_is_about_the_likeliest_class_unless_told(method):
    classifier = tiny_classifier()
    clip = random_clip(classifier.model)
    likeliest = int(classifier.forward(clip).logits.argmax())
    unasked, asked = (explain(method, classifier, clip, target=target) for target in (None, Target(likeliest)))
    assert unasked.target == Target(likeliest)
    np.testing.assert_array_equal(unasked.values, asked.values)
    other = explain(method, classifier, clip, target=Target((likeliest + 1) % 5))
    assert np.abs(other.values - asked.values).max() > 4 * TINY


@pytest.mark.parametrize("method", [key for key, row in METHODS.items() if row.class_specific])
def test_why_not_another_class(method):
    """A signed map is linear in what it explains: the difference of two classes' maps, and its own negative when they
    are exchanged. A map of what speaks for alone is neither, but it does depend on both."""
    classifier = tiny_classifier()
    clip = random_clip(classifier.model)
    first, second, both, exchanged = (
        explain(method, classifier, clip, target=target).values
        for target in (Target(0), Target(3), Target(0, 3), Target(3, 0))
    )
    if METHODS[method].signed:
        size = max(np.abs(first).max(), np.abs(second).max())
        np.testing.assert_array_equal(exchanged, -both)
        np.testing.assert_allclose(both, first - second, rtol=0, atol=4 * TINY * size)
    assert min(np.abs(both - first).max(), np.abs(both - exchanged).max()) > 4 * TINY * np.abs(both).max()


@pytest.mark.parametrize("method", [key for key, row in METHODS.items() if row.sum])
def test_values_and_rest_sum_to_the_logit(method):
    classifier = tiny_classifier()
    clip = random_clip(classifier.model)
    explanation = explain(method, classifier, clip, target=Target(1, 2))
    logits = classifier.forward(clip).logits
    assert explanation.figures["logit"] == pytest.approx(logits[1] - logits[2], abs=TINY)
    assert explanation.figures["sum"] == pytest.approx(explanation.figures["logit"], abs=2 * TINY)


@pytest.mark.parametrize("method", [key for key, row in METHODS.items() if not row.class_specific])
def test_a_class_agnostic_map_names_no_class(method):
    classifier = tiny_classifier()
    clip = random_clip(classifier.model)
    unasked, asked = (explain(method, classifier, clip, target=target) for target in (None, Target(1)))
    assert unasked.target is None
    assert asked.target is None
    np.testing.assert_array_equal(unasked.values, asked.values)


@pytest.mark.parametrize("method", METHODS)
def test_the_table_s_options_are_the_function_s(method):
    row = METHODS[method]
    names = row.load().__code__.co_varnames[: row.load().__code__.co_argcount + row.load().__code__.co_kwonlyargcount]
    takes_any = row.load().__kwdefaults__ is None and bool(row.options)
    assert takes_any or set(row.options) == set(names[3:])


def test_the_sentences_claim_no_seeing():
    for row in METHODS.values():
        for sentence in (row.how_to_read, row.cannot_tell):
            assert sentence.endswith(".")
            assert "looks at" not in sentence
            assert len(sentence) < 180


@pytest.mark.parametrize("target", [Target(5), Target(0, 5), Target(-1), Target(2, 2)])
def test_classes_that_do_not_exist(target):
    classifier = tiny_classifier()
    with pytest.raises(BadRequestError):
        explain("ledger", classifier, random_clip(classifier.model), target=target)


def test_unknown_names_are_the_programmer_s_mistake():
    classifier = tiny_classifier()
    clip = random_clip(classifier.model)
    with pytest.raises(ValueError, match="rollout"):
        explain("grad_cam", classifier, clip)
    with pytest.raises(ValueError, match="no option depth"):
        explain("rollout", classifier, clip, depth=3)


def test_a_second_method_does_not_run_the_model_again(monkeypatch):
    classifier = tiny_classifier()
    clip = random_clip(classifier.model)
    explain("rollout", classifier, clip)
    monkeypatch.setattr(classifier.model.videomae, "forward", None)
    monkeypatch.setattr(classifier, "_encode", None)
    explain("rollout", classifier, clip, head_fusion="max")
    explain("ledger", classifier, clip)


def test_the_table_is_read_without_torch():
    code = "import sys, videomae_demo.explain; print([m for m in ('torch', 'transformers') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
