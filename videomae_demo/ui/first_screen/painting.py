"""The one event that paints the first screen: a wish, its frames, its answer, its map.

It runs once at a time. Whatever changes meanwhile is taken up before it ends, or by its next run: so what is painted
last is about the last wish, and nothing is painted twice.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from ...results import Analysis, answer_target
from ...words import _
from .. import html
from ..errors import guarded
from ..page import AT_ONCE, QUIET, Page
from ..visit import Look, Visit, Wish
from .answering import answer_steps, cancelled_answer
from .layout import FirstScreen
from .mapping import map_steps, method_updates, preview_steps, stage_update, view_options

Update = dict[Any, Any]

AMONG = """(visit, analysis, _, label) => {
  const answer = document.querySelector("#answer [data-wish]");
  return [visit, analysis, answer && !answer.querySelector(".waiting") ? Number(answer.dataset.wish) : 0, label];
}"""
"""Fills the third input with the number of the wish whose answer the list of classes is of."""


@dataclass
class Painted:
    """What stands on one visitor's first screen, between two runs."""

    wish: float | None = None
    """The wish's number."""
    look: Look | None = None
    """The map; None where there is none yet."""
    view: tuple[Any, ...] = ()
    """How the large frame is drawn."""
    previewed: bool = False

    def begin(self, wish: float) -> None:
        """Nothing but the wish is there yet."""
        self.wish, self.look, self.view, self.previewed = wish, None, (), False


def wire_painting(screen: FirstScreen, page: Page) -> None:
    """The event, what it follows, and Cancel."""
    painted: gr.State = gr.State(Painted())

    def paint(
        visit: Visit, painted: Painted, analysis: Analysis | None, method: str, *options: Any
    ) -> Iterator[Update]:
        view = options[:2]  # the slider and the opacity reach a drawn figure without the server
        if visit.look is None:
            visit.choose_method(method)
        while visit.wish is not None and visit.look is not None:
            wish, look = visit.wish, visit.look
            if painted.wish != wish.number:
                painted.begin(wish.number)
                analysis = yield from _paint_wish(screen, page, visit, wish, options)
            elif analysis is not None and painted.look != look:
                painted.look, painted.view = look, view
                yield from _paint_map(screen, page, visit, analysis, look, options)
            elif analysis is not None and painted.view != view:
                painted.view = view
                yield stage_update(screen, page, analysis, look, options, wish.number)
            elif analysis is not None and not painted.previewed:
                painted.previewed = True
                yield from visit.paint(visit.turn(), preview_steps(screen, page, analysis))
            else:
                break
        yield {screen.status: gr.skip()}  # at the end Gradio sends what was yielded last once more

    gr.on(
        [page.wished.change, page.looked.change, screen.model_view.input, screen.smooth.input],
        guarded(paint),
        [page.visit, painted, page.analysis, page.method, *view_options(screen, page)],
        [
            *(screen.answer, screen.bars, screen.facts, screen.numbers, screen.stage, screen.timeline),
            *(screen.map_numbers, screen.status, screen.video, screen.samples, screen.start, screen.end),
            *(screen.model_fold, screen.model_card, screen.model_view, page.frame, page.target, page.analysis),
            *(screen.notice, page.method, screen.map_words),
        ],
        trigger_mode="always_last",
        **QUIET,
        **AT_ONCE,
    )

    def choose_method(visit: Visit, method: str) -> tuple[str, Any, Look]:
        """Its words at once, its map by ``paint``."""
        return *method_updates(page, method), visit.choose_method(method)

    page.chosen[page.method] = page.method.input(
        choose_method,
        [page.visit, page.method],
        [screen.map_words, page.target, page.looked],
        trigger_mode="always_last",
        **QUIET,
        **AT_ONCE,
    )

    def choose_class(visit: Visit, analysis: Analysis | None, number: float, label_id: int | None) -> Look | None:
        """Of the answer on the page, and of no other, whatever arrives when; its own class is none that was chosen."""
        visit.has(analysis)
        asked_there = html.wish_number(number) == html.wish_number(visit.number)
        if asked_there and visit.is_let_go:  # the answer comes again after this
            return visit.choose_class(label_id)
        if analysis is None or not asked_there or visit.turn_about(analysis) is None:
            return visit.look
        return visit.choose_class(None if label_id == answer_target(analysis.prediction).label_id else label_id)

    # Gradio says what is chosen whenever the list loses the focus, too.
    page.chosen[page.target] = page.target.input(
        guarded(choose_class),
        [page.visit, page.analysis, page.number, page.target],
        page.looked,
        js=AMONG,
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
    if wish.method is not None:
        words, may_choose = method_updates(page, wish.method)
        yield {page.method: wish.method, screen.map_words: words, page.target: may_choose}
    steps = answer_steps(screen, page, visit, wish, options, found)
    yield from visit.paint(turn, steps, cancelled=lambda: None if found else cancelled_answer(screen, page, wish))
    return found[0] if found and visit.is_current(turn) else None


def _paint_map(
    screen: FirstScreen, page: Page, visit: Visit, analysis: Analysis, look: Look, options: tuple[Any, ...]
) -> Generator[Update, None, None]:
    turn = visit.turn(look=look)
    steps = map_steps(screen, page, analysis, look, options, turn.wish)
    no_map = {screen.map_numbers: html.failed_map(_("Cancelled: choose another method, or the clip again."))}
    yield from visit.paint(turn, steps, cancelled=lambda: {**no_map, screen.status: html.idle()})
