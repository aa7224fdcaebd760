"""Natural image statistics and nothing else: coloured noise with photographs' fall of amplitude."""

from __future__ import annotations

import numpy as np

from videomae_demo.training.render.draws import Draws
from videomae_demo.training.render.worlds.fields import coloured, power_law, ramp_colours


def paint_noise(draws: Draws, height: int, width: int) -> np.ndarray:
    """Either a ramp of colours along one field, or three fields mixed as strongly as colours are in photographs."""
    exponent = draws.uniform(0.8, 1.7)
    stretch = draws.pick((1.0, 1.0, 3.0, 0.4))
    field = power_law(draws, height, width, exponent=exponent, stretch=stretch)
    if draws.chance(0.5):
        return coloured(field, ramp_colours(draws, draws.integer(2, 4)))
    red, blue = (power_law(draws, height, width, exponent=exponent + 0.3) - 0.5 for _ in range(2))
    contrast, tint = draws.uniform(0.8, 1.6), draws.uniform(0.2, 0.9)
    grey = draws.uniform(0.3, 0.65) + (field - 0.5) * contrast
    channels = grey + tint * red, grey - 0.4 * tint * (red + blue), grey + tint * blue
    return np.stack(channels, axis=-1) * 255
