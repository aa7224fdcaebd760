"""What changes along a run. Everything depends on steps alone, never on the clock, so that runs can be repeated."""

from __future__ import annotations

import math


def learning_rate_factor(
    step: int, total: int, *, warmup: int = 100, floor: float = 0.02, plateau: float = 0.0
) -> float:
    """Linear warm-up, the peak for a share `plateau` of the run, then one cosine down to `floor`.

    Up to the end of the plateau nothing depends on `total`: a run can be left there, gone on with for as long as
    there is time, and brought down from any step.

    >>> [round(learning_rate_factor(s, 1000), 2) for s in (0, 99, 100, 550, 1000)]
    [0.01, 1.0, 1.0, 0.51, 0.02]
    >>> [round(learning_rate_factor(s, 1100, plateau=0.5), 2) for s in (99, 600, 850, 1100)]
    [1.0, 1.0, 0.51, 0.02]
    """
    if step < warmup:
        return (step + 1) / warmup
    start = warmup + plateau * (total - warmup)
    progress = min(1.0, max(0.0, (step - start) / max(1, total - start)))
    return floor + (1 - floor) * (1 + math.cos(math.pi * progress)) / 2


def kept_places(step: int, total: int, num_places: int, *, first: float, last: float, ramp: float) -> int:
    """How many places of the picture the classifier is shown.

    A share of `first`, which rises to `last` over the final `ramp` of the run, so that the model gets used to the
    full picture that it will be given in use. Rounded to multiples of 4: with 8 slices that is 32 tokens, the tile
    of the matrix units.

    >>> [kept_places(s, 100, 64, first=0.25, last=0.9, ramp=0.4) for s in (0, 60, 80, 100)]
    [16, 16, 36, 56]
    """
    risen = min(1.0, max(0.0, (step / total - (1 - ramp)) / ramp)) if ramp else 0.0
    share = first + (last - first) * risen
    return max(4, int(share * num_places) // 4 * 4)


def calm_share(index: int, calm_until: int, *, floor: float = 0.0) -> float:
    """The share of calm clips among those rendered as number `index`: 1 at first, falling linearly to `floor`.

    >>> [calm_share(i, 100, floor=0.2) for i in (0, 50, 100, 500)]
    [1.0, 0.6, 0.2, 0.2]
    """
    return max(floor, 1.0 - (1.0 - floor) * index / calm_until) if calm_until else floor
