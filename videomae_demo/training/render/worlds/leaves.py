"""Dead leaves: things lying on things, of every size, which is why photographs look the same at every scale."""

from __future__ import annotations

import cv2
import numpy as np

from videomae_demo.training.render.colours import Colour, any_colour, mix, shade
from videomae_demo.training.render.draws import Draws
from videomae_demo.training.render.worlds.fields import power_law


def paint_leaves(draws: Draws, height: int, width: int) -> np.ndarray:
    """Many patches of one kind or of all, small ones far more often than large ones, each with an edge in shade."""
    short = min(height, width)
    palette = [any_colour(draws) for _ in range(draws.integer(3, 7))]
    picture = np.empty((height, width, 3), np.float32)
    picture[:] = palette[0]
    smallest = draws.uniform(0.02, 0.05)
    kind = draws.pick(("round", "angular", "slab", "any"))
    for _ in range(draws.integer(45, 130)):
        # Radii with density ~ r^-3: the statistics are those of any enlargement.
        radius = min(0.4, smallest / np.sqrt(draws.uniform(0.004, 1.0))) * short
        colour = mix(draws.pick(palette), any_colour(draws), draws.uniform(0, 0.25))
        _lay(draws, picture, draws.pick(("round", "angular", "slab")) if kind == "any" else kind, radius, colour)
    relief = power_law(draws, height, width, exponent=1.1) - 0.5
    return picture * (1 + draws.uniform(0.1, 0.7) * relief)[..., None]


def _lay(draws: Draws, picture: np.ndarray, kind: str, radius: float, colour: Colour) -> None:
    """One patch on top of what lies there."""
    height, width = picture.shape[:2]
    x, y = draws.uniform(0, width), draws.uniform(0, height)
    if kind == "angular":
        angles = np.sort(draws.rng.random(draws.integer(3, 6))) * 2 * np.pi
    elif kind == "slab":
        angles = draws.uniform(0, np.pi) + np.array([-1, 1, np.pi - 1, np.pi + 1]) * draws.uniform(0.25, 1.0)
    else:
        angles = 2 * np.pi * np.arange(14) / 14
    squeeze = draws.uniform(0.5, 1.0) if kind == "round" else 1.0
    corners = np.stack([x + radius * np.cos(angles), y + radius * squeeze * np.sin(angles)], axis=1)
    edge = np.round((corners + 0.02 * radius + 0.5) * 16).astype(np.int32)
    cv2.fillConvexPoly(picture, edge, shade(colour, 0.5), cv2.LINE_8, 4)
    cv2.fillConvexPoly(picture, np.round(corners * 16).astype(np.int32), colour, cv2.LINE_8, 4)
