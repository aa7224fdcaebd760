"""Seeded choices, and the line between what is trained on and what is held out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

STYLES = ("train", "held_out")
_HELD_OUT_TAIL = 0.15

Item = TypeVar("Item")


class Draws:
    """All randomness of one clip: the same (seed, index, style) draws the same clip, on any machine.

    `difficulty` in [0, 1] scales how often and how strongly a clip is spoilt (noise, distractors, jitter ...);
    0 is a calm clip. `wide` lets amounts range as far as they can be seen.
    """

    def __init__(
        self, seed: int, index: int, style: str = "train", difficulty: float = 1.0, *, wide: bool = False
    ) -> None:
        if style not in STYLES:
            raise ValueError(f"style {style!r} is not one of {STYLES}")
        if not 0.0 <= difficulty <= 1.0:
            raise ValueError(f"difficulty {difficulty} is not in [0, 1]")
        self.style = style
        self.difficulty = difficulty
        self.wide = wide
        self.rng = np.random.Generator(np.random.SFC64([seed, index, STYLES.index(style)]))

    def uniform(self, low: float, high: float) -> float:
        """A number in [low, high)."""
        return low + (high - low) * self.rng.random()

    def integer(self, low: int, high: int) -> int:
        """A whole number in [low, high]."""
        return int(self.rng.integers(low, high + 1))

    def sign(self) -> int:
        """-1 or 1."""
        return 1 if self.rng.random() < 0.5 else -1

    def chance(self, probability: float) -> bool:
        """True with this probability."""
        return self.rng.random() < probability

    def nuisance(self, probability: float) -> bool:
        """True with this probability in a clip of full difficulty, never in a calm one."""
        return self.rng.random() < probability * self.difficulty

    def pick(self, items: Sequence[Item]) -> Item:
        """One of the items."""
        return items[int(self.rng.integers(len(items)))]

    def amount(self, low: float, high: float, widest: tuple[float, float] | None = None) -> float:
        """How far, how fast, how large: the middle of [low, high] in training, only its two ends when held out.

        Wide draws range over all of `widest`, or of [low, high] where there is none.
        """
        u = self.rng.random()
        if self.wide:
            first, last = widest or (low, high)
            return first + (last - first) * u
        if self.style == "train":
            return low + (high - low) * (_HELD_OUT_TAIL + (1 - 2 * _HELD_OUT_TAIL) * u)
        tail = 2 * _HELD_OUT_TAIL * u
        return low + (high - low) * (tail if tail < _HELD_OUT_TAIL else 1 - 2 * _HELD_OUT_TAIL + tail)
