"""Hands in front of a webcam do what their label says, in the box, and stop where a moment is held."""

import numpy as np
import pytest

from videomae_demo.training.render import world_scenes
from videomae_demo.training.render.at_camera import AT_CAMERA, GESTURES, draw_at_camera
from videomae_demo.training.render.backgrounds import as_background
from videomae_demo.training.render.clip import frame_times, render_clip
from videomae_demo.training.render.draws import Draws
from videomae_demo.training.render.hands import HANDS, make_hand
from videomae_demo.training.render.labels import CLASSES, MIRROR_TIME

SIZE = (96, 120)


def filmed(label: str, index: int, *, difficulty: float = 0.0, times: np.ndarray | None = None, held: bool = False):
    draws = Draws(3, index, difficulty=difficulty, wide=True)
    place = as_background(np.random.default_rng(0).normal(90, 30, (*SIZE, 3)).astype(np.float32).clip(0, 255))
    times = frame_times(16) if times is None else times
    return draw_at_camera(draws, label, times, 1.0, SIZE, place, lambda: None, held=held)


def middles(take) -> np.ndarray:
    return (take.boxes[:, :2] + take.boxes[:, 2:]) / 2


def areas(take) -> np.ndarray:
    return (take.boxes[:, 2:] - take.boxes[:, :2]).prod(axis=1)


def test_every_gesture_is_a_class_and_so_is_its_reversal():
    assert set(AT_CAMERA) <= set(CLASSES)
    assert all(MIRROR_TIME[label] in AT_CAMERA for label in AT_CAMERA if label in MIRROR_TIME)


@pytest.mark.parametrize(
    ("label", "axis", "sense"), [("move left", 0, -1), ("move right", 0, 1), ("move up", 1, -1), ("move down", 1, 1)]
)
def test_what_is_moved_goes_where_the_label_says(label, axis, sense):
    for index in range(8):
        path = middles(filmed(label, index))[:, axis]
        assert sense * (path[-1] - path[0]) > 0.05


@pytest.mark.parametrize(("label", "sense"), [("grow", 1), ("shrink", -1), ("move apart", 1), ("come together", -1)])
def test_what_comes_closer_or_parts_has_a_larger_box(label, sense):
    for index in range(8):
        size = areas(filmed(label, index))
        assert sense * (size[-1] - size[0]) > 0


@pytest.mark.parametrize(("label", "sense"), [("fade in", 1), ("fade out", -1)])
def test_a_covered_lens_hides_the_picture(label, sense):
    for index in range(8):
        contrast = filmed(label, index, difficulty=1.0).frames.astype(float).std(axis=(1, 2, 3))
        assert sense * (contrast[-1] - contrast[0]) > 5


@pytest.mark.parametrize("label", sorted(GESTURES))
def test_only_hands_and_arms_move_and_the_hands_are_in_the_box(label):
    for index in range(4):
        take = filmed(label, index)
        changed = np.ptp(take.frames.astype(int), axis=0).max(axis=-1) > 20
        assert changed.any()
        left, top = take.boxes[:, :2].min(axis=0) * SIZE[::-1]
        right, bottom = take.boxes[:, 2:].max(axis=0) * SIZE[::-1]
        inside = changed[max(0, int(top) - 1) : int(bottom) + 2, max(0, int(left) - 1) : int(right) + 2]
        assert inside.sum() > 0.2 * changed.sum()  # the rest is forearms


@pytest.mark.parametrize("label", sorted(AT_CAMERA))
def test_a_held_moment_is_still(label):
    take = filmed(label, 1, difficulty=1.0, times=np.full(6, 0.4), held=True)
    assert (take.frames == take.frames[0]).all()
    assert np.isfinite(take.motion).all()


@pytest.mark.parametrize("kind", HANDS)
def test_a_hand_fills_its_radius_and_has_a_wrist_below(kind):
    hand = make_hand(Draws(0, 1), 0.2, 200, (224.0, 172.0, 125.0), kind)
    alpha = hand.levels[0][..., 3]
    middle = len(alpha) // 2
    assert alpha[middle, middle] == 255
    assert alpha[-6, middle] > 0  # where the forearm begins
    assert 0.2 < (alpha > 0).mean() < 0.8


def test_a_clip_can_be_asked_to_be_in_front_of_a_webcam(monkeypatch):
    seen = []
    draw = world_scenes.draw_at_camera
    monkeypatch.setattr(world_scenes, "draw_at_camera", lambda *a, **k: seen.append(a[1]) or draw(*a, **k))
    labels = [CLASSES.index(name) for name in ("move left", "fade out", "clap", "jump")]
    for label_id in labels:
        render_clip(5, 1, size=32, label_id=label_id, world="wood", at_camera=True)
    assert seen == ["move left", "fade out", "clap"]  # nobody jumps there
