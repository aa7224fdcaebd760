"""Every way gives the same answer, on the same weights."""

import numpy as np
import pytest
from tiny import tiny_classifier

from videomae_demo.commands.benchmark.arms import ARMS, _transformers_model


@pytest.mark.parametrize("readout", ["mean", "token_0"])
def test_every_arm_gives_the_same_answer(readout):
    classifier = tiny_classifier(readout)
    clip = np.random.default_rng(0).standard_normal((4, 3, 32, 32), np.float32)
    expected = classifier.forward(clip).logits
    for key, arm in ARMS.items():
        logits, values = arm.prepare(classifier)(clip)
        if logits is not None:
            np.testing.assert_allclose(logits, expected, atol=1e-5, err_msg=key)
        if values is not None:
            assert values.shape == (32,)
            assert values.mean() == pytest.approx(1, abs=1e-5)


def test_the_twins_of_the_plain_ways_share_the_weights():
    classifier = tiny_classifier()
    twin = _transformers_model(classifier, "eager")
    mine, theirs = classifier.model.classifier.weight, twin.classifier.weight
    assert mine.data_ptr() == theirs.data_ptr()
