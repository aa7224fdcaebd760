"""The first screen: one clip, one answer, one axis of time. Layout and wiring; a handler is call, draw, return."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from ..backend import Backend
from ..errors import BadRequestError, DemoError
from ..figures import overlay_figure, placeholder, probability_bars, timeline_figure
from ..inputs.hub_clips import HUB_CLIPS
from ..records import ModelIdentity, Window
from ..results import Analysis, Explanation, Target
from ..settings import Settings
from . import html
from .errors import guarded, sentence_for
from .page import MODEL_QUEUE, QUIET, ClipRequest, Page, cancelling
from .progress import reported

log = logging.getLogger(__name__)

AUTO = "auto"
BARS_HEIGHT = 216
FIRST_FRAME = 8
"""The frame shown at first: the middle of sixteen says more about a clip than its first."""
OPACITY = 0.8
MODEL_VIEW = "What the model really gets"
CLIP_FILES = ["video", ".avi", ".flv", ".gif", ".m2ts", ".mkv", ".mov", ".mp4", ".mpg", ".ogv", ".ts", ".webm", ".wmv"]
"""What the file dialog offers; whether a file is a video is for ``video.probe`` to say."""
SAMPLE_CLICK = """
element.addEventListener('click', (event) => {
  const fetched = event.target.closest('button[data-hub]');
  if (fetched) trigger('select', { index: Number(fetched.dataset.hub) });
  const pressed = event.target.closest('button[data-sample]');
  if (!pressed) return;
  element.querySelectorAll('button[data-sample]').forEach((one) => one.setAttribute('aria-pressed', one === pressed));
  trigger('click', { index: Number(pressed.dataset.sample) });
});
"""


def build_first_screen(backend: Backend, settings: Settings) -> Page:
    """Lay the first screen out inside the open ``gr.Blocks`` and wire it; the tabs get the ``Page``."""
    with gr.Row(elem_id="header"):
        gr.HTML("<h1>VideoMAE, explained <span>what a video transformer saw, and why it said so</span></h1>")
        with gr.Accordion("Model", open=False, elem_id="model-fold") as model_fold:
            model = gr.Dropdown(
                _model_choices(backend, settings),
                value=settings.model,
                label="Which model answers",
            )
            model_card = gr.HTML(elem_id="model-card")
            retry = gr.Button("Try the hub again", size="sm", elem_id="retry-hub")

    samples = gr.HTML(html.sample_buttons(backend.samples, None), elem_id="samples", js_on_load=SAMPLE_CLICK)
    with gr.Row(elem_id="top"):
        with gr.Column(scale=2, min_width=320):
            video = gr.Video(
                label="Your clip",
                show_label=False,
                sources=["upload", "webcam"],
                include_audio=True,  # False would re-encode the file, and need ffmpeg on the server
                height=300,
                elem_id="clip",
                buttons=[],
            )
            with gr.Row(elem_id="sources"):
                upload = gr.UploadButton("Upload a clip", file_types=CLIP_FILES, size="sm", elem_id="upload")
                record = gr.Button("Record one", size="sm", elem_id="record")
        with gr.Column(scale=3, min_width=320):
            first = html.waiting_answer(backend.samples[0].title) if backend.samples else html.empty_answer()
            answer = gr.HTML(first, elem_id="answer")
            bars = gr.Plot(
                placeholder("The likeliest classes appear here.", height=BARS_HEIGHT),
                show_label=False,
                label="The likeliest classes",
                elem_id="bars",
            )
            with gr.Row(elem_classes="doing"):
                facts = gr.HTML(elem_id="facts")
                status = gr.HTML(html.idle(), elem_id="status")
                cancel = gr.Button("Cancel", size="sm", elem_id="cancel", elem_classes="cancel")
            numbers = gr.HTML(elem_id="numbers")

    with gr.Row(elem_id="axis"):
        with gr.Column(scale=2, min_width=320):
            stage = gr.Plot(placeholder("The frames appear here."), show_label=False, label="Frame", elem_id="stage")
            frame = gr.Slider(1, 16, value=FIRST_FRAME, step=1, label="Frame", elem_id="frame")
            with gr.Row(elem_id="play-row"):
                back = gr.Button("◀", size="sm", elem_id="back")
                play = gr.Button("▶ Play", size="sm", elem_id="play")
                forth = gr.Button("▶", size="sm", elem_id="forth")
        with gr.Column(scale=3, min_width=320):
            timeline = gr.Plot(
                placeholder("Frames, importance and time appear here."),
                show_label=False,
                label="One axis of time",
                elem_id="timeline",
            )
            gr.HTML('<p id="frame-caption">&nbsp;</p>')
            with gr.Row(elem_id="controls"):
                method = gr.Dropdown(
                    [(row.title, key) for key, row in backend.methods.items()],
                    value=next(iter(backend.methods)),
                    label="Method",
                    min_width=180,
                )
                target = gr.Dropdown([], label="Class to explain", interactive=False, min_width=180)
                opacity = gr.Slider(
                    0, 1, value=OPACITY, step=0.05, label="Map opacity", elem_id="opacity", min_width=160
                )
            with gr.Row(elem_id="switches"):
                model_view = gr.Checkbox(False, label=MODEL_VIEW, elem_id="model-view", min_width=160)
                smooth = gr.Checkbox(False, label="Smooth within a frame", elem_id="smooth", min_width=160)
            map_words = gr.HTML(html.method_words(next(iter(backend.methods.values()))), elem_id="map-words")
            map_numbers = gr.HTML(elem_id="map-numbers")
            with gr.Accordion("Which frames", open=False, elem_id="window-fold"), gr.Row():
                sampler = gr.Dropdown(
                    [("As the model was trained", AUTO), *((row.title, key) for key, row in backend.samplers.items())],
                    value=AUTO,
                    label="Rule",
                    elem_id="sampler",
                )
                start = gr.Number(0, minimum=0, label="From second", min_width=110, elem_id="start")
                end = gr.Number(None, minimum=0, label="To second (empty: the end)", min_width=110, elem_id="end")
                again = gr.Button("Look again", size="sm", elem_id="again")

    request: gr.State = gr.State(None)
    analysis: gr.State = gr.State(None, time_to_live=3600)
    answering = gr.State(False)
    page = Page(
        backend=backend,
        settings=settings,
        request=request,
        analysis=analysis,
        frame=frame,
        model=model,
        sampler=sampler,
        start=start,
        end=end,
        method=method,
        target=target,
        video=video,
        selected_tab=gr.State(None),
        set_up=gr.State({}),
    )

    def show_clip(
        wish: ClipRequest | None,
        model: str,
        sampler: str,
        start: float | None,
        end: float | None,
        method: str,
        *looks: Any,
    ) -> Iterator[dict[Any, Any]]:
        """The line, step by step: frames, answer, map, each as soon as it is there."""
        if wish is None:
            return
        yield {status: html.status("Reading the clip"), answering: True}
        shown = wish.in_player or wish.sample is not None
        try:
            path = Path(wish.path)
            choices = _choices(wish.name, model, sampler, start, end)
            ready = yield from reported(
                lambda tell: backend.prepare(path, on_progress=tell, **choices), status, "Decoding the clip"
            )
            if not shown and ready.clip.browser_playable:
                yield {video: wish.path}
            yield {
                **figures(ready, None, looks),
                frame: gr.update(maximum=ready.geometry.num_frames),
                answer: html.waiting_answer(wish.name),
                facts: "",
                model_fold: gr.update(label=_model_title(backend, ready.model)),
                model_card: html.model_card(ready.model),
                model_view: gr.update(label=f"{MODEL_VIEW} ({ready.geometry.image_size} px)"),
                status: html.status("Asking the model"),
            }
            done = yield from reported(lambda tell: backend.classify(ready), status, "Asking the model")
            yield {
                answer: html.answer(done),
                bars: probability_bars(done.prediction),
                facts: html.facts(done),
                numbers: html.prediction_table(done),
                target: gr.update(choices=_class_choices(done), value=_likeliest(done)),
                status: html.status("Drawing the map"),
                answering: False,
            }
        except Exception as error:
            yield {
                answer: html.failed_answer(sentence_for(error)),
                bars: placeholder("No answer.", height=BARS_HEIGHT),
                stage: placeholder("No frames to show."),
                timeline: placeholder("Upload another clip, or choose a sample."),
                **({} if shown else {video: None}),
                facts: "",
                numbers: "",
                map_numbers: "",
                analysis: None,
                status: html.idle(),
                answering: False,
            }
            return
        # With the answer, not with the map: a map may fail or be cancelled, and the answer stands without it. After the
        # answer, not in one step with it: what follows the analysis reads the class that belongs to it.
        yield {analysis: done}
        yield from draw_map(done, method, _likeliest(done), looks)

    def figures(framed: Any, seen: Explanation | None, looks: Sequence[Any]) -> dict[Any, Any]:
        return {stage: draw_stage(framed, seen, *looks), timeline: draw_timeline(framed, seen, *looks)}

    def draw_map(done: Analysis, method: str, label_id: int | None, looks: Sequence[Any]) -> Iterator[dict[Any, Any]]:
        """The map over the frames; where there is none, the frames alone and the reason."""
        wanted = None if label_id is None else Target(label_id)
        try:
            seen = yield from reported(
                lambda tell: backend.explain(done, method, target=wanted), status, "Computing the map"
            )
            update = {**figures(done, seen, looks), map_numbers: html.map_table(done, seen)}
        except Exception as error:
            update = {**figures(done, None, looks), map_numbers: html.failed_map(sentence_for(error))}
        yield {**update, status: html.idle()}

    def show_map(done: Analysis | None, method: str, label_id: int | None, *looks: Any) -> Iterator[dict[Any, Any]]:
        """Another method or class: the model is not run again where the method needs only what was recorded."""
        row = backend.methods[method]
        yield {map_words: html.method_words(row), target: gr.update(interactive=row.class_specific)}
        if done is not None:
            yield from draw_map(done, method, label_id, looks)

    def show_preview(done: Analysis | None) -> Any:
        """What was decoded, in place of a file that the browser cannot show; without it the page is still whole."""
        if done is None or done.clip.browser_playable:
            return gr.skip()
        try:
            return str(backend.preview(done))
        except DemoError as error:
            log.info("no preview of %s: %s", done.clip_name, error)
            return gr.skip()

    def redraw_stage(done: Analysis | None, method: str, label_id: int | None, *looks: Any) -> Any:
        if done is None:
            return gr.skip()
        wanted = None if label_id is None else Target(label_id)
        try:
            seen = backend.explain(done, method, target=wanted)
        except DemoError:  # why there is no map stands beside the frames already
            seen = None
        return draw_stage(done, seen, *looks)

    def pick_sample(event: gr.EventData) -> tuple[Any, ...]:
        sample = backend.samples[event.index]
        return ClipRequest(str(sample.path), sample.title, event.index), str(sample.path), 0, None

    def pick_hub_clip(event: gr.EventData) -> Iterator[dict[Any, Any]]:
        clip = HUB_CLIPS[event.index]
        try:
            path = yield from reported(lambda tell: backend.hub_clip(clip, on_progress=tell), status, "Asking the hub")
        except Exception:
            yield {status: html.idle()}
            raise
        yield {
            request: ClipRequest(str(path), clip.title),
            samples: html.sample_buttons(backend.samples, None),
            status: html.idle(),
            video: str(path),
            start: 0,
            end: None,
        }

    def first_sample() -> tuple[Any, ...]:
        if not backend.samples:
            return tuple(gr.skip() for _ in range(3))
        sample = backend.samples[0]
        return ClipRequest(str(sample.path), sample.title, 0), str(sample.path), html.sample_buttons(backend.samples, 0)

    def own_clip(path: str | None, *, in_player: bool) -> tuple[Any, ...]:
        if path is None:
            return tuple(gr.skip() for _ in range(4))
        return ClipRequest(path, Path(path).name, None, in_player), html.sample_buttons(backend.samples, None), 0, None

    def look_again(wish: ClipRequest | None) -> ClipRequest | None:
        return wish and ClipRequest(wish.path, wish.name, wish.sample, wish.in_player)

    def ask_hub(wish: ClipRequest | None) -> Iterator[dict[Any, Any]]:
        yield {status: html.status("Asking the hub")}
        try:
            identity = yield from reported(lambda tell: backend.retry_hub(on_progress=tell), status, "Asking the hub")
        except Exception:
            yield {status: html.idle()}
            raise
        wished = look_again(wish)
        yield {model: AUTO, model_card: html.model_card(identity), request: wished, status: html.idle()}

    def stop(unanswered: bool) -> tuple[Any, bool]:
        """An answer that is there already stays, whatever is cancelled after it."""
        return html.cancelled_answer() if unanswered else gr.skip(), False

    looks = [model_view, smooth, opacity, frame]
    drawn = [stage, timeline, map_numbers, status]
    show = request.change(
        show_clip,
        [request, model, sampler, start, end, method, *looks],
        [
            *(*drawn, video, answer, bars, facts, numbers, frame, model_fold, model_card, model_view, target),
            *(analysis, answering),
        ],
        trigger_mode="multiple",
        **QUIET,
        **MODEL_QUEUE,
    )
    fetching = samples.select(
        guarded(pick_hub_clip), None, [status, request, samples, video, start, end], cancels=[show], **QUIET
    )
    samples.click(guarded(pick_sample), None, [request, video, start, end], cancels=[show], **QUIET)
    for happened, clip in ((upload.upload, upload), (video.upload, video), (video.stop_recording, video)):
        handler = guarded(partial(own_clip, in_player=clip is video))
        happened(handler, clip, [request, samples, start, end], cancels=[show], **QUIET)
    record.click(None, None, None, js="() => window.videomae.record()", **QUIET)
    for happened in (model.input, sampler.input, start.submit, end.submit, again.click):
        happened(look_again, request, request, cancels=[show], **QUIET)
    asking = retry.click(guarded(ask_hub), request, [status, model, model_card, request], **QUIET, **MODEL_QUEUE)
    mapping = [
        happened(
            guarded(show_map),
            [analysis, method, target, *looks],
            [*drawn, map_words, target],
            trigger_mode="always_last",
            **QUIET,
            **MODEL_QUEUE,
        )
        for happened in (method.input, target.input)
    ]
    cancel.click(stop, answering, [answer, answering], **QUIET)
    cancelling(cancel, status, [show, fetching, asking, *mapping])
    for happened in (model_view.input, smooth.input):
        happened(guarded(redraw_stage), [analysis, method, target, *looks], stage, trigger_mode="always_last", **QUIET)

    analysis.change(show_preview, analysis, video, **QUIET)
    frame.change(None, frame, None, js="(frame) => window.videomae?.show(frame - 1)", **QUIET)
    opacity.change(None, opacity, None, js="(opacity) => window.videomae?.setOpacity(opacity)", **QUIET)
    for button, call in ((play, "play()"), (back, "step(-1)"), (forth, "step(1)")):
        button.click(None, None, None, js=f"() => window.videomae.{call}", **QUIET)
    gr.on(None, first_sample, None, [request, video, samples], **QUIET)
    return page


def draw_stage(
    framed: Any, explanation: Explanation | None, model_view: bool, smooth: bool, opacity: float, frame: int
) -> Any:
    return overlay_figure(
        framed,
        explanation,
        view="model" if model_view else "clip",
        smooth=smooth,
        opacity=opacity,
        frame=_position(framed, frame),
    )


def draw_timeline(
    framed: Any, explanation: Explanation | None, model_view: bool, smooth: bool, opacity: float, frame: int
) -> Any:
    return timeline_figure(framed, explanation, opacity=opacity, frame=_position(framed, frame))


def _position(framed: Any, frame: int) -> int:
    """The slider counts from 1, and may still be set for a longer view than this one."""
    return min(int(frame), framed.geometry.num_frames) - 1


def warm_up(backend: Backend, settings: Settings) -> None:
    """Send the first sample down the line in the background: the first visitor finds weights loaded and an answer."""

    def run() -> None:
        try:
            for sample in backend.samples[:1]:
                ready = backend.prepare(sample.path, **_choices(sample.title, settings.model, AUTO, 0, None))
                answered = backend.classify(ready)
                backend.explain(answered, next(iter(backend.methods)), target=Target(_likeliest(answered)))
        except Exception as error:  # the visitor's own attempt says it on the page
            log.warning("the first sample could not be answered in advance: %s", error)

    threading.Thread(target=run, name="warm-up", daemon=True).start()


def _choices(name: str, model: str, sampler: str, start: float | None, end: float | None) -> dict[str, Any]:
    """Keywords of ``Backend.prepare``."""
    try:
        window = Window(start or 0.0, end)
    except ValueError as error:
        raise BadRequestError("The window ends before it starts: choose a later end, or leave it empty.") from error
    return {"clip_name": name, "model": model, "sampling": sampler, "window": window}


def _model_choices(backend: Backend, settings: Settings) -> list[tuple[str, str]]:
    rows = [("Best at hand", AUTO), *((spec.title, key) for key, spec in backend.models.items())]
    if settings.model not in [key for _, key in rows]:
        rows.insert(0, (settings.model, settings.model))  # a hub id or a folder from the environment
    return rows


def _model_title(backend: Backend, identity: ModelIdentity) -> str:
    return next((spec.title for spec in backend.models.values() if spec.id == identity.id), identity.id)


def _likeliest(analysis: Analysis) -> int:
    return analysis.prediction.top(1)[0][0]


def _class_choices(analysis: Analysis) -> list[tuple[str, int]]:
    """All classes, likeliest first."""
    top = analysis.prediction.top(len(analysis.prediction.labels))
    return [(label, label_id) for label_id, label, _ in top]
