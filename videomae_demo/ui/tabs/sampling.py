"""Sampling: the clip's time line with the frames that each rule takes from it."""

from __future__ import annotations

import gradio as gr
import plotly.graph_objects as go

from ...figures import placeholder
from ...figures.sampling import sampling_figure
from ...records import Analysis, SamplingPlan
from ...sampling import plan_views
from .. import html
from ..page import Page


def build(page: Page, tab: gr.Tab) -> None:
    samplers = page.line.samplers
    gr.HTML('<p class="words">Each rule takes other frames of the same clip. The model never sees the rest.</p>')
    picture = gr.Plot(
        placeholder("The rules appear here.", height=260), show_label=False, label="Frames that each rule takes"
    )
    numbers = gr.HTML()

    def refresh(analysis: Analysis) -> tuple[go.Figure, str]:
        plans = {
            row.title: plan_views(
                analysis.clip, sampler=key, window=analysis.window, num_frames=analysis.geometry.num_frames
            )[0]
            for key, row in samplers.items()
        }
        used = samplers[analysis.plans[analysis.shown].sampler].title
        return sampling_figure(analysis.clip, plans, used=used), _table(plans)

    page.on_analysis(tab, refresh, outputs=[picture, numbers])


def _table(plans: dict[str, SamplingPlan]) -> str:
    rows = (
        (title, ", ".join(map(str, plan.indices)), ", ".join(f"{time:.2f}" for time in plan.pts_seconds))
        for title, plan in plans.items()
    )
    return html.table("Frames that each rule takes", ("Rule", "Frame numbers", "Seconds"), rows)
