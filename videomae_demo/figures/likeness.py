"""Clips placed by likeness: each as its picture, with lines from one of them to those that are really next to it."""

from __future__ import annotations

from html import escape

import numpy as np
import plotly.graph_objects as go

from ..likeness import Neighbourhood
from ..words import _, later, listed, numeral
from .strip import data_uri
from .theme import ACCENT, GRID, QUIET, bare_figure

LISTED = 5
"""Neighbours that are named."""
HEIGHT = 460
_PICTURE = 0.085
"""Of a picture, as a share of the figure's width."""
_WIDE = 1.7
"""Width by height of the plot; what the pictures' sides are computed with."""

HOW_TO_READ = later(
    "Each clip stands where the two main directions of the features put it; lines lead to the clips that are really "
    "nearest, in all directions. A distance is one minus the cosine of two clips’ features: 0 is the same, 1 nothing "
    "in common."
)
CANNOT_TELL = later(
    "Why two clips are alike: features mix what moves, how, and where. Two directions hold only the share that is "
    "named above, so that clips may be near in the picture and far apart: trust the lines and the numbers. And these "
    "are few clips, most of them rendered."
)


def likeness_figure(found: Neighbourhood) -> go.Figure:
    """The first clip framed in the page's colour, the visitor's other clips in grey."""
    places = _spread(found.places)
    figure = bare_figure(meta={"kind": "likeness"}, height=HEIGHT, margin={"l": 8, "r": 8, "t": 8, "b": 8})
    nearest = {id(clip): distance for clip, distance in found.nearest(LISTED)}
    for number, clip in enumerate(found.clips):
        if id(clip) in nearest:
            figure.add_trace(
                go.Scatter(
                    x=[places[0, 0], places[number, 0]],
                    y=[places[0, 1], places[number, 1]],
                    mode="lines",
                    line={"color": ACCENT, "width": 1 + 3 * max(1 - nearest[id(clip)], 0)},
                    hoverinfo="skip",
                    name="nearest",
                )
            )
    half = _PICTURE / 2
    for number in reversed(range(len(found.clips))):  # the clip that it is about lies on top
        x, y = places[number]
        clip = found.clips[number]
        figure.add_layout_image(
            source=data_uri(clip.picture, quality=70),
            xref="x",
            yref="y",
            x=x - half,
            y=y + half * _WIDE,
            sizex=_PICTURE,
            sizey=_PICTURE * _WIDE,
            sizing="stretch",
            layer="above",
        )
        if number == 0 or clip.own:
            figure.add_shape(
                type="rect",
                x0=x - half,
                x1=x + half,
                y0=y - half * _WIDE,
                y1=y + half * _WIDE,
                line={"color": ACCENT if number == 0 else QUIET, "width": 4 if number == 0 else 3},
            )
    figure.add_trace(
        go.Scatter(
            x=places[:, 0],
            y=places[:, 1],
            mode="markers",
            marker={"size": 46, "opacity": 0},
            customdata=[
                f"{escape(_(clip.name))}: {_('this clip') if number == 0 else numeral(distance, '.2f')}"
                for number, (clip, distance) in enumerate(zip(found.clips, found.distances[0], strict=True))
            ],
            hovertemplate="%{customdata}<extra></extra>",
            name="clips",
        )
    )
    axis = {"range": [0, 1], "fixedrange": True, "showticklabels": False, "zeroline": False, "gridcolor": GRID}
    figure.update_xaxes(**axis)
    figure.update_yaxes(**axis)
    return figure


def likeness_words(found: Neighbourhood) -> tuple[str, str]:
    """The nearest clip, beside how near clips usually are; and what the picture leaves out."""
    (clip, distance), *_unused = found.nearest(1)
    usual = found.usual_distance
    kind = _("nearer than clips usually are") if distance < 0.8 * usual else _("about as near as clips usually are")
    if distance > 1.2 * usual:
        kind = _("further away than clips usually are: it resembles none of them")
    first = _(
        "Nearest is {clip}, {distance:.2f} away; {kind} (the median of these is {usual:.2f}).",
        clip=_(clip.name),
        distance=distance,
        kind=kind,
        usual=usual,
    )
    held = 100 * sum(found.shares)
    second = _("The picture’s two directions hold {held:.0f} % of the differences between these clips.", held=held)
    if found.missing:
        second += " " + _("No longer on the server: {clips}.", clips=listed(found.missing))
    return first, second


def _spread(places: np.ndarray) -> np.ndarray:
    """(n, 2) scaled into the unit square, with room for the pictures; each axis by itself."""
    low, high = places.min(axis=0), places.max(axis=0)
    room = np.array([_PICTURE, _PICTURE * _WIDE]) * 0.6
    return room + (places - low) / np.maximum(high - low, 1e-9) * (1 - 2 * room)
