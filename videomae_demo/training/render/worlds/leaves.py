"""Dead leaves: things lying on things, of every size, which is why photographs look the same at every scale."""

from __future__ import annotations

import cv2
import numpy as np

from videomae_demo.training.render.colours import Colour, any_colour, mix, shade
from videomae_demo.training.render.dice import Dice
from videomae_demo.training.render.worlds.fields import power_law


def paint_leaves(dice: Dice, height: int, width: int) -> np.ndarray:
    """Many patches of one kind or of all, small ones far more often than large ones, each with an edge in shade."""
    short = min(height, width)
    palette = [any_colour(dice) for _ in range(dice.integer(3, 7))]
    picture = np.empty((height, width, 3), np.float32)
    picture[:] = palette[0]
    smallest = dice.uniform(0.02, 0.05)
    kind = dice.pick(("round", "angular", "slab", "any"))
    for _ in range(dice.integer(45, 130)):
        # Radii with density ~ r^-3: the statistics are those of any enlargement.
        radius = min(0.4, smallest / np.sqrt(dice.uniform(0.004, 1.0))) * short
        colour = mix(dice.pick(palette), any_colour(dice), dice.uniform(0, 0.25))
        _lay(dice, picture, dice.pick(("round", "angular", "slab")) if kind == "any" else kind, radius, colour)
    relief = power_law(dice, height, width, exponent=1.1) - 0.5
    return picture * (1 + dice.uniform(0.1, 0.7) * relief)[..., None]


def _lay(dice: Dice, picture: np.ndarray, kind: str, radius: float, colour: Colour) -> None:
    """One patch on top of what lies there."""
    height, width = picture.shape[:2]
    x, y = dice.uniform(0, width), dice.uniform(0, height)
    if kind == "angular":
        angles = np.sort(dice.rng.random(dice.integer(3, 6))) * 2 * np.pi
    elif kind == "slab":
        angles = dice.uniform(0, np.pi) + np.array([-1, 1, np.pi - 1, np.pi + 1]) * dice.uniform(0.25, 1.0)
    else:
        angles = 2 * np.pi * np.arange(14) / 14
    squeeze = dice.uniform(0.5, 1.0) if kind == "round" else 1.0
    corners = np.stack([x + radius * np.cos(angles), y + radius * squeeze * np.sin(angles)], axis=1)
    edge = np.round((corners + 0.02 * radius + 0.5) * 16).astype(np.int32)
    cv2.fillConvexPoly(picture, edge, shade(colour, 0.5), cv2.LINE_8, 4)
    cv2.fillConvexPoly(picture, np.round(corners * 16).astype(np.int32), colour, cv2.LINE_8, 4)
