"""Clips with none of the classes' motions: every kind can be drawn, changes over time, and has one purpose."""

import numpy as np
import pytest

from videomae_demo.training.pairs import NO_LABEL
from videomae_demo.training.render.worlds import WORLDS
from videomae_demo.training.unlike import KINDS, kinds_for, unlike_clip
from videomae_demo.training.unlike.stream import StrangeStream


@pytest.mark.parametrize("kind", KINDS)
def test_a_clip_is_determined_by_its_number(kind):
    first, again, other = (unlike_clip(kind, 0, index, size=48, num_frames=8) for index in (1, 1, 2))
    assert first.shape == (8, 48, 48, 3)
    assert first.dtype == np.uint8
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("kind", KINDS)
def test_something_happens_in_it_more_than_once(kind):
    clip = unlike_clip(kind, 3, 0, size=64).astype(np.float32)  # the studio: no hand-held camera, no drifting light
    steps = np.abs(np.diff(clip, axis=0)).mean(axis=(1, 2, 3))
    assert (steps > 0.3).sum() >= 2


def test_it_can_be_wide():
    assert unlike_clip("cuts", 0, 4, size=(48, 64), num_frames=4).shape == (4, 48, 64, 3)


def test_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="waltz"):
        unlike_clip("waltz", 0, 0, size=48)


def test_kinds_have_one_purpose_each():
    assert set(kinds_for("choose")) | set(kinds_for("publish")) == set(KINDS)
    assert not set(kinds_for("choose")) & set(kinds_for("publish"))
    assert min(len(kinds_for("choose")), len(kinds_for("publish"))) >= 8


def test_training_sees_no_kind_that_numbers_are_published_on(monkeypatch):
    seen = []
    real = unlike_clip
    monkeypatch.setattr(
        "videomae_demo.training.unlike.stream.unlike_clip",
        lambda kind, *number, **size: seen.append((kind, *number)) or real("snow", *number, **size),
    )
    stream = StrangeStream(seed=7, size=32)
    clips = [stream.clip(index) for index in range(len(kinds_for("choose")) + 1)]
    assert {kind for kind, *_ in seen} == set(kinds_for("choose"))
    assert seen[0] == ("crowd", 7, 0) and seen[-1] == ("crowd", 7, 1)
    assert all(clip.label_id == NO_LABEL and clip.whole_scene for clip in clips)


def test_all_worlds_come_in_turn():
    assert len({unlike_clip("snow", 0, index, size=32, num_frames=2).tobytes() for index in range(len(WORLDS))}) == len(
        WORLDS
    )
