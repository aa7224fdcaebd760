"""Gradient x input and integrated gradients."""

import numpy as np
import pytest
import torch
from tiny import eager, random_clip, tiny_classifier

from videomae_demo.errors import BadRequestError
from videomae_demo.explain import explain
from videomae_demo.results import Target


def per_token(pixel_map):
    """(T, 3, S, S) -> (T', H', W'): sums over each token's 2 frames x 3 colours x 8 x 8 pixels."""
    frames, _, size, _ = pixel_map.shape
    return pixel_map.reshape(frames // 2, 2, 3, size // 8, 8, size // 8, 8).sum(axis=(1, 2, 4, 6))


@pytest.mark.parametrize("readout", ["mean", "token_0"])
@pytest.mark.parametrize("target", [Target(1), Target(1, 2)])
def test_gradient_x_input_equals_the_gradient_by_pixels(readout, target):
    classifier = tiny_classifier(readout)
    clip = random_clip(classifier.model)
    pixels = torch.from_numpy(clip)[None].double().requires_grad_()
    logits = eager(classifier.model, torch.float64)(pixels).logits[0]
    score = logits[target.label_id] - (0 if target.against_label_id is None else logits[target.against_label_id])
    expected = per_token((torch.autograd.grad(score, pixels)[0] * pixels).detach()[0].numpy())
    ours = explain("gradient_x_input", classifier, clip, target=target).values
    np.testing.assert_allclose(ours, expected, rtol=1e-4, atol=1e-5 * np.abs(expected).max())


def test_integrated_gradients_add_up():
    classifier = tiny_classifier(sharpness=1.0)
    clip = random_clip(classifier.model)
    explanation = explain("integrated_gradients", classifier, clip, target=Target(2), steps=16)
    figures = explanation.figures
    grey = classifier.logits(np.zeros_like(clip)[None])[0, 2]
    assert figures["grey_logit"] == pytest.approx(grey, abs=1e-5)
    assert figures["logit"] == pytest.approx(classifier.forward(clip).logits[2], abs=1e-5)
    assert figures["sum"] == pytest.approx(figures["logit"], abs=0.02 * abs(figures["logit"] - figures["grey_logit"]))
    assert figures["grey_logit"] + explanation.values.sum() == pytest.approx(figures["sum"], abs=1e-4)


def test_integrated_gradients_need_a_step():
    classifier = tiny_classifier()
    with pytest.raises(BadRequestError, match="at least 1 step"):
        explain("integrated_gradients", classifier, random_clip(classifier.model), steps=0)
