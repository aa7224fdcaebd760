"""Scenery and mover, told apart: a square that crosses a picture is known to the pixel."""

import numpy as np
import pytest

from videomae_demo.inputs.scenery import SWAPS, doubt, fitted, median, take_apart
from videomae_demo.records import SampledFrames

SIDE, SQUARE = 96, 20


def frames_of(rgb: np.ndarray) -> SampledFrames:
    return SampledFrames(rgb, tuple(range(len(rgb))), tuple(map(float, range(len(rgb)))), decoder="pyav")


@pytest.fixture
def picture() -> np.ndarray:
    """A slope without anything."""
    rows, columns = np.mgrid[0:SIDE, 0:SIDE]
    return np.stack([rows + 60, columns + 60, 0 * rows + 90], axis=-1).astype(np.uint8)


@pytest.fixture
def crossing(picture) -> SampledFrames:
    """A red square goes from left to right in 16 frames, nowhere for half of them."""
    rgb = np.repeat(picture[None], 16, axis=0)
    for number, frame in enumerate(rgb):
        frame[40 : 40 + SQUARE, 5 * number : 5 * number + SQUARE] = (230, 20, 20)
    return frames_of(rgb)


@pytest.fixture
def elsewhere() -> np.ndarray:
    return np.full((50, 80, 3), (10, 200, 30), np.uint8)


@pytest.mark.parametrize("count", [1, 2, 7, 16])
def test_the_median_is_numpys(count):
    pictures = np.random.default_rng(count).integers(0, 256, (count, 5, 4, 3), dtype=np.uint8)
    np.testing.assert_array_equal(median(pictures), np.sort(pictures, axis=0)[count // 2])


def test_the_scenery_is_what_was_there_before(crossing, picture):
    parts = take_apart(crossing)
    np.testing.assert_array_equal(parts.scenery, picture)
    film = SWAPS["scenery"].make(parts, picture)
    np.testing.assert_array_equal(film.rgb, np.repeat(picture[None], 16, axis=0))


def test_the_mask_is_the_mover_and_a_seam(crossing):
    moving = take_apart(crossing).moving
    for number in (0, 7, 15):
        inside = moving[number, 40 : 40 + SQUARE, 5 * number : min(5 * number + SQUARE, SIDE)]
        assert (inside == 255).mean() > 0.95
        far = moving[number].copy()
        far[34 : 46 + SQUARE, max(5 * number - 6, 0) : 5 * number + SQUARE + 6] = 0
        assert not far.any()


def test_films_have_the_mover_before_another_scenery(crossing, elsewhere):
    parts = take_apart(crossing)
    grey = SWAPS["grey"].make(parts, elsewhere)
    moved = SWAPS["elsewhere"].make(parts, elsewhere)
    still = SWAPS["elsewhere_still"].make(parts, elsewhere)
    for film in (grey, moved):
        assert film.rgb[8, 50, 45].tolist() == [230, 20, 20]
        assert film.indices == crossing.indices and film.decoder == "edit"
    assert np.ptp(grey.rgb[8, 5, 5]) == 0
    assert moved.rgb[8, 5, 5].tolist() == [10, 200, 30]
    assert (still.rgb == moved.rgb[8]).all()


def test_noise_is_no_mover(picture):
    noise = np.random.default_rng(0).normal(0, 8, (16, SIDE, SIDE, 3))
    parts = take_apart(frames_of(np.clip(picture + noise, 0, 255).astype(np.uint8)))
    assert parts.moving_share < 0.002
    assert "no mover" in doubt(parts)


def test_a_camera_that_moves_is_told(crossing):
    strip = np.random.default_rng(0).integers(0, 256, (24, 60, 3), dtype=np.uint8).repeat(4, 0).repeat(4, 1)
    panned = np.stack([strip[:, 6 * number : 6 * number + SIDE] for number in range(16)])
    assert "camera moves" in doubt(take_apart(frames_of(panned)))
    assert doubt(take_apart(crossing)) is None


def test_large_frames_are_made_smaller():
    parts = take_apart(frames_of(np.zeros((4, 480, 640, 3), np.uint8)))
    assert parts.scenery.shape == (240, 320, 3) and parts.frames.rgb.shape == (4, 240, 320, 3)


def test_a_borrowed_scenery_fills_the_frame():
    wide = np.zeros((50, 200, 3), np.uint8)
    wide[:, 100:] = 255
    tall = fitted(wide, (100, 60))
    assert tall.shape == (100, 60, 3)
    assert tall[50, 5].tolist() == [0] * 3 and tall[50, 55].tolist() == [255] * 3
