"""What stands where on the first screen."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import gradio as gr

from ...backend import Backend
from ...figures import placeholder
from ...settings import Settings
from ...words import _, later
from .. import html
from ..clip_player import ClipPlayer
from ..page import QUIET, Page
from ..seats import Seats
from ..visit import Visit

AUTO = "auto"
BARS_HEIGHT = 189
FIRST_FRAME = 8
"""The frame shown at first: the middle of sixteen says more about a clip than its first."""
OPACITY = 0.8
TITLE = later("VideoMAE, explained")
SUBTITLE = later("what a video transformer saw, and why it said so")
MODEL_VIEW = later("What the model really gets")
_SUFFIXES = ("3gp", "avi", "flv", "gif", "m2ts", "m4v", "mkv", "mov", "mp4", "mpg", "mts", "ogv", "ts", "webm", "wmv")
CLIP_FILES = ["video", *(f".{suffix}" for suffix in _SUFFIXES)]
"""What the file dialog offers, and Gradio lets through; whether a file is a video is for ``video.probe`` to say.

Suffixes are named, too, because a small system knows few of them as "video": without a file of MIME types, not .m4v.
"""
SCRIPTS = Path(__file__).parents[1]
SPEAK = "element.addEventListener('change', (event) => window.videomaeSpeak(event.target.value))"


@dataclass(frozen=True, eq=False)
class FirstScreen:
    """The components of the first screen that are painted, beside those of the ``Page``."""

    title: gr.HTML
    model_fold: gr.Accordion
    model_card: gr.HTML
    retry: gr.Button
    notice: gr.HTML
    place: gr.HTML
    asked: gr.Textbox
    samples: gr.HTML
    video: ClipPlayer
    upload: gr.UploadButton
    record: gr.Button
    answer: gr.HTML
    bars: gr.Plot
    facts: gr.HTML
    status: gr.HTML
    cancel: gr.Button
    numbers: gr.HTML
    stage: gr.Plot
    back: gr.Button
    play: gr.Button
    forth: gr.Button
    timeline: gr.Plot
    opacity: gr.Slider
    model_view: gr.Checkbox
    smooth: gr.Checkbox
    map_words: gr.HTML
    map_numbers: gr.HTML
    start: gr.Number
    end: gr.Number
    again: gr.Button


def lay_out(backend: Backend, settings: Settings, seats: Seats) -> tuple[FirstScreen, Page]:
    """Everything on the first screen, from top to bottom, nothing wired yet."""
    title, model_fold, model, model_card, retry = _header(backend, settings)
    gr.HTML(elem_id="unsent", js_on_load=_script("unsent.js"))
    notice = gr.HTML(elem_id="notice")
    place = gr.HTML(elem_id="place", js_on_load=_script("address.js"))
    with gr.Row(elem_id="choose"):
        samples = gr.HTML(
            html.sample_buttons(backend.samples, None), elem_id="samples", js_on_load=_script("wishes.js")
        )
        upload, record = _sources()
    with gr.Row(elem_id="top"):
        with gr.Column(scale=6, min_width=320, elem_id="answer-column"):
            answer, bars, facts, status, cancel, numbers = _answer(backend)
        with gr.Column(scale=7, min_width=320, elem_id="stage-column"):
            stage = gr.Plot(
                placeholder(_("The frames appear here.")), show_label=False, label=_("Frame"), elem_id="stage"
            )
        with gr.Column(scale=6, min_width=280, elem_id="clip-column"):
            video = _clip()
            if settings.public == "on":
                gr.HTML(html.how_long_kept(settings), elem_id="kept")
    play, back, forth, frame = _play()
    timeline = gr.Plot(
        placeholder(_("Frames, importance and time appear here.")),
        show_label=False,
        label=_("One axis of time"),
        elem_id="timeline",
    )
    with gr.Row(elem_id="map-choice"):
        with gr.Column(scale=3, min_width=320):
            method, target, opacity, model_view, smooth = _controls(backend)
            sampler, start, end, again = _which_frames(backend)
        with gr.Column(scale=2, min_width=320):
            map_words = gr.HTML(html.method_words(next(iter(backend.methods.values()))), elem_id="map-words")
            map_numbers = gr.HTML(elem_id="map-numbers")
    screen = FirstScreen(
        title=title,
        model_fold=model_fold,
        model_card=model_card,
        retry=retry,
        notice=notice,
        place=place,
        asked=gr.Textbox(visible=False),
        samples=samples,
        video=video,
        upload=upload,
        record=record,
        answer=answer,
        bars=bars,
        facts=facts,
        status=status,
        cancel=cancel,
        numbers=numbers,
        stage=stage,
        back=back,
        play=play,
        forth=forth,
        timeline=timeline,
        opacity=opacity,
        model_view=model_view,
        smooth=smooth,
        map_words=map_words,
        map_numbers=map_numbers,
        start=start,
        end=end,
        again=again,
    )
    page = Page(
        backend=backend,
        settings=settings,
        visit=gr.State(Visit()),
        wished=gr.State(None),
        looked=gr.State(None),
        analysis=gr.State(None),
        number=gr.Number(visible=False),
        frame=frame,
        model=model,
        sampler=sampler,
        method=method,
        target=target,
        selected_tab=gr.State(None),
        reached=gr.State(None),
        set_up=gr.State({}),
        seats=seats,
    )
    return screen, page


def _header(backend: Backend, settings: Settings) -> tuple[gr.HTML, gr.Accordion, gr.Dropdown, gr.HTML, gr.Button]:
    with gr.Row(elem_id="header"):
        words = f"<h1>{_(TITLE)} <span>{_(SUBTITLE)}</span></h1>"
        title = gr.HTML(words, js_on_load=_script("present.js"), elem_id="title")
        with gr.Accordion(_("Model"), open=False, elem_id="model-fold") as model_fold:
            model = gr.Dropdown(_model_choices(backend, settings), value=settings.model, label=_("Which model answers"))
            model_card = gr.HTML(elem_id="model-card")
            retry = gr.Button(_("Try the hub again"), size="sm", elem_id="retry-hub")
        for name, elem_id, call in (
            (_("Lessons"), "to-lessons", "videomaeLessons"),
            (_("Present"), "present", "videomaePresent"),
            (_("Copy link"), "copy-link", "videomaeCopyLink"),
        ):
            button = gr.Button(name, size="sm", elem_id=elem_id, min_width=0)
            button.click(None, None, None, js=f"() => window.{call}?.()", **QUIET)
        gr.HTML(html.languages(), elem_id="language", js_on_load=SPEAK)
    return title, model_fold, model, model_card, retry


def _model_choices(backend: Backend, settings: Settings) -> list[tuple[str, str]]:
    rows = [(_("Best at hand"), AUTO), *((_(spec.title), key) for key, spec in backend.models.items())]
    if settings.model not in [key for _unused, key in rows]:
        rows.insert(0, (settings.model, settings.model))  # a hub id or a folder from the environment
    return rows


def _sources() -> tuple[gr.UploadButton, gr.Button]:
    with gr.Column(elem_id="sources", min_width=120, scale=0):
        upload = gr.UploadButton(_("Upload a clip"), file_types=CLIP_FILES, size="sm", elem_id="upload")
        record = gr.Button(_("Record one"), size="sm", elem_id="record")
    return upload, record


def _clip() -> ClipPlayer:
    return ClipPlayer(
        label=_("Your clip"),
        show_label=False,
        sources=["upload", "webcam"],
        height=300,
        elem_id="clip",
        buttons=[],
    )


def _answer(backend: Backend) -> tuple[gr.HTML, gr.Plot, gr.HTML, gr.HTML, gr.Button, gr.HTML]:
    first = html.waiting_answer(backend.samples[0].title) if backend.samples else html.empty_answer()
    answer = gr.HTML(first, elem_id="answer", js_on_load=_script("veil.js"))
    bars = gr.Plot(
        placeholder(_("The likeliest classes appear here."), height=BARS_HEIGHT),
        show_label=False,
        label=_("The likeliest classes"),
        elem_id="bars",
    )
    with gr.Row(elem_classes="doing"):
        facts = gr.HTML(elem_id="facts")
        status = gr.HTML(html.idle(), elem_id="status")
        cancel = gr.Button(_("Cancel"), size="sm", elem_id="cancel", elem_classes="cancel")
    numbers = gr.HTML(elem_id="numbers")
    return answer, bars, facts, status, cancel, numbers


def _play() -> tuple[gr.Button, gr.Button, gr.Button, gr.Slider]:
    """One button that plays clip, frames and map together, steps beside it, and where in the clip that is."""
    with gr.Row(elem_id="play-row"):
        play = gr.Button(_("▶ Play"), size="sm", variant="primary", elem_id="play", min_width=0)
        back = gr.Button("◀", size="sm", elem_id="back", min_width=0)
        forth = gr.Button("▶", size="sm", elem_id="forth", min_width=0)
        frame = gr.Slider(1, 16, value=FIRST_FRAME, step=1, label=_("Frame"), elem_id="frame", min_width=160)
        gr.HTML('<p id="frame-caption">&nbsp;</p>', elem_id="caption")
    return play, back, forth, frame


def _controls(backend: Backend) -> tuple[gr.Dropdown, gr.Dropdown, gr.Slider, gr.Checkbox, gr.Checkbox]:
    with gr.Row(elem_id="controls"):
        titles = [(_(row.title), key) for key, row in backend.methods.items()]
        first = next(iter(backend.methods))
        method = gr.Dropdown(titles, value=first, label=_("Method"), min_width=180)
        target = gr.Dropdown([], label=_("Class to explain"), interactive=False, min_width=180)
        opacity = gr.Slider(0, 1, value=OPACITY, step=0.05, label=_("Map opacity"), elem_id="opacity", min_width=160)
    with gr.Row(elem_id="switches"):
        model_view = gr.Checkbox(False, label=_(MODEL_VIEW), elem_id="model-view", min_width=160)
        smooth = gr.Checkbox(False, label=_("Smooth within a frame"), elem_id="smooth", min_width=160)
    return method, target, opacity, model_view, smooth


def _which_frames(backend: Backend) -> tuple[gr.Dropdown, gr.Number, gr.Number, gr.Button]:
    rules = [(_("As the model was trained"), AUTO), *((_(row.title), key) for key, row in backend.samplers.items())]
    with gr.Accordion(_("Which frames"), open=False, elem_id="window-fold"), gr.Row():
        sampler = gr.Dropdown(rules, value=AUTO, label=_("Rule"), elem_id="sampler", scale=2, min_width=240)
        start = gr.Number(0, minimum=0, label=_("From second"), min_width=110, elem_id="start")
        end = gr.Number(None, minimum=0, label=_("To second"), placeholder=_("the end"), min_width=110, elem_id="end")
        again = gr.Button(_("Look again"), size="sm", elem_id="again")
    return sampler, start, end, again


def _script(name: str) -> str:
    return (SCRIPTS / name).read_text(encoding="utf-8")
