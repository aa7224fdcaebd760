import numpy as np
import pytest
from tolerances import UNIT

from videomae_demo.training.pairs import (
    MIRRORED_LABEL,
    NO_LABEL,
    REVERSED_LABEL,
    mirror,
    pairs,
    reverse,
    shuffle_frames,
)
from videomae_demo.training.pool import ClipBatch
from videomae_demo.training.render import CLASSES, MOTION_TARGETS, render_clip


def _clips(*names: str) -> ClipBatch:
    return ClipBatch.of([render_clip(3, i, size=32, label_id=CLASSES.index(name)) for i, name in enumerate(names)])


def _names(ids: np.ndarray) -> list[str]:
    return [CLASSES[i] if i != NO_LABEL else "-" for i in ids]


@pytest.mark.parametrize(
    ("label", "backwards", "mirrored"),
    [
        ("move left", "move right", "move right"),
        ("move up", "move down", "move up"),
        ("grow", "shrink", "grow"),
        ("rotate clockwise", "rotate counter-clockwise", "rotate counter-clockwise"),
        ("open a door", "close a door", "open a door"),
        ("bounce", "bounce", "bounce"),
        ("walk left", "-", "walk right"),
    ],
)
def test_labels_follow(label, backwards, mirrored):
    clips = _clips(label)
    assert _names(reverse(clips).label_ids) == [backwards]
    assert _names(mirror(clips).label_ids) == [mirrored]


def test_the_tables_undo_themselves():
    ids = np.arange(len(CLASSES))
    assert (MIRRORED_LABEL[MIRRORED_LABEL] == ids).all()
    named = REVERSED_LABEL != NO_LABEL
    assert (REVERSED_LABEL[REVERSED_LABEL[named]] == ids[named]).all()


@pytest.mark.parametrize("edit", [reverse, mirror])
def test_an_edit_done_twice_is_none(edit):
    clips = _clips("move left", "grow", "wave")
    for once, twice in zip(vars(clips).values(), vars(edit(edit(clips))).values(), strict=True):
        np.testing.assert_allclose(once, twice, atol=UNIT)


def test_boxes_and_velocities_follow_the_picture():
    clips = _clips("move right")
    velocity_x = MOTION_TARGETS.index("velocity x")
    assert clips.motion[..., velocity_x].sum() > 0
    for edit in (reverse, mirror):
        edited = edit(clips)
        assert edited.motion[..., velocity_x].sum() < 0
        middle = edited.boxes[..., [0, 2]].mean(axis=-1)[0]
        assert middle[-1] < middle[0]


def test_a_batch_is_clips_and_their_reversals():
    clips, spare = _clips("move left", "walk left", "grow"), _clips("blink", "shake", "bow")
    batch = pairs(clips, spare, np.random.default_rng(0))
    assert len(batch.rgb) == 6
    names = _names(batch.label_ids)
    assert names[2] == "grow"
    assert names[4] == "shrink"  # the reversals follow in order, without the walk's
    assert names[5] == "shake"  # the spare clip in the walk's place
    same_side = names[0] == "move left"
    assert names[3] == ("move right" if same_side else "move left")  # a pair is mirrored together or not at all
    np.testing.assert_array_equal(batch.rgb[0], batch.rgb[3].flip(0))


def test_shuffling_keeps_each_clips_frames_and_takes_its_name():
    clips = _clips("move left", "grow", "wave")
    shuffled = shuffle_frames(clips, np.random.default_rng(0))
    for before, after, boxes, moved in zip(clips.rgb, shuffled.rgb, clips.boxes, shuffled.boxes, strict=True):
        order = [int(np.flatnonzero((before == frame).all(axis=(1, 2, 3)))[0]) for frame in after]
        assert sorted(order) == list(range(16))
        assert order != list(range(16))
        np.testing.assert_array_equal(moved, boxes[order])
    assert _names(shuffled.label_ids) == ["-"] * 3
    assert not shuffled.motion.any()
