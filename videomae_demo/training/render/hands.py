"""Hands: open ones, flat ones and fists, as pictures with transparency."""

from __future__ import annotations

import cv2
import numpy as np

from videomae_demo.training.render.colours import Colour, shade
from videomae_demo.training.render.draws import Draws
from videomae_demo.training.render.parts import capsule
from videomae_demo.training.render.sprites import Sprite, levels_of
from videomae_demo.training.render.textures import grid, smooth_noise

WRIST = 0.8
"""How far the wrist is from the middle of the hand, in its radii; the fingers point the other way."""

HANDS = ("open", "flat", "fist")

_FINGERS = ((-0.33, 0.70), (-0.11, 0.84), (0.11, 0.80), (0.33, 0.62))
"""Where each finger starts beside the middle of the hand, and its length, in radii of the hand."""
_THICK = 0.11
_SUBPIXEL_BITS = 4


def make_hand(draws: Draws, radius: float, short_side: int, skin: Colour, kind: str) -> Sprite:
    """A hand whose fingers point up.

    Args:
        draws: the clip's choices.
        radius: from its middle to the tip of the longest finger, in short sides.
        short_side: of the frame, in pixels.
        skin: its colour.
        kind: one of `HANDS`.
    """
    pieces = _pieces(draws, kind)
    side = 2 * int(np.ceil(radius * short_side)) + 4
    fill = np.zeros((side, side, 3), np.float32)
    alpha = np.zeros((side, side), np.uint8)
    crease = shade(skin, draws.uniform(0.55, 0.85))
    for start, end, first, last in pieces:
        # A dark rim, then the piece a little thinner: what parts the fingers from each other.
        for grow, colour in ((0.0, crease), (-0.025, skin)):
            points = capsule(np.array([start]), np.array([end]), first + grow, last + grow)[0]
            pixels = np.round((points * radius * short_side + (side - 1) / 2) * 2**_SUBPIXEL_BITS).astype(np.int32)
            cv2.fillConvexPoly(fill, pixels, colour, cv2.LINE_AA, _SUBPIXEL_BITS)
            cv2.fillConvexPoly(alpha, pixels, 255, cv2.LINE_AA, _SUBPIXEL_BITS)
    u, v = grid(side, side)
    turn = draws.uniform(0, 2 * np.pi)
    light = 1 + draws.uniform(0.05, 0.35) * (np.float32(np.cos(turn)) * u + np.float32(np.sin(turn)) * v)
    light = light * (1 + draws.uniform(0.0, 0.3) * (smooth_noise(draws, side, side, 5) - 0.5))
    outline = np.concatenate([capsule(np.array([a]), np.array([b]), r, s)[0] for a, b, r, s in pieces])
    return Sprite(levels_of(np.clip(fill * light[..., None], 0, 255), alpha), outline, radius, 2 * np.pi)


Piece = tuple[tuple[float, float], tuple[float, float], float, float]
"""Start, end and the radii there."""


def _pieces(draws: Draws, kind: str) -> list[Piece]:
    """Wrist, palm, thumb and fingers of a left or a right hand, in radii."""
    side = draws.sign()
    spread = draws.uniform(0.1, 0.24) if kind == "open" else draws.uniform(0.0, 0.03)
    length = draws.uniform(0.2, 0.32) if kind == "fist" else draws.uniform(0.85, 1.0)
    pieces: list[Piece] = [((0.0, 0.4), (0.0, WRIST + 0.1), 0.3, 0.24), ((0.0, 0.42), (0.0, 0.18), 0.36, 0.43)]
    for number, (place, reach) in enumerate(_FINGERS):
        heading = (number - 1.5) * spread
        start = (side * place, -0.02)
        tip = reach * length
        end = (start[0] + side * tip * np.sin(heading), start[1] - tip * np.cos(heading))
        pieces.append((start, end, _THICK + 0.01, _THICK - 0.02))
    heading = draws.uniform(0.7, 1.2) if kind == "open" else draws.uniform(0.1, 0.4)
    reach = 0.55 if kind == "open" else 0.4
    start = (side * -0.36, 0.42)
    end = (start[0] - side * reach * np.sin(heading), start[1] - reach * np.cos(heading))
    pieces.append((start, end, _THICK + 0.03, _THICK))
    return pieces
