"""Figures as the browser gets them: drawn once for all visitors who look at the same thing in the same language."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import lru_cache
from typing import Any

import plotly.graph_objects as go
from gradio.components.plot import PlotData

from .. import figures
from ..memory import MemoryPer
from ..words import language

KEPT = 16
"""Figures of one clip: a few maps of it, as several visitors look at them."""

_drawn: MemoryPer[Any, PlotData] = MemoryPer(KEPT)


def drawn(about: object, key: Hashable, draw: Callable[[], go.Figure]) -> PlotData:
    """The figure, as ``gr.Plot`` sends it; of the record that it is about, and forgotten with it.

    Args:
        about: an analysis, or what comes before it.
        key: all that the figure depends on beside that and the language.
        draw: draws it.
    """
    return _drawn.of(about).get((key, language()), lambda: _sent(draw()))


def bytes_drawn(about: object) -> int:
    """Of the figures that are remembered of a record."""
    return sum(len(figure.plot) for figure in _drawn.values(about))


@lru_cache(maxsize=64)
def placeholder(text: str, *, height: int | None = None) -> PlotData:
    """``figures.placeholder``, as ``gr.Plot`` sends it."""
    return _sent(figures.placeholder(text, height=height))


def _sent(figure: go.Figure) -> PlotData:
    return PlotData(type="plotly", plot=figure.to_json())
