"""What all figures have in common: one font, one accent, no background, so that they sit on a light or a dark page."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from ..words import separators

FONT = (
    "ui-sans-serif, system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, "
    "'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif"
)
"""The last names before the general one have what the others lack: Chinese."""
ACCENT = "#12908a"
"""The page's one colour: what is selected, what is answered. Teal, because no map uses it."""
QUIET = "#9aa1ab"
"""Marks that are there for comparison: readable on white and on black."""
TEXT = "#7b818a"
"""Figure text where no page styles it (a report, a notebook): 4:1 or better on white and on black."""
GRID = "rgba(128,128,128,0.28)"
EMPTY = "rgba(128,128,128,0.07)"
"""Where a figure will stand."""
VEIL = "rgba(10,12,16,0.62)"
"""Laid over the part of a frame that the model does not get."""


def bare_figure(*, meta: dict[str, Any] | None = None, **layout: Any) -> go.Figure:
    """A figure without decoration: no template, no background, no title, nothing to drag.

    Args:
        meta: plain data that the page's script reads from ``layout.meta`` (which figure this is, when each frame is).
        layout: further layout entries.
    """
    figure = go.Figure()
    figure.update_layout(
        template="none",
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": FONT, "size": 13, "color": TEXT},
        margin={"l": 0, "r": 0, "t": 0, "b": 0, "pad": 0},
        showlegend=False,
        dragmode=False,
        hoverlabel={"font": {"family": FONT, "size": 13}},
        meta=meta,
        separators=separators(),
    )
    figure.update_layout(**layout)
    return figure


def add_panel_title(figure: go.Figure, axis: str, text: str) -> None:
    """A heading above one of a figure's panels, from its left edge on.

    Args:
        axis: the panel's axes, as in "x2" and "y2": ``""``, ``"2"`` ...
    """
    figure.add_annotation(
        text=text,
        align="left",
        xref=f"x{axis} domain",
        yref=f"y{axis} domain",
        x=0,
        y=1,
        xanchor="left",
        yanchor="bottom",
        showarrow=False,
        borderpad=2,
    )


def placeholder(text: str, *, height: int | None = None) -> go.Figure:
    """An empty figure that says in one line what will stand here.

    The page draws it at load: Plotly's script then arrives before the first click, and no box is ever blank.
    """
    figure = bare_figure(meta={"kind": "placeholder"}, height=height, paper_bgcolor=EMPTY)
    figure.update_xaxes(visible=False, fixedrange=True)
    figure.update_yaxes(visible=False, fixedrange=True)
    figure.add_annotation(text=text, x=0.5, y=0.5, xref="paper", yref="paper", showarrow=False)
    return figure
