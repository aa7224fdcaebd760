"""Outlines: what movers are cut from. Each is a closed polygon within the unit circle, x right, y down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from videomae_demo.training.render.draws import Draws

Outline = np.ndarray  # (K, 2) float


def _points(*pairs: tuple[float, float]) -> Outline:
    return np.array(pairs, dtype=float)


def _polar(radii: np.ndarray, start: float = -np.pi / 2) -> Outline:
    """Points at these radii, evenly spaced, clockwise from the top."""
    angles = start + 2 * np.pi * np.arange(len(radii)) / len(radii)
    return np.stack([radii * np.cos(angles), radii * np.sin(angles)], axis=1)


def polygon(corners: int) -> Outline:
    """A regular polygon."""
    return _polar(np.ones(corners))


def star(points: int, waist: float) -> Outline:
    """A star whose inner corners lie on a circle of radius `waist`."""
    radii = np.ones(2 * points)
    radii[1::2] = waist
    return _polar(radii)


def _box(ratio: float) -> Outline:
    """A rectangle whose height is `ratio` times its width, its corners on the unit circle."""
    return _points((-1, -ratio), (1, -ratio), (1, ratio), (-1, ratio)) / np.hypot(1, ratio)


def ellipse(ratio: float) -> Outline:
    """An ellipse whose height is `ratio` times its width."""
    return _polar(np.ones(40)) * (1.0, ratio)


def gear(teeth: int, depth: float) -> Outline:
    """A cog wheel."""
    return _polar(np.tile([1.0, 1.0, 1 - depth, 1 - depth], teeth))


def blob(draws: Draws) -> Outline:
    """A smooth, lopsided pebble."""
    angles = 2 * np.pi * np.arange(48) / 48
    radii = np.ones(48)
    for harmonic in (1, 2, 3, 4):
        radii += draws.uniform(0.05, 0.3) / harmonic * np.cos(harmonic * angles + draws.uniform(0, 2 * np.pi))
    return _polar(radii / radii.max())


def heart() -> Outline:
    """A heart, point down."""
    s = 2 * np.pi * np.arange(48) / 48
    x = 16 * np.sin(s) ** 3
    y = -(13 * np.cos(s) - 5 * np.cos(2 * s) - 2 * np.cos(3 * s) - np.cos(4 * s))
    return np.stack([x, y - 2.0], axis=1) / 17.5


def crescent(bite: float) -> Outline:
    """A moon: a half circle outside, a flatter arc inside."""
    s = np.linspace(-np.pi / 2, np.pi / 2, 20)
    outer = np.stack([np.cos(s), np.sin(s)], axis=1)
    inner = outer[::-1] * (bite, 1.0)
    return np.concatenate([outer, inner[1:-1]]) - (0.35, 0.0)


def teardrop() -> Outline:
    """A drop, tip up."""
    s = 2 * np.pi * np.arange(40) / 40
    return np.stack([np.sin(s) * np.sin(s / 2) ** 1.6 * 0.85, -np.cos(s)], axis=1)


ARROW = _points((-0.95, -0.28), (0.1, -0.28), (0.1, -0.75), (0.98, 0.0), (0.1, 0.75), (0.1, 0.28), (-0.95, 0.28))
ELL = _points((-0.6, -0.8), (-0.05, -0.8), (-0.05, 0.3), (0.7, 0.3), (0.7, 0.8), (-0.6, 0.8))
TEE = _points((-0.8, -0.75), (0.8, -0.75), (0.8, -0.2), (0.28, -0.2), (0.28, 0.85), (-0.28, 0.85), (-0.28, -0.2),
              (-0.8, -0.2))  # fmt: skip
HOUSE = _points((0.0, -0.95), (0.85, -0.15), (0.62, -0.15), (0.62, 0.78), (-0.62, 0.78), (-0.62, -0.15), (-0.85, -0.15))
BOLT = _points((0.2, -0.95), (-0.55, 0.12), (-0.08, 0.12), (-0.3, 0.95), (0.6, -0.25), (0.08, -0.25), (0.5, -0.95))
FISH = _points((0.95, 0.0), (0.55, -0.4), (0.05, -0.5), (-0.5, -0.15), (-0.95, -0.5), (-0.8, 0.0), (-0.95, 0.5),
               (-0.5, 0.15), (0.05, 0.5), (0.55, 0.4))  # fmt: skip
HALF = np.concatenate([_polar(np.ones(40))[10:31], _points((0.0, -0.0))]) * (1.0, 1.0) - (0.0, 0.4)
RIGHT_TRIANGLE = _points((-0.7, -0.7), (0.75, 0.65), (-0.7, 0.65))
CROSS = np.concatenate(
    [_points((-0.3, -0.95), (0.3, -0.95), (0.3, -0.3)) @ np.array([[c, s], [-s, c]])
     for c, s in ((1, 0), (0, 1), (-1, 0), (0, -1))]
)  # fmt: skip


@dataclass(frozen=True)
class Shape:
    """A kind of outline and how far it turns before it looks the same."""

    draw: Callable[[Draws], Outline]
    symmetry_order: int
    """Turns by 360 degrees / order leave the outline as it is; 0 for a disc or a pebble, which hardly shows a turn."""

    @property
    def symmetry_angle(self) -> float:
        """Radians; a disc needs a texture to show a turn, so its angle is the texture's: a whole turn."""
        return 2 * np.pi / max(self.symmetry_order, 1)


def _fixed(outline: Outline, order: int) -> Shape:
    return Shape(lambda draws: outline, order)


SHAPES: dict[str, tuple[Shape, ...]] = {
    "train": (
        _fixed(polygon(40), 0),
        Shape(lambda draws: ellipse(draws.uniform(0.45, 0.7)), 2),
        Shape(lambda draws: polygon(4) * (1.0, draws.uniform(0.5, 0.8)), 2),
        Shape(lambda draws: _box(draws.uniform(0.35, 0.65)), 2),
        _fixed(polygon(3), 3),
        _fixed(_box(1.0), 4),
        _fixed(polygon(5), 5),
        Shape(lambda draws: star(5, draws.uniform(0.4, 0.55)), 5),
        _fixed(CROSS, 4),
        _fixed(ARROW, 1),
        _fixed(ELL, 1),
        _fixed(HALF, 1),
        _fixed(teardrop(), 1),
        _fixed(RIGHT_TRIANGLE, 1),
        Shape(blob, 0),
        Shape(blob, 0),
    ),
    "held_out": (
        _fixed(heart(), 1),
        Shape(lambda draws: crescent(draws.uniform(0.1, 0.45)), 1),
        Shape(lambda draws: gear(draws.integer(5, 6), draws.uniform(0.2, 0.35)), 6),
        _fixed(TEE, 1),
        _fixed(HOUSE, 1),
        _fixed(BOLT, 1),
        _fixed(FISH, 1),
        Shape(lambda draws: star(4, draws.uniform(0.35, 0.5)), 4),
        _fixed(polygon(6), 6),
    ),
}
