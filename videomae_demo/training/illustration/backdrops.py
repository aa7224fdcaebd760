"""Quiet places: (height, width) -> a picture to put things into."""

from __future__ import annotations

import numpy as np

from videomae_demo.training.illustration.pieces import (
    BLUSH,
    CORAL,
    CREAM,
    MOSS,
    MUSTARD,
    NAVY,
    PLUM,
    SAGE,
    SAND,
    SKY,
    TEAL,
    WHITE,
    WOOD,
    Size,
    block,
    gradient,
    oval,
    paint,
    poly,
)
from videomae_demo.training.render.colours import Colour, mix, shade
from videomae_demo.training.render.parts import Part


def cloud(x: float, y: float, wide: float, colour: Colour = WHITE) -> list[Part]:
    """A flat-bottomed cloud."""
    return [
        oval(colour, x - 0.55 * wide, y, 0.45 * wide, 0.22 * wide),
        oval(colour, x, y - 0.12 * wide, 0.5 * wide, 0.34 * wide),
        oval(colour, x + 0.6 * wide, y + 0.02 * wide, 0.42 * wide, 0.2 * wide),
    ]


def tree(x: float, ground: float, tall: float, colour: Colour = MOSS) -> list[Part]:
    """A round tree."""
    trunk = block(shade(WOOD, 0.75), x - 0.035 * tall, ground - 0.5 * tall, x + 0.035 * tall, ground)
    return [
        trunk,
        oval(colour, x, ground - 0.66 * tall, 0.28 * tall, 0.34 * tall),
        oval(shade(colour, 1.15), x - 0.07 * tall, ground - 0.74 * tall, 0.16 * tall, 0.19 * tall),
    ]


def park(size: Size, floor: float) -> np.ndarray:
    """Sky, sun, hills, trees, a meadow."""
    return paint(
        gradient(size, SKY, CREAM),
        oval(mix(MUSTARD, CREAM, 0.45), 0.46, -0.3, 0.085),
        *cloud(-0.42, -0.32, 0.13),
        *cloud(0.2, -0.4, 0.08),
        oval(mix(SAGE, SKY, 0.35), -0.45, floor + 0.12, 0.75, 0.36),
        oval(mix(SAGE, CREAM, 0.15), 0.55, floor + 0.1, 0.7, 0.27),
        *tree(-0.56, floor - 0.01, 0.36),
        *tree(0.6, floor + 0.0, 0.28, mix(MOSS, TEAL, 0.3)),
        block(mix(SAGE, MOSS, 0.35), -1.2, floor - 0.025, 1.2, 0.6),
        block(mix(SAGE, MOSS, 0.6), -1.2, floor + 0.07, 1.2, 0.6),
    )


def hills(size: Size) -> np.ndarray:
    """A wide view over hills, much sky."""
    return paint(
        gradient(size, SKY, CREAM),
        *cloud(-0.4, -0.26, 0.15),
        *cloud(0.42, -0.36, 0.11),
        oval(mix(SAGE, SKY, 0.4), -0.35, 0.62, 0.9, 0.4),
        oval(mix(SAGE, CREAM, 0.1), 0.6, 0.66, 0.9, 0.37),
        oval(mix(SAGE, MOSS, 0.4), -0.25, 0.86, 1.3, 0.5),
        *tree(-0.5, 0.4, 0.2),
        *tree(-0.41, 0.41, 0.14, mix(MOSS, TEAL, 0.3)),
    )


def room(size: Size, floor: float, wall: Colour = BLUSH) -> np.ndarray:
    """A wall with a window and a picture, a floor with a rug, a plant."""
    dark = shade(wall, 0.9)
    ground = mix(WOOD, CREAM, 0.35)
    window = (-0.62, -0.36, -0.3, 0.0)
    leaves = [
        oval(mix(MOSS, TEAL, 0.2 * k), 0.57 + dx, floor - 0.25 - dy, 0.035, 0.1)
        for k, (dx, dy) in enumerate(((-0.055, 0.0), (0.055, 0.01), (0.0, 0.06)))
    ]
    return paint(
        gradient(size, shade(wall, 1.12), wall),
        block(WHITE, window[0] - 0.018, window[1] - 0.018, window[2] + 0.018, window[3] + 0.018),
        block(SKY, *window),
        oval(WHITE, -0.52, -0.24, 0.06, 0.025),
        oval(WHITE, -0.47, -0.25, 0.05, 0.03),
        poly(SAGE, (-0.62, 0.0), (-0.62, -0.06), (-0.5, -0.1), (-0.38, -0.07), (-0.3, -0.04), (-0.3, 0.0)),
        block(WHITE, -0.466, window[1], -0.454, window[3]),
        block(WHITE, window[0], -0.186, window[2], -0.174),
        block(WHITE, -0.66, 0.018, -0.26, 0.04),
        block(shade(WOOD, 0.8), 0.4, -0.34, 0.6, -0.08),
        block(CREAM, 0.415, -0.325, 0.585, -0.095),
        oval(mix(CORAL, CREAM, 0.25), 0.52, -0.24, 0.035),
        poly(mix(TEAL, CREAM, 0.25), (0.415, -0.095), (0.415, -0.15), (0.48, -0.2), (0.585, -0.13), (0.585, -0.095)),
        block(ground, -1.2, floor - 0.05, 1.2, 0.6),
        block(WHITE, -1.2, floor - 0.075, 1.2, floor - 0.05),
        block(dark, -1.2, floor - 0.082, 1.2, floor - 0.075),
        oval(mix(TEAL, CREAM, 0.55), 0.0, floor + 0.045, 0.5, 0.062),
        oval(mix(TEAL, CREAM, 0.7), 0.0, floor + 0.045, 0.44, 0.05),
        *leaves,
        poly(CORAL, (0.5, floor - 0.19), (0.64, floor - 0.19), (0.615, floor - 0.03), (0.525, floor - 0.03)),
    )


def hall(size: Size, floor: float, wall: Colour = SAGE) -> np.ndarray:
    """A bare, panelled wall: room for what stands before it."""
    return paint(
        gradient(size, shade(wall, 1.18), shade(wall, 1.05)),
        block(mix(wall, CREAM, 0.3), -1.2, floor - 0.3, 1.2, floor - 0.05),
        *(
            block(mix(wall, CREAM, 0.12), x - 0.12, floor - 0.26, x + 0.12, floor - 0.1)
            for x in (-0.6, -0.3, 0.0, 0.3, 0.6)
        ),
        block(WHITE, -1.2, floor - 0.315, 1.2, floor - 0.295),
        block(mix(SAND, WOOD, 0.35), -1.2, floor - 0.05, 1.2, 0.6),
        block(WHITE, -1.2, floor - 0.07, 1.2, floor - 0.05),
    )


def sea(size: Size) -> np.ndarray:
    """A calm sea under a low sun."""
    water = mix(TEAL, SKY, 0.45)
    ripples = [
        oval(mix(water, WHITE, 0.45), x, y, wide, 0.005)
        for x, y, wide in ((-0.4, 0.2, 0.1), (0.1, 0.26, 0.13), (0.48, 0.22, 0.08), (-0.2, 0.36, 0.14),
                           (0.36, 0.4, 0.12), (-0.52, 0.43, 0.1))
    ]  # fmt: skip
    return paint(
        gradient(size, SKY, mix(BLUSH, CREAM, 0.4)),
        oval(mix(MUSTARD, CREAM, 0.35), 0.3, 0.06, 0.1),
        *cloud(-0.35, -0.3, 0.13),
        *cloud(0.36, -0.34, 0.09),
        block(water, -1.2, 0.1, 1.2, 0.6),
        block(mix(water, TEAL, 0.3), -1.2, 0.3, 1.2, 0.6),
        *ripples,
    )


def street(size: Size) -> np.ndarray:
    """Houses in a row, a pavement, a road."""
    parts: list[Part] = []
    for x, wide, tall, colour in (
        (-0.55, 0.14, 0.5, BLUSH),
        (-0.27, 0.13, 0.56, mix(SAGE, CREAM, 0.3)),
        (0.0, 0.13, 0.44, mix(MUSTARD, CREAM, 0.5)),
        (0.27, 0.13, 0.53, mix(SKY, CREAM, 0.2)),
        (0.56, 0.15, 0.48, mix(CORAL, CREAM, 0.6)),
    ):
        top = 0.2 - tall
        parts.append(block(colour, x - wide, top, x + wide, 0.2))
        parts.append(poly(mix(colour, PLUM, 0.5), (x - wide - 0.012, top), (x, top - 0.1), (x + wide + 0.012, top)))
        for row in range(3):
            for side in (-0.5, 0.5):
                at_x, at_y = x + side * wide, top + 0.08 + 0.14 * row
                parts.append(block(mix(colour, WHITE, 0.75), at_x - 0.03, at_y - 0.04, at_x + 0.03, at_y + 0.04))
    return paint(
        gradient(size, SKY, CREAM),
        *parts,
        block(mix(SAND, CREAM, 0.4), -1.2, 0.2, 1.2, 0.27),
        block(mix(NAVY, CREAM, 0.55), -1.2, 0.27, 1.2, 0.6),
        *(block(CREAM, x - 0.07, 0.425, x + 0.07, 0.44) for x in (-0.5, -0.17, 0.17, 0.5)),
    )


def night(size: Size) -> np.ndarray:
    """A clear night over dark hills."""
    spots = np.random.Generator(np.random.PCG64(11)).uniform((-0.68, -0.5), (0.68, 0.3), (60, 2))
    return paint(
        gradient(size, mix(NAVY, (0, 0, 0), 0.25), mix(PLUM, NAVY, 0.35)),
        *(oval(mix(CREAM, NAVY, 0.35), float(x), float(y), 0.0022 + 0.002 * (k % 3)) for k, (x, y) in enumerate(spots)),
        oval(mix(NAVY, PLUM, 0.25), -0.4, 0.68, 0.75, 0.35),
        oval(mix(NAVY, (0, 0, 0), 0.15), 0.5, 0.72, 0.8, 0.36),
    )


def still_life(size: Size) -> np.ndarray:
    """A table with a vase of flowers and some fruit."""
    flowers = []
    for x, y, colour in ((-0.13, -0.27, CORAL), (-0.02, -0.33, MUSTARD), (0.08, -0.25, PLUM)):
        flowers.append(poly(MOSS, (x - 0.005, y), (x + 0.005, y), (-0.016, 0.0), (-0.026, 0.0)))
        flowers += [
            oval(colour, x + 0.034 * float(np.cos(a)), y + 0.034 * float(np.sin(a)), 0.026)
            for a in np.linspace(0, 2 * np.pi, 6, endpoint=False)
        ]
        flowers.append(oval(CREAM, x, y, 0.02))
    return paint(
        gradient(size, shade(SAGE, 1.3), shade(SAGE, 1.05)),
        block(mix(WOOD, CREAM, 0.3), -1.2, 0.2, 1.2, 0.6),
        block(mix(WOOD, CREAM, 0.55), -1.2, 0.2, 1.2, 0.215),
        oval(mix(WOOD, NAVY, 0.18), -0.02, 0.285, 0.15, 0.02),
        oval(mix(WOOD, NAVY, 0.18), 0.27, 0.3, 0.15, 0.016),
        *flowers,
        poly(mix(TEAL, NAVY, 0.2), (-0.07, -0.04), (0.03, -0.04), (0.09, 0.12), (0.07, 0.285), (-0.11, 0.285),
             (-0.13, 0.12)),
        block(mix(TEAL, CREAM, 0.4), -0.125, 0.13, 0.085, 0.15),
        oval(CORAL, 0.22, 0.24, 0.058),
        oval(shade(CORAL, 1.25), 0.2, 0.22, 0.018),
        oval(MUSTARD, 0.33, 0.25, 0.05),
        oval(shade(MUSTARD, 1.3), 0.315, 0.232, 0.015),
    )  # fmt: skip
