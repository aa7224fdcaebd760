"""Things that move, drawn about (0, 0)."""

from __future__ import annotations

import numpy as np

from videomae_demo.training.illustration.pieces import (
    CORAL,
    CREAM,
    MUSTARD,
    NAVY,
    PLUM,
    SKY,
    TEAL,
    WHITE,
    WOOD,
    block,
    oval,
    poly,
)
from videomae_demo.training.render.colours import Colour, mix, shade
from videomae_demo.training.render.parts import Part


def boat() -> list[Part]:
    """A sailing boat about (0, 0), 0.3 high, its bow to the left."""
    return [
        block(shade(WOOD, 0.7), 0.012, -0.17, 0.022, 0.09),
        poly(WHITE, (0.004, -0.165), (0.004, 0.065), (-0.13, 0.065)),
        poly(CORAL, (0.03, -0.14), (0.03, 0.065), (0.12, 0.065)),
        poly(NAVY, (-0.17, 0.085), (0.15, 0.085), (0.1, 0.15), (-0.11, 0.15)),
        block(MUSTARD, -0.155, 0.085, 0.146, 0.097),
    ]


def car() -> list[Part]:
    """A small car about (0, 0), 0.36 long, heading right."""
    return [
        poly(CORAL, (-0.12, -0.02), (-0.085, -0.1), (0.04, -0.1), (0.1, -0.02)),
        poly(mix(SKY, WHITE, 0.3), (-0.1, -0.02), (-0.075, -0.085), (-0.022, -0.085), (-0.022, -0.02)),
        poly(mix(SKY, WHITE, 0.3), (-0.008, -0.02), (-0.008, -0.085), (0.033, -0.085), (0.08, -0.02)),
        poly(CORAL, (-0.18, -0.022), (0.15, -0.022), (0.185, 0.01), (0.185, 0.06), (-0.18, 0.06)),
        block(shade(CORAL, 0.8), -0.18, 0.04, 0.185, 0.06),
        oval(MUSTARD, 0.172, 0.015, 0.014),
        *(oval(NAVY, x, 0.062, 0.044) for x in (-0.1, 0.105)),
        *(oval(CREAM, x, 0.062, 0.018) for x in (-0.1, 0.105)),
    ]


def balloon() -> list[Part]:
    """A hot-air balloon about (0, 0), 0.36 high."""
    return [
        poly(shade(WOOD, 0.7), (-0.052, 0.05), (-0.045, 0.05), (-0.022, 0.13), (-0.028, 0.13)),
        poly(shade(WOOD, 0.7), (0.052, 0.05), (0.045, 0.05), (0.022, 0.13), (0.028, 0.13)),
        poly(CORAL, (-0.105, 0.0), (0.105, 0.0), (0.045, 0.085), (-0.045, 0.085)),
        oval(CORAL, 0.0, -0.05, 0.125, 0.13),
        oval(CREAM, 0.0, -0.05, 0.075, 0.13),
        poly(CREAM, (-0.066, 0.0), (0.066, 0.0), (0.028, 0.085), (-0.028, 0.085)),
        oval(TEAL, 0.0, -0.05, 0.028, 0.13),
        poly(TEAL, (-0.026, 0.0), (0.026, 0.0), (0.012, 0.085), (-0.012, 0.085)),
        poly(WOOD, (-0.034, 0.125), (0.034, 0.125), (0.027, 0.175), (-0.027, 0.175)),
    ]


def star_of(points: int, radius: float, waist: float, colour: Colour, facet: Colour) -> list[Part]:
    """A folded paper star: each ray has a light and a dark side."""
    parts = []
    for k in range(points):
        tip, left, right = (2 * np.pi * (k + shift) / points - np.pi / 2 for shift in (0.0, -0.5, 0.5))
        ends = [(r * np.cos(a), r * np.sin(a)) for r, a in ((radius, tip), (waist, left), (waist, right))]
        parts.append(poly(colour, (0.0, 0.0), ends[1], ends[0]))
        parts.append(poly(facet, (0.0, 0.0), ends[0], ends[2]))
    return parts


def beach_ball(radius: float, colours: tuple[Colour, ...] = (CORAL, WHITE, TEAL, WHITE, MUSTARD, WHITE)) -> list[Part]:
    """A ball in slices."""
    parts = []
    for k, colour in enumerate(colours):
        turn = 2 * np.pi * (k + np.linspace(0, 1, 16)) / len(colours)
        rim = [(radius * float(np.cos(a)), radius * float(np.sin(a))) for a in turn]
        parts.append(poly(colour, (0.0, 0.0), *rim))
    return [*parts, oval(WHITE, 0.0, 0.0, 0.16 * radius)]


def pinwheel(radius: float) -> list[Part]:
    """Four folded vanes, each of its own colour."""
    parts = []
    for k, colour in enumerate((CORAL, MUSTARD, TEAL, PLUM)):
        turn = np.pi / 2 * k
        cos, sin = np.cos(turn), np.sin(turn)

        def at(x: float, y: float, cos: float = cos, sin: float = sin) -> tuple[float, float]:
            return radius * (cos * x - sin * y), radius * (sin * x + cos * y)

        parts.append(poly(colour, at(0, 0), at(0.0, -1.0), at(0.72, -0.72)))
        parts.append(poly(shade(colour, 0.75), at(0, 0), at(0.72, -0.72), at(0.42, -0.2)))
    return [*parts, oval(CREAM, 0.0, 0.0, 0.1 * radius), oval(NAVY, 0.0, 0.0, 0.045 * radius)]


def sails(radius: float) -> list[Part]:
    """A windmill's four sails; one has a red cloth, so that a quarter turn shows."""
    parts = []
    for k, cloth in enumerate((CORAL, CREAM, CREAM, CREAM)):
        turn = np.pi / 2 * k + 0.35
        cos, sin = np.cos(turn), np.sin(turn)

        def at(x: float, y: float, cos: float = cos, sin: float = sin) -> tuple[float, float]:
            return radius * (cos * x - sin * y), radius * (sin * x + cos * y)

        parts.append(poly(cloth, at(0.015, -0.2), at(0.25, -0.2), at(0.25, -0.98), at(0.015, -0.98)))
        slat = mix(cloth, NAVY, 0.35)
        parts += [
            poly(slat, at(0.015, y), at(0.25, y), at(0.25, y + 0.02), at(0.015, y + 0.02))
            for y in (-0.36, -0.52, -0.68, -0.84)
        ]
        parts.append(poly(NAVY, at(-0.025, 0.0), at(0.025, 0.0), at(0.025, -1.0), at(-0.025, -1.0)))
    return [*parts, oval(NAVY, 0.0, 0.0, 0.08 * radius)]
