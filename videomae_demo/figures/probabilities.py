"""The answer as bars: the likeliest classes, each with its name above its bar and its number at the bar's end."""

from __future__ import annotations

from html import escape
from textwrap import wrap

import plotly.graph_objects as go

from ..results import Prediction
from ..words import class_name
from .theme import ACCENT, GRID, QUIET, bare_figure
from .words import percent

_LINE, _BAR, _GAP = 19, 10, 10
"""Pixels: a line of a name, a bar, and the space before the next name."""
_ROOM = 1.27
"""Of the longest bar's length: what "> 99.9 %" needs on a 390 px phone."""
LABEL_WIDTH = 42
"""Characters of a name's line: what fits beside nothing else on a 390 px phone."""


def probability_bars(prediction: Prediction, *, top_k: int = 5) -> go.Figure:
    """Horizontal bars, likeliest first.

    Names stand above their bars, not beside them: Kinetics has names of forty characters, and nothing may be cut on a
    phone. The figure's height is fixed for ``top_k`` one-line names, so that a new answer does not move the page; it
    grows only where names wrap.
    """
    rows = prediction.top(top_k)
    labels = [class_name(label) for _, label, _ in rows]
    names = [wrap(label, LABEL_WIDTH) or [label] for label in labels]
    figure = bare_figure(meta={"kind": "bars"}, margin={"l": 0, "r": 0, "t": 0, "b": 0}, barmode="overlay")
    y = 0.0
    centres: list[float] = []
    for name in names:
        figure.add_annotation(
            text="<br>".join(escape(line) for line in name),  # Plotly reads tags in texts
            x=0,
            y=y,
            xref="x",
            yref="y",
            xanchor="left",
            yanchor="top",
            align="left",
            showarrow=False,
            borderpad=0,
            font={"size": 14},
        )
        y += _LINE * len(name)
        centres.append(y + _BAR / 2)
        y += _BAR + _GAP
    probabilities = [probability for _, _, probability in rows]
    bar = {"orientation": "h", "y": centres, "width": _BAR, "marker_line_width": 0}
    figure.add_trace(go.Bar(x=[1.0] * len(rows), marker_color=GRID, hoverinfo="skip", name="track", **bar))
    figure.add_trace(
        go.Bar(
            x=probabilities,
            marker_color=[QUIET if prediction.familiar.known is False else ACCENT] + [QUIET] * (len(rows) - 1),
            hovertemplate="%{customdata}<extra></extra>",
            customdata=[f"{escape(label)}: {percent(one)}" for label, one in zip(labels, probabilities, strict=True)],
            name="probability",
            **bar,
        )
    )
    figure.add_trace(
        go.Scatter(
            x=[1.02] * len(rows),
            y=centres,
            mode="text",
            text=[percent(probability) for probability in probabilities],
            textposition="middle right",
            textfont={"size": 14},
            cliponaxis=False,
            hoverinfo="skip",
            name="percent",
        )
    )
    figure.update_xaxes(range=[0, _ROOM], visible=False, fixedrange=True)
    figure.update_yaxes(range=[y - _GAP + 2, -2], visible=False, fixedrange=True)
    figure.update_layout(height=round(y - _GAP + 4))
    return figure
