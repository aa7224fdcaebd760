"""Probes: kept beside the checkpoint they belong to, and read off a clip as the slow way does it."""

import json

import numpy as np
import pytest
from made_probes import made_probes
from tiny import save_hub_layout, tiny_model

from videomae_demo.explain.where.probes import PROBES, SCORES, WEIGHTS, load, read, save


@pytest.fixture
def folder(tmp_path):
    return save_hub_layout(tiny_model(), tmp_path / "model")


def test_what_is_kept_comes_back(folder):
    probes = made_probes()
    assert load(folder) is None
    save(folder, probes)
    back = load(folder)
    assert back.curves == probes.curves and back.command == probes.command
    for key, readout in probes.readouts.items():
        assert back.readouts[key].outputs == readout.outputs
        np.testing.assert_allclose(back.readouts[key].weight, readout.weight, rtol=2**-10)
    assert (folder / WEIGHTS).stat().st_size + (folder / SCORES).stat().st_size < 1_000_000


def test_probes_of_other_weights_are_not_taken(folder):
    save(folder, made_probes())
    save_hub_layout(tiny_model(seed=1), folder)
    assert load(folder) is None


def test_each_probe_reads_what_it_is_asked_of():
    probes = made_probes()
    tokens = np.random.default_rng(0).standard_normal((3, 12, 4)).astype(np.float32)
    values = read(probes, tokens, slices=3).values
    assert set(values) == set(PROBES)
    place, speed = probes.readouts["place"], probes.readouts["speed"]
    at = tokens[2, 5] - probes.mean[2]
    np.testing.assert_allclose(values["place"][2, 5], at @ place.weight[2] + place.bias[2], rtol=1e-4, atol=1e-5)
    of_slice = tokens[1, 4:8].mean(axis=0) - probes.mean[1]
    np.testing.assert_allclose(values["speed"][1, 1], of_slice @ speed.weight[1] + speed.bias[1], rtol=1e-4, atol=1e-5)
    assert values["direction"].shape == (3, 3, 4)
    assert values["class"].shape == (3, 1, 2)
    np.testing.assert_allclose(values["class"].sum(axis=-1), 1, rtol=1e-5)


def test_scores_are_text_that_tells_how_they_were_made(folder):
    save(folder, made_probes())
    record = json.loads((folder / SCORES).read_text(encoding="utf-8"))
    assert record["command"] == made_probes().command
    assert record["curves"]["class"]["scores"][0] == [0.1, 0.05, 0.15]
