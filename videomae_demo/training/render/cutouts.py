"""Things with any surface: movers and bystanders of the filmed worlds."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from videomae_demo.training.render.colours import any_colour, contrasting
from videomae_demo.training.render.draws import Draws
from videomae_demo.training.render.shapes import Shape
from videomae_demo.training.render.sprites import Sprite, levels_of
from videomae_demo.training.render.textures import LOPSIDED, TEXTURES, grid, two_tone

_SUBPIXEL_BITS = 4
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)

Paint = Callable[[Draws, int, int], np.ndarray]
"""(draws, height, width) -> (H, W, 3) float32, about [0, 255]."""


def make_cutout(
    draws: Draws,
    shape: Shape,
    radius: float,
    short_side: int,
    surface: Paint | None,
    behind: float,
    *,
    least: float,
    turning: bool = False,
) -> Sprite:
    """A thing.

    Args:
        draws: the clip's choices.
        shape: its outline, one of `CUTOUTS`.
        radius: at its largest, in short sides.
        short_side: of the frame, in pixels.
        surface: what it is made of; None for one or two colours.
        behind: mean luminance of what is behind it, in [0, 1].
        least: difference of mean luminance that it must have; 0 lets it melt into what is behind it.
        turning: whether a turn must show, which a plain disc would hide.
    """
    outline = shape.draw(draws)
    side = 2 * int(np.ceil(radius * short_side)) + 4
    pixels = np.round(((outline * radius * short_side) + (side - 1) / 2) * 2**_SUBPIXEL_BITS).astype(np.int32)
    alpha = np.zeros((side, side), np.uint8)
    cv2.fillPoly(alpha, [pixels], 255, cv2.LINE_AA, _SUBPIXEL_BITS)
    if surface is None:
        u, v = grid(side, side)
        share = draws.pick(LOPSIDED["train"] if turning else TEXTURES["train"])
        fill = two_tone(share(draws, u, v), contrasting(draws, (behind,)), any_colour(draws))
    else:
        # Painted larger than needed and cut to size: a small thing shows a piece of its material, not all of it.
        large = max(side, round(draws.uniform(0.3, 0.9) * short_side))
        fill = surface(draws, large, large)[:side, :side]
    if draws.nuisance(0.5):
        fill = fill * _solid(draws, side)[..., None]
    if draws.chance(0.2):
        fill = np.ascontiguousarray(fill, np.float32)
        rim = max(1, round(side * draws.uniform(0.015, 0.05)))
        cv2.polylines(fill, [pixels], True, any_colour(draws), rim, cv2.LINE_AA, _SUBPIXEL_BITS)
    fill = _set_apart(np.clip(fill, 0, 255), alpha, behind, least)
    return Sprite(levels_of(fill, alpha), outline, radius, shape.symmetry_angle)


def shadow_of(sprite: Sprite, softness: float) -> Sprite:
    """The sprite's cast shadow: black, its edge blurred by this share of its size."""
    alpha = sprite.levels[0][..., 3]
    alpha = cv2.GaussianBlur(alpha, (0, 0), max(0.6, softness * len(alpha)))
    return Sprite(levels_of(np.zeros((*alpha.shape, 3)), alpha), sprite.outline, sprite.radius, sprite.symmetry_angle)


def _solid(draws: Draws, side: int) -> np.ndarray:
    """(S, S) light on something round or slanted."""
    u, v = grid(side, side)
    turn = draws.uniform(0, 2 * np.pi)
    towards = np.float32(np.cos(turn)) * u + np.float32(np.sin(turn)) * v
    bulge = np.sqrt(np.clip(1 - 0.8 * (u * u + v * v), 0.05, 1)) if draws.chance(0.5) else np.float32(1)
    return (1 + draws.uniform(0.1, 0.45) * towards) * bulge


def _set_apart(fill: np.ndarray, alpha: np.ndarray, behind: float, least: float) -> np.ndarray:
    """The fill, darkened or lightened until its mean luminance differs enough from what is behind it."""
    inside = alpha > 127
    own = float((fill[inside] @ _LUMA).mean()) / 255 if inside.any() else behind
    if abs(own - behind) >= least:
        return fill
    lighter = own >= behind if 0.12 + least < behind < 0.88 - least else behind < 0.5
    goal = behind + least if lighter else behind - least
    if goal < own:
        return fill * (goal / own)
    return 255 - (255 - fill) * ((1 - goal) / max(1 - own, 1e-3))
