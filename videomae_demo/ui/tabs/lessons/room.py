"""What the room said: the guesses of all who have the page open, as bars; counts, without names."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import gradio as gr

from ....figures.words import percent
from ....lessons import Lesson, in_language
from ....lessons.room import Room
from ....words import _, later, ngettext
from ... import html
from ...page import AT_ONCE, QUIET

EVERY_SECONDS = 4.0
WORDS = later(
    "Each page’s first guess counts once, when its answer is revealed; a page that is loaded again counts again. "
    "Nobody’s name is asked for, and nothing is kept: counts go after three hours without a guess, or with the server."
)


def build_room(room: Room, lessons: Sequence[Lesson], step: gr.State) -> None:
    """A fold that follows the room while it is open."""
    since: gr.State = gr.State({})
    with gr.Accordion(_("What the room said"), open=False, elem_id="lesson-room") as fold:
        bars = gr.HTML(elem_id="room-bars")
        with gr.Row(elem_classes="doing"):
            gr.HTML(f'<p class="words">{escape(_(WORDS))}</p>')
            anew = gr.Button(_("Count from now on"), size="sm", elem_id="room-anew")
    clock = gr.Timer(EVERY_SECONDS, active=False)

    def drawn(number: int | None, before: dict[str, tuple[int, ...]]) -> str:
        if number is None:
            return html.words(_("Choose a lesson."))
        lesson = in_language(lessons[number])
        counts = room.counts(lesson.key, guesses=len(lesson.guesses))
        return room_html(lesson, counted_since(counts, before.get(lesson.key)))

    def begin_anew(number: int | None, before: dict[str, tuple[int, ...]]) -> tuple[Any, str]:
        """On this page only: whoever else counts goes on."""
        if number is not None:
            lesson = lessons[number]
            before = {**before, lesson.key: room.counts(lesson.key, guesses=len(lesson.guesses))}
        return before, drawn(number, before)

    seen: dict[str, Any] = {**QUIET, **AT_ONCE}
    gr.on([fold.expand, step.change, clock.tick], drawn, [step, since], bars, trigger_mode="always_last", **seen)
    anew.click(begin_anew, [step, since], [since, bars], **seen)
    fold.expand(lambda: gr.Timer(active=True), None, clock, **seen)
    fold.collapse(lambda: gr.Timer(active=False), None, clock, **seen)


def counted_since(counts: Sequence[int], before: Sequence[int] | None) -> tuple[int, ...]:
    """What was added; all of it where the room has forgotten meanwhile.

    >>> counted_since((3, 5), (1, 5)), counted_since((1, 0), (3, 5)), counted_since((1, 0), None)
    ((2, 0), (1, 0), (1, 0))
    """
    if before is None or any(now < then for now, then in zip(counts, before, strict=True)):
        return tuple(counts)
    return tuple(now - then for now, then in zip(counts, before, strict=True))


def room_html(lesson: Lesson, counts: Sequence[int]) -> str:
    total = sum(counts)
    shares = [count / (total or 1) for count in counts]
    rows = "".join(
        f'<tr><th scope="row">{escape(guess)}</th><td><span class="bar">'
        f'<i style="--share:{share:.3f}"></i></span></td>'
        f"<td>{count} <small>{percent(share)}</small></td></tr>"
        for guess, count, share in zip(lesson.guesses, counts, shares, strict=True)
    )
    people = ngettext("{n} guess", "{n} guesses", total)
    caption = f"<caption>{escape(lesson.question)} <span>{people}</span></caption>"
    return f'<table class="room">{caption}<tbody>{rows}</tbody></table>'
