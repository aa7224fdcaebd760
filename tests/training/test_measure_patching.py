"""Patching many rendered clips: what is done is kept, wrong answers are passed over, other models are refused."""

from dataclasses import replace

import numpy as np
import pytest
from made_probes import made_patching
from tiny import save_hub_layout, tiny_model

from videomae_demo.errors import BadRequestError
from videomae_demo.explain.where import study
from videomae_demo.models import load_classifier
from videomae_demo.training import measure_patching as measured
from videomae_demo.training.render import CLASSES, MIRROR_TIME


@pytest.fixture
def folder(tmp_path):
    model = tiny_model(num_frames=16, num_labels=len(CLASSES))
    model.config.id2label = dict(enumerate(CLASSES))
    model.config.label2id = {label: number for number, label in enumerate(CLASSES)}
    return save_hub_layout(model, tmp_path / "model")


@pytest.fixture
def tried(monkeypatch):
    """The numbers of the clips that were patched; every third is answered wrongly, the fifth interrupts once."""
    numbers = []

    def clips(classifier, first, worlds):
        index = first
        while True:

            def one(index=index):
                if index == 4 and 4 not in numbers:
                    numbers.append(4)
                    raise KeyboardInterrupt
                numbers.append(index)
                if index % 3 == 0:
                    return None
                found = made_patching()
                return [measured._record(replace(found, slices=found.slices + index)), measured._record(found)]

            yield one
            index += 1

    monkeypatch.setattr(measured, "_tried", clips)
    return numbers


def test_an_interrupted_measurement_is_gone_on_with(folder, tried):
    classifier = load_classifier(str(folder), dtype="float32")

    def run():
        return measured.measure_patching(folder, classifier, clips=4, command="command", on_progress=lambda *_: None)

    with pytest.raises(KeyboardInterrupt):
        run()
    found = run()
    assert tried == [0, 1, 2, 3, 4, 4, 5]  # 0 and 3 do not count
    assert found.clips == 4
    np.testing.assert_allclose(found.slices, made_patching().slices + (1 + 2 + 4 + 5) / 4, rtol=1e-5)
    assert study.load(folder).clips == 4
    assert not (folder / measured.PART).exists()


def test_a_model_that_is_wrong_about_the_clips_gets_no_table(folder):
    classifier = load_classifier(str(folder), dtype="float32")
    with pytest.raises(BadRequestError, match="answers only 0 rightly"):
        measured.measure_patching(folder, classifier, clips=2, command="", on_progress=lambda *_: None)


def test_a_model_of_other_classes_is_refused(tmp_path):
    folder = save_hub_layout(tiny_model(num_frames=16), tmp_path / "model")
    with pytest.raises(BadRequestError, match="not the renderer's"):
        measured.measure_patching(
            folder, load_classifier(str(folder)), clips=2, command="", on_progress=lambda *_: None
        )


def test_every_clip_has_a_mirror_in_time():
    assert {CLASSES[number] for number in measured.PAIRED} == set(MIRROR_TIME)
