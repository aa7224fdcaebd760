"""Compressed strips: size budgets, order, and no enlargement by invention."""

import base64
import io

import numpy as np
import pytest
from made_records import disc_frames
from PIL import Image

from videomae_demo.figures.strip import data_uri, enlarged, film_uri, resized, side_by_side, strip_uri


def opened(uri: str) -> Image.Image:
    head, body = uri.split(",", 1)
    assert head == "data:image/webp;base64"
    return Image.open(io.BytesIO(base64.b64decode(body)))


def test_frames_stand_side_by_side_in_their_order():
    frames = np.stack([np.full((4, 6, 3), level, np.uint8) for level in (10, 120, 240)])
    picture = np.asarray(opened(data_uri(side_by_side(frames), lossless=True)))
    assert picture.shape == (4, 18, 3)
    assert picture[0, ::6, 0].tolist() == [10, 120, 240]


@pytest.mark.parametrize(("count", "side"), [(16, 288), (64, 288), (128, 288), (300, 40)])
def test_a_film_of_any_length_fits_into_one_picture(count, side):
    width, height = opened(film_uri(np.zeros((count, side, side, 3), np.uint8))).size
    assert width == count * height <= 16_383
    assert height == min(side, 16_383 // count)


def test_a_noisy_strip_stays_in_its_budget():
    noise = np.random.default_rng(0).integers(0, 256, (16, 240, 320, 3), dtype=np.uint8)
    uri = strip_uri(noise, height=240, max_bytes=150_000)
    assert len(uri) <= 150_000
    # Sides are whole pixels.
    assert opened(uri).width / opened(uri).height == pytest.approx(16 * 320 / 240, rel=0.01)


def test_an_easy_strip_keeps_the_height_asked_for():
    picture = opened(strip_uri(disc_frames(16), height=200, max_bytes=200_000))
    assert picture.height == 200


def test_a_strip_is_never_wider_than_webp_allows():
    wide = np.zeros((16, 90, 1600, 3), np.uint8)
    picture = opened(strip_uri(wide, height=90, max_bytes=200_000))
    assert picture.width <= 16_383


def test_frames_are_scaled_down_but_never_up():
    assert resized(disc_frames(2), 120).shape == (2, 120, 160, 3)
    assert resized(disc_frames(2), 500).shape == (2, 240, 320, 3)


def test_enlarging_repeats_pixels():
    frames = np.arange(2 * 3 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3, 3)
    large = enlarged(frames, 7)
    assert large.shape == (2, 9, 9, 3)
    np.testing.assert_array_equal(large[:, ::3, ::3], frames)
