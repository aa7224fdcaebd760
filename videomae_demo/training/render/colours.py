"""Colours: RGB triples of floats in [0, 255]."""

from __future__ import annotations

import colorsys

from videomae_demo.training.render.draws import Draws

Colour = tuple[float, float, float]

Tones = tuple[float, ...]
"""Luminances in [0, 1] of what is behind a mover on its way."""

MIN_CONTRAST = 0.22
"""Least difference of luminance, in [0, 1], between a mover and what is behind it: below 0.2 a fade is invisible."""

_INK: Colour = (20.0, 20.0, 28.0)
_PAPER: Colour = (248.0, 245.0, 238.0)


def hsv(hue: float, saturation: float, value: float) -> Colour:
    """The RGB colour; hue is cyclic, all in [0, 1].

    >>> hsv(0.0, 1.0, 1.0)
    (255.0, 0.0, 0.0)
    """
    red, green, blue = colorsys.hsv_to_rgb(hue % 1.0, saturation, value)
    return red * 255, green * 255, blue * 255


def luminance(colour: Colour) -> float:
    """Rec. 601 luma in [0, 1]."""
    return (0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]) / 255


def mix(a: Colour, b: Colour, share: float) -> Colour:
    """`a` and `b` mixed; a share of 0 is `a`, of 1 is `b`."""
    red, green, blue = (x + (y - x) * share for x, y in zip(a, b, strict=True))
    return red, green, blue


def shade(colour: Colour, factor: float) -> Colour:
    """Darker below 1, lighter above it, by moving towards black or white."""
    return mix((0.0, 0.0, 0.0), colour, factor) if factor <= 1 else mix(colour, (255.0, 255.0, 255.0), factor - 1)


def any_colour(draws: Draws) -> Colour:
    """Any colour, greys and pastels included."""
    return hsv(draws.uniform(0, 1), draws.uniform(0, 1) ** 0.7, draws.uniform(0.12, 1.0))


def soft_colour(draws: Draws) -> Colour:
    """A muted, mostly light colour, for what stays in the background."""
    return hsv(draws.uniform(0, 1), draws.uniform(0.05, 0.45), draws.uniform(0.35, 0.98))


def contrasting(draws: Draws, tones: Tones, least: float = MIN_CONTRAST) -> Colour:
    """A colour that stands out from all these tones, as far as there is one: the best of a few."""

    def contrast(colour: Colour) -> float:
        own = luminance(colour)
        return min(abs(own - tone) for tone in tones)

    best = _INK if contrast(_INK) > contrast(_PAPER) else _PAPER
    for _ in range(12):
        colour = any_colour(draws)
        if contrast(colour) >= least:
            return colour
        best = max(best, colour, key=contrast)
    return best
