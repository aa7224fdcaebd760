"""The bounds in ``tolerances`` hold with room to spare, and a mistake is still far outside them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tiny import eager, random_clip, tiny_classifier, tiny_model
from tolerances import TINY, bfloat16_steps

from videomae_demo.explain import explain


@torch.no_grad()
def logits_of(model, clip):
    return model(torch.from_numpy(clip)[None].to(model.dtype)).logits[0].double()


def forgotten_scale(layers):
    for layer in layers:
        layer.attention.attention.scaling = 1.0


def dropped_layer(layers):
    del layers[1]


def swapped_layers(layers):
    layers[0], layers[1] = layers[1], layers[0]


@pytest.mark.parametrize("seed", range(3))
def test_a_tiny_model_is_exact_to_a_fraction_of_its_bound(seed):
    model = tiny_model(seed=seed)
    clip = random_clip(model, seed)
    exact = logits_of(eager(model, torch.float64), clip)
    assert (logits_of(model, clip) - exact).abs().max() < TINY * exact.abs().max() / 3


@pytest.mark.parametrize(
    ("mistake", "dtype", "bound"),
    [
        (forgotten_scale, torch.float32, TINY),
        (dropped_layer, torch.float32, TINY),
        (swapped_layers, torch.float32, TINY),
        (dropped_layer, torch.bfloat16, bfloat16_steps(3)),
    ],
)
def test_a_mistake_breaks_the_bound(mistake, dtype, bound):
    model = tiny_model()
    clip = random_clip(model)
    exact = logits_of(model, clip)
    mistake(model.videomae.encoder.layer)
    wrong = logits_of(model.to(dtype), clip)
    assert (wrong - exact).abs().max() > 4 * bound * exact.abs().max()


def test_a_map_at_a_scale_wrong_by_one_percent_breaks_the_bound():
    """Logits hardly feel that, the map does."""
    classifier, wrong = tiny_classifier(), tiny_classifier()
    clip = random_clip(classifier.model)
    for layer in wrong.model.videomae.encoder.layer:
        layer.attention.attention.scaling *= 1.01
    ours, expected = (explain("rollout", one, clip).values for one in (wrong, classifier))
    assert np.abs(ours - expected).max() > 4 * TINY * expected.max()


def test_a_map_of_other_layers_breaks_the_bound():
    classifier = tiny_classifier()
    clip = random_clip(classifier.model)
    whole, part = (explain("rollout", classifier, clip, last_layer=last).values for last in (None, 2))
    assert np.abs(whole - part).max() > 100 * TINY * whole.max()
