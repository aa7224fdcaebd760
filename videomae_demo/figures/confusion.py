"""Which class was read as which: the confusion matrix of an evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
import plotly.graph_objects as go

from ..words import _
from .theme import ACCENT, EMPTY, bare_figure
from .words import percent

CELL = 18
"""Pixels of a cell's height, where a class's name stands beside it."""
MOST_CLASSES = 60
"""Larger matrices cannot be read: those classes are shown that take part in most mistakes."""


def confused_classes(counts: np.ndarray) -> list[int]:
    """The classes to show, by id: all that occur, or the ``MOST_CLASSES`` of them with most mistakes.

    Args:
        counts: (classes, classes) int: true class by row, answer by column.
    """
    seen = np.flatnonzero(counts.sum(axis=0) + counts.sum(axis=1))
    if len(seen) <= MOST_CLASSES:
        return seen.tolist()
    mistakes = counts - np.diag(np.diag(counts))
    share = mistakes.sum(axis=0) + mistakes.sum(axis=1)
    return sorted(seen[np.argsort(-share[seen], kind="stable")[:MOST_CLASSES]].tolist())


def confusion_figure(counts: np.ndarray, labels: Sequence[str]) -> go.Figure:
    """Rows are what the clips show, columns what was answered; a cell's colour is its share of the row.

    Args:
        counts: (classes, classes) int, by label id.
        labels: All classes' names.
    """
    shown = confused_classes(counts)
    names = [labels[number] for number in shown]
    totals = counts.sum(axis=1)[shown]
    part = counts[np.ix_(shown, shown)]
    shares = part / np.maximum(totals, 1)[:, None]
    words = [
        [
            _(
                "{true} read as {answer}: {count} of {total} ({share})",
                true=escape(names[row]),
                answer=escape(names[column]),
                count=part[row, column],
                total=totals[row],
                share=percent(float(shares[row, column])),
            )
            for column in range(len(shown))
        ]
        for row in range(len(shown))
    ]
    figure = bare_figure(meta={"kind": "confusion"}, height=CELL * len(shown) + 190)
    figure.add_trace(
        go.Heatmap(
            z=np.where(part > 0, shares, np.nan),
            x=list(range(len(shown))),
            y=list(range(len(shown))),
            zmin=0,
            zmax=1,
            colorscale=[[0, EMPTY], [1, ACCENT]],
            xgap=1,
            ygap=1,
            customdata=words,
            hovertemplate="%{customdata}<extra></extra>",
            colorbar={
                "title": {"text": _("share of the row")},
                "tickformat": ".0%",
                "thickness": 12,
                "outlinewidth": 0,
            },
        )
    )
    ticks = {"tickmode": "array", "tickvals": list(range(len(shown))), "ticktext": [escape(name) for name in names]}
    figure.update_xaxes(**ticks, tickangle=-60, automargin=True, fixedrange=True, showgrid=False, zeroline=False)
    figure.update_yaxes(**ticks, autorange="reversed", automargin=True, fixedrange=True, showgrid=False, zeroline=False)
    return figure
