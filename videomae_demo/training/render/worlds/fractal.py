"""Shapes that repeat at every scale: plasma, folded clouds, Julia sets."""

from __future__ import annotations

import numpy as np

from videomae_demo.training.render.draws import Draws
from videomae_demo.training.render.textures import grid
from videomae_demo.training.render.worlds.fields import coloured, power_law, ramp_colours, warped

_ESCAPE = 4.0
_ROUNDS = 18


def paint_fractal(draws: Draws, height: int, width: int) -> np.ndarray:
    """One of the three in a ramp of colours."""
    draw = draws.pick((_plasma, _folds, _julia))
    return coloured(draw(draws, height, width), ramp_colours(draws, draws.integer(3, 6)))


def _plasma(draws: Draws, height: int, width: int) -> np.ndarray:
    """Contours of clouds."""
    field = power_law(draws, height, width, exponent=draws.uniform(1.6, 2.2))
    return 0.5 + 0.5 * np.sin(2 * np.pi * draws.uniform(1.5, 5) * field + draws.uniform(0, 6))


def _folds(draws: Draws, height: int, width: int) -> np.ndarray:
    """Clouds displaced by clouds: smoke, marbled paper."""
    field, x, y = (power_law(draws, height, width, exponent=1.7) for _ in range(3))
    once = warped(field, x, y, draws.uniform(0.3, 0.8))
    return np.clip(0.5 + 1.6 * (warped(once, field, once, draws.uniform(0.2, 0.6)) - 0.5), 0, 1)


def _julia(draws: Draws, height: int, width: int) -> np.ndarray:
    """How soon z -> z^2 + c leaves, near the edge of the main cardioid, where the sets are rich."""
    u, v = grid(height, width)
    turn, zoom = draws.uniform(0, 2 * np.pi), draws.uniform(0.5, 1.3)
    c = np.complex64(1.04 * (np.exp(1j * turn) / 2 - np.exp(2j * turn) / 4))
    z = (u + 1j * v).astype(np.complex64) * np.complex64(zoom * np.exp(1j * draws.uniform(0, 6)))
    count = np.zeros(u.shape, np.float32)
    for _ in range(_ROUNDS):
        z = z * z + c
        size = z.real**2 + z.imag**2
        inside = size < _ESCAPE
        count += inside
        z = np.where(inside, z, np.complex64(2))
    return np.where(count == _ROUNDS, np.sqrt(np.minimum(size / _ESCAPE, 1)), count / _ROUNDS)
