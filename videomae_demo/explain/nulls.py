"""Maps that know nothing of the clip, made from the map under test: what it has to beat, a row each in ``NULLS``.

A row keeps what a map can have for nothing (its values, how smooth it is, how far from the middle of the frame it lies)
and destroys the one thing that the verdict is about: which of the clip's tokens get the large values. A row is a
function from a grid's shape to moves, so that the same moves can be made with every map; a move returns the very same
values in other places.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from types import MappingProxyType

import numpy as np

from ..words import later

Shape = tuple[int, ...]
"""(T', H', W')."""
Move = Callable[[np.ndarray], np.ndarray]
"""(T', H', W') values -> the same values in other places."""


@dataclass(frozen=True)
class Null:
    """One kind of know-nothing map."""

    title: str
    keeps: str
    """What such a map shares with the one under test, and can therefore not be why the latter is better."""
    moves: Callable[[Shape, int, np.random.Generator], Sequence[Move]]
    """(shape, count, chance) -> ``count`` different moves, fewer where there are fewer, none of which moves nothing."""


def shifted(shape: Shape, count: int, chance: np.random.Generator) -> list[Move]:
    """Round the frame's edges and the clip's ends by any number of steps, and mirrored along each axis or not.

    These moves form a group. For a map whose own place is as likely as any other, its rank among copies by moves drawn
    from a group is exactly uniform, whatever the clip and whatever the model.
    """
    steps = list(product(*map(range, shape), *(_mirrors(size) for size in shape)))
    return [partial(_shift, steps=steps[one][:3], mirrored=steps[one][3:]) for one in _drawn(len(steps), count, chance)]


def turned(shape: Shape, count: int, chance: np.random.Generator) -> list[Move]:
    """About the middle of the frame by quarters (halves, where it is not square), mirrored, and moved along time.

    A group, too, and one that leaves each value as far from the middle of the frame as it was. The centre of the frame
    is its own copy, but for the order of equal values, which is left to chance: so it wins as often as the level says.
    """
    slices, height, width = shape
    turns = (0, 1, 2, 3) if height == width else (0, 2)
    ways = list(product(range(slices), _mirrors(slices), turns, _mirrors(width)))
    return [
        partial(_turn, steps=steps, backwards=backwards, quarters=quarters, mirrored=mirrored)
        for steps, backwards, quarters, mirrored in (ways[one] for one in _drawn(len(ways), count, chance))
    ]


def rephased(shape: Shape, count: int, chance: np.random.Generator) -> list[Move]:
    """Noise with the map's power spectrum, and so its smoothness along every axis; then the map's values by rank.

    An amplitude-adjusted surrogate (Theiler et al. 1992, Testing for nonlinearity in time series: the method of
    surrogate data): unlike a moved copy it does not keep the map's shapes.
    """
    return [partial(_rephase, noise=chance.normal(size=shape)) for _ in range(count)]


NULLS: Mapping[str, Null] = MappingProxyType(
    {
        "shifted": Null(
            later("Moved elsewhere"),
            later("Its values, its shapes and how smooth it is."),
            shifted,
        ),
        "turned": Null(
            later("Turned about the middle"),
            later("All of that, and how far from the middle of the frame its values lie."),
            turned,
        ),
        "rephased": Null(
            later("As smooth, in other shapes"),
            later("Its values, and how smooth it is."),
            rephased,
        ),
    }
)
"""What a map may have to beat; ``faithfulness.PARTS`` says which ones it has to."""


def _mirrors(size: int) -> tuple[bool, ...]:
    return (False, True) if size > 1 else (False,)


def _drawn(group: int, count: int, chance: np.random.Generator) -> np.ndarray:
    """Numbers of different elements of a group, without the first one, which moves nothing."""
    return 1 + chance.choice(group - 1, size=min(count, group - 1), replace=False)


def _shift(values: np.ndarray, *, steps: tuple[int, ...], mirrored: tuple[bool, ...]) -> np.ndarray:
    moved = np.roll(values, steps, axis=(0, 1, 2))
    return np.flip(moved, tuple(axis for axis, flip in enumerate(mirrored) if flip))


def _turn(values: np.ndarray, *, steps: int, backwards: bool, quarters: int, mirrored: bool) -> np.ndarray:
    moved = np.rot90(np.roll(values, steps, axis=0), quarters, axes=(1, 2))
    return np.flip(moved, tuple(axis for axis, flip in ((0, backwards), (2, mirrored)) if flip))


def _rephase(values: np.ndarray, *, noise: np.ndarray) -> np.ndarray:
    phases = np.fft.rfftn(noise)
    spectrum = np.abs(np.fft.rfftn(values))
    surrogate = np.fft.irfftn(spectrum * phases / np.abs(phases), values.shape, axes=(0, 1, 2))
    placed = np.empty(values.size, values.dtype)
    placed[np.argsort(surrogate.ravel(), kind="stable")] = np.sort(values.ravel())
    return placed.reshape(values.shape)
