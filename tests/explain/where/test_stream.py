"""The residual stream: what it ends in is the model's own answer, from wherever it is gone on with."""

import numpy as np
import pytest
import torch
from tiny import random_clip, tiny_classifier
from tolerances import TINY

from videomae_demo.explain.where.stream import logits_from, slice_means, stream


@pytest.mark.parametrize("readout", ["mean", "token_0"])
def test_going_on_from_any_layer_gives_the_models_answer(readout):
    classifier = tiny_classifier(readout)
    clips = np.stack([random_clip(classifier.model, seed) for seed in (0, 1)])
    answer = classifier.logits(clips)
    states = stream(classifier, clips)
    assert len(states) == 4
    for done, state in enumerate(states):
        np.testing.assert_allclose(logits_from(classifier, state, done), answer, atol=TINY * np.abs(answer).max())


def test_the_stream_is_transformers_hidden_states():
    classifier = tiny_classifier()
    clip = random_clip(classifier.model)[None]
    with torch.no_grad():
        expected = classifier.model(torch.from_numpy(clip), output_hidden_states=True).hidden_states
    for mine, theirs in zip(stream(classifier, clip), expected, strict=True):
        torch.testing.assert_close(mine, theirs, atol=TINY * float(theirs.abs().max()), rtol=0)


def test_a_slices_mean_is_that_of_its_tokens():
    state = torch.arange(2 * 8 * 3, dtype=torch.float32).reshape(2, 8, 3)
    means = slice_means([state, -state], slices=2)
    assert means.shape == (2, 2, 2, 3)
    np.testing.assert_allclose(means[1, 0, 1], state[1, 4:].mean(dim=0))
    np.testing.assert_allclose(means[:, 1], -means[:, 0])
