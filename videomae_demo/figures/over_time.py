"""What happens when: the likeliest classes over the whole clip, a heat map on its axis of time."""

from __future__ import annotations

from html import escape
from textwrap import shorten

import numpy as np
import plotly.graph_objects as go

from ..records import Window
from ..results import ClipTimeline
from ..words import _, class_name, later, numeral
from .theme import ACCENT, EMPTY, GRID, bare_figure
from .words import percent

ROW, AXIS = 26, 64
"""Pixels: a class's row, and the axis of time below."""
MOST_ROWS = 10
LABEL_LETTERS = 24
"""Of a class's name beside its row; all of it is in the box at the pointer."""
FINEST = 2000
"""Columns of the picture: of more windows than that, each column shows the likeliest of its windows."""

HOW_TO_READ = later(
    "A column is a window of the clip, drawn up to the start of the next one; a row is a class, colour its probability "
    "there. The classes are those that answer most windows."
)
CANNOT_TELL = later(
    "A change between two windows is no exact moment: an action may begin anywhere in the window that first shows it. "
    "Some class always answers, also where nothing happens that the model knows."
)


def clock(seconds: float) -> str:
    """A time in the clip.

    >>> [clock(seconds) for seconds in (7.25, 65, 3661.5)]
    ['0:07.2', '1:05.0', '1:01:01.5']
    """
    minutes, rest = divmod(round(seconds, 1), 60)
    hours, minutes = divmod(int(minutes), 60)
    head = f"{hours}:{minutes:02d}" if hours else f"{minutes}"
    return f"{head}:{numeral(rest, '04.1f')}"


def from_to(start: float, end: float) -> str:
    """Two times in the clip, for instance ``0:07.2 to 1:05.0``."""
    return _("{start} to {end}", start=clock(start), end=clock(end))


def over_time_figure(timeline: ClipTimeline, *, chosen: Window | None = None) -> go.Figure:
    """The heat map; ``layout.meta`` has each window's start and end, for whoever presses it.

    Args:
        chosen: The window to mark.
    """
    classes = timeline.leading_classes(MOST_ROWS)
    spans, shown = _columns(timeline)
    rows = shown[:, classes].T
    names = [class_name(timeline.labels[number]) for number in classes]
    starts = np.array([span.start_seconds for span in spans])
    ends = np.array([span.end_seconds for span in spans])
    words = [
        [
            f"{escape(name)}: {percent(float(value))}<br>{from_to(span.start_seconds, span.end_seconds or 0)}"
            for span, value in zip(spans, row, strict=True)
        ]
        for name, row in zip(names, rows, strict=True)
    ]
    # Each window from its start to the next one's, whether they overlap or lie apart: of windows of two seconds in an
    # hour nothing could be seen. Where windows are missing because the clip shows nothing new, the figure is empty.
    following = np.append(starts[1:], np.inf)
    until = np.where(following - starts <= 1.01 * _step(timeline, spans), following, ends)
    edges, values = _with_gaps(starts, until, rows)
    _unused, texts = _with_gaps(starts, until, np.array(words, dtype=object))
    figure = bare_figure(
        meta={"kind": "over_time", "starts": starts.tolist(), "ends": ends.tolist(), "until": until.tolist()},
        height=ROW * len(classes) + AXIS,
        margin={"l": 8, "r": 48, "t": 4, "b": AXIS - 36},
    )
    figure.add_trace(
        go.Heatmap(
            x=edges,
            y=list(range(len(classes))),
            z=values,
            zmin=0,
            zmax=1,
            colorscale=[[0, EMPTY], [1, ACCENT]],
            ygap=2,
            customdata=texts,
            hovertemplate="%{customdata}<extra></extra>",
            hoverongaps=False,
            colorbar={
                "thickness": 8,
                "outlinewidth": 0,
                "tickvals": [0, 0.5, 1],
                "tickformat": ".0%",
                "xpad": 6,
                "ypad": 8,
            },
            name="over_time",
        )
    )
    ticks = _ticks(edges[0], edges[-1])
    figure.update_xaxes(
        range=[edges[0], edges[-1]],
        tickvals=ticks,
        ticktext=[clock(tick).removesuffix(numeral(0, ".1f")[1:]) for tick in ticks],
        tickangle=0,
        ticks="outside",
        tickcolor=GRID,
        showgrid=False,
        zeroline=False,
        fixedrange=True,
    )
    figure.update_yaxes(
        tickvals=list(range(len(classes))),
        ticktext=[escape(shorten(name, LABEL_LETTERS, placeholder=" …")) for name in names],
        autorange="reversed",
        showgrid=False,
        zeroline=False,
        fixedrange=True,
        automargin=True,
    )
    if chosen is not None:
        end = edges[-1] if chosen.end_seconds is None else chosen.end_seconds
        figure.add_shape(
            name="chosen",
            type="rect",
            x0=chosen.start_seconds,
            x1=end,
            y0=0,
            y1=1,
            yref="y domain",
            line={"color": ACCENT, "width": 2},
        )
    return figure


def _columns(timeline: ClipTimeline) -> tuple[list[Window], np.ndarray]:
    """The windows to draw and their probabilities: neighbours together where there are too many."""
    spans, probabilities = list(timeline.spans), timeline.probabilities
    together = -(-len(spans) // FINEST)
    if together == 1:
        return spans, probabilities
    groups = range(0, len(spans), together)
    merged = [Window(spans[at].start_seconds, spans[min(at + together, len(spans)) - 1].end_seconds) for at in groups]
    return merged, np.stack([probabilities[at : at + together].max(axis=0) for at in groups])


def _step(timeline: ClipTimeline, spans: list[Window]) -> float:
    """Seconds from one column to the next."""
    return timeline.step_seconds * -(-len(timeline.spans) // len(spans))


def _with_gaps(starts: np.ndarray, ends: np.ndarray, rows: np.ndarray) -> tuple[list[float], list[list[object]]]:
    """Columns' edges, one more than columns, and the rows with an empty column where no window is."""
    edges: list[float] = []
    columns: list[object] = []
    for number, (start, end) in enumerate(zip(starts, ends, strict=True)):
        following = starts[number + 1] if number + 1 < len(starts) else np.inf
        edges.append(float(start))
        columns.append(rows[:, number].tolist())
        if following > end + 1e-6:
            edges.append(float(end))
            columns.append([None] * len(rows))
    return edges, [list(row) for row in zip(*columns[:-1], strict=True)]


def _ticks(start: float, end: float) -> list[float]:
    """Round times, so few that they stand beside each other on a phone."""
    steps = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400)
    step = next((one for one in steps if (end - start) / one <= 3), steps[-1])
    first = np.ceil(start / step - 1e-9) * step
    return [round(float(tick), 6) for tick in np.arange(first, end + 1e-9, step)]
