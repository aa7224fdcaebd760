"""Materials: wood, stone, cloth."""

from __future__ import annotations

import cv2
import numpy as np

from videomae_demo.training.render.colours import any_colour, hsv, mix, shade, soft_colour
from videomae_demo.training.render.draws import Draws
from videomae_demo.training.render.textures import grid, soft_edge, two_tone
from videomae_demo.training.render.worlds.fields import coloured, lit, power_law, warped


def _turned(draws: Draws, height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates of a lattice that lies at any angle."""
    u, v = grid(height, width)
    turn = draws.uniform(0, np.pi)
    cos, sin = np.float32(np.cos(turn)), np.float32(np.sin(turn))
    return cos * u + sin * v, cos * v - sin * u


def paint_wood(draws: Draws, height: int, width: int) -> np.ndarray:
    """Year rings cut lengthwise, with streaks; often boards beside each other."""
    u, v = _turned(draws, height, width)
    bend = power_law(draws, height, width, exponent=1.8)
    streaks = power_law(draws, height, width, exponent=0.7, stretch=draws.uniform(6, 14), lowest=3)
    board = np.floor((v + 4) * draws.uniform(1.2, 3.0)) if draws.chance(0.7) else np.zeros_like(v)
    shift = (board * 0.618) % 1.0
    rings = np.hypot(0.25 * u + shift * 3, v * 1.3 + bend * draws.uniform(0.3, 0.9)) * draws.uniform(4, 9)
    wave = 0.5 + 0.5 * np.sin(2 * np.pi * (rings % 1.0) ** 1.5)
    dark = hsv(draws.uniform(0.03, 0.12), draws.uniform(0.2, 0.7), draws.uniform(0.2, 0.6))
    light = mix(shade(dark, draws.uniform(1.15, 1.5)), any_colour(draws), draws.uniform(0, 0.15))
    picture = coloured(np.clip(0.6 * wave + 0.8 * streaks - 0.15, 0, 1), [dark, light])
    picture = picture * (0.8 + 0.4 * shift[..., None])
    seam = np.abs(np.diff(board, axis=0, prepend=board[:1])) + np.abs(np.diff(board, axis=1, prepend=board[:, :1]))
    return np.where((seam > 0)[..., None], picture * 0.45, picture)


def paint_stone(draws: Draws, height: int, width: int) -> np.ndarray:
    """Cobbles or cracked earth, veined marble, or granite."""
    kind = draws.pick(("cells", "cells", "marble", "granite"))
    rough = power_law(draws, height, width, exponent=draws.uniform(0.6, 1.2))
    base = mix(soft_colour(draws), (128.0, 124.0, 118.0), draws.uniform(0.2, 0.8))
    if kind == "granite":
        specks = cv2.GaussianBlur(draws.rng.random((height, width), dtype=np.float32), (0, 0), draws.uniform(0.6, 1.4))
        return coloured(
            np.clip(0.5 + (specks - 0.5) * 2.2 + (rough - 0.5), 0, 1), [shade(base, 0.3), base, shade(base, 1.7)]
        )
    if kind == "marble":
        field, x, y = (power_law(draws, height, width, exponent=1.7) for _ in range(3))
        veins = 1 - np.abs(2 * warped(field, x, y, 0.5) - 1)
        return two_tone(
            veins ** draws.uniform(3, 9), base, mix(shade(base, draws.pick((0.3, 1.8))), any_colour(draws), 0.2)
        )
    near, second, owner = _cells(draws, height, width)
    joint = soft_edge(second - near - draws.uniform(0.02, 0.06), 18)
    tint = 0.65 + 0.7 * draws.rng.random(int(owner.max()) + 1).astype(np.float32)[owner]
    picture = np.array(base, np.float32) * (tint * (0.75 + 0.5 * rough))[..., None]
    picture = lit(picture, joint * 0.6 + rough, 1.2)
    return picture * (0.35 + 0.65 * joint)[..., None]


def _cells(draws: Draws, height: int, width: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(H, W) distances to the nearest and second nearest of scattered points, and which is nearest."""
    u, v = grid(height, width)
    across = draws.integer(3, 7)
    columns = int(np.ceil(across * width / min(height, width)))
    rows = int(np.ceil(across * height / min(height, width)))
    # A jittered lattice: scattered at random some stones would be slivers.
    x, y = np.meshgrid(np.arange(columns), np.arange(rows))
    jitter = draws.rng.random((2, rows, columns))
    x = ((x + 0.15 + 0.7 * jitter[0]) / columns * 2 - 1) * width / min(height, width)
    y = ((y + 0.15 + 0.7 * jitter[1]) / rows * 2 - 1) * height / min(height, width)
    near = np.full((height, width), 9, np.float32)
    second, owner = near.copy(), np.zeros((height, width), np.intp)
    for i, (cx, cy) in enumerate(zip(x.ravel(), y.ravel(), strict=True)):
        distance = np.sqrt((u - np.float32(cx)) ** 2 + (v - np.float32(cy)) ** 2)
        closer = distance < near
        second = np.where(closer, near, np.minimum(second, distance))
        owner[closer] = i
        near = np.minimum(near, distance)
    return near, second, owner


def paint_cloth(draws: Draws, height: int, width: int) -> np.ndarray:
    """Woven, striped, checked or printed cloth, lying in folds."""
    u, v = _turned(draws, height, width)
    sag, sag_too = (power_law(draws, height, width, exponent=2.0) - 0.5 for _ in range(2))
    u, v = u + 0.3 * sag, v + 0.3 * sag_too
    first, second, third = any_colour(draws), any_colour(draws), soft_colour(draws)
    rate = draws.uniform(2.5, 8)
    kind = draws.pick(("check", "stripes", "print", "plain"))
    if kind == "check":
        bars = 0.5 * soft_edge(np.sin(rate * u) + draws.uniform(-0.5, 0.5), 4)
        bars = bars + 0.5 * soft_edge(np.sin(rate * v) + draws.uniform(-0.5, 0.5), 4)
    elif kind == "stripes":
        bars = soft_edge(np.sin(rate * u) + 0.6 * np.sin(2.7 * rate * u + draws.uniform(0, 6)), 4)
    elif kind == "print":
        bars = soft_edge(np.cos(rate * u) * np.cos(rate * v) - draws.uniform(0.1, 0.5), 4)
    else:
        bars = np.zeros_like(u)
    thread = draws.uniform(25, 60)
    weave = np.sin(thread * u) * np.sin(thread * v)
    picture = coloured(bars, [first, third, second] if draws.chance(0.3) else [first, second])
    return lit(picture * (1 + draws.uniform(0.05, 0.25) * weave)[..., None], sag * 8, draws.uniform(0.5, 1.6))
