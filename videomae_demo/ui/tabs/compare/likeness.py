"""The clip among the samples and the visitor's own clips: which of them does the model hold for alike?"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from ....figures import placeholder
from ....figures.likeness import CANNOT_TELL, HEIGHT, HOW_TO_READ, LISTED, likeness_figure, likeness_words
from ....figures.strip import data_uri
from ....likeness import Neighbourhood, PlacedClip
from ....records import Window
from ....results import Analysis
from ....words import _, later, numeral
from ... import html
from ...page import Page, cancelling
from ...progress import reported
from ...visit import Visit

AT_FIRST = 4
"""Clips that are read for the first picture: each costs a pass of the model, and none that was read before."""
MORE = 6
"""For each picture after that."""
WORDS = later("What the classifier’s last step reads of each clip, before it names a class.")


def build_likeness(page: Page, tab: gr.Tab) -> None:
    gr.HTML(html.section(_("Among other clips"), _(WORDS)))
    with gr.Row(elem_classes="doing"):
        found = gr.HTML(elem_id="likeness-words", min_height=52)
        status = gr.HTML(html.idle())
        cancel = gr.Button(_("Cancel"), size="sm", elem_classes="cancel")
    with gr.Row():
        with gr.Column(scale=3, min_width=320):
            picture = gr.Plot(
                placeholder(_("Clips placed by likeness appear here."), height=HEIGHT),
                show_label=False,
                label=_("Clips placed by likeness"),
                elem_id="likeness",
            )
        with gr.Column(scale=2, min_width=320):
            nearest = gr.HTML(elem_id="likeness-nearest", min_height=330)
    gr.HTML(html.reading(HOW_TO_READ, CANNOT_TELL, about="likeness"))

    def place(analysis: Analysis, visit: Visit) -> Iterator[dict[Any, Any]]:
        own = [
            (wish.name, Path(wish.path or ""), Window(wish.start_seconds, wish.end_seconds)) for wish in visit.own_clips
        ]
        most, waiting = AT_FIRST, 1
        while waiting:
            look = partial(page.backend.likeness, analysis, own, most=most)
            try:
                around = yield from reported(
                    lambda tell, look=look: look(on_progress=tell),  # type: ignore[misc]
                    status,
                    _("Reading the other clips"),
                    seats=page.seats,  # a few clips at a time: others may have the model in between
                )
            except Exception:
                yield {status: html.idle()}
                raise
            most, waiting = MORE, around.waiting
            yield {found: words_html(around), picture: likeness_figure(around), nearest: nearest_html(around)}
        yield {status: html.idle()}

    placing = page.on_analysis(tab, place, inputs=[page.visit], outputs=[found, picture, nearest, status])
    cancelling(cancel, status, placing)


def words_html(around: Neighbourhood) -> str:
    first, second = likeness_words(around)
    return f'<p class="finding">{escape(first)}</p><p class="words">{escape(second)}</p>'


def nearest_html(around: Neighbourhood) -> str:
    """The nearest clips with their distances; a bar is full at a distance of 1."""
    rows = "".join(
        f'<li><img src="{data_uri(clip.picture)}" alt=""><span>{escape(_shown(clip))}'
        f'<i style="--distance:{min(distance, 1.0):.3f}"></i></span><b>{numeral(distance, ".2f")}</b></li>'
        for clip, distance in around.nearest(LISTED)
    )
    return f'<ol class="nearest" aria-label="{escape(_("The nearest clips and their distances"))}">{rows}</ol>'


def _shown(clip: PlacedClip) -> str:
    return _("{clip} (yours)", clip=clip.name) if clip.own else _(clip.name)
