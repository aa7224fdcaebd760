"""From clip to answer: the stages, and when and in which slices the answer forms."""

from __future__ import annotations

import gradio as gr
import plotly.graph_objects as go

from ....figures import placeholder
from ....figures.anatomy import STAGES_SCRIPT
from ....figures.atlas import ANSWERS_HEIGHT, answers_figure
from ....figures.slice_answers import slice_answers_table
from ....results import Analysis
from ....words import _
from ... import html
from ...page import Page


def build_way(page: Page, tab: gr.Tab) -> gr.HTML:
    """The section; its stages follow the patch that is chosen in the next one, which paints them."""
    gr.HTML(html.section(_("From clip to answer")))
    stages = gr.HTML(elem_id="stages", min_height=330, js_on_load=STAGES_SCRIPT.read_text(encoding="utf-8"))
    gr.HTML(
        html.section(_("When does the answer form?"))
        + html.reading(
            _(
                "What the classifier would say if it read the tokens earlier, after 0, 1, 2 … layers: the line of the "
                "answer rises where the layers make up their mind."
            ),
            _("The classifier was trained to read the last layer only; earlier readings are ours, not the model's."),
            about="lens",
        )
    )
    answers = gr.Plot(
        placeholder("", height=ANSWERS_HEIGHT), show_label=False, label=_("The answer, layer by layer"), elem_id="lens"
    )

    gr.HTML(
        html.section(_("… and in which part of the clip?"))
        + html.reading(
            _(
                "Each square is the likeliest class, and its probability in %, if the classifier were given only the "
                "tokens of one time slice (column) after so many layers (row). Read upwards: where a letter spreads "
                "from a few slices to all, the layers have carried the answer through time."
            ),
            _(
                "In the last layers each token holds parts of all others, so a slice that names the answer need not "
                "have shown it. No model was trained to be read this way."
            ),
            about="slice-lens",
        )
    )
    slices = gr.HTML(elem_id="slice-lens", min_height=220)

    def refresh(analysis: Analysis) -> tuple[go.Figure, str]:
        passage, labels = page.backend.passage(analysis), analysis.prediction.labels
        if passage.answers is None:
            figure = placeholder(_("No answers before the last layer's."), height=ANSWERS_HEIGHT)
        else:
            figure = answers_figure(passage.answers, labels)
        if passage.slice_answers is None:
            return figure, html.not_for_this_model(analysis.model.why_not("layer_answers", "slice_answers"))
        return figure, slice_answers_table(passage, labels)

    page.on_analysis(tab, refresh, outputs=[answers, slices], runs_model=True)
    return stages
