"""What each motion does over time: label -> (generator, (T,) moments, size) -> a `Path`.

Lengths are in heights of the frame from its middle, x to the right, y down; angles in degrees, clockwise; the size is
half a thing's width. Moments run from 0 to 1 over the clip.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Rng = np.random.Generator


@dataclass(frozen=True)
class Path:
    """Where a thing is over time, and how it looks there."""

    x: np.ndarray
    """(T,) heights of the frame to the right of its middle."""
    y: np.ndarray
    """(T,) heights below it."""
    size: np.ndarray
    """(T,) half its width, in heights."""
    degrees: np.ndarray
    """(T,) clockwise."""
    alpha: np.ndarray
    """(T,) opacity in [0, 1]."""


def _resting(rng: Rng, moments: np.ndarray, size: float, room: float) -> dict[str, np.ndarray]:
    """The columns of a thing that stays where it is, `room` away from the edges of the middle square."""
    free = max(0.0, 0.47 - room)
    x, y = rng.uniform(-free, free, 2)
    one = np.ones_like(moments)
    return {"x": x * one, "y": y * one, "size": size * one, "degrees": rng.uniform(-25, 25) * one, "alpha": one}


def _progress(rng: Rng, moments: np.ndarray) -> np.ndarray:
    """(T,) from 0 to 1: even, or with soft ends; begins and ends within the clip's first and last eighth."""
    start, stop = rng.uniform(0.0, 0.12), rng.uniform(0.88, 1.0)
    share = np.clip((moments - start) / (stop - start), 0.0, 1.0)
    soft = share**3 * (share * (6 * share - 15) + 10)
    even = rng.uniform(0.4, 1.0)
    return even * share + (1 - even) * soft


def _travel(across: int, down: int) -> Callable[[Rng, np.ndarray, float], Path]:
    def path(rng: Rng, moments: np.ndarray, size: float) -> Path:
        length = rng.uniform(0.36, 0.62)
        columns = _resting(rng, moments, size, size)
        way = (_progress(rng, moments) - 0.5) * length
        slant = np.tan(np.radians(rng.uniform(-8, 8))) * way
        main = rng.uniform(-0.08, 0.08) + way
        if across:
            return Path(**{**columns, "x": across * main, "y": columns["y"] + slant})
        return Path(**{**columns, "x": columns["x"] + slant, "y": down * main})

    return path


def _swell(outwards: bool) -> Callable[[Rng, np.ndarray, float], Path]:
    def path(rng: Rng, moments: np.ndarray, size: float) -> Path:
        largest = rng.uniform(0.18, 0.34)
        share = _progress(rng, moments)
        ratio = rng.uniform(2.0, 3.4) ** (share - 1 if outwards else -share)
        return Path(**{**_resting(rng, moments, size, largest), "size": largest * ratio})

    return path


def _spin(sense: int) -> Callable[[Rng, np.ndarray, float], Path]:
    def path(rng: Rng, moments: np.ndarray, size: float) -> Path:
        large = max(size, rng.uniform(0.13, 0.3))
        columns = _resting(rng, moments, large, large)
        turn = sense * rng.uniform(110, 320) * _progress(rng, moments)
        return Path(**{**columns, "degrees": columns["degrees"] + turn})

    return path


def _orbit(sense: int) -> Callable[[Rng, np.ndarray, float], Path]:
    def path(rng: Rng, moments: np.ndarray, size: float) -> Path:
        ring = rng.uniform(0.15, 0.26)
        columns = _resting(rng, moments, size, ring + size)
        turn = rng.uniform(0, 2 * np.pi) + sense * 2 * np.pi * rng.uniform(1.0, 1.5) * _progress(rng, moments)
        x, y = columns["x"] + ring * np.cos(turn), columns["y"] + ring * np.sin(turn)
        return Path(**{**columns, "x": x, "y": y})

    return path


def _dissolve(appears: bool) -> Callable[[Rng, np.ndarray, float], Path]:
    def path(rng: Rng, moments: np.ndarray, size: float) -> Path:
        share = _progress(rng, moments)
        columns = _resting(rng, moments, max(size, 0.1), max(size, 0.1))
        return Path(**{**columns, "alpha": share if appears else 1 - share})

    return path


def _bounce(rng: Rng, moments: np.ndarray, size: float) -> Path:
    columns = _resting(rng, moments, size, size + 0.05)
    height = rng.uniform(0.22, 0.38)
    hop = np.abs(np.sin(np.pi * (rng.uniform(1.8, 2.7) * moments + rng.uniform(0, 1))))
    ground = rng.uniform(height - 0.4 + size, 0.45 - size)
    return Path(**{**columns, "y": ground - height * hop})


def _shake(rng: Rng, moments: np.ndarray, size: float) -> Path:
    columns = _resting(rng, moments, size, size + 0.1)
    swing = rng.uniform(0.05, 0.1) * np.sin(2 * np.pi * (rng.uniform(2.4, 3.6) * moments + rng.uniform(0, 1)))
    return Path(**{**columns, "x": columns["x"] + swing})


def _blink(rng: Rng, moments: np.ndarray, size: float) -> Path:
    columns = _resting(rng, moments, max(size, 0.09), max(size, 0.09))
    beat = (rng.uniform(2.0, 3.0) * moments + rng.uniform(0, 1)) % 1.0
    return Path(**{**columns, "alpha": np.where(beat < 0.5, 1.0, 0.0)})


def _still(rng: Rng, moments: np.ndarray, size: float) -> Path:
    return Path(**_resting(rng, moments, size, size))


PATHS: dict[str, Callable[[Rng, np.ndarray, float], Path]] = {
    "move left": _travel(-1, 0),
    "move right": _travel(1, 0),
    "move up": _travel(0, -1),
    "move down": _travel(0, 1),
    "grow": _swell(True),
    "shrink": _swell(False),
    "rotate clockwise": _spin(1),
    "rotate counter-clockwise": _spin(-1),
    "bounce": _bounce,
    "shake": _shake,
    "hold still": _still,
    "circle clockwise": _orbit(1),
    "circle counter-clockwise": _orbit(-1),
    "fade in": _dissolve(True),
    "fade out": _dissolve(False),
    "blink": _blink,
}

PAIRS = {"come together": 1, "move apart": -1}

MOTIONS: tuple[str, ...] = (*PATHS, *PAIRS)
"""All labels that this renderer draws."""


def paths_of(motion: str, rng: Rng, moments: np.ndarray, size: float) -> tuple[Path, ...]:
    """One path a mover: two for what takes two."""
    if motion in PATHS:
        return (PATHS[motion](rng, moments, size),)
    small = min(size, 0.12)
    share = _progress(rng, moments)
    closing = 1 - share if PAIRS[motion] > 0 else share
    half = small * 1.05 + rng.uniform(0.15, 0.28) * closing
    turn = rng.uniform(0, np.pi)
    columns = _resting(rng, moments, small, 0.4)
    return tuple(
        Path(**{**columns, "x": columns["x"] + s * half * np.cos(turn), "y": columns["y"] + s * half * np.sin(turn)})
        for s in (1, -1)
    )
