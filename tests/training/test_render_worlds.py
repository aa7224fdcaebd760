"""The filmed worlds: every class in each, what moves is in the box, and one left out leaves nothing of it."""

from dataclasses import replace

import numpy as np
import pytest

from videomae_demo.training.render import CLASSES, render_clip
from videomae_demo.training.render.colours import luminance
from videomae_demo.training.render.cutouts import make_cutout
from videomae_demo.training.render.draws import Draws
from videomae_demo.training.render.filming import as_h264, hand_held, through_camera
from videomae_demo.training.render.outlines import CUTOUTS
from videomae_demo.training.render.records import Track
from videomae_demo.training.render.shapes import SHAPES
from videomae_demo.training.render.world_scenes import CYCLIC, luminance_around, within
from videomae_demo.training.render.worlds import STUDIO, WORLDS, World, shares
from videomae_demo.training.render.worlds.fields import power_law

IDS = {label: i for i, label in enumerate(CLASSES)}
FILMED = tuple(name for name in WORLDS if name != STUDIO)


def filmed(label: str, index: int, world: str, **options):
    return render_clip(11, index, **{"size": 48, "label_id": IDS[label], "world": world, **options})


def calm_things(label: str, count: int, **options):
    """Clean clips, of the worlds in turn, in which a thing and not the whole scene moves."""
    clips = (filmed(label, i, FILMED[i % len(FILMED)], calm=True, **options) for i in range(4 * count))
    return [clip for clip in clips if not clip.whole_scene][:count]


def centres(clip) -> np.ndarray:
    return (clip.boxes[:, :2] + clip.boxes[:, 2:]) / 2


@pytest.mark.parametrize("world", WORLDS)
def test_every_world_renders_every_class(world):
    for label_id, label in enumerate(CLASSES):
        clip = filmed(label, label_id, world, size=(32, 40), num_frames=4)
        assert clip.rgb.shape == (4, 32, 40, 3)
        assert clip.rgb.dtype == np.uint8
        assert clip.label_id == label_id
        assert np.isfinite(clip.motion).all()
        assert (clip.boxes >= 0).all() and (clip.boxes <= 1).all()
        assert (clip.boxes[:, 2:] >= clip.boxes[:, :2]).all()


@pytest.mark.parametrize("world", FILMED)
def test_a_clip_is_determined_by_seed_index_and_world(world):
    first, again, other = (filmed("shake", index, world) for index in (5, 5, 6))
    np.testing.assert_array_equal(first.rgb, again.rgb)
    np.testing.assert_array_equal(first.boxes, again.boxes)
    assert not np.array_equal(first.rgb, other.rgb)
    assert not np.array_equal(first.rgb, filmed("shake", 5, STUDIO).rgb)


@pytest.mark.parametrize("wrong", [{"world": "moon"}, {"partners": ("moon",)}, {"world": "wood", "style": "held_out"}])
def test_nonsense_is_refused(wrong):
    with pytest.raises(ValueError, match=r"moon|held_out"):
        render_clip(0, 0, **wrong)


def test_a_world_that_is_left_out_leaves_no_trace(monkeypatch):
    def never(draws, height, width):
        raise AssertionError("painted all the same")

    monkeypatch.setitem(WORLDS, "wood", World(never, 1.0))
    rest = tuple(name for name in WORLDS if name != "wood")
    for index in range(60):
        render_clip(0, index, size=24, num_frames=2, world=rest[index % len(rest)], partners=rest)
    with pytest.raises(AssertionError, match="painted"):
        for index in range(60):
            render_clip(0, index, size=24, num_frames=2, world="stone")


@pytest.mark.parametrize("label", ["move up", "rotate clockwise", "fade in", "blink", "come together", "clap"])
def test_what_changes_is_inside_the_box(label):
    for clip in calm_things(label, 4):
        change = np.abs(clip.rgb.astype(int) - clip.rgb[:1]).max(axis=(0, 3))
        assert change.max() > 25, "nothing moves"
        rows, columns = np.nonzero(change > 25)
        # A shadow reaches a little farther than what casts it.
        spare = 0.5 * (clip.boxes[:, 2:] - clip.boxes[:, :2]).max() * 48 + 2
        left, top = clip.boxes[:, :2].min(axis=0) * 48 - spare
        right, bottom = clip.boxes[:, 2:].max(axis=0) * 48 + spare
        inside = (columns >= left) & (columns <= right) & (rows >= top) & (rows <= bottom)
        assert inside.mean() > 0.97


def test_what_holds_still_stays_as_it_is():
    for index, world in enumerate(FILMED):
        clip = filmed("hold still", index, world, calm=True)
        assert (clip.rgb == clip.rgb[:1]).all()
        assert np.ptp(clip.boxes, axis=0).max() == 0


@pytest.mark.parametrize(
    ("label", "axis", "sign"), [("move left", 0, -1), ("move right", 0, 1), ("move up", 1, -1), ("move down", 1, 1)]
)
def test_moves_go_where_they_say(label, axis, sign):
    for clip in calm_things(label, 6):
        # A box at the frame's edge is cut off there, and its middle goes half as far.
        path = centres(clip)[-1] - centres(clip)[0]
        assert sign * path[axis] > 0.05
        assert sign * clip.motion[:, axis].sum() > 0


@pytest.mark.parametrize(("label", "sign"), [("grow", 1), ("shrink", -1), ("move apart", 1), ("come together", -1)])
def test_sizes_change_as_they_say(label, sign):
    for clip in calm_things(label, 6):
        area = np.prod(clip.boxes[:, 2:] - clip.boxes[:, :2], axis=1)
        assert sign * np.log(area[-1] / area[0]) > 0.2


@pytest.mark.parametrize(("label", "sign"), [("circle clockwise", 1), ("circle counter-clockwise", -1)])
def test_circles_turn_as_they_say(label, sign):
    for clip in calm_things(label, 4):
        step = np.diff(centres(clip), axis=0)
        assert sign * (step[:-1, 0] * step[1:, 1] - step[:-1, 1] * step[1:, 0]).sum() > 0


@pytest.mark.parametrize("label", ["move left", "shake"])
def test_motions_start_late_as_often_as_they_end_early(label):
    times = np.linspace(0, 1, 33)
    waits = []
    for index in range(400):
        moments, span = within(Draws(0, index), label, times)
        assert (np.diff(moments) >= 0).all()
        assert moments[0] == 0
        assert moments[-1] == 1
        assert span >= (0.85 if label in CYCLIC else 0.55)
        waits.append(((moments == 0).mean(), (moments == 1).mean()))
    early, late = np.mean(waits, axis=0)
    assert early == pytest.approx(late, abs=0.02)


def test_boxes_go_with_the_camera():
    frames = np.zeros((2, 60, 80, 3), np.uint8)
    frames[:, 20:30, 30:40] = 255
    boxes = np.tile([30 / 80, 20 / 60, 40 / 80, 30 / 60], (2, 1))
    path = replace(Track.still(2), x=np.array([0.0, 0.2]), y=np.array([0.0, -0.1]), scale=np.array([1.0, 1.5]))
    for stretch in (1.0, 1.25, 0.8):
        filmed_frames, moved = through_camera(frames, boxes, path, stretch)
        for frame, box in zip(filmed_frames, moved, strict=True):
            rows, columns = np.nonzero(frame[..., 0] > 127)
            seen = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
            np.testing.assert_allclose(box * (80, 60, 80, 60), seen, atol=1.5)


def test_a_camera_drifts_less_than_anything_that_has_a_name():
    times = np.linspace(0, 1, 16)
    paths = [path for i in range(200) if (path := hand_held(Draws(0, i), times))]
    assert 100 < len(paths) < 190
    assert max(abs(path.x[-1] - path.x[0]) for path in paths) < 0.18  # the shortest move is 0.22
    assert max(np.ptp(path.angle) for path in paths) <= 0.08
    assert max(np.ptp(np.log(path.scale)) for path in paths) <= 0.06
    assert hand_held(Draws(0, 0, difficulty=0.0), times) is None


def test_compression_is_the_same_every_time():
    clip = filmed("move left", 3, "noise", size=112).rgb
    assert len({as_h264(clip, crf=30).tobytes() for _ in range(40)}) == 1


def test_compression_keeps_the_clip_and_costs_detail():
    clip = filmed("grow", 0, "leaves", calm=True).rgb
    good, poor = (np.abs(as_h264(clip, crf=crf).astype(int) - clip).mean() for crf in (20, 36))
    assert 0 < good < poor < 25


@pytest.mark.parametrize("exponent", [0.8, 1.6])
def test_noise_falls_off_as_its_exponent_says(exponent):
    fields = [power_law(Draws(0, i), 128, 128, exponent=exponent) for i in range(8)]
    spectrum = np.mean(
        [np.abs(np.fft.fft2(f - f.mean()))[0, 2:32] + np.abs(np.fft.fft2(f))[2:32, 0] for f in fields], axis=0
    )
    slope = np.polyfit(np.log(np.arange(2, 32)), np.log(spectrum), 1)[0]
    assert -slope == pytest.approx(exponent, abs=0.25)


def test_a_thing_stands_out_as_much_as_it_has_to():
    for index in range(40):
        draws, behind = Draws(0, index), (index % 10) / 9
        surface = WORLDS[FILMED[index % len(FILMED)]].surface
        sprite = make_cutout(draws, draws.pick(CUTOUTS), 0.3, 96, surface, behind, least=0.25)
        inside = sprite.levels[0][sprite.levels[0][..., 3] > 250][:, :3].mean(axis=0)
        assert abs(luminance(tuple(inside)) - behind) > 0.22


def test_what_is_behind_is_looked_at_where_the_mover_is():
    canvas = np.zeros((40, 60, 3), np.uint8)
    canvas[:, 30:] = 255
    assert luminance_around(canvas, Track.still(3, x=0.5), 0.1) == pytest.approx(1.0)
    assert luminance_around(canvas, Track.still(3, x=-0.5), 0.1) == pytest.approx(0.0)


def test_outlines_are_within_the_unit_circle():
    held_out = [id(shape) for shape in SHAPES["held_out"]]
    for shape in CUTOUTS:
        assert id(shape) not in held_out
        for index in range(5):
            assert np.hypot(*shape.draw(Draws(0, index)).T).max() < 1.1


def test_shares_are_a_mixture():
    assert shares(WORLDS).sum() == pytest.approx(1)
    with pytest.raises(ValueError, match="moon"):
        shares(["moon"])
