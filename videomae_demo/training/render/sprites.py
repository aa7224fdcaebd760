"""Movers as small pictures with transparency, and laying them onto frames with sub-pixel care."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from videomae_demo.training.render.colours import Tones, any_colour, contrasting, shade
from videomae_demo.training.render.draws import Draws
from videomae_demo.training.render.shapes import SHAPES
from videomae_demo.training.render.textures import LOPSIDED, TEXTURES, grid, plain, second_colour, two_tone

_SUBPIXEL_BITS = 4


@dataclass(frozen=True)
class Sprite:
    """A shape, filled; drawn for its largest size on screen, so that it is only ever made smaller."""

    levels: tuple[np.ndarray, ...]
    """(S, S, 4) uint8 premultiplied RGBA, each half the size of the one before: no shimmer when small."""
    outline: np.ndarray
    """(K, 2) corners for a unit radius, for the box."""
    radius: float
    """Radius at scale 1, in short sides."""
    symmetry_angle: float
    """Radians after which it looks the same."""


def make_sprite(draws: Draws, radius: float, short_side: int, tones: Tones, *, must_show_turn: bool) -> Sprite:
    """A random mover that stands out from what is behind it.

    Args:
        draws: the clip's choices.
        radius: at its largest, in short sides.
        short_side: of the frame, in pixels.
        tones: of what is behind it.
        must_show_turn: whether a rotation has to be visible (then a plain disc will not do).
    """
    shape = draws.pick(SHAPES[draws.style])
    outline = shape.draw(draws)
    colour = contrasting(draws, tones)
    side = 2 * int(np.ceil(radius * short_side)) + 4
    u, v = grid(side, side)
    share = draws.pick(TEXTURES[draws.style])
    if must_show_turn and (shape.symmetry_order == 0 or (shape.symmetry_order > 3 and share is plain)):
        share = draws.pick(LOPSIDED[draws.style])
    fill = two_tone(share(draws, u, v), colour, second_colour(draws, colour, tones)).astype(np.uint8)

    pixels = np.round(((outline * radius * short_side) + (side - 1) / 2) * 2**_SUBPIXEL_BITS).astype(np.int32)
    alpha = np.zeros((side, side), np.uint8)
    cv2.fillPoly(alpha, [pixels], 255, cv2.LINE_AA, _SUBPIXEL_BITS)
    if draws.chance(0.3):
        rim = max(1, round(side * draws.uniform(0.02, 0.06)))
        edge = shade(colour, draws.pick((0.3, 0.5, 1.7)))
        cv2.polylines(fill, [pixels], True, edge, rim, cv2.LINE_AA, _SUBPIXEL_BITS)
    if draws.chance(0.15):
        badge = pixels * draws.uniform(0.35, 0.5) + pixels.mean(axis=0) * draws.uniform(0.4, 0.75)
        cv2.fillPoly(fill, [badge.astype(np.int32)], any_colour(draws), cv2.LINE_AA, _SUBPIXEL_BITS)
    return Sprite(levels_of(fill, alpha), outline, radius, shape.symmetry_angle)


def levels_of(fill: np.ndarray, alpha: np.ndarray) -> tuple[np.ndarray, ...]:
    """The sprite's pictures, each half the size of the one before.

    Args:
        fill: (S, S, 3), values in [0, 255].
        alpha: (S, S) uint8, 255 inside the outline.
    """
    level = np.dstack([fill * (alpha[..., None] / 255.0), alpha.astype(np.float32)])
    levels = [np.clip(level, 0, 255).astype(np.uint8)]
    while levels[-1].shape[0] > 24:
        half = (levels[-1].shape[0] + 1) // 2
        levels.append(cv2.resize(levels[-1], (half, half), interpolation=cv2.INTER_AREA))
    return tuple(levels)


def corners_on_screen(sprite: Sprite, x: float, y: float, scale: float, angle: float) -> np.ndarray:
    """(K, 2) corners in short sides from the middle of the frame."""
    cos, sin = np.cos(angle) * scale * sprite.radius, np.sin(angle) * scale * sprite.radius
    return sprite.outline @ np.array([[cos, sin], [-sin, cos]]) + (x, y)


def paste(frame: np.ndarray, sprite: Sprite, x: float, y: float, scale: float, angle: float, opacity: float) -> None:
    """Lay the sprite onto the frame, in place.

    Args:
        frame: (H, W, 3) uint8.
        sprite: what to lay.
        x: of its centre, in short sides from the middle; `y` likewise.
        y: see x.
        scale: relative to its radius.
        angle: radians, clockwise.
        opacity: in [0, 1].
    """
    height, width = frame.shape[:2]
    short = min(height, width)
    level = 0
    while scale * 2**level < 0.6 and level + 1 < len(sprite.levels):
        level += 1
    picture = sprite.levels[level]
    side = picture.shape[0]
    zoom = scale * sprite.levels[0].shape[0] / side
    centre_x, centre_y = x * short + (width - 1) / 2, y * short + (height - 1) / 2
    reach = scale * sprite.radius * short + 2
    left, top = max(0, int(centre_x - reach)), max(0, int(centre_y - reach))
    right, bottom = min(width, int(centre_x + reach) + 2), min(height, int(centre_y + reach) + 2)
    if right <= left or bottom <= top or opacity <= 0:
        return
    cos, sin = np.cos(angle) * zoom, np.sin(angle) * zoom
    middle = (side - 1) / 2
    place = np.array(
        [
            [cos, -sin, centre_x - left - (cos - sin) * middle],
            [sin, cos, centre_y - top - (sin + cos) * middle],
        ]
    )
    laid = cv2.warpAffine(picture, place, (right - left, bottom - top), flags=cv2.INTER_LINEAR)
    weights = laid.astype(np.float32)
    if opacity < 1:
        weights *= opacity
    under = frame[top:bottom, left:right]
    under[:] = (weights[..., :3] + under * (1 - weights[..., 3:] * (1 / 255))).astype(np.uint8)
