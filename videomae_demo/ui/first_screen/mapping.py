"""The map over the frames, and how it is drawn: what ``painting`` yields for another look at an answered clip."""

from __future__ import annotations

import logging
from collections.abc import Generator, Sequence
from typing import Any, Literal

import gradio as gr
import plotly.graph_objects as go
from gradio.components.plot import PlotData

from ...errors import DemoError
from ...figures import overlay_figure, timeline_figure
from ...results import Analysis, Explanation, Target, answer_target
from ...words import _
from .. import html
from ..drawn import drawn
from ..errors import sentence_for
from ..page import Page
from ..progress import reported
from ..visit import Look
from .layout import FirstScreen

log = logging.getLogger(__name__)

Update = dict[Any, Any]


def view_options(screen: FirstScreen, page: Page) -> list[gr.components.Component]:
    """The controls that say how frames and map are drawn, in the order that ``draw_frames`` takes their values in."""
    return [screen.model_view, screen.smooth, screen.opacity, page.frame]


def method_updates(page: Page, method: str) -> tuple[str, Any]:
    """The words of a method, and whether the visitor has a class to choose for it."""
    row = page.backend.methods[method]
    return html.method_words(row), gr.update(interactive=row.class_specific)


def map_steps(
    screen: FirstScreen, page: Page, done: Analysis, look: Look, options: Sequence[Any], wish: float
) -> Generator[Update, None, None]:
    """The map over the frames; where there is none, the frames alone and the reason."""
    try:
        seen = yield from reported(
            lambda tell: page.backend.explain(done, look.method, target=_target(done, look)),
            screen.status,
            _("Computing the map"),
            seats=page.seats,
            kind=f"map {look.method}",
        )
        update = {**draw_frames(screen, done, seen, options, wish), screen.map_numbers: html.map_table(done, seen)}
    except Exception as error:
        no_map = {screen.map_numbers: html.failed_map(sentence_for(error))}
        update = {**draw_frames(screen, done, None, options, wish), **no_map}
    # The class that the list shows is the one that is explained, whatever was chosen from another clip's list.
    yield {**update, page.target: _target(done, look).label_id, screen.status: html.idle()}


def stage_update(
    screen: FirstScreen, page: Page, done: Analysis, look: Look, options: Sequence[Any], wish: float
) -> Update:
    """The large frame drawn otherwise; its map is known already."""
    try:
        seen = page.backend.explain(done, look.method, target=_target(done, look))
    except Exception:  # why there is no map stands beside the frames already
        seen = None
    return {screen.stage: draw_stage(done, seen, *options, wish=wish)}


def preview_steps(screen: FirstScreen, page: Page, done: Analysis) -> Generator[Update, None, None]:
    """What was decoded, in place of a file that the browser cannot show; without it the page is still whole."""
    if done.clip.browser_playable:
        return
    try:
        film = yield from reported(
            lambda tell: page.backend.preview(done), screen.status, "", seats=page.seats, kind="preview"
        )
    except DemoError as error:
        log.info("no preview of a clip: %s", error.code)
        return
    yield {screen.video: str(film), screen.status: html.idle()}


def draw_frames(
    screen: FirstScreen, framed: Any, seen: Explanation | None, options: Sequence[Any], wish: float
) -> Update:
    """The large frame and the axis of time.

    Args:
        framed: ``Prepared`` or ``Analysis``.
        seen: the map over the frames; None for the frames alone.
        options: values of ``view_options``.
        wish: number of the wish that they belong to.
    """
    opacity, frame = options[2], _position(framed, options[3])

    def timeline() -> go.Figure:
        return _of_wish(timeline_figure(framed, seen, opacity=opacity, frame=frame), wish)

    return {
        screen.stage: draw_stage(framed, seen, *options, wish=wish),
        screen.timeline: drawn(framed, ("timeline", seen, opacity, frame, wish), timeline),
    }


def draw_stage(
    framed: Any,
    seen: Explanation | None,
    model_view: bool,
    smooth: bool,
    opacity: float,
    frame: int,
    *,
    wish: float,
) -> PlotData:
    view: Literal["clip", "model"] = "model" if model_view else "clip"
    look: dict[str, Any] = {"view": view, "smooth": smooth, "opacity": opacity, "frame": _position(framed, frame)}
    key = ("stage", seen, *look.values(), wish)
    return drawn(framed, key, lambda: _of_wish(overlay_figure(framed, seen, **look), wish))


def _target(done: Analysis, look: Look) -> Target:
    return answer_target(done.prediction) if look.label_id is None else Target(look.label_id)


def _of_wish(figure: go.Figure, wish: float) -> go.Figure:
    return figure.update_layout(meta={**(figure.layout.meta or {}), "wish": wish})


def _position(framed: Any, frame: int) -> int:
    """The slider counts from 1, and may still be set for a longer view than this one."""
    return min(int(frame), framed.geometry.num_frames) - 1
