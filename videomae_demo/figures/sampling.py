"""One line of time a sampling rule, with a mark at each frame that it takes."""

from __future__ import annotations

from collections.abc import Mapping

import plotly.graph_objects as go

from ..records import ClipInfo, SamplingPlan
from .theme import ACCENT, GRID, QUIET, bare_figure

ROW_HEIGHT = 48
"""Pixels a rule: its name above its line."""


def sampling_figure(clip: ClipInfo, plans: Mapping[str, SamplingPlan], *, used: str) -> go.Figure:
    """The clip's time line once a rule, and the frames that the rule takes.

    Args:
        plans: title of a rule -> its plan for this clip.
        used: the title of the rule that made the answer on the page; it stands out.
    """
    figure = bare_figure(
        meta={"kind": "sampling"},
        height=ROW_HEIGHT * len(plans) + 40,
        margin={"l": 0, "r": 12, "t": 4, "b": 30},
        hovermode="closest",
    )
    for row, (title, plan) in enumerate(plans.items()):
        colour = ACCENT if title == used else QUIET
        figure.add_trace(
            go.Scatter(
                x=[0, clip.duration_seconds],
                y=[row, row],
                mode="lines",
                line={"color": GRID, "width": 6},
                hoverinfo="skip",
                name="clip",
            )
        )
        figure.add_trace(
            go.Scatter(
                x=list(plan.pts_seconds),
                y=[row] * len(plan.pts_seconds),
                mode="markers",
                marker={"size": 9, "color": colour},
                customdata=list(plan.indices),
                hovertemplate="frame %{customdata}, %{x:.2f} s<extra></extra>",
                name=title,
            )
        )
        figure.add_annotation(
            text=title + (" (used for the answer)" if title == used else ""),
            x=0,
            y=row - 0.22,
            xanchor="left",
            yanchor="bottom",
            showarrow=False,
            borderpad=0,
            font={"size": 13},
        )
    figure.update_xaxes(
        range=[-0.01 * clip.duration_seconds, 1.01 * clip.duration_seconds],
        ticksuffix=" s",
        showgrid=False,
        zeroline=False,
        fixedrange=True,
    )
    figure.update_yaxes(range=[len(plans) - 0.5, -0.75], visible=False, fixedrange=True)
    return figure
