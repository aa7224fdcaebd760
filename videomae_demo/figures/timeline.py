"""One axis of time: the frames with the map, the importance of each slice, and where in the clip the frames lie.

All three rows share one x axis, on which frame i stands in [i, i + 1]. The lowest row is the whole clip, stretched to
the same width; a line leads from each frame to its moment. Frames taken evenly from the whole clip have upright lines;
a short window fans out like a lens.
"""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from ..memory import MemoryPer
from ..records import SampledFrames
from ..results import Explanation
from ..words import _, numeral
from .overlay import WHOLE, Framed, cell, map_meta, map_over_frames
from .scales import NEGATIVE, POSITIVE, slice_importance
from .strip import data_uri, resized
from .theme import ACCENT, GRID, QUIET, bare_figure

GUTTERS = (0.012, 0.06)
"""Free space beside a frame: within a slice, and between slices, so that the two frames of a token stand together."""
THUMBNAIL_HEIGHT = 96
MOST_NUMBERS = 16
"""Slices whose importance is written on their bars."""
_STRIP, _CURVE, _CLIP = (0.65, 1.0), (0.27, 0.62), (0.0, 0.25)
"""Shares of the figure's height, from below."""
_thumbnails: MemoryPer[SampledFrames, tuple[str, ...]] = MemoryPer()


def timeline_figure(
    analysis: Framed, explanation: Explanation | None = None, *, frame: int = 0, opacity: float = 0.8
) -> go.Figure:
    """Frames, importance and clip on one x axis, with frame ``frame`` marked in all three.

    ``layout.meta`` tells the page's script what it needs to move the marks: ``moments`` are the frames' places on the
    clip row. The marks are the shapes named ``mark-frame``, ``mark-slice``, ``mark-lead`` and ``mark-moment``.
    """
    frames = analysis.frames
    num_frames = len(frames.rgb)
    per_slice = analysis.geometry.tubelet_size
    moments = clip_positions(analysis)
    figure = bare_figure(
        meta={
            "kind": "time",
            "num_frames": num_frames,
            "tubelet_size": per_slice,
            "moments": [round(float(moment), 3) for moment in moments],
            "cells": [cell(index, per_slice, GUTTERS) for index in range(num_frames)],
            **map_meta(explanation),
        },
        margin={"l": 30, "r": 20, "t": 4, "b": 24},
        bargap=0,
    )
    figure.update_layout(
        xaxis={
            "range": [0, num_frames],
            "fixedrange": True,
            "showgrid": False,
            "zeroline": False,
            "anchor": "y3",
            "ticks": "",
            **_clip_ticks(analysis.clip.duration_seconds, num_frames),
        },
        yaxis={
            "domain": _STRIP,
            "range": [1, 0],
            "visible": False,
            "fixedrange": True,
            "scaleanchor": "x",
            "scaleratio": 1,
            "constrain": "domain",
            "constraintoward": "bottom",
        },
        yaxis2=_importance_axis(explanation),
        yaxis3={"domain": _CLIP, "range": [-0.12, 1], "visible": False, "fixedrange": True},
    )
    draw_frames(figure, analysis)
    if explanation is not None:
        figure.layout.meta["bar_colours"] = [
            bar_colours(explanation, index) for index in range(len(explanation.values))
        ]
        figure.add_trace(map_over_frames(explanation, num_frames=num_frames, crop=WHOLE, gutters=GUTTERS))
        figure.update_traces(
            selector={"name": "map"}, opacity=opacity, hoverinfo="skip", hovertemplate=None, customdata=None
        )
        _draw_importance(figure, explanation, per_slice=per_slice, current=frame // per_slice)
    _draw_clip(figure, analysis, moments)
    for shape in frame_marks(frame, per_slice, float(moments[frame])):
        figure.add_shape(**shape)
    return figure


def clip_positions(analysis: Framed) -> np.ndarray:
    """(T,) float64 in [0, T]: where on the figure's x axis each frame's moment in the clip lies.

    Uniform sampling takes the middle of each of T equal parts, which is i + 1/2: its lines are upright.
    """
    times = np.asarray(analysis.frames.pts_seconds, np.float64)
    share = np.clip(times / max(analysis.clip.duration_seconds, 1e-6), 0.0, 1.0)
    return share * len(times)


def draw_frames(figure: go.Figure, analysis: Framed) -> None:
    """The frames side by side, frame i in [i, i + 1] of ``x``, one unit of ``y`` high; slices stand apart."""
    for frame, uri in enumerate(_thumbnails_of(analysis)):
        left, right = cell(frame, analysis.geometry.tubelet_size, GUTTERS)
        figure.add_layout_image(
            source=uri,
            xref="x",
            yref="y",
            x=left,
            y=0,
            sizex=right - left,
            sizey=1,
            xanchor="left",
            yanchor="top",
            sizing="stretch",
            layer="below",
        )


def _thumbnails_of(analysis: Framed) -> tuple[str, ...]:
    """The part of each frame that the model gets, one small picture a frame."""

    def make() -> tuple[str, ...]:
        _frames, height, width, _channels = analysis.frames.rgb.shape
        crop = analysis.model_input.crop_box
        rows = slice(round(crop.top * height), max(round(crop.bottom * height), 1))
        columns = slice(round(crop.left * width), max(round(crop.right * width), 1))
        small = resized(analysis.frames.rgb[:, rows, columns], THUMBNAIL_HEIGHT)
        return tuple(data_uri(picture) for picture in small)

    return _thumbnails.of(analysis.frames).get("thumbnails", make)


def _importance_axis(explanation: Explanation | None) -> dict[str, object]:
    axis: dict[str, object] = {
        "domain": _CURVE,
        "fixedrange": True,
        "showgrid": False,
        "zeroline": False,
        "tickfont": {"size": 11},
        "ticks": "",
    }
    if explanation is None:
        return axis | {"range": [0, 1], "showticklabels": False}
    importance = slice_importance(explanation)
    if explanation.signed:
        extent = float(np.abs(importance).max()) or 1.0
        return axis | {"range": [-1.35 * extent, 1.35 * extent], "tickvals": [0], "ticktext": ["0"]}
    return axis | {"range": [0, 1.3 * max(float(importance.max()), 1.2)], "tickvals": [0, 1], "ticktext": ["0", "1×"]}


def _draw_importance(figure: go.Figure, explanation: Explanation, *, per_slice: int, current: int) -> None:
    importance = slice_importance(explanation)
    text = _signed_texts(importance) if explanation.signed else [numeral(value, ".2f") + "×" for value in importance]
    if len(importance) > MOST_NUMBERS:
        text = [""] * len(importance)  # nobody could read them; the table has them
    figure.add_trace(
        go.Bar(
            x=[(index + 0.5) * per_slice for index in range(len(importance))],
            y=importance.astype(float),
            width=per_slice - 2 * GUTTERS[1],
            yaxis="y2",
            name="importance",
            marker={"color": bar_colours(explanation, current), "line_width": 0},
            text=text,
            textposition=_text_positions(explanation, importance),
            textfont={"size": 12},
            insidetextfont={"size": 12, "color": "#10161d"},
            insidetextanchor="end",
            textangle=0,
            cliponaxis=False,
            hoverinfo="skip",
        )
    )
    figure.add_shape(
        type="line",
        name="reference",
        xref="x domain",
        yref="y2",
        x0=0,
        x1=1,
        y0=0 if explanation.signed else 1,
        y1=0 if explanation.signed else 1,
        line={"color": QUIET, "width": 1, "dash": "dot"},
    )


def _text_positions(explanation: Explanation, importance: np.ndarray) -> list[str]:
    """Above the bar, but inside where the line at 1× would run through the number."""
    if explanation.signed:
        return ["outside"] * len(importance)
    height = 0.2 * _importance_axis(explanation)["range"][1]  # type: ignore[index]  # of a number, generously
    return ["inside" if 1 - height < value < 1 else "outside" for value in importance]


def _signed_texts(values: np.ndarray) -> list[str]:
    """All with the same number of decimals, three digits for the largest.

    >>> _signed_texts(np.array([0.9, -0.063]))
    ['+0.900', '−0.063']
    """
    largest = float(np.abs(values).max()) or 1.0
    decimals = max(0, 2 - int(np.floor(np.log10(largest))))
    return [numeral(value, f"+.{decimals}f") for value in values]


def bar_colours(explanation: Explanation, current: int) -> list[str]:
    """One colour a slice: the current one stands out; a signed map's bars keep their sign's colour."""
    if explanation.signed:
        signs = [POSITIVE if value >= 0 else NEGATIVE for value in slice_importance(explanation)]
        return [f"rgba({r},{g},{b},{1 if index == current else 0.55})" for index, (r, g, b) in enumerate(signs)]
    return [ACCENT if index == current else QUIET for index in range(len(explanation.values))]


def _draw_clip(figure: go.Figure, analysis: Framed, moments: np.ndarray) -> None:
    num_frames = len(moments)
    lead_x = [x for frame, moment in enumerate(moments) for x in (frame + 0.5, float(moment), None)]
    lead_y = [y for _unused in moments for y in (0.95, 0.06, None)]
    duration = max(analysis.clip.duration_seconds, 1e-6)
    start = analysis.window.start_seconds / duration * num_frames
    end = min((analysis.window.end_seconds or duration) / duration, 1.0) * num_frames
    line = {"mode": "lines", "hoverinfo": "skip", "yaxis": "y3"}
    figure.add_trace(go.Scatter(x=lead_x, y=lead_y, line={"color": GRID, "width": 1}, name="leads", **line))
    figure.add_trace(go.Scatter(x=[0, num_frames], y=[0, 0], line={"color": GRID, "width": 6}, name="clip", **line))
    figure.add_trace(go.Scatter(x=[start, end], y=[0, 0], line={"color": QUIET, "width": 2}, name="window", **line))
    figure.add_trace(
        go.Scatter(
            x=moments,
            y=np.zeros(num_frames),
            mode="markers",
            marker={"size": 7, "color": QUIET},
            yaxis="y3",
            name="moments",
            hoverinfo="skip",
        )
    )


def frame_marks(frame: int, per_slice: int, moment: float) -> list[dict[str, object]]:
    """The shapes that mark a frame: on the strip, its slice on the curve, and its moment on the clip's line."""
    first = frame - frame % per_slice
    left, right = cell(frame, per_slice, GUTTERS)
    return [
        {
            "name": "mark-frame",
            "type": "rect",
            "xref": "x",
            "yref": "y",
            "x0": left,
            "x1": right,
            "y0": 0,
            "y1": 1,
            "line": {"color": ACCENT, "width": 3},
        },
        {
            "name": "mark-slice",
            "type": "rect",
            "xref": "x",
            "yref": "y2 domain",
            "x0": first,
            "x1": first + per_slice,
            "y0": 0,
            "y1": 1,
            "fillcolor": ACCENT,
            "opacity": 0.1,
            "line": {"width": 0},
            "layer": "below",
        },
        {
            "name": "mark-lead",
            "type": "line",
            "xref": "x",
            "yref": "y3",
            "x0": frame + 0.5,
            "x1": moment,
            "y0": 0.95,
            "y1": 0.06,
            "line": {"color": ACCENT, "width": 2},
        },
        {
            "name": "mark-moment",
            "type": "circle",
            "xref": "x",
            "yref": "y3",
            "xsizemode": "pixel",
            "ysizemode": "pixel",
            "xanchor": moment,
            "yanchor": 0,
            "x0": -6,
            "x1": 6,
            "y0": -6,
            "y1": 6,
            "fillcolor": ACCENT,
            "line": {"width": 0},
        },
    ]


def _clip_ticks(duration_seconds: float, num_frames: int) -> dict[str, list[float] | list[str]]:
    """Ticks at plain seconds of the clip, placed on the frames' axis; the clip's end is always named."""
    steps = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800)
    step = next((step for step in steps if duration_seconds / step <= 7), steps[-1])
    times = [float(time) for time in np.arange(0, duration_seconds - 0.4 * step, step)] + [duration_seconds]
    return {
        "tickvals": [round(time / max(duration_seconds, 1e-6) * num_frames, 4) for time in times],
        "ticktext": [_("{seconds:g} s", seconds=round(time, 1)) for time in times],
    }
