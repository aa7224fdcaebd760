"""The way through the encoder ends where the model's own forward pass ends."""

from __future__ import annotations

import numpy as np
import pytest
from tiny import random_clip, tiny_classifier

from videomae_demo.explain.inside.logit_lens import passage_of
from videomae_demo.models.prediction import softmax


@pytest.mark.parametrize("readout", ["mean", "token_0"])
def test_the_last_layer_gives_the_models_own_answer(readout):
    classifier = tiny_classifier(readout)
    clip = random_clip(classifier.model)
    passage, output = passage_of(classifier, clip), classifier.forward(clip)
    np.testing.assert_allclose(passage.final, output.tokens.numpy(), atol=1e-5)
    np.testing.assert_allclose(passage.answers[-1], softmax(output.logits), atol=1e-5)
    expected = passage.final.mean(axis=0) if readout == "mean" else passage.final[0]
    np.testing.assert_allclose(passage.readout, expected, atol=1e-5)


def test_without_layers_a_token_knows_its_own_pixels_only():
    classifier = tiny_classifier()
    clip = random_clip(classifier.model)
    changed = clip.copy()
    changed[:2, :, :8, :8] += 1  # the first token's two frames and pixels
    before, after = passage_of(classifier, clip), passage_of(classifier, changed)
    assert np.abs(after.embedded[0] - before.embedded[0]).max() > 0.01
    np.testing.assert_array_equal(after.embedded[1:], before.embedded[1:])
    assert (np.abs(after.final - before.final).max(axis=1) > 0).all()
    assert before.answers.shape == (classifier.model.config.num_hidden_layers + 1, len(classifier.labels))
