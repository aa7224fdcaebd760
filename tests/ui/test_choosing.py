"""What a visitor's own clip is called."""

from __future__ import annotations

from dataclasses import replace

import gradio as gr

from videomae_demo.ui.first_screen.choosing import _own_clip, _recording
from videomae_demo.ui.visit import Visit
from videomae_demo.words import _, use

EVENT = gr.EventData(None, {})


def test_recordings_are_told_apart_and_named_in_the_readers_language():
    visit = Visit()
    first = _recording(visit, EVENT, "/tmp/a/sample.webm")
    assert visit.make(replace(first, number=1)) and visit.make(replace(first, number=2, sampler="dense"))
    assert visit.make(replace(_own_clip(visit, EVENT, "/tmp/b/mine.mp4"), number=3))
    second = _recording(visit, EVENT, "/tmp/c/sample.webm")
    assert [first.name, visit.wish.name, second.name] == ["Camera recording 1", "mine.mp4", "Camera recording 2"]
    with use("de"):
        assert _(second.name) == "Kameraaufnahme 2"


def test_nothing_recorded_is_no_wish():
    assert _recording(Visit(), EVENT, None) is None and _own_clip(Visit(), EVENT, None) is None
