"""What an action consists of, and the few tools that actions are written with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from videomae_demo.training.render.colours import Colour
from videomae_demo.training.render.draws import Draws
from videomae_demo.training.render.easing import smooth
from videomae_demo.training.render.parts import Part
from videomae_demo.training.render.skeleton import Body, Pose, Trunk

Times = np.ndarray  # (T,) in [0, 1]


@dataclass(frozen=True)
class Performance:
    """A figure's action in body heights: it faces right, stands on y = 0 at about x = 0."""

    body: Body
    pose: Pose
    behind: list[Part] = field(default_factory=list)
    """Props behind the figure."""
    held: list[Part] = field(default_factory=list)
    """Props before the figure but behind its near arm."""
    ahead: float = 0.0
    """Free room that the action needs in front of the figure, in body heights."""


Paint = Callable[[], Colour]
"""A fresh colour for a prop, one that stands out."""
Action = Callable[[Draws, Times, Paint], Performance]


def keys(t: Times, *frames: tuple[float, float]) -> np.ndarray:
    """(T,) values that go smoothly through (time, value) key frames.

    >>> keys(np.array([0.0, 0.25, 0.5, 1.0]), (0, 0), (0.5, 10), (1, 4)).tolist()
    [0.0, 5.0, 10.0, 4.0]
    """
    moments, values = np.array(frames, dtype=float).T
    place = np.clip(np.searchsorted(moments, t, side="right") - 1, 0, len(moments) - 2)
    share = np.clip((t - moments[place]) / (moments[place + 1] - moments[place]), 0, 1)
    return values[place] + (values[place + 1] - values[place]) * smooth(share)


def turns(t: Times, *frames: tuple[float, float]) -> np.ndarray:
    """Key frames in degrees, values in radians."""
    return np.radians(keys(t, *frames))


def at(x: np.ndarray | float, y: np.ndarray | float, t: Times) -> np.ndarray:
    """(T, 2) points."""
    return np.stack([x * np.ones(len(t)), y * np.ones(len(t))], axis=1)


def degrees(t: Times, value: float) -> np.ndarray:
    return np.full(len(t), np.radians(value))


def hanging(body: Body, trunk: Trunk, limb: int, t: Times, out: float = 9.0) -> np.ndarray:
    """An arm that just hangs."""
    return body.swing_arm(trunk, limb, degrees(t, out), degrees(t, 12.0))


def cycles(draws: Draws, low: float, high: float, t: Times) -> np.ndarray:
    """(T,) a sine of that many cycles, from any phase."""
    return np.sin(2 * np.pi * (draws.amount(low, high) * t + draws.uniform(0, 1)))
