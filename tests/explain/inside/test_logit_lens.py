"""The way through the encoder ends where the model's own forward pass ends."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tiny import eager, random_clip, tiny_classifier
from tolerances import TINY

from videomae_demo.explain.inside.logit_lens import passage_of
from videomae_demo.models.prediction import softmax


@pytest.mark.parametrize("readout", ["mean", "token_0"])
def test_the_last_layer_gives_the_models_own_answer(readout):
    classifier = tiny_classifier(readout)
    clip = random_clip(classifier.model)
    passage, output = passage_of(classifier, clip), classifier.forward(clip)
    np.testing.assert_allclose(passage.final, output.tokens.numpy(), atol=TINY * np.abs(passage.final).max())
    np.testing.assert_allclose(passage.answers[-1], softmax(output.logits), atol=TINY)
    expected = passage.final.mean(axis=0) if readout == "mean" else passage.final[0]
    np.testing.assert_allclose(passage.readout, expected, atol=TINY)


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


@pytest.mark.parametrize("readout", ["mean", "token_0"])
def test_a_slice_is_read_like_a_clip_of_its_own(readout):
    """The slow way: transformers' own LayerNorm and linear map on the mean of each slice's hidden states."""
    classifier = tiny_classifier(readout)
    clip = random_clip(classifier.model)
    passage, model = passage_of(classifier, clip), eager(classifier.model)
    norm = model.fc_norm if readout == "mean" else model.videomae.layernorm
    with torch.no_grad():
        states = model.videomae(torch.from_numpy(clip)[None], output_hidden_states=True).hidden_states
        # The last of transformers' states may have been normed already; passage.final is compared with it elsewhere.
        layers = [*states[: model.config.num_hidden_layers], torch.from_numpy(passage.final)[None]]
        assert passage.slice_answers.shape == (len(layers), 2, 5)
        for read, tokens in zip(passage.slice_answers, layers, strict=True):
            for number, answer in enumerate(read):
                of_slice = tokens[0, 16 * number : 16 * (number + 1)].mean(dim=0)
                expected = model.classifier(norm(of_slice)).softmax(dim=-1)
                np.testing.assert_allclose(answer, expected, atol=TINY)
    assert np.abs(passage.slice_answers[-1, 0] - passage.slice_answers[-1, 1]).max() > 4 * TINY
