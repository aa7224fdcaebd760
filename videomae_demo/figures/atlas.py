"""Layer by layer: how slices of time look at each other, how far each head looks, and when the answer forms."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go
from plotly.colors import sample_colorscale, sequential

from ..words import _, class_name, later
from .theme import ACCENT, GRID, QUIET, add_panel_title, bare_figure
from .words import percent

if TYPE_CHECKING:
    from ..explain.inside.records import LayerAttention

OF_SLICE = later("of a slice's attention")
SIDE = 100
"""Units of a matrix's drawing."""
DISTANCE_HEIGHT = 250
ANSWERS_HEIGHT = 210
_DASHES = ("solid", "solid", "dot", "dash", "dashdot")
"""By rank: told apart without another colour."""
NAME_SPACE = 0.12
"""Least distance of two names beside their lines' ends, in probability."""


def slice_matrices(atlas: Sequence[LayerAttention], *, chosen: int) -> str:
    """One small matrix a layer, as buttons: row asks, column answers; the darker, the more attention.

    All layers share one colour scale, from nothing to the largest share of all.

    Args:
        chosen: the layer that stands out, from 0.
    """
    largest = max(float(layer.between_slices.max()) for layer in atlas)
    buttons = "".join(
        f'<button type="button" class="matrix" data-layer="{index}" aria-pressed="{str(index == chosen).lower()}">'
        f"<b>{layer_name(index)}</b>{_matrix(layer.between_slices, largest)}"
        f"<span>{escape(own_slice_words(layer.between_slices))}</span></button>"
        for index, layer in enumerate(atlas)
    )
    ramp = ", ".join(_colour(share) for share in np.linspace(0, 1, 6))
    return (
        f'<div class="matrices" role="group" aria-label="{escape(_("Layers"))}">{buttons}</div>'
        f'<div class="legend"><div class="ramp" style="background:linear-gradient(to right, {ramp})"></div>'
        f'<div class="ticks"><span style="left:0%">{percent(0)}</span>'
        f'<span style="left:100%">{percent(largest)}</span></div>'
        f"<p>{escape(_(OF_SLICE))}</p></div>"
    )


def own_slice_words(between: np.ndarray) -> str:
    """How much of a layer's attention stays in its own slice; ``1 / T'`` would if all slices were alike."""
    return _("{share} stays in its slice", share=percent(float(np.trace(between)) / len(between)))


def layer_name(index: int) -> str:
    """For instance ``Layer 3``.

    Args:
        index: From 0.
    """
    return _("Layer {number}", number=index + 1)


def distance_figure(atlas: Sequence[LayerAttention], uniform: tuple[float, float], *, chosen: int) -> go.Figure:
    """Mean distance between query and key, one dot a head and layer: in space above, in time below.

    Args:
        uniform: the two distances of attention that is the same everywhere; drawn as dotted lines.
        chosen: the layer that stands out, from 0.
    """
    figure = bare_figure(
        meta={"kind": "distances"},
        height=DISTANCE_HEIGHT,
        margin={"l": 34, "r": 8, "t": 22, "b": 40},
        xaxis={"domain": [0, 0.46], "anchor": "y"},
        xaxis2={"domain": [0.54, 1], "anchor": "y2"},
        yaxis2={"anchor": "x2"},
    )
    panels = (
        (_("Space, in patches"), [layer.distance_in_space for layer in atlas], uniform[0], ""),
        (_("Time, in slices"), [layer.distance_in_time for layer in atlas], uniform[1], "2"),
    )
    layers = range(1, len(atlas) + 1)
    for title, distances, expected, axis in panels:
        heads = len(distances[0])
        colours = [ACCENT if layer == chosen + 1 else QUIET for layer in layers for head in range(heads)]
        spread = np.linspace(-0.22, 0.22, heads) if heads > 1 else np.zeros(1)
        figure.add_trace(
            go.Scatter(
                x=[layer + float(shift) for layer in layers for shift in spread],
                y=[float(value) for layer in distances for value in layer],
                mode="markers",
                marker={"size": 8, "color": colours},
                customdata=[(layer, head + 1) for layer in layers for head in range(heads)],
                hovertemplate=_(
                    "layer {layer}, head {head}: {distance}",
                    layer="%{customdata[0]}",
                    head="%{customdata[1]}",
                    distance="%{y:.2f}",
                )
                + "<extra></extra>",
                xaxis=f"x{axis}",
                yaxis=f"y{axis}",
                name=title,
            )
        )
        figure.add_shape(
            type="line",
            xref=f"x{axis} domain",
            yref=f"y{axis}",
            x0=0,
            x1=1,
            y0=expected,
            y1=expected,
            line={"color": QUIET, "width": 1, "dash": "dot"},
        )
        add_panel_title(figure, axis, title)
        top = 1.12 * max(expected, *(float(layer.max()) for layer in distances))
        figure.update_layout(
            {
                f"yaxis{axis}": {
                    "range": [0, top],
                    "gridcolor": GRID,
                    "zeroline": False,
                    "fixedrange": True,
                    "nticks": 5,
                },
                f"xaxis{axis}": {
                    "range": [0.5, len(atlas) + 0.5],
                    "tickvals": list(layers),
                    "showgrid": False,
                    "zeroline": False,
                    "fixedrange": True,
                    "title": {"text": _("layer"), "font": {"size": 12}, "standoff": 6},
                },
            }
        )
    return figure


def _matrix(between: np.ndarray, largest: float) -> str:
    side = SIDE / len(between)
    cells = "".join(
        f'<rect x="{column * side:g}" y="{row * side:g}" width="{side:g}" height="{side:g}" '
        f'fill="{_colour(float(share) / largest)}"><title>{escape(_looks(row, column, float(share)))}</title></rect>'
        for row, shares in enumerate(between)
        for column, share in enumerate(shares)
    )
    return f'<svg viewBox="0 0 {SIDE} {SIDE}" aria-hidden="true" shape-rendering="crispEdges">{cells}</svg>'


def _looks(row: int, column: int, share: float) -> str:
    return _("slice {one} looks at slice {other}: {share}", one=row + 1, other=column + 1, share=percent(share))


def _colour(share: float) -> str:
    """Inferno's reverse, without its palest and darkest ends: readable on white and on black."""
    return str(sample_colorscale(sequential.Inferno, 0.97 - 0.75 * min(max(share, 0.0), 1.0))[0])


def answers_figure(answers: np.ndarray, labels: Sequence[str], *, top_k: int = 3) -> go.Figure:
    """What the classifier would say if it read the tokens after each layer: a line for each of the likeliest classes.

    Args:
        answers: (L + 1, num_labels) probabilities, after 0 to L layers.
        top_k: how many classes, likeliest after the last layer first; at most five.
    """
    figure = bare_figure(meta={"kind": "answers"}, height=ANSWERS_HEIGHT, margin={"l": 40, "r": 150, "t": 8, "b": 40})
    after = list(range(len(answers)))
    best = np.argsort(-answers[-1], kind="stable")[:top_k]
    taken: list[float] = []
    for rank, label_id in enumerate(int(number) for number in best):
        line = {"color": ACCENT, "width": 3} if rank == 0 else {"color": QUIET, "width": 2, "dash": _DASHES[rank]}
        figure.add_trace(
            go.Scatter(
                x=after,
                y=answers[:, label_id].astype(float),
                mode="lines+markers",
                line=line,
                hovertemplate=_(
                    "{label} after {layers} layers: {share}",
                    label=class_name(labels[label_id]),
                    layers="%{x}",
                    share="%{y:.1%}",
                )
                + "<extra></extra>",
                name=class_name(labels[label_id]),
            )
        )
        height = float(answers[-1, label_id])
        while any(abs(height - other) < NAME_SPACE for other in taken):
            height += 0.01
        taken.append(height)
        figure.add_annotation(
            text=class_name(labels[label_id]),
            x=after[-1],
            y=height,
            xanchor="left",
            xshift=8,
            showarrow=False,
            borderpad=0,
        )
    figure.update_xaxes(
        range=[-0.1, after[-1] + 0.1],
        tickvals=after,
        showgrid=False,
        zeroline=False,
        fixedrange=True,
        title={"text": _("layers"), "font": {"size": 12}, "standoff": 6},
    )
    figure.update_yaxes(range=[-0.03, 1.12], tickvals=[0, 0.5, 1], tickformat=".0%", gridcolor=GRID, zeroline=False)
    figure.update_yaxes(fixedrange=True)
    return figure
