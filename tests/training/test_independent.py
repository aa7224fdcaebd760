"""The independent renderer: really independent, and its clips show what they are called."""

import ast
import itertools
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageOps

from videomae_demo.training import independent
from videomae_demo.training.independent import (
    CAMERA_MOTIONS,
    MOTIONS,
    NUM_FRAMES,
    STYLES,
    film_camera,
    film_clip,
    film_cutouts,
    load_pictures,
    motion_of,
)
from videomae_demo.training.independent.paths import paths_of
from videomae_demo.training.independent.surfaces import SURFACES
from videomae_demo.training.independent.things import MASKS
from videomae_demo.training.measure_independent import all_series, calibration_error, summary
from videomae_demo.training.render import CLASSES, MOTION_CLASSES, NAMED_CLASSES

MOMENTS = (np.arange(32) + 0.5) / 32


def _imports(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            names.add(node.module)
    return names


def test_it_shares_no_code_with_the_renderer_that_trains():
    folder = Path(independent.__file__).parent
    files = list(folder.rglob("*.py"))
    assert len(files) >= 5
    for path in files:
        for name in _imports(path):
            if name.startswith("videomae_demo"):
                assert name.startswith("videomae_demo.training.independent"), f"{path.name} imports {name}"
            assert name.split(".")[0] != "cv2"


def test_the_renderer_that_trains_knows_nothing_of_it():
    training = Path(independent.__file__).parents[1]
    for path in training.rglob("*.py"):
        if path.name not in ("measure_independent.py", "calibrate.py") and path.parent.name != "independent":
            assert not any(name.startswith(independent.__name__) for name in _imports(path)), path.name


def test_it_draws_all_motions_of_things():
    assert set(MOTIONS) == set(MOTION_CLASSES)
    assert set(NAMED_CLASSES) <= set(MOTIONS) <= set(CLASSES)


@pytest.mark.parametrize("style", STYLES)
def test_a_clip_is_determined_by_its_number(style):
    first, again, other = (film_clip(0, index, style) for index in (3, 3, 21))
    assert first.shape == (NUM_FRAMES, 240, 320, 3)
    assert first.dtype == np.uint8
    np.testing.assert_array_equal(first, again)
    assert motion_of(3) == motion_of(21)
    assert not np.array_equal(first, other)


def test_an_unknown_style_is_refused():
    with pytest.raises(ValueError, match="new"):
        film_clip(0, 0, "new")


@pytest.mark.parametrize("style", STYLES)
def test_every_surface_and_outline_can_be_drawn(style):
    for surface in SURFACES[style]:
        first, again = (np.asarray(surface(np.random.default_rng(4), 90, 70)) for _ in range(2))
        assert first.shape == (70, 90, 3)
        assert first.std() > 3
        np.testing.assert_array_equal(first, again)
    for mask in MASKS[style]:
        inside = np.asarray(mask(np.random.default_rng(4), 64)) > 127
        assert 0.1 < inside.mean() < 0.9


def _path(motion: str, seed: int):
    return paths_of(motion, np.random.default_rng(seed), MOMENTS, 0.1)


@pytest.mark.parametrize(
    ("motion", "column", "sign"),
    [("move left", "x", -1), ("move right", "x", 1), ("move up", "y", -1), ("move down", "y", 1), ("grow", "size", 1),
     ("shrink", "size", -1), ("rotate clockwise", "degrees", 1), ("rotate counter-clockwise", "degrees", -1),
     ("fade in", "alpha", 1), ("fade out", "alpha", -1)],
)  # fmt: skip
def test_paths_go_where_they_say(motion, column, sign):
    for seed in range(20):
        (path,) = _path(motion, seed)
        change = np.diff(getattr(path, column)) * sign
        assert (change > -1e-9).all()
        assert change.sum() > 0.05


@pytest.mark.parametrize(("motion", "sign"), [("circle clockwise", 1), ("circle counter-clockwise", -1)])
def test_circles_turn_as_they_say(motion, sign):
    for seed in range(20):
        (path,) = _path(motion, seed)
        x, y = np.diff(path.x), np.diff(path.y)
        assert sign * (x[:-1] * y[1:] - y[:-1] * x[1:]).sum() > 0  # y points down


@pytest.mark.parametrize(("motion", "sign"), [("come together", -1), ("move apart", 1)])
def test_two_things_meet_or_part(motion, sign):
    for seed in range(20):
        first, second = _path(motion, seed)
        gap = np.hypot(first.x - second.x, first.y - second.y)
        assert sign * (gap[-1] - gap[0]) > 0.2


@pytest.mark.parametrize("motion", ["bounce", "shake", "blink"])
def test_there_and_back_again(motion):
    column = {"bounce": "y", "shake": "x", "blink": "alpha"}[motion]
    for seed in range(20):
        (path,) = _path(motion, seed)
        change = np.sign(np.diff(getattr(path, column)))
        assert (np.diff(change[change != 0]) != 0).sum() >= 2


def test_movers_stay_in_the_middle_square():
    for motion in MOTIONS:
        for seed in range(20):
            for path in _path(motion, seed):
                assert np.abs(np.stack([path.x, path.y])).max() < 0.5, motion


def test_calibration_error_is_the_gap_between_confidence_and_accuracy():
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0.2, 1.0, 20_000)
    assert calibration_error(confidence, rng.random(20_000) < confidence) < 0.02
    assert calibration_error(np.full(10, 0.9), np.zeros(10, bool)) == pytest.approx(0.9)
    assert calibration_error(np.ones(4), np.ones(4, bool)) == pytest.approx(0)


def test_the_summary_says_what_was_taken_for_what():
    share = {"share": 0.5, "low": 0.2, "high": 0.8, "count": 1, "total": 2}
    own = {
        "top1": share,
        "top5": share,
        "by_class": {"grow": share, "blink": share},
        "confusions": [{"is": "grow", "read_as": "blink", "count": 1}],
        "calibration_error": 0.123,
    }
    text = summary({"series": {"usual": own, "shifted": own}})
    assert "usual: top-1 50.0 % (20.0 to 80.0; n = 2)" in text
    assert "12.3 %" in text
    assert "blink (1)" in text


def _photographs(count: int = 4) -> list[Image.Image]:
    """Pictures with detail everywhere, each in a colour of its own."""
    rng = np.random.default_rng(5)
    colours = ((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0))
    noise = [Image.fromarray(rng.integers(0, 256, (30, 40), dtype=np.uint8)).resize((640, 480)) for _ in range(count)]
    return [ImageOps.colorize(picture, (0, 0, 0), colour) for picture, colour in zip(noise, colours, strict=False)]


@pytest.mark.parametrize(
    ("motion", "way"), [("move left", (-1, 0)), ("move right", (1, 0)), ("move up", (0, -1)), ("move down", (0, 1))]
)
def test_a_picture_as_a_whole_goes_where_its_label_says(motion, way):
    for round_ in range(3):
        index = CAMERA_MOTIONS.index(motion) + round_ * len(CAMERA_MOTIONS)
        assert motion_of(index, CAMERA_MOTIONS) == motion
        grey = film_camera(1, index, _photographs()).mean(axis=-1).astype(np.float32)
        window = cv2.createHanningWindow(grey.shape[:0:-1], cv2.CV_32F)
        steps = [cv2.phaseCorrelate(a, b, window)[0] for a, b in itertools.pairwise(grey)]
        assert np.sum(steps, axis=0) @ way > 20


def test_a_picture_as_a_whole_fills_the_frame():
    for index in range(len(CAMERA_MOTIONS)):
        clip = film_camera(2, index, [Image.new("RGB", (400, 300), (200, 180, 160))] * 2)
        assert clip.min() > 30, motion_of(index, CAMERA_MOTIONS)  # no black beyond the picture's edge


def test_cut_outs_are_of_other_pictures_than_their_scenery():
    clip = film_cutouts(0, MOTIONS.index("grow"), _photographs(2)).astype(int)
    first, last = (set(np.unique(frame.reshape(-1, 3).argmax(axis=1))) for frame in clip[[0, -1]])
    assert first | last == {0, 1}  # red before green, or green before red, and nothing else
    assert (film_cutouts(0, 3, _photographs()) == film_cutouts(0, 3, _photographs())).all()


def test_pictures_are_read_from_a_folder(tmp_path):
    for number, picture in enumerate(_photographs(3)):
        picture.save(tmp_path / f"{number}.png")
    (tmp_path / "notes.txt").write_text("not a picture")
    assert len(load_pictures(tmp_path)) == 3
    for path in list(tmp_path.glob("*.png"))[:2]:
        path.unlink()
    with pytest.raises(ValueError, match="1 pictures"):
        load_pictures(tmp_path)


def test_real_pictures_add_two_series():
    assert tuple(all_series()) == STYLES
    series = all_series(_photographs())
    assert len(series) == len(STYLES) + 2
    for one in series.values():
        assert set(one.motions) <= set(CLASSES)
        assert one.film(0, 1).shape == (NUM_FRAMES, 240, 320, 3)
