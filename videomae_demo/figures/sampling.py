"""One line of time a sampling rule, with a mark at each frame that it takes, and the window that it takes them from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from ..records import ClipInfo, SamplingPlan, Window
from ..words import _
from .theme import ACCENT, GRID, QUIET, bare_figure

ROW_HEIGHT = 52
"""Pixels a rule: its name above its line."""
_SPREAD = 0.085
"""Between two clips of one rule, in rows."""


def sampling_figure(
    clip: ClipInfo, plans: Mapping[str, Sequence[SamplingPlan]], *, used: str | None, window: Window = Window()
) -> go.Figure:
    """The clip's time line once a rule, and the frames that the rule takes; several clips lie closely under each other.

    Args:
        plans: title of a rule -> its views of this clip; views that differ in their crop only are drawn once.
        used: the title of the rule that made the answer on the page; it stands out. None where none of these did.
        window: the part that frames are taken from: the shape named ``window``, which the page's script moves.
    """
    duration = clip.duration_seconds
    figure = bare_figure(
        meta={"kind": "sampling", "duration": duration},
        height=ROW_HEIGHT * len(plans) + 44,
        margin={"l": 0, "r": 12, "t": 4, "b": 30},
        hovermode="closest",
    )
    figure.add_shape(
        type="rect",
        name="window",
        x0=window.start_seconds,
        x1=min(window.end_seconds or duration, duration),
        y0=0,
        y1=1,
        yref="y domain",
        fillcolor=ACCENT,
        opacity=0.13,
        line={"width": 0},
        layer="below",
    )
    for row, (title, views) in enumerate(plans.items()):
        clips = list({plan.indices: plan for plan in views}.values())
        for number, plan in enumerate(clips):
            y = row + (number - (len(clips) - 1) / 2) * _SPREAD
            figure.add_trace(
                go.Scatter(
                    x=[0, duration],
                    y=[y, y],
                    mode="lines",
                    line={"color": GRID, "width": 6 if len(clips) == 1 else 1},
                    hoverinfo="skip",
                    name="clip",
                )
            )
            figure.add_trace(
                go.Scatter(
                    x=list(plan.pts_seconds),
                    y=[y] * len(plan.pts_seconds),
                    mode="markers",
                    marker={"size": 9 if len(clips) == 1 else 5, "color": ACCENT if title == used else QUIET},
                    customdata=list(plan.indices),
                    hovertemplate=_("frame {frame}, {moment} s", frame="%{customdata}", moment="%{x:.2f}")
                    + "<extra></extra>",
                    name=title,
                )
            )
        figure.add_annotation(
            text=_("{rule} (used for the answer)", rule=title) if title == used else title,
            x=0,
            y=row - 0.26,
            xanchor="left",
            yanchor="bottom",
            showarrow=False,
            borderpad=0,
            font={"size": 13},
        )
    figure.update_xaxes(
        range=[-0.01 * duration, 1.01 * duration],
        ticksuffix=_("{number} s", number=""),
        showgrid=False,
        zeroline=False,
        fixedrange=True,
    )
    figure.update_yaxes(range=[len(plans) - 0.6, -0.75], visible=False, fixedrange=True)
    return figure
