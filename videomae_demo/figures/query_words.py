"""One query's attention in words."""

from __future__ import annotations

import numpy as np

from ..explain.inside.records import Token
from .words import percent


def look_captions(values: np.ndarray) -> tuple[str, ...]:
    """How much of the attention each slice gets; for instance ``slice 3 gets 24 %``.

    Args:
        values: (T', H', W') not negative.
    """
    shares = values.sum(axis=(1, 2)) / values.sum()
    return tuple(f"slice {index + 1} gets {percent(share)}" for index, share in enumerate(shares))


def look_sentence(values: np.ndarray, token: Token) -> str:
    """Where the query of ``token`` looks, in one breath: itself, its slice, how far, and at what most.

    Args:
        values: (T', H', W') attention as multiples of the uniform share.
    """
    shares = values / values.sum()
    slices, rows, columns = np.indices(values.shape)
    space = np.hypot(rows - token.row, columns - token.column)
    time = np.abs(slices - token.slice)
    strongest = Token(*(int(number) for number in np.unravel_index(int(values.argmax()), values.shape)))
    at = (
        "itself"
        if strongest == token
        else f"slice {strongest.slice + 1}, row {strongest.row + 1}, column {strongest.column + 1}"
    )
    return (
        f"{percent(shares[token.slice].sum())} of this patch's attention stays in its own slice, "
        f"{percent(shares[token.slice, token.row, token.column])} on itself. On average it looks "
        f"{(shares * space).sum():.1f} patches and {(shares * time).sum():.1f} slices away. Most goes to {at}: "
        f"{values.max():.1f} times its share."
    )
