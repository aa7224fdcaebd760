"""From clip to answer: the stages, and when the answer forms."""

from __future__ import annotations

import gradio as gr
import plotly.graph_objects as go

from ....figures import placeholder
from ....figures.anatomy import STAGES_SCRIPT
from ....figures.atlas import ANSWERS_HEIGHT, answers_figure
from ....results import Analysis
from ...page import Page


def build_way(page: Page, tab: gr.Tab) -> gr.HTML:
    """The section; its stages follow the patch that is chosen in the next one, which paints them."""
    gr.HTML('<h3 class="section">From clip to answer</h3>')
    stages = gr.HTML(elem_id="stages", min_height=330, js_on_load=STAGES_SCRIPT.read_text(encoding="utf-8"))
    gr.HTML(
        '<h3 class="section">When does the answer form?</h3>'
        '<p class="words"><b>How to read it</b> What the classifier would say if it read the tokens earlier, after 0, '
        "1, 2 … layers: the line of the answer rises where the layers make up their mind.</p>"
        '<p class="words"><b>What it cannot tell</b> The classifier was trained to read the last layer only; earlier '
        "readings are ours, not the model's.</p>"
    )
    answers = gr.Plot(
        placeholder("", height=ANSWERS_HEIGHT), show_label=False, label="The answer, layer by layer", elem_id="lens"
    )

    def refresh(analysis: Analysis) -> go.Figure:
        return answers_figure(page.backend.passage(analysis).answers, analysis.prediction.labels)

    page.on_analysis(tab, refresh, outputs=[answers], runs_model=True)
    return stages
