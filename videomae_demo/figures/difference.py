"""Why this and not that: the difference of two logits over the frames, and what each slice adds to either side."""

from __future__ import annotations

import plotly.graph_objects as go

from ..results import Explanation
from ..words import _
from .overlay import Framed, cell, map_meta, map_over_frames
from .scales import NEGATIVE, POSITIVE
from .theme import QUIET, bare_figure
from .timeline import GUTTERS, draw_frames, frame_marks
from .verdicts import sides, signed

HEIGHT = 300


def difference_figure(
    analysis: Framed, difference: Explanation, labels: tuple[str, str], *, frame: int = 0
) -> go.Figure:
    """The frames under the signed map, and under each slice two bars: what it adds for one class and for the other.

    Args:
        difference: the ledger of two classes' difference.
        labels: the class that positive values speak for, and the other one.
        frame: the one marked, in [0, T).
    """
    num_frames, per_slice = analysis.geometry.num_frames, analysis.geometry.tubelet_size
    positive, negative = sides(difference.values)
    extent = float(max(positive.max(), -negative.min())) or 1.0
    low, high = (1.35 * max(side, 0.3 * extent) for side in (-float(negative.min()), float(positive.max())))
    figure = bare_figure(
        meta={
            "kind": "time",
            "num_frames": num_frames,
            "tubelet_size": per_slice,
            "cells": [cell(index, per_slice, GUTTERS) for index in range(num_frames)],
            **map_meta(difference),
        },
        height=HEIGHT,
        margin={"l": 8, "r": 8, "t": 4, "b": 4},
        barmode="overlay",
    )
    figure.update_layout(
        xaxis={"range": [0, num_frames], "fixedrange": True, "visible": False, "anchor": "y2"},
        yaxis={
            "domain": [0.74, 1.0],
            "range": [1, 0],
            "visible": False,
            "fixedrange": True,
            "scaleanchor": "x",
            "scaleratio": 1,
            "constrain": "domain",
            "constraintoward": "top",
        },
        yaxis2={"domain": [0.0, 0.7], "range": [-low, high], "visible": False, "fixedrange": True},
    )
    draw_frames(figure, analysis)
    figure.add_trace(map_over_frames(difference, num_frames=num_frames, gutters=GUTTERS))
    figure.update_traces(selector={"name": "map"}, opacity=0.8, hoverinfo="skip", hovertemplate=None)
    for name, values, (red, green, blue), label in (
        ("for", positive, POSITIVE, labels[0]),
        ("against", negative, NEGATIVE, labels[1]),
    ):
        figure.add_trace(
            go.Bar(
                x=[(index + 0.5) * per_slice for index in range(len(values))],
                y=values,
                width=per_slice - 2 * GUTTERS[1],
                yaxis="y2",
                name=name,
                marker={"color": f"rgb({red},{green},{blue})", "line_width": 0},
                text=[number if (number := signed(value)) != signed(0.0) else "" for value in values],
                textposition="outside",
                textfont={"size": 12},
                cliponaxis=False,
                customdata=[
                    _("slice {slice}: {value} for “{label}”", slice=index + 1, value=signed(value), label=label)
                    for index, value in enumerate(values)
                ],
                hovertemplate="%{customdata}<extra></extra>",
            )
        )
        figure.add_annotation(
            text=f'<span style="color:rgb({red},{green},{blue})">■</span> {_("for {label}", label=label)}',
            x=0,
            xref="x domain",
            xanchor="left",
            y=high if name == "for" else -low,
            yref="y2",
            yanchor="top" if name == "for" else "bottom",
            showarrow=False,
            borderpad=0,
            font={"size": 13},
        )
    net = positive + negative
    figure.add_trace(
        go.Scatter(
            x=[(index + 0.5) * per_slice for index in range(len(net))],
            y=net,
            yaxis="y2",
            mode="markers",
            name="net",
            marker={"symbol": "line-ew", "size": 30, "line": {"width": 3, "color": QUIET}},
            customdata=[
                _("slice {slice} in all: {value}", slice=index + 1, value=signed(value))
                for index, value in enumerate(net)
            ],
            hovertemplate="%{customdata}<extra></extra>",
        )
    )
    for shape in frame_marks(frame, per_slice, 0.0):
        if shape["name"] in ("mark-frame", "mark-slice"):  # this figure has no line of the clip
            figure.add_shape(**shape)
    return figure
