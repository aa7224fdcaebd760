"""More outlines, of things as they come: for movers and bystanders of the filmed worlds."""

from __future__ import annotations

import numpy as np

from videomae_demo.training.render.draws import Draws
from videomae_demo.training.render.shapes import SHAPES, Outline, Shape


def _about(radii: np.ndarray, angles: np.ndarray) -> Outline:
    """Points at these radii and angles, the farthest on the unit circle."""
    return np.stack([radii * np.cos(angles), radii * np.sin(angles)], axis=1) / radii.max()


def amoeba(draws: Draws) -> Outline:
    """A smooth outline with lobes."""
    angles = 2 * np.pi * np.arange(56) / 56
    waves = [
        draws.uniform(0.1, 0.6) / harmonic * np.cos(harmonic * angles + draws.uniform(0, 2 * np.pi))
        for harmonic in range(1, 7)
    ]
    return _about(np.maximum(1 + np.sum(waves, axis=0), 0.25), angles)


def splinter(draws: Draws) -> Outline:
    """A corner here and a corner there."""
    corners = draws.integer(4, 11)
    angles = 2 * np.pi * (np.arange(corners) + 0.8 * draws.rng.random(corners)) / corners
    return _about(0.35 + 0.65 * draws.rng.random(corners), angles)


def rounded(draws: Draws) -> Outline:
    """Between an ellipse and a rectangle."""
    angles = 2 * np.pi * np.arange(48) / 48
    power, ratio = draws.uniform(2.2, 8.0), draws.uniform(0.4, 0.85)
    x, y = np.cos(angles), np.sin(angles) * ratio
    return np.stack([x, y], axis=1) / ((np.abs(x) ** power + np.abs(y / ratio) ** power) ** (1 / power))[:, None] * 0.8


def stick(draws: Draws) -> Outline:
    """A rod."""
    thin = draws.uniform(0.1, 0.3)
    return np.array([(-1, -thin), (1, -thin), (1, thin), (-1, thin)]) / np.hypot(1, thin)


def hand(draws: Draws) -> Outline:
    """A palm with fingers, more or less spread, and a stump of an arm."""
    angles = np.linspace(-np.pi, np.pi, 96, endpoint=False)
    radii = np.full(96, 0.5)
    spread = draws.uniform(0.28, 0.42)
    for finger in range(5):
        towards = -np.pi / 2 + spread * (finger - 2) * (1.0 if finger else 1.35)
        length = draws.uniform(0.4, 0.5) if finger else 0.3
        radii += length * np.exp(-(((angles - towards) / (0.36 * spread)) ** 4))
    radii += 0.35 * np.exp(-((((angles - np.pi / 2 + np.pi) % (2 * np.pi) - np.pi) / 0.4) ** 4))
    return _about(radii, angles)


def vessel(draws: Draws) -> Outline:
    """A bottle, a vase, a lamp: a profile and its mirror image."""
    height = np.linspace(-0.9, 0.9, 7)
    profile = 0.12 + 0.4 * draws.rng.random(7)
    fine = np.linspace(-0.9, 0.9, 25)
    half = np.interp(fine, height, profile)
    right, left = np.stack([half, fine], axis=1), np.stack([-half, fine], axis=1)[::-1]
    outline = np.concatenate([right, left])
    return outline / np.hypot(*outline.T).max()


CUTOUTS: tuple[Shape, ...] = (
    *SHAPES["train"],
    Shape(amoeba, 1), Shape(amoeba, 1), Shape(amoeba, 1), Shape(splinter, 1), Shape(splinter, 1), Shape(rounded, 2),
    Shape(rounded, 2), Shape(stick, 2), Shape(hand, 1), Shape(hand, 1), Shape(vessel, 1), Shape(vessel, 1),
)  # fmt: skip
