"""Rendered clips: the same for the same seed, and what their labels and boxes say."""

import numpy as np
import pytest
from tolerances import UNIT

from videomae_demo.training.render import CLASSES, MIRROR_TIME, MOTION_TARGETS, SELF_REVERSE, frame_times, render_clip

IDS = {label: i for i, label in enumerate(CLASSES)}


def calm(label: str, index: int, **options):
    """A clean clip of the label."""
    return render_clip(11, index, size=48, label_id=IDS[label], calm=True, **options)


def calm_objects(label: str, count: int, **options):
    """Clean clips in which a thing, not the whole scene, moves."""
    clips = (calm(label, index, **options) for index in range(4 * count))
    return [clip for clip in clips if not clip.whole_scene][:count]


def centres(clip) -> np.ndarray:
    return (clip.boxes[:, :2] + clip.boxes[:, 2:]) / 2


def areas(clip) -> np.ndarray:
    return np.prod(clip.boxes[:, 2:] - clip.boxes[:, :2], axis=1)


@pytest.mark.parametrize("label", CLASSES)
def test_a_clip_is_determined_by_seed_and_index(label):
    first, again, other = (render_clip(3, index, size=32, label_id=IDS[label]) for index in (5, 5, 6))
    np.testing.assert_array_equal(first.rgb, again.rgb)
    np.testing.assert_array_equal(first.boxes, again.boxes)
    np.testing.assert_array_equal(first.motion, again.motion)
    assert not np.array_equal(first.rgb, other.rgb)


@pytest.mark.parametrize("style", ["train", "held_out"])
@pytest.mark.parametrize("label", CLASSES)
def test_shapes_and_ranges(label, style):
    clip = render_clip(0, 1, size=(30, 40), num_frames=9, style=style, label_id=IDS[label])
    assert clip.rgb.shape == (9, 30, 40, 3)
    assert clip.rgb.dtype == np.uint8
    assert clip.label_id == IDS[label]
    assert clip.boxes.shape == (9, 4)
    assert clip.boxes.min() >= 0
    assert clip.boxes.max() <= 1
    assert (clip.boxes[:, 2:] >= clip.boxes[:, :2]).all()
    assert clip.motion.shape == (9, len(MOTION_TARGETS))
    assert np.isfinite(clip.motion).all()


def test_labels_are_drawn_when_none_is_asked_for():
    assert len({render_clip(0, index, size=16).label_id for index in range(60)}) > 20


def test_held_out_clips_are_others():
    assert not np.array_equal(render_clip(0, 0, size=32).rgb, render_clip(0, 0, size=32, style="held_out").rgb)


@pytest.mark.parametrize("wrong", [{"style": "new"}, {"label_id": len(CLASSES)}, {"calm": 2.0}, {"size": 8}])
def test_nonsense_is_refused(wrong):
    with pytest.raises(ValueError, match=r"\d|new"):
        render_clip(0, 0, **wrong)


@pytest.mark.parametrize("label", CLASSES)
def test_what_changes_is_inside_the_box(label):
    """In a clean clip every pixel outside all boxes stays as it is."""
    for index in range(3):
        clip = calm(label, index)
        change = np.abs(clip.rgb.astype(int) - clip.rgb[:1]).max(axis=(0, 3))
        if label == "hold still":
            assert change.max() == 0
            continue
        assert change.max() > 25, "nothing moves"
        rows, columns = np.nonzero(change > 25)
        left, top = clip.boxes[:, :2].min(axis=0) * 48 - 2
        right, bottom = clip.boxes[:, 2:].max(axis=0) * 48 + 2
        inside = (columns >= left) & (columns <= right) & (rows >= top) & (rows <= bottom)
        assert inside.mean() > 0.97


@pytest.mark.parametrize(
    ("label", "axis", "sign"),
    [("move left", 0, -1), ("move right", 0, 1), ("move up", 1, -1), ("move down", 1, 1),
     ("walk left", 0, -1), ("walk right", 0, 1)],
)  # fmt: skip
def test_moves_go_where_they_say(label, axis, sign):
    for clip in calm_objects(label, 4):
        path = centres(clip)[-1] - centres(clip)[0]
        assert sign * path[axis] > 0.1
        assert abs(path[1 - axis]) < 0.5 * abs(path[axis])
        assert sign * clip.motion[:, axis].sum() > 0


@pytest.mark.parametrize(("label", "sign"), [("grow", 1), ("shrink", -1), ("move apart", 1), ("come together", -1)])
def test_sizes_change_as_they_say(label, sign):
    for clip in calm_objects(label, 4):
        first, last = areas(clip)[[0, -1]]
        assert sign * np.log(last / first) > 0.3


@pytest.mark.parametrize(("label", "sign"), [("circle clockwise", 1), ("circle counter-clockwise", -1)])
def test_circles_turn_as_they_say(label, sign):
    for clip in calm_objects(label, 4):
        step = np.diff(centres(clip), axis=0)
        cross = step[:-1, 0] * step[1:, 1] - step[:-1, 1] * step[1:, 0]
        assert sign * cross.sum() > 0  # y points down: a positive turn is clockwise as the viewer sees it


@pytest.mark.parametrize(("label", "sign"), [("rotate clockwise", 1), ("rotate counter-clockwise", -1)])
def test_rotations_turn_as_they_say(label, sign):
    """Oracle: the whole scene, its polar picture about the middle, moves along its angle axis."""
    clips = [clip for clip in (calm(label, index, num_frames=48) for index in range(30)) if clip.whole_scene][:2]
    assert clips
    for clip in clips:
        assert sign * clip.motion[:, 3].sum() > 0
        assert sign * _turn_of(clip.rgb[22], clip.rgb[24]) > 0


def _turn_of(before: np.ndarray, after: np.ndarray) -> int:
    """The clockwise turn in degrees, in [-20, 20], that explains the change best."""
    angles = np.radians(np.arange(360))
    radii = np.arange(6, 22)[:, None]
    rows, columns = (np.rint(23.5 + radii * f(angles)).astype(int) for f in (np.sin, np.cos))
    old, new = before[rows, columns].astype(float), after[rows, columns].astype(float)
    return min(range(-20, 21), key=lambda turn: np.abs(np.roll(old, turn, axis=1) - new).mean())


@pytest.mark.parametrize("label", [label for label in MIRROR_TIME if CLASSES.index(label) >= 18])
def test_an_action_and_its_mirror_are_each_other_backwards(label):
    """The mirror class is the same action at 1 - t: with the same seed, frame for frame."""
    clip, mirror = calm(label, 2), calm(MIRROR_TIME[label], 2)
    np.testing.assert_array_equal(clip.rgb, mirror.rgb[::-1])
    # A change belongs to the step into its frame: backwards, that step leads into the frame before, and undoes it.
    np.testing.assert_allclose(clip.motion[1:], -mirror.motion[:0:-1], atol=UNIT)


def test_jumps_and_bounces_come_back_down():
    for label in ("jump", "bounce"):
        assert label in SELF_REVERSE
        for clip in calm_objects(label, 3, num_frames=32):
            height = centres(clip)[:, 1]
            turns = np.sign(np.diff(height))
            assert (turns > 0).any()
            assert (turns < 0).any()


def test_more_frames_show_the_same_motion():
    """A clip of 80 frames, sampled at the middles of 16 equal parts, is the clip of 16 frames."""
    few, many = calm("wave", 4), calm("wave", 4, num_frames=80)
    difference = np.abs(few.rgb.astype(int) - many.rgb[2::5])  # the times differ in their last digit
    assert difference.mean() < 0.05
    assert difference.max() < 16
    np.testing.assert_allclose(frame_times(16), frame_times(80)[2::5])


def test_a_larger_clip_shows_the_same_scene():
    small, large = (render_clip(1, 9, size=size, label_id=IDS["sit down"], calm=True) for size in (48, 96))
    np.testing.assert_allclose(small.boxes, large.boxes, atol=UNIT)
    shrunk = large.rgb.reshape(16, 48, 2, 48, 2, 3).mean(axis=(2, 4))
    assert np.abs(shrunk - small.rgb).mean() < 6
