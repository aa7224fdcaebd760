"""What any scene may have besides its mover."""

from __future__ import annotations

import numpy as np

from videomae_demo.training.render.backgrounds import Background
from videomae_demo.training.render.colours import any_colour
from videomae_demo.training.render.draws import Draws
from videomae_demo.training.render.sprites import make_sprite, paste

Size = tuple[int, int]
"""Height and width in pixels."""


def share_of_frame(points: np.ndarray, size: Size) -> np.ndarray:
    """(T, 4) boxes around (T, K, 2) points in short sides from the middle, clipped, as shares of the frame."""
    height, width = size
    short = min(size)
    low, high = points.min(axis=1), points.max(axis=1)
    scale = np.array([short / width, short / height])
    return np.clip(np.concatenate([low * scale + 0.5, high * scale + 0.5], axis=1), 0, 1)


def add_distractors(
    draws: Draws, canvas: np.ndarray, background: Background, *, chance: float, lowest: float = 0.45
) -> None:
    """Things that just lie or hang about, with that chance; none centred below `lowest`."""
    if not draws.nuisance(chance):
        return
    short = min(canvas.shape[:2])
    for _ in range(draws.integer(1, 3)):
        sprite = make_sprite(draws, draws.uniform(0.04, 0.12), short, background.tones, must_show_turn=False)
        place = draws.uniform(-0.6, 0.6), draws.uniform(-0.45, lowest)
        paste(canvas, sprite, *place, 1.0, draws.uniform(0, 2 * np.pi), 1.0)


def add_occluder(draws: Draws, frames: np.ndarray, widest: float) -> None:
    """Sometimes a post or a rail in front, too thin to hide a track."""
    if not draws.nuisance(0.2):
        return
    height, width = frames.shape[1:3]
    short = min(height, width)
    thick = draws.uniform(0.03, widest) * short
    colour = np.array(any_colour(draws), np.uint8)
    if draws.chance(0.65):
        left = width / 2 + draws.uniform(-0.4, 0.4) * short
        frames[:, :, int(left) : int(left + thick) + 1] = colour
    else:
        top = height / 2 + draws.uniform(-0.35, 0.35) * short
        frames[:, int(top) : int(top + thick) + 1] = colour
