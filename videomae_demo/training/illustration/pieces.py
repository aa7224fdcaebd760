"""The colours, and the flat pieces that everything is made of."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from videomae_demo.training.render.colours import Colour
from videomae_demo.training.render.parts import Part, draw_parts
from videomae_demo.training.render.records import Track

CREAM: Colour = (247, 240, 226)
SAND: Colour = (233, 213, 178)
CORAL: Colour = (233, 106, 88)
MUSTARD: Colour = (233, 180, 76)
TEAL: Colour = (42, 157, 143)
NAVY: Colour = (38, 58, 84)
SKY: Colour = (176, 219, 230)
SAGE: Colour = (163, 196, 158)
MOSS: Colour = (104, 150, 112)
BLUSH: Colour = (243, 205, 188)
PLUM: Colour = (110, 78, 116)
WOOD: Colour = (190, 142, 100)
WHITE: Colour = (255, 253, 248)

Size = tuple[int, int]  # height, width


def poly(colour: Colour, *corners: tuple[float, float]) -> Part:
    """A convex polygon that stays where it is."""
    return Part(np.array(corners, dtype=float)[None], colour, moving=False)


def block(colour: Colour, left: float, top: float, right: float, bottom: float) -> Part:
    """An upright rectangle."""
    return poly(colour, (left, top), (right, top), (right, bottom), (left, bottom))


def oval(colour: Colour, x: float, y: float, half_width: float, half_height: float | None = None) -> Part:
    """An ellipse; a circle where only one radius is given."""
    turn = 2 * np.pi * np.arange(72) / 72
    ring = np.stack(
        [x + half_width * np.cos(turn), y + (half_width if half_height is None else half_height) * np.sin(turn)], axis=1
    )
    return Part(ring[None], colour, moving=False)


def on_track(parts: list[Part], track: Track) -> list[Part]:
    """The parts, drawn about (0, 0), taken along a track."""
    cos, sin = np.cos(track.angle) * track.scale, np.sin(track.angle) * track.scale
    turn = np.stack([np.stack([cos, sin], axis=1), np.stack([-sin, cos], axis=1)], axis=1)  # (T, 2, 2)
    place = np.stack([track.x, track.y], axis=1)[:, None]
    return [replace(part, points=part.points[0] @ turn + place, moving=True) for part in parts]


def gradient(size: Size, top: Colour, bottom: Colour) -> np.ndarray:
    """(H, W, 3) uint8, from one colour at the top to another at the bottom."""
    height, width = size
    share = np.linspace(0, 1, height)[:, None, None]
    picture = np.array(top) + share * (np.array(bottom) - np.array(top))
    return np.repeat(picture, width, axis=1).astype(np.uint8)


def paint(picture: np.ndarray, *parts: Part) -> np.ndarray:
    """The picture with the parts painted onto it."""
    draw_parts(picture[None], list(parts), (0.0, 0.0), (1.0, 1.0))
    return picture
