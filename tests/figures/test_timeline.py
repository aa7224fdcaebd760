"""One axis of time: frames, slices and moments stand under each other, and a mark moves in all of them."""

from dataclasses import replace

import numpy as np
import pytest
from made_records import KINETICS_GEOMETRY, SMALL_GEOMETRY, made_analysis, made_clip, made_map
from tolerances import float32_sum

from videomae_demo.figures import timeline_figure
from videomae_demo.figures.scales import slice_importance
from videomae_demo.figures.theme import ACCENT
from videomae_demo.figures.timeline import clip_positions
from videomae_demo.records import Geometry, Window


def trace(figure, name):
    return next(trace for trace in figure.data if trace.name == name)


def shape(figure, name):
    return next(shape for shape in figure.layout.shapes if shape.name == name)


def test_there_are_eight_bars_never_sixteen_with_the_slices_numbers():
    figure = timeline_figure(made_analysis(), made_map())
    bars = trace(figure, "importance")
    assert len(bars.y) == 8
    np.testing.assert_allclose(bars.y, slice_importance(made_map()))
    assert list(bars.x) == [1, 3, 5, 7, 9, 11, 13, 15]
    assert bars.text[2] == "1.78×"


def test_many_slices_have_no_numbers_that_nobody_could_read():
    long = Geometry(num_frames=64, image_size=64, tubelet_size=2, patch_size=8)
    figure = timeline_figure(made_analysis(geometry=long), made_map(long))
    assert len(trace(figure, "importance").y) == 32 and not any(trace(figure, "importance").text)


def test_no_number_stands_on_the_line_of_the_uniform_share():
    values = np.ones((8, 8, 8), np.float32) * np.array([0.3, 0.9, 1.3, 0.95, 1.08, 0.85, 1.5, 1.02])[:, None, None]
    explanation = replace(made_map(), values=(values / values.sum()).astype(np.float32))
    bars = trace(timeline_figure(made_analysis(), explanation), "importance")
    assert list(bars.textposition) == [
        "outside",
        "inside",
        "outside",
        "inside",
        "outside",
        "inside",
        "outside",
        "outside",
    ]


def test_a_slices_bar_stands_under_its_own_frames():
    figure = timeline_figure(made_analysis(), made_map())
    bars = trace(figure, "importance")
    for index, centre in enumerate(bars.x):
        pictures = figure.layout.images[2 * index : 2 * index + 2]
        left, right = pictures[0].x, pictures[1].x + pictures[1].sizex
        assert centre - bars.width / 2 == pytest.approx(left)
        assert centre + bars.width / 2 == pytest.approx(right)


def test_uniform_frames_have_upright_lines():
    np.testing.assert_allclose(clip_positions(made_analysis()), np.arange(16) + 0.5)


def test_a_window_fans_out_to_its_place_in_the_clip():
    analysis = made_analysis(indices=tuple(range(32, 48)), window=Window(1.28, 1.92))
    positions = clip_positions(analysis)  # of 64 frames on an axis of 16: frame 32 is at 8
    assert positions[0] == pytest.approx(8.0) and positions[-1] == pytest.approx(11.75)
    window = trace(timeline_figure(analysis), "window")
    assert list(window.x) == pytest.approx([8.0, 12.0])


def test_the_marks_of_a_frame_agree():
    figure = timeline_figure(made_analysis(), made_map(), frame=5)
    assert 5 <= shape(figure, "mark-frame").x0 < shape(figure, "mark-frame").x1 <= 6
    assert (shape(figure, "mark-slice").x0, shape(figure, "mark-slice").x1) == (4, 6)
    assert shape(figure, "mark-moment").xanchor == figure.layout.meta["moments"][5]
    assert [colour == ACCENT for colour in trace(figure, "importance").marker.color] == [i == 2 for i in range(8)]
    assert figure.layout.meta["bar_colours"][2] == list(trace(figure, "importance").marker.color)


def test_a_signed_maps_bars_add_up_and_carry_their_sign():
    explanation = made_map(signed=True)
    figure = timeline_figure(made_analysis(), explanation)
    bars = trace(figure, "importance")
    assert sum(bars.y) == pytest.approx(explanation.values.sum(), abs=float32_sum(512))
    assert all(text.startswith("+" if value >= 0 else "−") for text, value in zip(bars.text, bars.y, strict=True))


def test_the_clips_seconds_are_named_up_to_its_end():
    axis = timeline_figure(made_analysis(clip=made_clip(num_frames=250))).layout.xaxis
    assert axis.ticktext[0] == "0 s" and axis.ticktext[-1] == "10 s"
    assert axis.tickvals[-1] == 16 and list(axis.tickvals) == sorted(axis.tickvals)


@pytest.mark.parametrize("geometry", [SMALL_GEOMETRY, KINETICS_GEOMETRY])
def test_it_is_small_enough_to_send(geometry):
    analysis = made_analysis(geometry=geometry)
    analysis.frames.rgb[:] = np.random.default_rng(0).integers(0, 256, analysis.frames.rgb.shape, dtype=np.uint8)
    assert len(timeline_figure(analysis, made_map(geometry)).to_json()) < 300_000
