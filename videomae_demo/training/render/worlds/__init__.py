"""Worlds: families of looks that clips are drawn in. A new one is a function and a row of `WORLDS`.

Every world renders every class. `studio` is the flat, clean style of shapes on patterns that the renderer began with;
the others are filmed: any thing with any surface before a surface of the world's own, from an unsteady hand, in
changing light. Leaving a world out of training leaves out its surfaces wherever they could appear.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from videomae_demo.training.render.draws import Draws
from videomae_demo.training.render.worlds.foliage import paint_foliage
from videomae_demo.training.render.worlds.fractal import paint_fractal
from videomae_demo.training.render.worlds.interior import paint_interior
from videomae_demo.training.render.worlds.leaves import paint_leaves
from videomae_demo.training.render.worlds.materials import paint_cloth, paint_stone, paint_wood
from videomae_demo.training.render.worlds.noise import paint_noise

Surface = Callable[[Draws, int, int], np.ndarray]
"""(draws, height, width) -> (H, W, 3) float32, about [0, 255]."""


@dataclass(frozen=True)
class World:
    """One family of looks."""

    surface: Surface | None
    """Paints what is behind, and things; None for the studio, which has its own painters."""
    share: float
    """How many clips of it there are, relative to the other worlds."""


STUDIO = "studio"

WORLDS: dict[str, World] = {
    STUDIO: World(None, 3.0),
    "noise": World(paint_noise, 1.0),
    "leaves": World(paint_leaves, 1.0),
    "fractal": World(paint_fractal, 1.0),
    "wood": World(paint_wood, 0.7),
    "stone": World(paint_stone, 1.0),
    "cloth": World(paint_cloth, 1.0),
    "foliage": World(paint_foliage, 1.0),
    "interior": World(paint_interior, 1.3),
}
"""Name -> world."""


def known_worlds(names: Iterable[str]) -> tuple[str, ...]:
    """The names as a tuple, each checked.

    Raises:
        ValueError: for a name that is no world.
    """
    chosen = tuple(names)
    if unknown := [name for name in chosen if name not in WORLDS]:
        raise ValueError(f"{unknown[0]!r} is not one of {tuple(WORLDS)}")
    return chosen


def shares(names: Iterable[str]) -> np.ndarray:
    """(n,) the worlds' shares of the clips, which sum to 1."""
    weights = np.array([WORLDS[name].share for name in known_worlds(names)])
    return weights / weights.sum()
