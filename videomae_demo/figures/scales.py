"""How a map's numbers become colours: one range for the whole clip, with numbers on its legend.

An unsigned map is shown as a multiple of the uniform share: 1 is what every token would get if all got the same. At and
below 1 the picture stays clear; above, each doubling is one step of colour, because a few tokens often have thirty
times their share while the interesting rest has two or four. A signed map is clear at zero and has one colour for
each sign.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from plotly.colors import sample_colorscale, sequential, unlabel_rgb

from ..results import Explanation
from ..words import _, later, numeral

NEGATIVE = (33, 102, 172)
POSITIVE = (214, 96, 24)
"""Blue and orange: told apart by all common kinds of colour vision, unlike red and green."""
LEVELS = 254
_STOPS = 9
UNSIGNED_TITLE = later("times its share; clear is its share or less")
_CLIPPED_SHARE = 0.005
"""The largest half per cent of the tokens may exceed the scale, so that one outlier does not fade all others."""


@dataclass(frozen=True)
class MapScale:
    """One colour range for all frames of a clip."""

    low: float
    """The value at the scale's clear end (unsigned: 1, the uniform share) or at its negative end (signed)."""
    high: float
    ticks: tuple[float, ...]
    tick_labels: tuple[str, ...]
    colours: tuple[tuple[float, str], ...]
    """Plotly's colorscale: (position in [0, 1], ``rgba(...)``)."""
    title: str
    """What the numbers on the legend are."""
    hover: str
    """Plotly's format of one value, with its unit."""
    clear: float
    """The value where the picture stays as it is."""
    logarithmic: bool
    """Whether equal steps of colour are equal ratios; else they are equal differences."""

    def heatmap_style(self) -> dict[str, Any]:
        """Arguments of a ``go.Heatmap`` whose ``z`` is ``position`` of the values; its customdata are the values."""
        return {
            "zmin": 0.0,
            "zmax": 1.0,
            "colorscale": [list(stop) for stop in self.colours],
            "hovertemplate": self.hover + "<extra></extra>",
        }

    def position(self, values: np.ndarray | Sequence[float] | float) -> np.ndarray:
        """Where on the scale values stand, as float32 in [0, 1]: 0 at ``low``, 1 at ``high``, and clipped there."""
        values = np.clip(np.asarray(values, np.float32), self.low, self.high)
        if self.logarithmic:
            return np.log(values / self.low) / np.float32(np.log(self.high / self.low))
        return (values - self.low) / np.float32(self.high - self.low)

    def quantised(self, values: np.ndarray | float) -> np.ndarray:
        """``position`` as uint8 steps from 0 to ``LEVELS``: an even number, so that zero is a step of its own."""
        return np.rint(self.position(values) * LEVELS).astype(np.uint8)

    def css_gradient(self) -> str:
        """The same colours as a CSS background, for a legend outside a figure."""
        stops = ", ".join(f"{colour} {position:.0%}" for position, colour in self.colours)
        return f"linear-gradient(to right, {stops})"


def displayed(explanation: Explanation) -> np.ndarray:
    """(T', H', W') float32: the numbers that are drawn.

    A signed map keeps its unit. An unsigned one becomes a multiple of the uniform share, value · N / total; a map that
    is zero everywhere has no share to divide and stays zero.
    """
    values = explanation.values.astype(np.float32)
    mean = float(values.mean())
    if explanation.signed or mean == 0:
        return values
    return values / np.float32(mean)


def slice_importance(explanation: Explanation) -> np.ndarray:
    """(T',) float32: each slice's own number on the importance curve.

    Unsigned: the mean of its tokens' multiples, so that 1 is the uniform share again. Signed: the sum over its tokens,
    so that the slices add up to what the whole map adds up to.
    """
    values = displayed(explanation)
    return values.sum(axis=(1, 2)) if explanation.signed else values.mean(axis=(1, 2))


def scale_of(explanation: Explanation) -> MapScale:
    """The range that all frames of this map share."""
    values = displayed(explanation)
    if explanation.signed:
        return _signed_scale(values, explanation.unit)
    return _unsigned_scale(values)


def _unsigned_scale(values: np.ndarray) -> MapScale:
    peak = max(float(np.quantile(values, 1 - _CLIPPED_SHARE)), 1.5)
    doublings = int(np.ceil(np.log2(peak) - 1e-6))
    high = 2.0**doublings
    step = 1 if doublings <= 6 else 2
    ticks = (
        (1.0, 1.5, 2.0)
        if doublings == 1
        else tuple(2.0**power for power in range(doublings % step, doublings + 1, step))
    )
    labels = [numeral(tick, "g") + "×" for tick in ticks]
    if float(values.max()) > high:
        labels[-1] = "≥ " + labels[-1]
    # Inferno without its black foot: perceptually uniform, and its lightness alone carries the order.
    colours = []
    for position in np.linspace(0, 1, _STOPS):
        red, green, blue = unlabel_rgb(sample_colorscale(sequential.Inferno, 0.3 + 0.68 * position)[0])
        alpha = min(1.0, 0.35 + 1.1 * position) if position > 0 else 0.0
        colours.append((float(position), f"rgba({red:.0f},{green:.0f},{blue:.0f},{alpha:.2f})"))
    return MapScale(
        1.0,
        high,
        ticks,
        tuple(labels),
        tuple(colours),
        _(UNSIGNED_TITLE),
        _("{multiple} × its share", multiple="%{customdata:.2f}"),
        1.0,
        True,
    )


def _signed_scale(values: np.ndarray, unit: str) -> MapScale:
    extent = _round_up(float(np.quantile(np.abs(values), 1 - _CLIPPED_SHARE))) or 1.0
    ticks = (-extent, -extent / 2, 0.0, extent / 2, extent)
    labels = [numeral(tick, "+.2g") if tick else "0" for tick in ticks]
    if float(np.abs(values).max()) > extent:
        labels[0], labels[-1] = "≤ " + labels[0], "≥ " + labels[-1]
    title = _("{unit}: blue against, orange for; clear is nothing", unit=_(unit))
    colours = []
    for position in np.linspace(-1, 1, _STOPS):
        red, green, blue = NEGATIVE if position < 0 else POSITIVE
        alpha = min(1.0, 1.15 * abs(position))
        colours.append((float((position + 1) / 2), f"rgba({red},{green},{blue},{alpha:.2f})"))
    return MapScale(
        -extent, extent, ticks, tuple(labels), tuple(colours), title, "%{customdata:+.3g} " + _(unit), 0.0, False
    )


def _round_up(value: float) -> float:
    """The next of 1, 1.5, 2, 3, 4, 5, 6, 8, 10 times a power of ten, so that the legend's ends are plain numbers.

    >>> [_round_up(value) for value in (0.0, 1.2, 2.7, 6.1, 0.031)]
    [0.0, 1.5, 3.0, 8.0, 0.04]
    """
    if value <= 0:
        return 0.0
    power = 10.0 ** np.floor(np.log10(value))
    step = next(step for step in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if step * power >= value * (1 - 1e-6))
    return float(f"{step * power:.6g}")
