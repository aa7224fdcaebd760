"""What an address, or a lesson's file, sets on the page, without a browser."""

from __future__ import annotations

import json
from typing import Any

import gradio as gr
import pytest
from fake_backend import FakeBackend
from made_records import made_analysis

from videomae_demo.lessons.reading import TOUR
from videomae_demo.settings import Settings
from videomae_demo.ui import build_demo
from videomae_demo.ui.visit import Asked, Visit, Wish

OWN = (TOUR / "5_time.md").read_text(encoding="utf-8").replace("key: time", "key: ours\nmethod: relevance")


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> gr.Blocks:
    """The page with one lesson more, which asks for a map."""
    folder = tmp_path_factory.mktemp("lessons")
    (folder / "ours.md").write_text(OWN, encoding="utf-8")
    return build_demo(FakeBackend(tmp_path_factory.mktemp("clips")).backend(), Settings(lessons=str(folder)))


def handler(demo: gr.Blocks, module: str) -> Any:
    """The function named ``follow`` of a module of the page."""
    (found,) = (
        event.fn
        for event in demo.fns.values()
        if event.fn and event.fn.__name__ == "follow" and module in event.fn.__module__
    )
    return found


def followed(demo: gr.Blocks, query: str, visit: Visit | None = None, count: int = 1) -> dict[str, Any]:
    """By label or ``elem_id``: what the page sets for this address."""
    visit = visit or Visit()
    asked = json.dumps({"query": query, "count": count, "own": None})
    updates = handler(demo, "addressing")(visit, count, asked, None, {}, 0)
    return {str(getattr(one, "elem_id", None) or getattr(one, "label", "")): value for one, value in updates.items()}


def test_a_lessons_map_is_on_the_first_screen_and_needs_no_word_in_the_address(demo):
    visit = Visit()
    there = followed(demo, "?lesson=ours", visit)
    assert there["Method"] == "relevance" == visit.look.method
    assert "lesson=ours" in there["place"] and "method=" not in there["place"]
    other = followed(demo, "?lesson=ours&method=rollout")
    assert other["Method"] == "rollout" and "method=rollout" in other["place"]


def test_edits_are_ticked_as_the_address_says(demo):
    visit = Visit()
    there = followed(demo, "?tab=time&edit=mirror,reverse", visit)
    assert there["edits"] == ["reverse", "mirror"] and visit.edits == ("reverse", "mirror")
    assert "edit=reverse,mirror" in there["place"]
    assert followed(demo, "?tab=time&edit=none", visit, 2)["edits"] == []
    back = followed(demo, "?tab=time", visit, 3)
    assert len(back["edits"]) > 2 and "edit=" not in back["place"]


@pytest.mark.parametrize(("step", "told"), [(1, 1), (2, 2), (3, 3)])
def test_a_step_asks_for_the_answer_and_the_last_one_for_the_exercise_too(demo, step, told):
    visit, analysis = Visit(), made_analysis()
    wish = Wish("a", path="a", sample=0, number=7.5, lesson=0, step=step, asked=Asked())
    visit.make(wish)
    visit.show(analysis, wish)
    updates = handler(demo, "tabs.lessons")(visit, 0.0, analysis)
    assert [value for value in updates.values() if value == 7.5] == [7.5] * told
