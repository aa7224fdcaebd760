"""Pictures to keep: what goes under a figure that a visitor saves, and how to cite it; ``keep.js`` does the rest.

A figure is saved by the browser, from what it shows. It gets a button without doing anything for it if it is a
``gr.Plot`` with an ``elem_id``, or a ``gr.HTML`` named in ``HTML_FIGURES``. Its caption has the clip, the model and the
answer from here; frame, method and class from its ``layout.meta`` and, for what else it depends on, a sentence there
under ``note`` (in HTML: ``data-note``); and the words of the ``html.reading`` about it, which stand on the page.
"""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.context import get_blocks_context

from ..figures.words import answer_sentence, facts_line
from ..report import citation
from ..results import Analysis
from ..words import _, class_name, later
from . import html
from .page import AT_ONCE, QUIET, Page
from .visit import Visit

HTML_FIGURES = {
    "comparison": later("Side by side"),
    "edited-films": later("The clip, edited"),
    "contest": later("Maps side by side"),
    "worth-verdicts": later("Maps against chance"),
    "matrices": later("Attention between slices"),
    "slice-lens": later("The answer, slice by slice"),
    "layer-cards": later("What can be read off each layer"),
    "patching-clip": later("Slices exchanged with the reversal"),
    "patching-many": later("Slices exchanged, over many clips"),
    "scenery-films": later("Scenery and mover apart"),
}
"""By ``elem_id``: figures that are no ``gr.Plot``, and what they are called."""
BESIDE = {"stage": "map-words", "timeline": "map-words", "why-stage": "why-words", "why-slices": "why-words"}
"""Where the words of a map's method stand, for figures that change them with the method."""
BARS = (
    later("Each bar is the probability that the model gives to a class; all its classes together have 100 %."),
    later("Whether a class is right: a model names the likeliest of those that it knows, whatever the clip shows."),
)
WORDS = {
    "keep": later("Keep this picture"),
    "drawing": later("Drawing it for print …"),
    "moving": later("The page is about to show another clip: close this, and try again in a moment."),
    "failed": later("This browser could not draw it. A screenshot of the page shows the same."),
    "ready": later("180 mm wide. PNG: 300 dots an inch. SVG: lines and letters stay sharp at any size."),
    "no_vector": later("180 mm wide, 300 dots an inch. This figure is no drawing of lines: there is no SVG of it."),
    "copied": later("Copied."),
    "selected": later("Selected: copy it with Ctrl or Cmd and C."),
}
ICON = (
    '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 4v11m0 0-4.5-4.5M12 15l4.5-4.5M5 19.5h14" fill="none" '
    'stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"/></svg>'
)
SCRIPT = Path(__file__).parent / "keep.js"


def build_keeping(page: Page) -> None:
    """The dialog and what captions need; built after all figures."""
    facts = gr.HTML(elem_id="keep-facts")
    gr.HTML(html.reading(*BARS, about="bars"), elem_classes="visually-hidden")
    gr.HTML(_dialog(_table(page)), elem_id="keep", js_on_load=SCRIPT.read_text(encoding="utf-8"))

    def follow(visit: Visit, analysis: Analysis | None) -> str:
        turn = visit.turn_about(analysis)
        return "" if analysis is None or turn is None else facts_html(analysis, turn.wish)

    page.analysis.change(follow, [page.visit, page.analysis], facts, trigger_mode="always_last", **QUIET, **AT_ONCE)


def caption_lines(analysis: Analysis) -> tuple[str, ...]:
    """What a caption says of the answer: the clip and its frames, the model, what it says."""
    model, plan = analysis.model, analysis.plans[analysis.shown]
    name = f"{model.id}@{model.revision[:8]}" if model.revision else model.id
    times = analysis.frames.pts_seconds
    return (
        _(
            "Clip: {clip}, {duration:.1f} s; {frames} frames from {first:.1f} to {last:.1f} s by the rule “{rule}”.",
            clip=_(analysis.clip_name),
            duration=analysis.clip.duration_seconds,
            frames=len(times),
            first=min(times),
            last=max(times),
            rule=plan.sampler,
        ),
        _(
            "Model: {model} ({family}, {classes} classes). Its answer: {answer}. {facts}.",
            model=name,
            family=model.family or model.source,
            classes=model.num_labels,
            answer=answer_sentence(analysis.prediction),
            facts=facts_line(analysis),
        ),
    )


def facts_html(analysis: Analysis, wish: float) -> str:
    """The same for ``keep.js``, with the number of the wish that it is about."""
    facts = {
        "wish": f"{wish:g}",
        "clip": _(analysis.clip_name),
        "lines": caption_lines(analysis),
        "labels": [class_name(label) for label in analysis.prediction.labels],
    }
    return f'<i data-facts="{escape(json.dumps(facts))}"></i>'


def _table(page: Page) -> dict[str, Any]:
    plots = {
        block.elem_id: block.label
        for block in get_blocks_context().blocks.values()  # type: ignore[union-attr]
        if isinstance(block, gr.Plot) and block.elem_id
    }
    return {
        "titles": {**plots, **{name: _(title) for name, title in HTML_FIGURES.items()}},
        "html": [*HTML_FIGURES],
        "beside": BESIDE,
        "methods": {key: _(row.title) for key, row in page.backend.methods.items()},
        "plain": citation.plain(),
        "words": {name: _(words) for name, words in WORDS.items()},
        "icon": ICON,
    }


def _dialog(table: dict[str, Any]) -> str:
    def copied(name: str, title: str, text: str) -> str:
        return (
            f'<div><button type="button" data-copy="{name}">{escape(_("Copy {format}", format=title))}</button>'
            f'<pre data-part="{name}" tabindex="0" aria-label="{title}">{escape(text)}</pre></div>'
        )

    return (
        f'<div data-keep="{escape(json.dumps(table))}"></div>'
        f'<dialog class="keep-dialog" aria-label="{escape(_(WORDS["keep"]))}">'
        '<div class="keep-files"><button type="button" data-part="png">PNG</button>'
        '<button type="button" data-part="svg">SVG</button><p data-part="state" role="status"></p>'
        f'<button type="button" data-part="close" aria-label="{escape(_("Close"))}">✕</button></div>'
        f'<div class="keep-preview" tabindex="0" role="group" aria-label="{escape(_("As it will be printed"))}">'
        '<img data-part="picture" alt=""></div>'
        f"<details><summary>{escape(_('Cite it'))}</summary>"
        f'<p class="words">{escape(_("The caption names the source of a map’s method."))}</p>'
        f"{copied('plain', _('as text'), citation.plain())}{copied('bibtex', _('as BibTeX'), citation.bibtex())}"
        '<p data-part="copied" role="status"></p></details></dialog>'
    )
