"""How a tab follows the page: called when it is open and something is new to it, and holding on to nothing old."""

import gc
import weakref
from types import SimpleNamespace

import gradio as gr
import pytest
from fake_backend import FakeBackend
from made_records import made_analysis

from videomae_demo.settings import Settings
from videomae_demo.ui import build_demo
from videomae_demo.ui.tabs import TabRow


@pytest.fixture(scope="module")
def probe(tmp_path_factory):
    """A page with one tab: the events by which it follows the clip and the class, and the calls of its ``refresh``."""
    made = SimpleNamespace(calls=[])

    def build(page, tab):
        def refresh(analysis, label_id, methods):
            made.calls.append((analysis.clip_name, label_id, methods))
            return "drawn"

        made.events = page.on_analysis(
            tab, refresh, about=[page.target], inputs=[gr.CheckboxGroup()], outputs=[gr.HTML()]
        )

    backend = FakeBackend(tmp_path_factory.mktemp("clips")).backend()
    made.demo = build_demo(backend, Settings(), tabs={"probe": TabRow("Probe", build)})
    return made


@pytest.fixture
def follow(probe):
    """The one handler of all of the tab's events; gives what it puts into the state of what was seen."""
    probe.calls.clear()
    handlers = {event.fn for event in probe.events}
    assert len(handlers) == 1

    def call(selected, shown, set_up, analysis, *values):
        ((seen, _),) = handlers.copy().pop()(selected, shown, set_up, analysis, *values)
        return seen

    return call


def skipped(seen):
    return isinstance(seen, dict) and seen.get("__type__") == "update"


def test_a_tab_is_refreshed_once_for_each_clip_and_tour_step(probe, follow):
    first, second = made_analysis(clip_name="first"), made_analysis(clip_name="second")
    seen = follow("probe", None, {}, first, 0, [])
    assert skipped(follow("probe", seen, {}, first, 0, []))
    assert skipped(follow("probe", seen, {"other": 1}, first, 0, []))
    follow("probe", seen, {"probe": 1}, first, 0, [])
    follow("probe", seen, {}, second, 0, [])
    assert [name for name, *_ in probe.calls] == ["first", "first", "second"]
    assert skipped(follow("probe", seen, {}, None, 0, []))


def test_another_class_counts_as_new_and_another_input_does_not(probe, follow):
    analysis = made_analysis()
    seen = follow("probe", None, {}, analysis, 0, ["a"])
    assert skipped(follow("probe", seen, {}, analysis, 0, ["b"]))
    assert not skipped(follow("probe", seen, {}, analysis, 3, ["b"]))
    assert probe.calls == [(analysis.clip_name, 0, ["a"]), (analysis.clip_name, 3, ["b"])]


def test_a_closed_tab_computes_nothing_and_catches_up_when_it_is_opened(probe, follow):
    analysis = made_analysis()
    seen = follow("probe", None, {}, analysis, 0, [])
    probe.calls.clear()
    assert skipped(follow("elsewhere", seen, {}, analysis, 3, []))
    assert probe.calls == []
    follow("probe", seen, {}, analysis, 3, [])
    assert probe.calls == [(analysis.clip_name, 3, [])]


def test_what_was_seen_does_not_keep_the_analysis(follow):
    analysis = made_analysis()
    there = weakref.ref(analysis)
    seen = follow("probe", None, {}, analysis, 0, [])
    del analysis
    gc.collect()
    assert there() is None
    assert not skipped(follow("probe", seen, {}, made_analysis(), 0, []))  # and a later one is never taken for it
