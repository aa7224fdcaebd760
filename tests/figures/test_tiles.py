"""A clip as tiles: one a slice, the map's pixels in its colours, and the numbers for the page's script."""

from __future__ import annotations

import base64
import io
import json
import re
from html import unescape

import numpy as np
from made_records import KINETICS_GEOMETRY, SMALL_GEOMETRY, made_analysis, made_map
from PIL import Image

from videomae_demo.figures.burnt_in import colour_table
from videomae_demo.figures.scales import displayed, scale_of
from videomae_demo.figures.tiles import legend, map_picture, slice_name, slice_pictures, tiles
from videomae_demo.words import use


def picture(uri: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(uri.split(",")[1]))).convert("RGBA"))


def data_of(html: str) -> dict[str, object]:
    return json.loads(unescape(re.search(r"data-tiles='([^']*)'", html)[1]))


def test_a_map_is_one_pixel_a_token_in_the_scales_colours():
    one = made_map()
    values, scale = displayed(one)[2], scale_of(one)
    pixels = picture(map_picture(values, scale))
    assert pixels.shape == (*values.shape, 4)
    row, column = np.unravel_index(values.argmax(), values.shape)
    red, green, blue, alpha = colour_table(scale)[scale.quantised(values[row, column])]
    # A byte: rounded to the next whole number.
    np.testing.assert_allclose(pixels[row, column], [red, green, blue, 255 * alpha], atol=0.51)
    assert (pixels[values <= 1][:, 3] == 0).all(), "its share or less leaves the picture clear"


def test_a_slices_name_lists_its_frames_as_the_language_does():
    analysis = made_analysis()
    first, second = analysis.geometry.tubelet_size + 1, 2 * analysis.geometry.tubelet_size
    assert f"frames {first}, {second} · " in slice_name(analysis, 1)
    with use("zh"):
        assert f"{first}、{second}" in slice_name(analysis, 1)


def test_one_tile_a_slice_whatever_the_geometry():
    for geometry in (SMALL_GEOMETRY, KINETICS_GEOMETRY):
        analysis, one = made_analysis(geometry=geometry), made_map(geometry)
        html = tiles(analysis, displayed(one), scale_of(one), marked=(2, 3, 4), label="x")
        slices, rows, columns = geometry.grid
        assert html.count('class="tile"') == len(slice_pictures(analysis)) == slices
        data = data_of(html)
        assert data["grid"] == [slices, rows, columns]
        # Written with three digits.
        np.testing.assert_allclose(data["values"], displayed(one).ravel(), rtol=5e-3)
        style = re.search(r'class="marked" style="left:([\d.]+)%;top:([\d.]+)%', html)
        assert (float(style[1]), float(style[2])) == (round(400 / columns, 3), round(300 / rows, 3))


def test_pictures_are_the_models_part_of_each_slices_first_frame():
    analysis = made_analysis()
    pictures = slice_pictures(analysis)
    height, width = picture(pictures[0]).shape[:2]
    assert height == width, "the crop is a square"
    first, last = (picture(uri)[..., :3].astype(int) for uri in (pictures[0], pictures[-1]))
    orange = [np.abs(frame - (236, 112, 64)).sum(axis=-1) < 90 for frame in (first, last)]
    centres = [mask.nonzero()[1].mean() / width for mask in orange]
    assert centres[0] > 0.6 > 0.4 > centres[1], "the disc crosses from right to left"


def test_removed_tokens_and_words_reach_the_script_unharmed():
    analysis = made_analysis()
    removed = np.zeros(SMALL_GEOMETRY.grid, bool)
    removed[1, 0, 3] = True
    html = tiles(analysis, None, None, removed=removed, through_time=True, unit="it's <b>", label='a "label"')
    data = data_of(html)
    assert (data["paint"], data["removed"], data["tube"], data["unit"]) == (True, [64 + 3], True, "it's <b>")
    assert 'aria-label="a &quot;label&quot;"' in html
    assert html.count("<canvas") == 8


def test_the_legend_names_both_ends():
    scale = scale_of(made_map())
    assert "left:0.0%" in legend(scale) and "left:100.0%" in legend(scale)
    assert all(label in unescape(legend(scale)) for label in scale.tick_labels)
