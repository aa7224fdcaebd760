"""From an analysis: the probes beside its model, or none; and its exchanges."""

import numpy as np
import pytest
from fake_backend import playable_clip
from made_probes import made_study
from two_way_model import save_two_way_model

from videomae_demo import pipeline
from videomae_demo.explain import where
from videomae_demo.explain.where import probes, study
from videomae_demo.explain.where.probes import PROBES
from videomae_demo.explain.where.records import Curve, ProbeSet, Readout, Score


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("where")
    playable_clip(folder / "disc.mp4")
    return save_two_way_model(folder / "model", folder / "disc.mp4")


@pytest.fixture(scope="module")
def analysis(folder):
    return pipeline.analyse(folder.parent / "disc.mp4", model=str(folder), methods=())


def test_what_lies_beside_the_checkpoint_is_found_when_it_comes(folder, analysis):
    assert where.readings(analysis) is None and where.patching_study_of(analysis) is None
    study.save(folder, made_study())
    assert where.patching_study_of(analysis).clips == 100
    states, width = 4, 32  # of the tiny model
    curve = Curve(*[(Score(0.5, 0.4, 0.6),) * states] * 3, clips=10)
    outputs = {key: probe.outputs or ("a", "b") for key, probe in PROBES.items()}
    readouts = {
        key: Readout(np.zeros((states, width, len(names))), np.zeros((states, len(names))), names)
        for key, names in outputs.items()
    }
    probes.save(folder, ProbeSet(np.zeros((states, width)), readouts, dict.fromkeys(PROBES, curve), "command"))
    values = where.readings(analysis).values
    assert values["place"].shape == (4, 512, 1)
    assert values["direction"].shape == (4, 8, 4)
    np.testing.assert_allclose(values["class"], 0.5)


def test_a_clip_is_patched_from_its_own_reversal(analysis):
    found = where.patched(analysis)
    assert (found.label_id, found.reversed_label_id) == (0, 1)
    assert found.difference == pytest.approx(-found.reversed_difference, rel=1e-2)
    assert found.slices.shape == (4, 8)
