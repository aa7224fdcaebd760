"""What happens when: the whole clip in windows, and each moment one press away from the first screen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from ...figures import placeholder
from ...figures.over_time import CANNOT_TELL, HOW_TO_READ, from_to, over_time_figure
from ...figures.words import percent
from ...records import Window
from ...report.over_time import stretches
from ...results import Analysis, ClipTimeline
from ...words import _, class_name, later
from .. import html
from ..page import Page, cancelling
from ..progress import reported
from ..visit import Visit, Wish

WORDS = later(
    "The first screen looks at one part of the clip. Here a window slides over all of it. Press a moment, and the "
    "first screen is about it: its frames, its answer, its map."
)
SECONDS = 2.0
"""A window's length, as far as the clip is twice as long: about what the Kinetics models were trained on."""
AT_FIRST, MOST = 24, 300
"""Windows: so many are asked for when the tab is opened, and at most so many when a visitor wants more."""
LISTED = 40
HEIGHT = 320
PRESS = (Path(__file__).parents[1] / "moments.js").read_text(encoding="utf-8")


def build(page: Page, tab: gr.Tab) -> None:
    gr.HTML(f'<p class="words">{escape(_(WORDS))}</p>')
    made = gr.State(None)
    with gr.Row():
        length = gr.Slider(
            0.1, SECONDS, SECONDS, step=0.1, label=_("A window lasts, seconds"), elem_id="moment-length", min_width=240
        )
        step = gr.Slider(
            0.1, SECONDS, SECONDS, step=0.1, label=_("One begins every, seconds"), elem_id="moment-step", min_width=240
        )
    with gr.Row(elem_classes="doing"):
        status = gr.HTML(html.idle())
        cancel = gr.Button(_("Cancel"), size="sm", elem_classes="cancel")
    picture = gr.Plot(
        placeholder(_("The clip's classes over time appear here."), height=HEIGHT),
        show_label=False,
        label=_("The likeliest classes over time"),
        elem_id="over-time",
    )
    gr.HTML(html.reading(HOW_TO_READ, CANNOT_TELL, about="over-time"))
    moments = gr.HTML(elem_id="moments", js_on_load=PRESS)
    outputs = [made, picture, moments, status]

    def ask(analysis: Analysis, seconds: float, every: float) -> Iterator[dict[Any, Any]]:
        try:
            found = yield from reported(
                lambda tell: page.backend.over_time(
                    analysis, window_seconds=seconds, step_seconds=every, on_progress=tell
                ),
                status,
                _("Sliding over the clip"),
            )
        except Exception:
            yield {status: html.idle()}
            raise
        yield {**drawn(analysis, found), status: html.idle()}

    def drawn(analysis: Analysis, found: ClipTimeline) -> dict[Any, Any]:
        return {made: found, picture: over_time_figure(found, chosen=chosen(analysis)), moments: moments_html(found)}

    def refresh(analysis: Analysis, seconds: float, every: float, last: ClipTimeline | None) -> Iterator[Any]:
        if last is not None and is_of(last, analysis):  # another moment of the same clip was pressed
            yield drawn(analysis, last)
            return
        seconds, every = at_first(analysis.clip.duration_seconds)
        finest = max(round(analysis.clip.duration_seconds / MOST, 2), 0.1)
        longest = max(round(analysis.clip.duration_seconds, 1), seconds)
        yield {
            length: gr.update(maximum=longest, value=seconds),
            step: gr.update(minimum=finest, maximum=max(longest, every), value=every),
        }
        yield from ask(analysis, seconds, every)

    def changed(analysis: Analysis, seconds: float, every: float) -> Iterator[Any]:
        yield from ask(analysis, max(seconds, 0.1), max(every, analysis.clip.duration_seconds / MOST, 0.1))

    following = page.on_analysis(
        tab, refresh, inputs=[length, step, made], outputs=[*outputs, length, step], runs_model=True
    )
    asked = page.on(
        tab, [length.release, step.release], changed, inputs=[length, step], outputs=outputs, runs_model=True
    )
    cancelling(cancel, status, [*following, *asked])
    page.wishes(moments.click, moment)


def moment(visit: Visit, event: gr.EventData) -> Wish | None:
    """The clip that is there, and the window that was pressed."""
    start, end = (getattr(event, name, None) for name in ("start", "end"))
    if visit.wish is None or not isinstance(start, (int, float)) or not isinstance(end, (int, float)):
        return None
    window = replace(visit.wish, start_seconds=max(float(start), 0.0), end_seconds=float(end))
    return replace(window, lesson=None, method=None, asked=None)


def at_first(duration_seconds: float) -> tuple[float, float]:
    """(a window's length, seconds from one to the next) that show a clip well and cost little.

    >>> at_first(3.0), at_first(10.0), at_first(600.0)
    ((1.0, 0.25), (2.0, 0.5), (2.0, 25.0))
    """
    seconds = SECONDS if duration_seconds >= 2 * SECONDS else max(round(duration_seconds / 3, 1), 0.1)
    return seconds, max(round(seconds / 4, 2), round(duration_seconds / AT_FIRST, 2), 0.1)


def chosen(analysis: Analysis) -> Window | None:
    """What the first screen looks at, where that is a part of the clip."""
    whole = analysis.window == Window()
    return None if whole else analysis.window


def is_of(timeline: ClipTimeline, analysis: Analysis) -> bool:
    """Whether it is about this clip, by this model, under this rule."""
    one, other = timeline.clip.scan, analysis.clip.scan
    return (
        timeline.clip.path == analysis.clip.path
        and (one and one.file_identity) == (other and other.file_identity)
        and timeline.model.id == analysis.model.id
        and timeline.sampler == analysis.plans[0].sampler
    )


def moments_html(timeline: ClipTimeline) -> str:
    """The answers one after the other, each a button: for keyboards, and for whoever does not see the figure."""
    found = stretches(timeline)
    rows = "".join(
        f'<li><button type="button" data-start="{start:.6g}" data-end="{end:.6g}">'
        f"<span>{from_to(start, end)}</span> {escape(class_name(label))} "
        f"<span>{percent(probability)}</span></button></li>"
        for start, end, label, probability in found[:LISTED]
    )
    more = f'<p class="words">{escape(_("And {n} more.", n=len(found) - LISTED))}</p>' if len(found) > LISTED else ""
    return f'<ol class="moments" aria-label="{escape(_("One answer after the other"))}">{rows}</ol>{more}'
