"""The timeline tab's words, and which presses are wishes."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest
from made_records import LABELS, made_analysis, made_timeline

from videomae_demo.records import Window
from videomae_demo.ui.tabs import over_time
from videomae_demo.ui.visit import Visit, Wish


def visiting(**choices: object) -> Visit:
    visit = Visit()
    visit.make(Wish("a.mp4", number=1, path="/a.mp4", lesson=3, **choices))
    return visit


def test_a_press_is_a_wish_for_that_part_of_the_same_clip():
    wish = over_time.moment(visiting(), SimpleNamespace(start=1.5, end=2.0))
    assert (wish.path, wish.start_seconds, wish.end_seconds, wish.lesson) == ("/a.mp4", 1.5, 2.0, None)


@pytest.mark.parametrize("event", [SimpleNamespace(), SimpleNamespace(start="0", end=2), SimpleNamespace(start=None)])
def test_what_no_press_of_ours_sends_is_no_wish(event):
    assert over_time.moment(visiting(), event) is None
    assert over_time.moment(Visit(), SimpleNamespace(start=0, end=1)) is None


@pytest.mark.parametrize("duration", [0.05, 0.4, 3.0, 10.0, 599.0])
def test_what_is_asked_at_first_is_not_much(duration):
    seconds, every = over_time.at_first(duration)
    assert 0.1 <= seconds <= 2.0 and every >= 0.1
    assert duration / every <= over_time.AT_FIRST + 1


def test_each_answer_is_a_button_with_its_times():
    text = over_time.moments_html(replace(made_timeline(), labels=("<b>", *LABELS[1:])))
    assert text.count("<button") == 2
    assert 'data-start="0" data-end="1"' in text and 'data-start="1" data-end="3"' in text
    assert "<b>" not in text and "90 %" in text


def test_a_timeline_is_kept_while_the_clip_is_the_same():
    analysis = made_analysis()
    timeline = replace(made_timeline(), clip=analysis.clip, sampler=analysis.plans[0].sampler)
    assert over_time.is_of(timeline, replace(analysis, window=Window(0.5, 1.0)))
    assert not over_time.is_of(replace(timeline, sampler="dense"), analysis)
    assert over_time.chosen(replace(analysis, window=Window(0.5, 1.0))) == Window(0.5, 1.0)
    assert over_time.chosen(replace(analysis, window=Window())) is None
