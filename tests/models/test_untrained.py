"""The untrained network: the bundled one's, with weights that know nothing, under a name of its own."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tiny import random_clip, save_familiarity, tiny_model

from videomae_demo.models import load_classifier, name_of
from videomae_demo.models.untrained import forget


def test_it_is_the_same_network_and_answers_otherwise(bundled):
    save_familiarity(bundled, tiny_model(seed=7, num_labels=3))
    trained, untrained = load_classifier("bundled"), load_classifier("untrained")
    assert (untrained.geometry, untrained.labels) == (trained.geometry, trained.labels)
    assert name_of(untrained.identity) == "untrained" and name_of(trained.identity) == "bundled"
    clip = random_clip(tiny_model())
    assert not np.allclose(untrained.forward(clip).logits, trained.forward(clip).logits, atol=1e-3)
    answers = untrained.answers(clip[None])
    assert answers.familiarity is None and answers.temperature == 1  # those numbers are of the learned weights
    assert trained.answers(clip[None]).temperature == 2
    assert load_classifier("bundled").model is trained.model  # it was not drawn over


@pytest.mark.parametrize("seed", [0, 1])
def test_each_tensor_keeps_its_mean_and_spread(seed):
    model, before = tiny_model(hidden_size=64, intermediate=256), tiny_model(hidden_size=64, intermediate=256)
    forget(model, seed=seed)
    for (name, drawn), learned in zip(model.named_parameters(), before.parameters(), strict=True):
        assert not torch.equal(drawn, learned), name
        if drawn.numel() > 4000:
            assert abs(float(drawn.mean() - learned.mean())) < 0.1 * float(learned.std())
            assert float(drawn.std() / learned.std()) == pytest.approx(1, abs=0.1)
