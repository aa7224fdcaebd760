"""From time to progress: (T,) in [0, 1] -> (T,) in [0, 1], monotone, 0 at the start and 1 at the end.

Every choice is as likely as its time reversal, so that a reversed clip looks like any clip of its mirror class.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from videomae_demo.training.render.draws import Draws

Ease = Callable[[np.ndarray], np.ndarray]

MAX_SPEED = 1.9
"""No easing below moves faster than this many times the constant speed: 1.5 of the curve over 0.8 of the clip."""


def smooth(t: np.ndarray) -> np.ndarray:
    """Starts and stops gently: 3t^2 - 2t^3."""
    return t * t * (3 - 2 * t)


def ramp(t: np.ndarray, start: float, stop: float) -> np.ndarray:
    """0 before `start`, 1 after `stop`, smooth in between.

    >>> ramp(np.array([0.0, 0.5, 1.0]), 0.25, 0.75).tolist()
    [0.0, 0.5, 1.0]
    """
    return smooth(np.clip((t - start) / (stop - start), 0.0, 1.0))


def random_ease(draws: Draws) -> Ease:
    """Constant, gentle, speeding up or slowing down, with a short wait before and after."""
    start, stop = draws.uniform(0.0, 0.1), draws.uniform(0.9, 1.0)
    blend, power = draws.uniform(0.0, 1.0), draws.uniform(1.0, 1.5)
    kind = draws.pick(("gentle", "gentle", "faster", "slower"))

    def ease(t: np.ndarray) -> np.ndarray:
        u = np.clip((t - start) / (stop - start), 0.0, 1.0)
        if kind == "faster":
            return u**power
        if kind == "slower":
            return 1 - (1 - u) ** power
        return (1 - blend) * u + blend * smooth(u)

    return ease
