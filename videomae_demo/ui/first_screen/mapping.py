"""The map over the frames: another method or class, and how it is drawn."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from typing import Any, Literal

import gradio as gr
import plotly.graph_objects as go
from gradio.events import Dependency

from ...errors import DemoError
from ...figures import overlay_figure, timeline_figure
from ...results import Analysis, Explanation, Target
from .. import html
from ..errors import guarded, sentence_for
from ..page import AT_ONCE, MODEL_QUEUE, QUIET, Page
from ..progress import reported
from ..visit import Visit
from .layout import FirstScreen

Update = dict[Any, Any]


def view_options(screen: FirstScreen, page: Page) -> list[gr.components.Component]:
    """The controls that say how frames and map are drawn, in the order that ``draw_frames`` takes their values in."""
    return [screen.model_view, screen.smooth, screen.opacity, page.frame]


def draw_frames(
    screen: FirstScreen, framed: Any, seen: Explanation | None, options: Sequence[Any], wish: int
) -> Update:
    """The large frame and the axis of time.

    Args:
        framed: ``Prepared`` or ``Analysis``.
        seen: the map over the frames; None for the frames alone.
        options: values of ``view_options``.
        wish: number of the wish that they belong to.
    """
    return {
        screen.stage: draw_stage(framed, seen, *options, wish=wish),
        screen.timeline: _of_wish(
            timeline_figure(framed, seen, opacity=options[2], frame=_position(framed, options[3])), wish
        ),
    }


def draw_stage(
    framed: Any,
    seen: Explanation | None,
    model_view: bool,
    smooth: bool,
    opacity: float,
    frame: int,
    *,
    wish: int,
) -> go.Figure:
    view: Literal["clip", "model"] = "model" if model_view else "clip"
    position = _position(framed, frame)
    return _of_wish(overlay_figure(framed, seen, view=view, smooth=smooth, opacity=opacity, frame=position), wish)


def _of_wish(figure: go.Figure, wish: int) -> go.Figure:
    return figure.update_layout(meta={**(figure.layout.meta or {}), "wish": wish})


def _position(framed: Any, frame: int) -> int:
    """The slider counts from 1, and may still be set for a longer view than this one."""
    return min(int(frame), framed.geometry.num_frames) - 1


def wire_first_map(screen: FirstScreen, page: Page, answering: Dependency) -> None:
    """After the answer its map, by the method that is chosen then."""
    _mapping(screen, page, answering.then, trigger_mode="multiple")


def wire_map(screen: FirstScreen, page: Page) -> None:
    """Another method or class: the model is not run again where the method needs only what was recorded."""

    def look_anew(visit: Visit, method: str) -> tuple[str, Any]:
        """Who draws the map of before stops; its words change at once."""
        visit.look_anew()
        row = page.backend.methods[method]
        return html.method_words(row), gr.update(interactive=row.class_specific)

    for happened in (page.method.input, page.target.input):
        asking = happened(look_anew, [page.visit, page.method], [screen.map_words, page.target], queue=False, **QUIET)
        _mapping(screen, page, asking.then, trigger_mode="always_last")
    _wire_redraw(screen, page)


def _mapping(screen: FirstScreen, page: Page, happened: Any, *, trigger_mode: Any) -> None:
    def show_map(
        visit: Visit, done: Analysis | None, method: str, label_id: int | None, *options: Any
    ) -> Iterator[Update]:
        nothing = {screen.status: gr.skip()}
        turn = visit.turn_to_look(done)
        if done is None or turn is None:
            yield nothing
            return
        yield from visit.paint(
            turn,
            _mapped(screen, page, done, turn.wish, method, label_id, options),
            nothing=nothing,
            cancelled=lambda: {screen.status: html.idle()},
        )

    happened(
        guarded(show_map),
        [page.visit, page.analysis, page.method, page.target, *view_options(screen, page)],
        [screen.stage, screen.timeline, screen.map_numbers, screen.status],
        trigger_mode=trigger_mode,
        **QUIET,
        **MODEL_QUEUE,
    )


def _mapped(
    screen: FirstScreen,
    page: Page,
    done: Analysis,
    wish: int,
    method: str,
    label_id: int | None,
    options: Sequence[Any],
) -> Generator[Update, None, None]:
    """The map over the frames; where there is none, the frames alone and the reason."""
    target = None if label_id is None else Target(label_id)
    try:
        seen = yield from reported(
            lambda tell: page.backend.explain(done, method, target=target), screen.status, "Computing the map"
        )
        update = {**draw_frames(screen, done, seen, options, wish), screen.map_numbers: html.map_table(done, seen)}
    except Exception as error:
        no_map = {screen.map_numbers: html.failed_map(sentence_for(error))}
        update = {**draw_frames(screen, done, None, options, wish), **no_map}
    yield {**update, screen.status: html.idle()}


def _wire_redraw(screen: FirstScreen, page: Page) -> None:
    def redraw_stage(
        visit: Visit, done: Analysis | None, method: str, label_id: int | None, *options: Any
    ) -> Iterator[Update]:
        """The large frame drawn otherwise; its map is known already."""
        turn = visit.turn_to_look(done)
        if done is None or turn is None:
            yield {screen.stage: gr.skip()}
            return

        def steps() -> Generator[Update, None, None]:
            try:
                seen = page.backend.explain(done, method, target=None if label_id is None else Target(label_id))
            except DemoError:  # why there is no map stands beside the frames already
                seen = None
            yield {screen.stage: draw_stage(done, seen, *options, wish=turn.wish)}

        yield from visit.paint(turn, steps(), nothing={screen.stage: gr.skip()})

    gr.on(
        [screen.model_view.input, screen.smooth.input],
        guarded(redraw_stage),
        [page.visit, page.analysis, page.method, page.target, *view_options(screen, page)],
        screen.stage,
        trigger_mode="always_last",
        **QUIET,
        **AT_ONCE,
    )
