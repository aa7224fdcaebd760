"""The camera's answer: it is the pipeline's, asks for as many frames as the model takes, and is not remembered."""

from __future__ import annotations

import numpy as np
from tiny import save_hub_layout, tiny_model

from videomae_demo.inputs.preprocess import preprocess
from videomae_demo.live import SHORT_SIDE, Wanted, live_answer
from videomae_demo.models import load_classifier
from videomae_demo.records import SampledFrames


def camera_frames(count: int) -> SampledFrames:
    rgb = np.random.default_rng(0).integers(0, 255, (count, 24, 32, 3), dtype=np.uint8)
    times = tuple(np.linspace(0, 2, count).tolist())
    return SampledFrames(rgb=rgb, indices=tuple(range(count)), pts_seconds=times, decoder="camera")


def test_what_the_model_takes_is_said_when_asked_and_when_it_got_something_else(tmp_path):
    folder = str(save_hub_layout(tiny_model(), tmp_path / "model"))
    classifier = load_classifier(folder)
    wanted = Wanted(classifier.geometry.num_frames, min(classifier.preprocessing.resize, SHORT_SIDE))
    assert live_answer(None, model=folder) == wanted
    assert live_answer(camera_frames(3), model=folder) == wanted


def test_the_answer_is_the_models_and_is_forgotten(tmp_path):
    folder = str(save_hub_layout(tiny_model(), tmp_path / "model"))
    frames = camera_frames(4)
    answer = live_answer(frames, model=folder)
    classifier = load_classifier(folder)
    view = preprocess(frames, classifier.preprocessing)
    assert not classifier._passes._kept  # neither pixels nor what the network made of them
    expected = classifier.answers(view.pixel_values[None])
    np.testing.assert_allclose(answer.prediction.logits, expected.logits[0], atol=1e-4)
    assert answer.explanation.method == "ledger" and answer.explanation.values.shape == (2, 4, 4)
    assert answer.crop_box == view.crop_box


def test_where_there_is_no_ledger_rollout_draws_the_map(tmp_path):
    folder = str(save_hub_layout(tiny_model("token_0"), tmp_path / "model"))
    assert live_answer(camera_frames(4), model=folder).explanation.method == "rollout"
