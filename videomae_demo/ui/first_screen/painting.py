"""The one event that paints the first screen: a wish, its frames, its answer, its map.

It runs once at a time. Whatever changes meanwhile is taken up before it ends, or by its next run: so what is painted
last is about the last wish, and nothing is painted twice.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from typing import Any

import gradio as gr

from ...results import Analysis
from .. import html
from ..errors import guarded
from ..page import AT_ONCE, MODEL_QUEUE, QUIET, Page
from ..visit import Look, Visit, Wish
from .answering import answer_steps, cancelled_answer
from .layout import FirstScreen
from .mapping import map_steps, preview_steps, stage_update, view_options

Update = dict[Any, Any]


@dataclass
class Painted:
    """What stands on one visitor's first screen."""

    wish: float | None = None
    """The wish's number."""
    look: Look | None = None
    """The map; None where there is none yet."""
    view: tuple[Any, ...] = ()
    """How the large frame is drawn."""
    previewed: bool = False


@dataclass
class Easel:
    """The visitor's first screen, between two runs; made anew for every visitor."""

    painted: Painted = field(default_factory=Painted)


def wire_painting(screen: FirstScreen, page: Page) -> None:
    """The event, what it follows, and Cancel."""
    easel: gr.State = gr.State(Easel())
    looked: gr.State = gr.State(None)
    nothing = {screen.status: gr.skip()}

    def paint(visit: Visit, easel: Easel, analysis: Analysis | None, method: str, *options: Any) -> Iterator[Update]:
        view = options[:2]  # the slider and the opacity reach a drawn figure without the server
        while True:
            wish, look = visit.wish, visit.look or Look(method)
            painted = easel.painted
            if wish is None:
                break
            if painted.wish != wish.number:
                easel.painted = Painted(wish.number)
                analysis = yield from _paint_wish(screen, page, visit, wish, options)
            elif analysis is not None and painted.look != look:
                easel.painted.look, easel.painted.view = look, view
                yield from _paint_map(screen, page, visit, analysis, look, options)
            elif analysis is not None and painted.view != view:
                easel.painted.view = view
                yield stage_update(screen, page, analysis, look, options, visit.number)
            elif analysis is not None and not painted.previewed:
                easel.painted.previewed = True
                yield from visit.paint(visit.turn(), preview_steps(screen, page, analysis))
            else:
                break
        yield nothing  # at the end Gradio sends what was yielded last once more

    gr.on(
        [page.wished.change, looked.change, screen.model_view.input, screen.smooth.input],
        guarded(paint),
        [page.visit, easel, page.analysis, page.method, *view_options(screen, page)],
        [
            *(screen.answer, screen.bars, screen.facts, screen.numbers, screen.stage, screen.timeline),
            *(screen.map_numbers, screen.status, screen.video, screen.samples, screen.start, screen.end),
            *(screen.model_fold, screen.model_card, screen.model_view, page.frame, page.target, page.analysis),
        ],
        trigger_mode="always_last",
        **QUIET,
        **MODEL_QUEUE,
    )

    def look_anew(visit: Visit, method: str, label_id: int | None) -> tuple[str, Any, Look]:
        """Another method or class: its words at once, its map by ``paint``."""
        row = page.backend.methods[method]
        look = Look(method, label_id if row.class_specific else None)
        visit.look_anew(look)
        return html.method_words(row), gr.update(interactive=row.class_specific), look

    gr.on(
        [page.method.input, page.target.input],
        look_anew,
        [page.visit, page.method, page.target],
        [screen.map_words, page.target, looked],
        trigger_mode="always_last",
        **QUIET,
        **AT_ONCE,
    )
    screen.cancel.click(lambda visit: visit.cancel(), page.visit, None, **QUIET, **AT_ONCE)


def _paint_wish(
    screen: FirstScreen, page: Page, visit: Visit, wish: Wish, options: tuple[Any, ...]
) -> Generator[Update, None, Analysis | None]:
    """Its frames and its answer; gives the answer, where there is one."""
    found: list[Analysis] = []
    turn = visit.turn()
    steps = answer_steps(screen, page, visit, wish, options, found)
    yield from visit.paint(turn, steps, cancelled=lambda: None if found else cancelled_answer(screen, wish))
    return found[0] if found and visit.is_current(turn) else None


def _paint_map(
    screen: FirstScreen, page: Page, visit: Visit, analysis: Analysis, look: Look, options: tuple[Any, ...]
) -> Generator[Update, None, None]:
    turn = visit.turn(look=visit.look)
    steps = map_steps(screen, page, analysis, look, options, turn.wish)
    yield from visit.paint(turn, steps, cancelled=lambda: {screen.status: html.idle()})
