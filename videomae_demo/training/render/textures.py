"""Fills: square RGB pictures, for movers and for backgrounds. Each is (S, S, 3) float32 in [0, 255]."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from videomae_demo.training.render.colours import Colour, Tones, any_colour, luminance, mix, shade
from videomae_demo.training.render.draws import Draws

Share = Callable[[Draws, np.ndarray, np.ndarray], np.ndarray]
"""(draws, u, v) with coordinates in [-1, 1] -> how much of the second colour each point has, in [0, 1]."""


def smooth_noise(draws: Draws, height: int, width: int, cells: int) -> np.ndarray:
    """(H, W) float32 in [0, 1]: soft clouds, about `cells` of them across."""
    coarse = draws.rng.random((cells + 1, cells + 1), dtype=np.float32)
    return np.clip(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), 0, 1)


def _tilted(draws: Draws, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    angle = draws.uniform(0, 2 * np.pi)
    return np.cos(angle) * u + np.sin(angle) * v


def soft_edge(values: np.ndarray, sharpness: float = 8.0) -> np.ndarray:
    """0 for negative values, 1 for positive, with an edge soft enough not to alias."""
    return np.clip(0.5 + values * sharpness, 0, 1)


def plain(draws: Draws, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """One colour."""
    return np.zeros_like(u)


def gradient(draws: Draws, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """From one side to the other."""
    return np.clip(0.5 + 0.5 * _tilted(draws, u, v), 0, 1)


def halves(draws: Draws, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Two halves."""
    return soft_edge(_tilted(draws, u, v) + draws.uniform(-0.3, 0.3))


def stripes(draws: Draws, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Bars."""
    return soft_edge(np.sin(draws.uniform(4, 9) * _tilted(draws, u, v) + draws.uniform(0, 6)), 2.5)


def checker(draws: Draws, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Squares."""
    rate = draws.uniform(3.5, 7)
    return soft_edge(np.sin(rate * u + 0.7) * np.sin(rate * v + 0.4), 4)


def dots(draws: Draws, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Spots on a lattice."""
    rate = draws.uniform(5, 9)
    return soft_edge(np.cos(rate * u) + np.cos(rate * v) - 0.7, 2)


def rings(draws: Draws, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Rings about a point off the centre."""
    distance = np.hypot(u - draws.uniform(-0.5, 0.5), v - draws.uniform(-0.5, 0.5))
    return soft_edge(np.sin(draws.uniform(6, 11) * distance), 2.5)


def clouds(draws: Draws, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Soft patches."""
    return smooth_noise(draws, u.shape[0], u.shape[1], cells=draws.integer(2, 6))


def wedge(draws: Draws, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """A slice of a cake."""
    start = draws.uniform(-np.pi, np.pi)
    turn = (np.arctan2(v, u) - start) % (2 * np.pi)
    return (turn < draws.uniform(0.8, 2.2)).astype(np.float32)


def zigzag(draws: Draws, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Zigzag bars."""
    teeth = np.abs((2 * u) % 2 - 1)
    return soft_edge(np.sin(draws.uniform(5, 9) * (v + 0.5 * teeth)), 2.5)


def plaid(draws: Draws, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Crossing bars, darker where they cross."""
    rate = draws.uniform(4, 8)
    return 0.5 * soft_edge(np.sin(rate * u), 3) + 0.5 * soft_edge(np.sin(rate * v + 1), 3)


def spiral(draws: Draws, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """One spiral arm."""
    return soft_edge(np.sin(np.arctan2(v, u) + draws.sign() * draws.uniform(4, 7) * np.hypot(u, v)), 2.5)


TEXTURES: dict[str, tuple[Share, ...]] = {
    "train": (plain, plain, gradient, gradient, halves, stripes, checker, dots, rings, clouds, wedge),
    "held_out": (zigzag, plaid, spiral, zigzag, plaid, gradient),
}

LOPSIDED: dict[str, tuple[Share, ...]] = {"train": (halves, wedge), "held_out": (halves,)}
"""Fills that show every turn, even that of a disc."""


def two_tone(share: np.ndarray, first: Colour, second: Colour) -> np.ndarray:
    """(H, W) shares of the second colour -> (H, W, 3) float32."""
    base = np.array(first, np.float32)
    return base + share[..., None].astype(np.float32) * (np.array(second, np.float32) - base)


def grid(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Two (H, W) float32 coordinates; the short side spans [-1, 1]."""
    short = min(height, width)
    u = (2 * np.arange(width, dtype=np.float32) + 1 - width) / short
    v = (2 * np.arange(height, dtype=np.float32) + 1 - height) / short
    return np.tile(u, (height, 1)), np.repeat(v, width).reshape(height, width)


def second_colour(draws: Draws, first: Colour, tones: Tones) -> Colour:
    """A partner for a mover's colour that does not melt into the background."""
    other = any_colour(draws) if draws.chance(0.5) else shade(first, draws.pick((0.45, 0.6, 1.5)))
    if min(abs(luminance(other) - tone) for tone in tones) < 0.1:
        return mix(first, other, 0.4)
    return other
