"""One query's attention in words."""

from __future__ import annotations

import numpy as np

from ..explain.inside.records import Token
from ..words import _
from .words import percent


def query_captions(values: np.ndarray) -> tuple[str, ...]:
    """How much of the attention each slice gets; for instance ``slice 3 gets 24 %``.

    Args:
        values: (T', H', W') not negative.
    """
    shares = values.sum(axis=(1, 2)) / values.sum()
    return tuple(
        _("slice {slice} gets {share}", slice=index + 1, share=percent(share)) for index, share in enumerate(shares)
    )


def query_sentence(values: np.ndarray, token: Token) -> str:
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
        _("itself")
        if strongest == token
        else _(
            "slice {slice}, row {row}, column {column}",
            slice=strongest.slice + 1,
            row=strongest.row + 1,
            column=strongest.column + 1,
        )
    )
    return _(
        "{own_slice} of this patch's attention stays in its own slice, {itself} on itself. On average it looks "
        "{patches:.1f} patches and {slices:.1f} slices away. Most goes to {at}: {most:.1f} times its share.",
        own_slice=percent(shares[token.slice].sum()),
        itself=percent(shares[token.slice, token.row, token.column]),
        patches=(shares * space).sum(),
        slices=(shares * time).sum(),
        at=at,
        most=values.max(),
    )
