"""A wish -> frames -> answer, each as soon as it is there: what ``painting`` yields for it."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

import gradio as gr

from ...backend import Backend
from ...errors import BadRequestError
from ...figures import probability_bars
from ...inputs.hub_clips import HUB_CLIPS
from ...records import Window
from ...results import Analysis, Prediction, answer_target
from ...words import _, class_name, later
from .. import html
from ..drawn import drawn, placeholder
from ..errors import sentence_for
from ..page import Page
from ..progress import reported
from ..visit import Asked, Visit, Wish
from .layout import BARS_HEIGHT, FIRST_FRAME, MODEL_VIEW, FirstScreen
from .mapping import draw_frames

Update = dict[Any, Any]


def answer_steps(
    screen: FirstScreen, page: Page, visit: Visit, wish: Wish, options: tuple[Any, ...], found: list[Analysis]
) -> Generator[Update, None, None]:
    """The first screen anew, for this wish.

    Args:
        options: values of ``mapping.view_options``.
        found: the answer is put here.
    """
    backend, status = page.backend, screen.status
    refused = [*wish.asked.refused] if wish.asked else []
    yield _opened(screen, page, wish)
    try:
        path = yield from _file_of(screen, page, wish)
        ready = yield from reported(
            lambda tell: backend.prepare(path, on_progress=tell, **choices(wish)),
            status,
            _("Decoding the clip"),
            seats=page.seats,
            kind="decode",
        )
        yield {
            **({} if _in_sight(wish) or not ready.clip.browser_playable else {screen.video: str(path)}),
            **draw_frames(screen, ready, None, options, wish.number),
            page.frame: frame_update(wish.asked, ready.geometry.num_frames),
            screen.model_fold: gr.update(label=_(_model_title(backend, ready.model.id))),
            screen.model_card: html.model_card(ready.model),
            screen.model_view: gr.update(
                label=_("{what} ({pixels} px)", what=_(MODEL_VIEW), pixels=ready.geometry.image_size)
            ),
            **_told(screen, refused, not_among_frames(wish.asked, ready.geometry.num_frames)),
            status: html.status(_("Asking the model")),
        }
        done: Analysis = yield from reported(
            lambda tell: backend.classify(ready, on_progress=tell),
            status,
            _("Asking the model"),
            seats=page.seats,
            kind="answer",
        )
    except Exception as error:
        yield {
            **_nothing_found(screen, page),
            screen.answer: html.about(wish.number, html.failed_answer(sentence_for(error))),
            **({} if _in_sight(wish) else {screen.video: None}),
            status: html.idle(),
        }
        return
    chosen, no_such_class = asked_class(wish.asked, done.prediction)
    visit.show(done, wish, label_id=chosen)
    found.append(done)
    first = answer_target(done.prediction).label_id
    yield {
        screen.answer: html.about(wish.number, html.answer(done)),
        screen.bars: drawn(
            done,
            ("bars", wish.number),
            lambda: probability_bars(done.prediction).update_layout(meta={"wish": wish.number}),
        ),
        screen.facts: html.facts(done),
        screen.numbers: html.prediction_table(done),
        page.target: gr.update(choices=_class_choices(done), value=first if chosen is None else chosen),
        **_told(screen, refused, no_such_class),
        status: html.status(_("Drawing the map")),
    }
    # With the answer, not with the map: a map may fail or be cancelled, and the answer stands without it. After the
    # answer, not in one step with it: what follows the analysis reads the class that belongs to it.
    yield {page.analysis: done}


def frame_update(asked: Asked | None, num_frames: int) -> Any:
    """How far the slider goes, and where it stands: where an address leads, or wherever it was."""
    if asked is None or asked.taken_up:
        return gr.update(maximum=num_frames)
    wanted = asked.frame if asked.frame and asked.frame <= num_frames else FIRST_FRAME
    return gr.update(maximum=num_frames, value=min(wanted, num_frames))


def not_among_frames(asked: Asked | None, num_frames: int) -> str | None:
    """The sentence for a frame that an address asks for and that the model does not get."""
    if asked is None or asked.frame is None or asked.frame <= num_frames:
        return None
    return _("frame={frame}: this model gets {num_frames} frames.", frame=asked.frame, num_frames=num_frames)


def asked_class(asked: Asked | None, prediction: Prediction) -> tuple[int | None, str | None]:
    """The class that an address asks for, or the sentence why it cannot be had; neither where it asks for none."""
    if asked is None or asked.label_id is None:
        return None, None
    if asked.label_id < len(prediction.labels):
        return asked.label_id, None
    return None, _(
        "class={label_id}: this model has {count} classes, counted from 0.",
        label_id=asked.label_id,
        count=len(prediction.labels),
    )


def _told(screen: FirstScreen, refused: list[str], sentence: str | None) -> Update:
    """One more sentence about the address."""
    if sentence is None:
        return {}
    refused.append(sentence)
    return {screen.notice: html.notice(refused)}


def cancelled_answer(screen: FirstScreen, page: Page, wish: Wish) -> Update:
    return {
        **_nothing_found(screen, page),
        screen.answer: html.about(wish.number, html.cancelled_answer()),
        screen.status: html.idle(),
    }


def choices(wish: Wish) -> dict[str, Any]:
    """Keywords of ``Backend.prepare``.

    Raises:
        BadRequestError: the window ends before it starts.
    """
    try:
        window = Window(wish.start_seconds, wish.end_seconds)
    except ValueError as error:
        raise BadRequestError(
            later("The window ends before it starts: choose a later end, or leave it empty.")
        ) from error
    return {"clip_name": wish.name, "model": wish.model, "sampling": wish.sampler, "window": window}


def _in_sight(wish: Wish) -> bool:
    """Whether the player has the film from the start; of another clip it is not known whether a browser plays it."""
    return wish.in_player or wish.sample is not None


def _opened(screen: FirstScreen, page: Page, wish: Wish) -> Update:
    """The whole first screen is about this clip now, and knows nothing of it yet."""
    return {
        screen.answer: html.about(wish.number, html.waiting_answer(wish.name)),
        **_no_figures(screen, _("The likeliest classes appear here."), _("The frames appear here.")),
        screen.video: wish.path if _in_sight(wish) else None,
        screen.samples: html.sample_buttons(page.backend.samples, wish.sample),
        screen.start: wish.start_seconds,
        screen.end: wish.end_seconds,
        screen.status: html.status(_("Reading the clip")),
        page.analysis: None,
    }


def _nothing_found(screen: FirstScreen, page: Page) -> Update:
    """The first screen of a clip that has no answer and will get none."""
    return {
        **_no_figures(screen, _("No answer."), _("No frames to show.")),
        screen.timeline: placeholder(_("Upload another clip, or choose a sample.")),
        page.target: gr.update(choices=[], value=None),
    }


def _no_figures(screen: FirstScreen, bars: str, frames: str) -> Update:
    """The first screen without anything computed."""
    return {
        screen.bars: placeholder(bars, height=BARS_HEIGHT),
        screen.stage: placeholder(frames),
        screen.timeline: placeholder(_("Frames, importance and time appear here.")),
        screen.facts: "",
        screen.numbers: "",
        screen.map_numbers: "",
    }


def _file_of(screen: FirstScreen, page: Page, wish: Wish) -> Generator[Update, None, Path]:
    """Where the wish's clip lies; what lies on the hub is fetched first."""
    if wish.path is not None:
        return Path(wish.path)
    clip = HUB_CLIPS[wish.hub_clip or 0]
    path: Path = yield from reported(
        lambda tell: page.backend.hub_clip(clip, on_progress=tell), screen.status, _("Asking the hub")
    )
    return path


def _model_title(backend: Backend, model_id: str) -> str:
    return next((spec.title for spec in backend.models.values() if spec.id == model_id), model_id)


def _class_choices(analysis: Analysis) -> list[tuple[str, int]]:
    """All classes, likeliest first."""
    top = analysis.prediction.top(len(analysis.prediction.labels))
    return [(class_name(label), label_id) for label_id, label, _share in top]
