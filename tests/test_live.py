"""The camera's ring: what it takes, what it forgets; and that its answer is the pipeline's and is not remembered."""

from __future__ import annotations

import copy
import time

import numpy as np
import pytest
from tiny import save_hub_layout, tiny_model

from videomae_demo import live
from videomae_demo.inputs.preprocess import preprocess
from videomae_demo.live import Ring, live_answer
from videomae_demo.models import load_classifier


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def picture(level: int, height: int = 24, width: int = 32) -> np.ndarray:
    return np.full((height, width, 3), level % 256, np.uint8)


def filled(frames: int, *, every: float = 0.1) -> tuple[Ring, Clock]:
    """A ring in which frame number i is the grey level i."""
    clock = Clock()
    ring = Ring(clock)
    for number in range(frames):
        clock.now += every
        ring.add(picture(number))
    return ring, clock


def test_frames_are_spread_over_the_last_two_seconds_and_end_now():
    ring, clock = filled(40)
    clock.now += 0.05
    frames, age = ring.take(16)
    levels = frames.rgb[:, 0, 0, 0].tolist()
    assert levels == sorted(levels) and levels[-1] == 39
    assert 39 - levels[0] <= 20  # two seconds of ten frames each
    assert age == pytest.approx(0.05)
    assert 1.7 < frames.pts_seconds[-1] - frames.pts_seconds[0] <= 2


def test_few_frames_repeat_and_fewer_are_no_answer():
    ring, _ = filled(live.ENOUGH - 1)
    assert ring.take(16) is None
    ring, _ = filled(live.ENOUGH)
    frames, _ = ring.take(16)
    assert len(frames.rgb) == 16 and set(frames.indices) == set(range(live.ENOUGH))


def test_what_is_older_is_gone():
    ring, clock = filled(30)
    assert len(ring) <= 21
    clock.now += live.SECONDS + 0.1
    assert ring.take(16) is None


def test_a_flood_is_bounded_in_number_and_size():
    ring, _ = filled(500, every=0.001)
    assert len(ring) == live.MOST_FRAMES
    ring.add(picture(1, 1080, 1920))
    assert len(ring) == 1  # another camera: frames of two sizes make no clip
    ring, _ = filled(0)
    for _ in range(live.ENOUGH):
        ring.add(picture(1, 1080, 1920))
    assert ring.take(4)[0].rgb.shape[1] == live.SHORT_SIDE


def test_it_forgets_by_itself_and_when_told(monkeypatch):
    monkeypatch.setattr(live, "FORGOTTEN_SECONDS", 0.06)
    ring, clock = filled(10)
    clock.now += 1
    for _ in range(200):
        if len(ring) == 0:
            break
        time.sleep(0.01)
    assert len(ring) == 0
    ring.add(picture(0))
    ring.clear()
    assert len(ring) == 0


def test_each_visitor_has_one_of_their_own():
    ring, _ = filled(10)
    assert len(copy.deepcopy(ring)) == 0


def test_the_answer_is_the_models_and_is_forgotten(tmp_path):
    folder = str(save_hub_layout(tiny_model(), tmp_path / "model"))
    ring, _ = filled(20)
    answer, _ = live_answer(ring, model=folder)
    classifier = load_classifier(folder)
    frames, _ = ring.take(4)
    view = preprocess(frames, classifier.preprocessing)
    assert not classifier._passes._kept  # neither pixels nor what the network made of them
    expected = classifier.answers(view.pixel_values[None])
    np.testing.assert_allclose(answer.prediction.logits, expected.logits[0], atol=1e-4)
    assert answer.explanation.method == "ledger" and answer.explanation.values.shape == (2, 4, 4)
    assert answer.crop_box == view.crop_box and answer.num_frames == 4


def test_where_there_is_no_ledger_rollout_draws_the_map(tmp_path):
    folder = str(save_hub_layout(tiny_model("token_0"), tmp_path / "model"))
    ring, _ = filled(20)
    answer, _ = live_answer(ring, model=folder)
    assert answer.explanation.method == "rollout"
