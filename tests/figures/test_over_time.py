"""The heat map over time: what it shows, where its windows lie, and that it stays readable."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from made_records import LABELS, made_timeline

from videomae_demo.figures.over_time import FINEST, MOST_ROWS, over_time_figure
from videomae_demo.records import Window


def heat(figure):
    (trace,) = figure.data
    return trace


def test_the_class_that_answers_most_windows_stands_first():
    timeline = made_timeline()
    assert timeline.leading_classes(2) == [1, 0]
    figure = over_time_figure(timeline)
    assert list(figure.layout.yaxis.ticktext)[:2] == [LABELS[1], LABELS[0]]
    np.testing.assert_allclose(np.array(heat(figure).z[0], float), [0.1 / (len(LABELS) - 1), 0.9, 0.9], rtol=1e-5)
    assert list(heat(figure).x) == [0.0, 1.0, 2.0, 3.0]
    assert LABELS[0] in heat(figure).customdata[1][0] and "0:00.0 to 0:01.0" in heat(figure).customdata[1][0]


def test_overlapping_windows_end_where_the_next_one_starts():
    assert list(heat(over_time_figure(made_timeline(length=2.5))).x) == [0.0, 1.0, 2.0, 4.5]


def test_windows_that_lie_apart_are_drawn_up_to_the_next_one():
    timeline = replace(made_timeline((0.0, 18.0, 36.0), length=2.0), step_seconds=18.0)
    assert list(heat(over_time_figure(timeline)).x) == [0.0, 18.0, 36.0, 38.0]
    assert "0:18.0 to 0:20.0" in heat(over_time_figure(timeline)).customdata[0][1]


def test_where_no_window_is_nothing_is_drawn():
    trace = heat(over_time_figure(made_timeline((0.0, 5.0, 6.0))))
    assert list(trace.x) == [0.0, 1.0, 5.0, 6.0, 7.0]
    assert trace.z[0][1] is None


def test_the_chosen_window_is_marked_and_the_page_knows_all_of_them():
    figure = over_time_figure(made_timeline(), chosen=Window(1.0, 2.0))
    (mark,) = [shape for shape in figure.layout.shapes if shape.name == "chosen"]
    assert (mark.x0, mark.x1) == (1.0, 2.0)
    assert figure.layout.meta["starts"] == [0.0, 1.0, 2.0]


def test_a_day_of_windows_and_many_classes_stay_small():
    labels = [f"class {number}" for number in range(400)]
    count = 3 * FINEST
    timeline = made_timeline(range(count), answers=np.arange(count) % 400, labels=labels)
    trace = heat(over_time_figure(timeline))
    assert len(trace.z) == MOST_ROWS and len(trace.z[0]) == FINEST
    assert np.nanmax(np.array(trace.z, float)) > 0.89  # a short action is not averaged away


def test_names_and_clip_cannot_write_html():
    timeline = replace(made_timeline(), labels=("<b>x</b>", *LABELS[1:]))
    assert "<b>x" not in over_time_figure(timeline).to_json()
