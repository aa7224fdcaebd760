"""Foliage: leaves, blades of grass, blossoms, seen from near or from far."""

from __future__ import annotations

import cv2
import numpy as np

from videomae_demo.training.render.colours import Colour, any_colour, hsv, shade
from videomae_demo.training.render.draws import Draws
from videomae_demo.training.render.worlds.fields import coloured, power_law

_LEAF = np.array([(-1, 0), (-0.5, -0.32), (0.1, -0.36), (0.6, -0.2), (1, 0), (0.6, 0.2), (0.1, 0.36), (-0.5, 0.32)])


def _green(draws: Draws, hue: float) -> Colour:
    return hsv(hue + draws.uniform(-0.05, 0.05), draws.uniform(0.25, 0.8), draws.uniform(0.15, 0.85))


def paint_foliage(draws: Draws, height: int, width: int) -> np.ndarray:
    """A bush or a meadow, mostly green, sometimes autumn."""
    short = min(height, width)
    hue = draws.pick((0.25, 0.3, 0.36, 0.08, 0.13))
    picture = coloured(
        power_law(draws, height, width, exponent=1.2), [shade(_green(draws, hue), 0.25), _green(draws, hue)]
    )
    meadow = draws.chance(0.4)
    length = draws.uniform(0.05, 0.16) * short
    count = draws.integer(70, 150)
    lean = draws.uniform(-0.4, 0.4)
    for i in range(count):
        # Later ones lie on top and get more light.
        colour = shade(_green(draws, hue), 0.45 + 0.7 * i / count)
        x, y = draws.uniform(0, width), draws.uniform(0, height)
        turn = -np.pi / 2 + lean + draws.uniform(-0.35, 0.35) if meadow else draws.uniform(0, 2 * np.pi)
        size = length * draws.uniform(0.5, 1.4)
        slim = 0.35 if meadow else 1.0
        cos, sin = np.cos(turn) * size, np.sin(turn) * size
        corners = (_LEAF * (1.0, slim)) @ np.array([[cos, sin], [-sin, cos]]) + (x, y)
        cv2.fillConvexPoly(picture, np.round(corners * 16).astype(np.int32), colour, cv2.LINE_8, 4)
    if draws.chance(0.35):
        blossom = any_colour(draws)
        for _ in range(draws.integer(4, 16)):
            centre = int(draws.uniform(0, width)), int(draws.uniform(0, height))
            cv2.circle(picture, centre, max(1, round(short * draws.uniform(0.008, 0.03))), blossom, -1)
    return picture
