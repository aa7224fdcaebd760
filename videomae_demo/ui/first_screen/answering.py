"""The visitor's wish -> frames -> answer, each as soon as it is there, and nothing of any other wish among them."""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from ...backend import Backend
from ...errors import BadRequestError, DemoError
from ...figures import placeholder, probability_bars
from ...inputs.hub_clips import HUB_CLIPS
from ...pipeline import Prepared
from ...records import Window
from ...results import Analysis, answer_target
from .. import html
from ..errors import guarded, sentence_for
from ..page import AT_ONCE, MODEL_QUEUE, QUIET, Page
from ..progress import reported
from ..visit import Visit, Wish
from .layout import BARS_HEIGHT, MODEL_VIEW, FirstScreen
from .mapping import draw_frames, view_options, wire_first_map

log = logging.getLogger(__name__)

Update = dict[Any, Any]
PLAYER = "player"
"""The area of the clip's player, which a slow preview may reach when all else is painted."""


def wire_answer(screen: FirstScreen, page: Page) -> None:
    """A wish is taken up in three steps, an event each: the page is opened for it, its answer, its map; and Cancel."""
    nothing = {screen.status: gr.skip()}

    def open_clip(visit: Visit) -> Iterator[Update]:
        """The whole first screen at once: it is about this clip now, and knows nothing of it yet."""
        wish = visit.claim("open")
        if wish is None:
            yield nothing
            return
        opened = (update for update in [_opened(screen, page, wish)])
        opened = visit.paint(visit.turn_for(wish, "open"), opened, nothing=nothing)
        yield from visit.paint(visit.turn_now(PLAYER), opened, nothing=nothing)
        visit.finish("open", wish)

    def answer_clip(visit: Visit, *options: Any) -> Iterator[Update]:
        wish = visit.claim("answer", after="open")
        if wish is None:
            yield nothing
            return
        yield from visit.paint(
            visit.turn_for(wish, "answer"),
            _answered(screen, page, visit, wish, options),
            nothing=nothing,
            cancelled=lambda: None if visit.answered else _cancelled(screen, page, wish),
        )

    def cancel(visit: Visit) -> Iterator[Update]:
        """Who paints now stops and says so; where nobody has begun yet, nobody will."""
        visit.cancel()
        wish = visit.claim("answer", after="open")
        if wish is None:
            yield nothing
            return
        stopped = (update for update in [_cancelled(screen, page, wish)])
        yield from visit.paint(visit.turn_for(wish, "answer"), stopped, nothing=nothing)

    opening = page.wished.change(
        open_clip,
        page.visit,
        [
            *(screen.answer, screen.bars, screen.facts, screen.numbers, screen.stage, screen.timeline),
            *(screen.map_numbers, screen.status, screen.video, screen.samples, screen.start, screen.end),
            page.analysis,
        ],
        trigger_mode="multiple",
        **QUIET,
        **AT_ONCE,
    )
    answering = opening.then(
        answer_clip,
        [page.visit, *view_options(screen, page)],
        [
            *(screen.answer, screen.bars, screen.facts, screen.numbers, screen.stage, screen.timeline),
            *(screen.map_numbers, screen.status, screen.video, screen.model_fold, screen.model_card),
            *(screen.model_view, page.frame, page.target, page.analysis),
        ],
        trigger_mode="multiple",
        **QUIET,
        **MODEL_QUEUE,
    )
    wire_first_map(screen, page, answering)
    screen.cancel.click(
        cancel,
        page.visit,
        [screen.answer, screen.bars, screen.stage, screen.timeline, screen.facts, screen.status],
        trigger_mode="multiple",
        **QUIET,
        **AT_ONCE,
    )
    _wire_preview(screen, page)


def _opened(screen: FirstScreen, page: Page, wish: Wish) -> Update:
    in_sight = wish.in_player or wish.sample is not None
    return {
        screen.answer: html.about(wish.number, html.waiting_answer(wish.name)),
        **_no_figures(screen, "The likeliest classes appear here.", "The frames appear here."),
        screen.video: wish.path if in_sight else None,
        screen.samples: html.sample_buttons(page.backend.samples, wish.sample),
        screen.start: wish.start_seconds,
        screen.end: wish.end_seconds,
        screen.status: html.status("Reading the clip"),
        page.analysis: None,
    }


def _no_figures(screen: FirstScreen, bars: str, frames: str) -> Update:
    """The first screen without anything computed."""
    return {
        screen.bars: placeholder(bars, height=BARS_HEIGHT),
        screen.stage: placeholder(frames),
        screen.timeline: placeholder("Frames, importance and time appear here."),
        screen.facts: "",
        screen.numbers: "",
        screen.map_numbers: "",
    }


def _cancelled(screen: FirstScreen, page: Page, wish: Wish) -> Update:
    return {
        screen.answer: html.about(wish.number, html.cancelled_answer()),
        screen.bars: placeholder("No answer.", height=BARS_HEIGHT),
        screen.status: html.idle(),
    }


def _answered(
    screen: FirstScreen, page: Page, visit: Visit, wish: Wish, options: tuple[Any, ...]
) -> Generator[Update, None, None]:
    backend, status = page.backend, screen.status
    in_sight = wish.in_player or wish.sample is not None
    try:
        path = yield from _file_of(screen, page, wish)
        ready: Prepared = yield from reported(
            lambda tell: backend.prepare(path, on_progress=tell, **choices(wish)), status, "Decoding the clip"
        )
        yield {
            **({} if in_sight or not ready.clip.browser_playable else {screen.video: str(path)}),
            **draw_frames(screen, ready, None, options, wish.number),
            page.frame: gr.update(maximum=ready.geometry.num_frames),
            screen.model_fold: gr.update(label=_model_title(backend, ready.model.id)),
            screen.model_card: html.model_card(ready.model),
            screen.model_view: gr.update(label=f"{MODEL_VIEW} ({ready.geometry.image_size} px)"),
            status: html.status("Asking the model"),
        }
        done: Analysis = yield from reported(lambda tell: backend.classify(ready), status, "Asking the model")
    except Exception as error:
        yield {
            **_no_figures(screen, "No answer.", "No frames to show."),
            screen.answer: html.about(wish.number, html.failed_answer(sentence_for(error))),
            screen.timeline: placeholder("Upload another clip, or choose a sample."),
            **({} if in_sight else {screen.video: None}),
            status: html.idle(),
        }
        return
    visit.show(done, wish)
    yield {
        screen.answer: html.about(wish.number, html.answer(done)),
        screen.bars: probability_bars(done.prediction).update_layout(meta={"wish": wish.number}),
        screen.facts: html.facts(done),
        screen.numbers: html.prediction_table(done),
        page.target: gr.update(choices=_class_choices(done), value=answer_target(done.prediction).label_id),
        status: html.status("Drawing the map"),
    }
    # With the answer, not with the map: a map may fail or be cancelled, and the answer stands without it. After the
    # answer, not in one step with it: what follows the analysis reads the class that belongs to it.
    yield {page.analysis: done}


def _file_of(screen: FirstScreen, page: Page, wish: Wish) -> Generator[Update, None, Path]:
    """Where the wish's clip lies; what lies on the hub is fetched first."""
    if wish.path is not None:
        return Path(wish.path)
    clip = HUB_CLIPS[wish.hub_clip or 0]
    path: Path = yield from reported(
        lambda tell: page.backend.hub_clip(clip, on_progress=tell), screen.status, "Asking the hub"
    )
    return path


def choices(wish: Wish) -> dict[str, Any]:
    """Keywords of ``Backend.prepare``.

    Raises:
        BadRequestError: the window ends before it starts.
    """
    try:
        window = Window(wish.start_seconds, wish.end_seconds)
    except ValueError as error:
        raise BadRequestError("The window ends before it starts: choose a later end, or leave it empty.") from error
    return {"clip_name": wish.name, "model": wish.model, "sampling": wish.sampler, "window": window}


def _wire_preview(screen: FirstScreen, page: Page) -> None:
    def show_preview(visit: Visit, done: Analysis | None) -> Iterator[Update]:
        """What was decoded, in place of a file that the browser cannot show; without it the page is still whole."""
        nothing = {screen.video: gr.skip()}
        turn = visit.turn_about(done, PLAYER)
        if done is None or turn is None or done.clip.browser_playable:
            yield nothing
            return

        def steps() -> Generator[Update, None, None]:
            try:
                film = yield from reported(lambda tell: page.backend.preview(done), screen.status, "")
            except DemoError as error:
                log.info("no preview of a clip: %s", error)
                return
            yield {screen.video: str(film)}

        silent = ({screen.video: update.get(screen.video, gr.skip())} for update in steps())
        yield from visit.paint(turn, silent, nothing=nothing)

    page.analysis.change(guarded(show_preview), [page.visit, page.analysis], screen.video, **QUIET, **MODEL_QUEUE)


def _model_title(backend: Backend, model_id: str) -> str:
    return next((spec.title for spec in backend.models.values() if spec.id == model_id), model_id)


def _class_choices(analysis: Analysis) -> list[tuple[str, int]]:
    """All classes, likeliest first."""
    top = analysis.prediction.top(len(analysis.prediction.labels))
    return [(label, label_id) for label_id, label, _ in top]
