"""Many clips' tables as one: means, intervals, and a file beside the checkpoint."""

from dataclasses import replace

import numpy as np
import pytest
from made_probes import made_patching
from tiny import save_hub_layout, tiny_model

from videomae_demo.explain.where.study import load, save, student, summarise


def test_means_and_the_widest_interval():
    first = made_patching()
    second = replace(first, slices=first.slices + np.float32(0.2))
    control = replace(first, slices=first.slices * 0)
    study = summarise([(first, control), (second, control)], "command")
    np.testing.assert_allclose(study.slices, first.slices + 0.1, atol=1e-6)
    np.testing.assert_allclose(study.additions, first.additions)
    assert not study.control_slices.any()
    assert study.clips == 2
    # standard deviation 0.2 / √2, over √2 clips
    assert study.half_width == pytest.approx(student(1) * 0.1, rel=1e-5)


def test_it_is_kept_with_its_checkpoint(tmp_path):
    folder = save_hub_layout(tiny_model(), tmp_path / "model")
    assert load(folder) is None
    study = summarise([(made_patching(), made_patching())] * 2, "command")
    save(folder, study)
    back = load(folder)
    np.testing.assert_allclose(back.slices, study.slices, atol=1e-4)
    assert (back.clips, back.command, back.half_width) == (2, "command", 0)
    save_hub_layout(tiny_model(seed=1), folder)
    assert load(folder) is None
