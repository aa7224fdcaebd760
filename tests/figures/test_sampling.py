"""The rules' time lines: a mark at each frame taken, clips of one rule apart, and the window over them."""

from __future__ import annotations

from made_records import made_clip

from videomae_demo.figures.sampling import sampling_figure
from videomae_demo.inputs.sampling import plan_views
from videomae_demo.records import Window

CLIP = made_clip(num_frames=200, fps=25.0)


def test_each_rule_has_its_frames_and_the_used_one_stands_out():
    plans = {name: plan_views(CLIP, sampler=name, num_frames=16) for name in ("uniform", "first")}
    figure = sampling_figure(CLIP, plans, used="first")
    marks = {trace.name: trace for trace in figure.data if trace.name != "clip"}
    for name, (plan,) in plans.items():
        assert tuple(marks[name].customdata) == plan.indices
        assert tuple(marks[name].x) == plan.pts_seconds
    assert marks["first"].marker.color != marks["uniform"].marker.color
    assert [one.text for one in figure.layout.annotations] == ["uniform", "first (used for the answer)"]


def test_views_that_differ_in_their_crop_only_are_drawn_once():
    plans = {"official": plan_views(CLIP, sampler="dense", num_frames=16, views="5x3")}
    marks = [trace for trace in sampling_figure(CLIP, plans, used=None).data if trace.name == "official"]
    assert [tuple(trace.customdata) for trace in marks] == list(dict.fromkeys(p.indices for p in plans["official"]))
    assert len({trace.y[0] for trace in marks}) == 5


def test_the_window_ends_with_the_clip_at_the_latest():
    plans = {"uniform": plan_views(CLIP, sampler="uniform", num_frames=16)}
    for window, ends in (
        (Window(1.0, 2.5), (1.0, 2.5)),
        (Window(3.0, None), (3.0, 8.0)),
        (Window(3.0, 99.0), (3.0, 8.0)),
    ):
        (shape,) = sampling_figure(CLIP, plans, used=None, window=window).layout.shapes
        assert (shape.name, shape.x0, shape.x1) == ("window", *ends)
