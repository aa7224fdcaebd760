"""Linear probes: how well each layer tells place, direction, speed, growth and class; and of this clip."""

from __future__ import annotations

from html import escape
from typing import Any

import gradio as gr

from ....explain.where.probes import PROBES
from ....explain.where.records import ProbeSet
from ....figures import placeholder
from ....figures.where import SCORES_HEIGHT, appears_sentence, layer_cards, score_rows
from ....figures.where import probe_figure as draw_scores
from ....results import Analysis
from ....words import _, later, ngettext
from ... import html
from ...page import Page

WORDS = later("One matrix a layer, trained on rendered clips to read off what the model was never asked.")
NONE = later(
    "There are no probes for this model: they are trained on its own layers, by <code>python -m videomae_demo where "
    "probes --model FOLDER</code>."
)
HOW_TO_READ = later(
    "A card is a layer. Orange is where something moves, in the middle slice; an arrow is one slice, paler where it is "
    "less sure or hardly any speed is read; speed is in picture widths a clip, growth in doublings. In the chart, what "
    "lies above both controls (shuffled labels, random weights) has been learned by this layer. Bars are 95 % "
    "intervals, over clips that no probe has seen."
)
CANNOT_TELL = later(
    "Whether the model uses it, which the next section asks; and a low score does not mean that it is not there, only "
    "that one matrix does not find it in the mean of a slice."
)


def build_probes(page: Page, tab: gr.Tab) -> None:
    gr.HTML(html.section(_("Read off, layer by layer"), _(WORDS)))
    finding = gr.HTML(elem_id="probe-finding")
    with gr.Row():
        with gr.Column(scale=1, min_width=420):
            cards = gr.HTML(elem_id="layer-cards", min_height=SCORES_HEIGHT)
        with gr.Column(scale=1, min_width=420):
            scores = gr.Plot(
                placeholder(_("The scores of each layer appear here."), height=SCORES_HEIGHT),
                show_label=False,
                label=_("Scores of the probes, layer by layer"),
                elem_id="probe-scores",
            )
    gr.HTML(html.reading(HOW_TO_READ, CANNOT_TELL, about="probe-scores layer-cards"))
    numbers = gr.HTML()

    def refresh(analysis: Analysis) -> dict[Any, Any]:
        readings = page.backend.readings(analysis)
        if readings is None:
            return {
                finding: f'<p class="finding">{_(NONE)}</p>',
                scores: placeholder(_("No probes for this model."), height=SCORES_HEIGHT),
            }
        return {
            finding: f'<p class="finding">{escape(appears_sentence(analysis, readings))}</p>',
            cards: layer_cards(analysis, readings),
            scores: draw_scores(readings.probes),
            numbers: score_tables(readings.probes),
        }

    page.on_analysis(tab, refresh, outputs=[finding, cards, scores, numbers], runs_model=True)


def score_tables(probes: ProbeSet) -> str:
    """The chart's numbers for screen readers."""
    head = (_("Labels"), *(ngettext("After {n} layer", "After {n} layers", layer) for layer in range(len(probes.mean))))
    return "".join(
        html.table(f"{_(PROBES[key].title)}: {_(PROBES[key].asked)} {_(PROBES[key].measure)}", head, score_rows(curve))
        for key, curve in probes.curves.items()
    )
