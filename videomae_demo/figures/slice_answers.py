"""Which class the readout would give after each layer, slice by slice: a table in colours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from ..words import _, class_name
from .words import percent

if TYPE_CHECKING:
    from ..explain.inside.records import Passage

NAMED = ("18, 144, 138", "225, 140, 0", "60, 140, 220", "205, 100, 165", "120, 110, 215", "150, 150, 40")
"""Red, green and blue of the classes that have a letter: the page's accent for the answer, then the most frequent."""
OTHER = "128, 128, 128"
PALEST, DEEPEST = 0.1, 0.6
"""Opacity at probability 0 and 1: at the deepest, text on it is still read on a white and on a black page."""


def slice_answers_table(passage: Passage, labels: Sequence[str]) -> str:
    """One row a layer, the last one on top; one column a slice, and the whole clip beside them.

    A cell has the letter of its likeliest class and that class's probability; the deeper its colour, the surer. Empty
    for a model without such readings.
    """
    if passage.slice_answers is None or passage.answers is None:
        return ""
    cells = np.concatenate([passage.slice_answers, passage.answers[:, None]], axis=1)
    best = cells.argmax(axis=-1)
    named = _named(best)
    slices = passage.slice_answers.shape[1]
    head = "".join(f'<th scope="col">{number + 1}</th>' for number in range(slices))
    rows = "".join(
        f'<tr><th scope="row">{_after(layer, len(cells))}</th>'
        + "".join(_cell(cells[layer, column], named, labels) for column in range(slices + 1))
        + "</tr>"
        for layer in reversed(range(len(cells)))
    )
    return (
        f'<div class="readings">{_key(named, labels, others=len(set(best.ravel().tolist())) > len(named))}'
        '<table><caption class="visually-hidden">'
        f"{escape(_('The likeliest class after each layer, slice by slice'))}</caption>"
        f'<thead><tr><th scope="col">{escape(_("Layers"))}</th>{head}'
        f'<th scope="col">{escape(_("All"))}</th></tr></thead><tbody>{rows}</tbody></table></div>'
    )


def _named(best: np.ndarray) -> dict[int, int]:
    """Label id -> which of ``NAMED``: the answer first, then the classes that most cells name."""
    answer = int(best[-1, -1])
    frequent = sorted(Counter(best.ravel().tolist()).items(), key=lambda entry: (-entry[1], entry[0]))
    order = [answer, *(label_id for label_id, _unused in frequent if label_id != answer)]
    return {label_id: number for number, label_id in enumerate(order[: len(NAMED)])}


def _after(layer: int, count: int) -> str:
    if layer == 0:
        return _("None")
    return str(layer) if layer < count - 1 else _("All {layers}", layers=layer)


def _cell(probabilities: np.ndarray, named: dict[int, int], labels: Sequence[str]) -> str:
    label_id = int(probabilities.argmax())
    probability = float(probabilities[label_id])
    number = named.get(label_id)
    colour = OTHER if number is None else NAMED[number]
    opacity = PALEST + (DEEPEST - PALEST) * probability
    name = escape(class_name(labels[label_id]), quote=True)
    return (
        f'<td style="background:rgba({colour},{opacity:.2f}) !important" title="{name}: {percent(probability)}">'
        f"<b>{_letter(number)}</b> {100 * probability:.0f}</td>"
    )


def _letter(number: int | None) -> str:
    return "·" if number is None else "ABCDEF"[number]


def _key(named: dict[int, int], labels: Sequence[str], *, others: bool) -> str:
    entries = [(NAMED[number], _letter(number), class_name(labels[label_id])) for label_id, number in named.items()]
    if others:
        entries.append((OTHER, _letter(None), _("another class")))
    return (
        '<ul class="key">'
        + "".join(
            f'<li><b style="background:rgba({colour},{DEEPEST})">{letter}</b>{escape(name)}</li>'
            for colour, letter, name in entries
        )
        + "</ul>"
    )
