"""The page follows its address at load and by Back and Forward, and says where the visitor is, for it to be written."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import gradio as gr
from gradio.context import Context

from ...lessons import STEPS, Lesson
from ...results import Analysis, answer_target
from ...words import LANGUAGES, _, later
from .. import html
from ..address import NO_EDITS, Place, Tables, read, write
from ..errors import guarded
from ..page import AT_ONCE, EDITS_CONTROL, QUIET, Page
from ..visit import Asked, Visit, Wish
from .answering import asked_class, frame_update, not_among_frames
from .layout import AUTO, FIRST_FRAME, FirstScreen
from .mapping import method_updates

FOLLOW = """(visit, _, __, ...values) => {
  window.wishes = (window.wishes ?? 0) + 1;
  window.followed = (window.followed ?? 0) + 1;
  const asked = { query: location.search, count: window.followed, own: history.state?.own || null };
  return [visit, window.wishes, JSON.stringify(asked), ...values];
}"""
"""Fills the inputs of the event that follows an address: a wish's number, and what the browser is asked for."""
LOST = later("Your own clip is in no address, and is not kept: upload it again.")


def wire_address(screen: FirstScreen, page: Page, tabs: gr.Tabs | None, keys: Sequence[str]) -> None:
    """Two events: one follows the address, the other says where the visitor is.

    Args:
        tabs: those under the first screen, and ``keys`` theirs.
    """
    samples = page.backend.samples
    by_name = {sample.name: number for number, sample in enumerate(samples)}
    lessons = {lesson.key: number for number, lesson in enumerate(page.lessons)} if "lessons" in keys else {}
    edits = next((one for one in Context.root_block.blocks.values() if one.elem_id == EDITS_CONTROL), None)  # type: ignore[union-attr]
    all_edits = () if edits is None else tuple(key for _, key in edits.choices)
    tables = Tables(
        clips=by_name,
        tabs=keys,
        methods=page.backend.methods,
        lessons=lessons,
        steps=len(STEPS),
        models=[model for _unused, model in page.model.choices],
        samplings=[AUTO, *page.backend.samplers],
        edits=all_edits,
        languages=LANGUAGES,
    )
    edits_tab = "" if edits is None else _tab_of(edits)  # now: an event may meet a copy without a parent
    edit_calls = page.calls.get(edits_tab, [])
    first_method = next(iter(page.backend.methods))
    kept: gr.State = gr.State(Place())  # what an address says of the page itself

    def usual_method(lesson: int | None) -> str:
        """The map that a place begins with."""
        own = None if lesson is None else page.lessons[lesson].method
        return own if own is not None and own in page.backend.methods else first_method

    def place_of(visit: Visit, kept: Place) -> Place:
        """Where the visitor is; what an address need not name, because the page begins with it, is left out."""
        wish, look = visit.wish, visit.look
        place = Place(
            tab=visit.tab if visit.tab in keys[1:] else None,
            method=look.method if look and look.method != usual_method(visit.lesson) else None,
            label_id=look.label_id if look else None,
            lesson=None if visit.lesson is None else page.lessons[visit.lesson].key,
            step=visit.step if visit.lesson is not None and visit.step > 1 else None,
            edits=None if visit.edits in (None, all_edits) else visit.edits or NO_EDITS,
            hide=kept.hide,
            lang=kept.lang,
        )
        if wish is None:
            return place
        return replace(
            place,
            clip=None if wish.sample is None else samples[wish.sample].name,
            start=wish.start_seconds or None,
            end=wish.end_seconds,
            model=None if wish.model == page.settings.model else wish.model,
            sampling=None if wish.sampler == AUTO else wish.sampler,
        )

    def wish_at(place: Place, visit: Visit, own: float | None, asked: Asked) -> Wish | None:
        """The wish that leads there, without its number."""
        clip: Wish | None
        if own is not None:
            clip = visit.own_clip(own)
        else:
            clip = _named(by_name[place.clip], samples) if place.clip else _first(place.lesson, page.lessons, samples)
        return clip and replace(
            clip,
            in_player=False,
            model=place.model or page.settings.model,
            sampler=place.sampling or AUTO,
            start_seconds=place.start or 0.0,
            end_seconds=place.end,
            lesson=lessons[place.lesson] if place.lesson else None,
            step=place.step or 1,
            asked=asked,
        )

    def follow(
        visit: Visit, number: float, asked_text: str, analysis: Analysis | None, times: dict[str, int], *counts: int
    ) -> dict[Any, Any]:
        query, count, own = _asked(asked_text)
        if not visit.follow_address(count):
            return {screen.place: gr.skip()}
        place, refused = read(query, tables)
        if own is not None and visit.own_clip(own) is None:
            refused, own = (*refused, _(LOST)), None
        wish = wish_at(place, visit, own, Asked(place.label_id, place.frame, refused))
        method = place.method or usual_method(lessons.get(place.lesson or ""))
        updates: dict[Any, Any] = {}
        if wish is not None and not _is_there(wish, visit):
            if not visit.make(replace(wish, number=number)):
                return {screen.place: gr.skip()}  # the visitor has pressed something meanwhile
            visit.choose_method(method)
            updates = {page.wished: number, page.model: wish.model, page.sampler: wish.sampler}
        else:
            visit.choose_method(method)
            refused = (*refused, *look_on(visit, place, analysis, updates))
        if edits is not None and place.edits != visit.edits:
            visit.choose_edits(() if place.edits == NO_EDITS else place.edits)
            updates[edits] = list(all_edits if visit.edits is None else visit.edits)
            updates[page.set_up] = {**times, edits_tab: times.get(edits_tab, 0) + 1}
            updates |= {call: count + 1 for call, count in zip(edit_calls, counts, strict=True)}
        words, may_choose = method_updates(page, method)
        may_choose |= updates.pop(page.target, {})
        tab = place.tab or ("lessons" if place.lesson and tabs else next(iter(keys), None))
        if tabs is not None:
            visit.go_to_tab(tab)
            updates[tabs] = gr.update(selected=tab)
        return {
            **updates,
            page.method: method,
            page.looked: visit.look,
            screen.map_words: words,
            page.target: may_choose,
            kept: place,
            screen.notice: html.notice(refused),
            screen.place: said(visit, place, refused=bool(refused)),
        }

    def look_on(visit: Visit, place: Place, analysis: Analysis | None, updates: dict[Any, Any]) -> list[str]:
        """Another class and frame of the clip that is on the page; gives what it has not."""
        if analysis is None or visit.turn_about(analysis) is None:
            return []
        asked = Asked(place.label_id, place.frame)
        chosen, no_class = asked_class(asked, analysis.prediction)
        visit.choose_class(chosen)
        own = answer_target(analysis.prediction).label_id
        updates[page.target] = {"value": own if chosen is None else chosen}
        num_frames = analysis.geometry.num_frames
        updates[page.frame] = frame_update(asked, num_frames)
        return [one for one in (no_class, not_among_frames(asked, num_frames)) if one]

    def said(visit: Visit, kept: Place, *, refused: bool = False) -> str:
        wish = visit.wish
        return html.place_mark(
            write(place_of(visit, kept)),
            followed=visit.followed,
            refused=refused,
            own=wish.number if wish and wish.own else None,
            wish=visit.number,
            usual_frame=FIRST_FRAME,
        )

    def go_to(event: gr.EventData) -> Any:
        """From the top of the page, and by the keys of the projector (``present.js``)."""
        return gr.update(selected=event.tab) if event.tab in keys else gr.skip()

    def moved(visit: Visit, kept: Place) -> dict[Any, Any]:
        """Said again; what an address asked for in vain is told until the visitor wants another clip."""
        asked_for = visit.wish is None or visit.wish.asked is not None
        return {screen.place: said(visit, kept), screen.notice: gr.skip() if asked_for else ""}

    gr.on(
        [Context.root_block.load, screen.place.click],  # type: ignore[union-attr]
        guarded(follow),
        [page.visit, page.number, screen.asked, page.analysis, page.set_up, *edit_calls],
        [
            *(page.wished, page.model, page.sampler, page.method, page.looked, page.target, page.frame),
            *(screen.map_words, screen.notice, screen.place, kept, *([tabs] if tabs else [])),
            *([edits, page.set_up, *edit_calls] if edits else []),
        ],
        js=FOLLOW,
        trigger_mode="multiple",
        **QUIET,
        **AT_ONCE,
    )
    if tabs is not None:
        screen.title.select(go_to, None, tabs, **QUIET, **AT_ONCE)
    gr.on(
        [page.wished.change, page.looked.change, page.selected_tab.change, page.reached.change],
        guarded(moved),
        [page.visit, kept],
        [screen.place, screen.notice],
        trigger_mode="always_last",
        **QUIET,
        **AT_ONCE,
    )


def _is_there(wish: Wish, visit: Visit) -> bool:
    """Whether the page is about it already, so that Back and Forward change a tab or a map and compute nothing."""
    now = visit.wish
    if now is None or wish.lesson != visit.lesson or wish.step != visit.step:
        return False
    same = replace(
        now, in_player=False, number=wish.number, lesson=wish.lesson, step=wish.step, method=None, asked=wish.asked
    )
    return wish == same


def _tab_of(block: Any) -> str:
    """The key of the tab that it stands in."""
    while not isinstance(block, gr.Tab):
        block = block.parent
    return str(block.id)


def _named(number: int, samples: Sequence[Any]) -> Wish:
    return Wish(samples[number].title, path=str(samples[number].path), sample=number)


def _first(key: str | None, lessons: Sequence[Lesson], samples: Sequence[Any]) -> Wish | None:
    """The clip of a lesson; the first sample without one."""
    lesson = next((one for one in lessons if one.key == key), None)
    if lesson is not None and lesson.clip is not None:
        return Wish(lesson.title, path=str(lesson.clip))
    label = lesson and lesson.sample
    number = next((number for number, sample in enumerate(samples) if sample.label == label), 0)
    return _named(number, samples) if samples else None


def _asked(text: str) -> tuple[str, float, float | None]:
    """(query, how often an address was followed, number of the wish for a clip that no address names).

    The browser says it, and anybody may say it in a browser's place.
    """
    try:
        asked = json.loads(text)
        query, count, own = str(asked["query"]), float(asked["count"]), asked["own"]
        return query, count, None if own is None else float(own)
    except (ValueError, TypeError, KeyError):
        return "", 0.0, None
