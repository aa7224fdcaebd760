"""Activation patching: which layer's state of which slice turns the answer, when it is the reversed clip's."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

import gradio as gr

from ....explain.where.records import Patching, PatchingStudy
from ....figures.where import patching_svg, patching_words
from ....results import Analysis
from ....words import _, class_name, later, numeral
from ... import html
from ...page import QUIET, Page, cancelling
from ...progress import reported

WORDS = later(
    "The closest film with another meaning is the clip played backwards: parts of the run on this clip are exchanged "
    "for those of the run on its reversal."
)
MEAN = later("Mean of rendered clips")
NOT_YET = later("Press “Exchange slices”: this clip's table appears here.")
HOW_TO_READ = later(
    "In each cell one slice’s state is replaced by what the reversal’s run has at the same place of the sequence (in "
    "slice 3, what the reversal shows third), and the layers above are computed again. 0: the answer stays; 100: it is "
    "the reversed clip’s, as when a whole row is exchanged. On the right only what a layer adds is exchanged, in all "
    "slices."
)
CANNOT_TELL = later(
    "Whether this is the only place: a high cell is enough to move the answer, a low one may be backed up elsewhere. A "
    "part of each number is mere disturbance, because exchanged states never occur together in a real film: the table "
    "of many clips says how much another clip of the same class does."
)


def build_patching(page: Page, tab: gr.Tab) -> None:
    gr.HTML(html.section(_("Exchanged with the reversal"), _(WORDS)))
    with gr.Row(elem_classes="doing"):
        start = gr.Button(_("Exchange slices"), size="sm", variant="primary", elem_id="patch")
        status = gr.HTML(html.idle())
        cancel = gr.Button(_("Cancel"), size="sm", elem_classes="cancel")
    with gr.Row():
        with gr.Column(scale=1, min_width=420):
            mine = gr.HTML(_empty(_("This clip"), _(NOT_YET)), elem_id="patching-clip", min_height=250)
        with gr.Column(scale=1, min_width=420):
            many = gr.HTML(_empty(_(MEAN), ""), elem_id="patching-many", min_height=250)
    gr.HTML(html.reading(HOW_TO_READ, CANNOT_TELL, about="patching-clip patching-many"))

    def refresh(analysis: Analysis) -> dict[Any, Any]:
        """The table of many clips; this clip's is not made yet."""
        study = page.backend.patching_study(analysis)
        if study is None:
            return {
                many: _empty(_(MEAN), _("There is no such table for this model.")),
                status: html.idle(),
            }
        return {
            many: _table(_(MEAN), patching_words(study), study),
            status: html.idle(),
        }

    def exchange(analysis: Analysis) -> Iterator[dict[Any, Any]]:
        try:
            found = yield from reported(
                lambda tell: page.backend.patching(analysis, on_progress=tell), status, _("Running both clips")
            )
        except Exception:
            yield {status: html.idle()}
            raise
        labels = analysis.prediction.labels
        words = _(
            "Logit of {label} minus that of {other}: {difference:+.1f} as it is, {backwards:+.1f} backwards. In per "
            "cent of the way from the one to the other.",
            label=class_name(labels[found.label_id]),
            other=class_name(labels[found.reversed_label_id]),
            difference=found.difference,
            backwards=found.reversed_difference,
        )
        yield {mine: _table(_("This clip"), words, found), status: html.idle()}

    page.on_analysis(tab, refresh, outputs=[mine, many, status])
    exchanging = page.on(tab, start.click, exchange, outputs=[mine, status], runs_model=True, trigger_mode="once")
    gr.on([page.analysis.change], None, cancels=exchanging, **QUIET)
    cancelling(cancel, status, exchanging)


def _empty(title: str, words: str) -> str:
    return f'<div class="exchange-table"><h4>{escape(title)}</h4><p class="words">{escape(words)}</p></div>'


def _table(title: str, words: str, found: Patching | PatchingStudy) -> str:
    """The drawing, and the same numbers for screen readers."""
    rows = [
        (_("Slices after {layers} layers", layers=done), *map(_percent, row)) for done, row in enumerate(found.slices)
    ]
    rows += [
        (_("What layer {layer} adds", layer=layer + 1), _percent(effect))
        for layer, effect in enumerate(found.additions)
    ]
    head = (_("Exchanged"), *(_("Slice {slice}", slice=number + 1) for number in range(found.slices.shape[1])))
    numbers = html.table(_("{table}: effect of each exchange, in per cent", table=title), head, rows)
    drawing = patching_svg(found.slices, found.additions)
    said = escape(words.replace("`", ""))
    return f'<div class="exchange-table"><h4>{title}</h4>{drawing}<p class="words">{said}</p>{numbers}</div>'


def _percent(effect: float) -> str:
    return numeral(round(100 * effect))
