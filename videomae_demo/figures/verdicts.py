"""What the numbers of an experiment mean, in sentences that are made from those numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..results import Explanation, Prediction
from ..words import _, class_name, listed, numeral
from .words import percent

if TYPE_CHECKING:
    from ..explain import Sum

HARDLY, MOSTLY = 0.1, 0.5
"""Motion scores: below the first the order of the frames hardly matters, from the second on it decides."""

EVEN = 1.25
"""A slice that holds less than this many times the mean does not stand out."""


def agreement_verdict(answers: Mapping[str, Prediction]) -> str:
    """Whether the same model gives the same answer to the frames that each rule takes.

    Args:
        answers: title of a rule -> the answer to its frames; at least one.
    """
    said: dict[str, list[tuple[str, float]]] = {}
    for title, prediction in answers.items():
        _unused, label, probability = prediction.top(1)[0]
        said.setdefault(label, []).append((title, probability))
    if len(said) == 1:
        label, rows = next(iter(said.items()))
        shares = sorted(probability for _unused, probability in rows)
        least, most = percent(shares[0]), percent(shares[-1])
        if least == most:
            return _(
                "All {rules} rules get the same answer: “{label}”, with {share}. The choice of frames hardly "
                "matters here.",
                rules=len(rows),
                label=class_name(label),
                share=most,
            )
        return _(
            "All {rules} rules get the same answer: “{label}”, with {least} to {most}. The choice of frames hardly "
            "matters here.",
            rules=len(rows),
            label=class_name(label),
            least=least,
            most=most,
        )
    parts = (
        _("“{label}” ({rules})", label=class_name(label), rules=listed(f"{title} {percent(p)}" for title, p in rows))
        for label, rows in said.items()
    )
    return _("{count} answers to the same clip: {answers}.", count=len(said), answers=listed(parts))


def motion_verdict(original: Prediction, edited: Mapping[str, Prediction]) -> str:
    """What playing the clip backwards, shuffled or frozen did to the answer.

    Args:
        original: the answer to the clip as it is.
        edited: by key of ``inputs.edits.EDITS``; uses ``reverse``, ``shuffle`` and ``freeze`` where they are there.
    """
    label_id, name, probability = original.top(1)[0]
    label = class_name(name)
    kept = {edit: one.top(1)[0][0] == label_id for edit, one in edited.items()}
    sentences = []
    if "reverse" in edited:
        _unused, other, other_probability = edited["reverse"].top(1)[0]
        if kept["reverse"]:
            share = percent(float(edited["reverse"].probabilities[label_id]))
            sentences.append(
                _(
                    "Played backwards, it is still “{label}” ({probability} before, {share} now).",
                    label=label,
                    probability=percent(probability),
                    share=share,
                )
            )
        else:
            sentences.append(
                _(
                    "Played backwards, “{label}” ({probability}) becomes “{other}” ({other_probability}). Both films "
                    "hold the same pictures: only their order can have made the difference.",
                    label=label,
                    probability=percent(probability),
                    other=class_name(other),
                    other_probability=percent(other_probability),
                )
            )
    if "freeze" in edited:
        share = percent(float(edited["freeze"].probabilities[label_id]))
        if kept["freeze"] and kept.get("reverse", True):
            sentences.append(
                _(
                    "One frozen frame keeps the answer, too ({share}): a single picture is enough for it, so this "
                    "answer does not show that the model uses motion.",
                    share=share,
                )
            )
        elif kept["freeze"]:
            sentences.append(_("One frozen frame keeps the answer ({share}).", share=share))
        elif kept.get("reverse", False):
            sentences.append(
                _("One frozen frame does not ({share}): movement matters here, but not which way it runs.", share=share)
            )
        else:
            sentences.append(_("One frozen frame leaves {share} of it.", share=share))
    if "shuffle" in edited and "reverse" not in edited:
        share = percent(float(edited["shuffle"].probabilities[label_id]))
        sentences.append(
            _(
                "With its frames shuffled, “{label}” has {share} instead of {probability}.",
                label=label,
                share=share,
                probability=percent(probability),
            )
        )
    return " ".join(sentences)


def motion_score_words(score: float) -> str:
    """The score in one sentence.

    >>> motion_score_words(0.87)
    'The order of the frames decides: on average, 87 % of the probability goes to other classes when it changes.'
    """
    what = _("hardly matters") if score < HARDLY else _("matters") if score < MOSTLY else _("decides")
    return _(
        "The order of the frames {what}: on average, {moved} of the probability goes to other classes when it changes.",
        what=what,
        moved=percent(score),
    )


def rounded_terms(terms: Sequence[float], *, digits: int = 2) -> tuple[list[float], float]:
    """Terms and their sum, rounded so that the printed terms add up to the printed sum.

    Each is right to one unit of its last digit: the terms whose rounding was the largest give way (largest remainder).

    >>> rounded_terms([1.004, 1.004, 1.004])
    ([1.01, 1.0, 1.0], 3.01)
    """
    unit = 10.0**-digits
    steps = np.asarray(terms, np.float64) / unit
    total = round(float(steps.sum()))
    rounded = np.floor(steps)
    short = total - int(rounded.sum())
    rounded[np.argsort(rounded - steps, kind="stable")[:short]] += 1
    return [round(float(step) * unit, digits) for step in rounded], round(total * unit, digits)


def signed(value: float, digits: int = 2) -> str:
    """A number with its sign, and none where it rounds to zero.

    >>> signed(0.5), signed(-1.234), signed(-0.001)
    ('+0.50', '−1.23', '0.00')
    """
    text = numeral(value, f"+.{digits}f")
    return text if any(digit in text for digit in "123456789") else text[1:]


def odds_sentence(label: str, against: str, difference: float, *, temperature: float = 1.0) -> str:
    """What a difference of two logits means for the two probabilities: their ratio is its exponential.

    Args:
        label: the first class.
        against: the second.
        difference: of their logits.
        temperature: what the model's logits are divided by before the softmax.

    >>> odds_sentence("move left", "move right", 3.0)
    '“move left” gets 20 times the probability of “move right” (e to the power of 3.00).'
    >>> odds_sentence("move left", "move right", 3.0, temperature=1.5)
    '“move left” gets 7.4 times the probability of “move right” (e to the power of 3.00 / 1.50).'
    """
    if difference < 0:
        label, against, difference = against, label, -difference
    ratio = math.exp(min(difference / temperature, 700.0))
    power = numeral(difference, ".2f") + ("" if temperature == 1 else f" / {numeral(temperature, '.2f')}")
    times = numeral(ratio, ".1f" if ratio < 10 else ".0f") if ratio < 1000 else _("more than a thousand")
    return _(
        "“{label}” gets {times} times the probability of “{against}” (e to the power of {power}).",
        label=label,
        times=times,
        against=against,
        power=power,
    )


def sides(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(T', H', W') signed parts -> what speaks for, (T',) >= 0, and against, (T',) <= 0, in each slice."""
    values = values.astype(np.float64)
    return np.maximum(values, 0).sum(axis=(1, 2)), np.minimum(values, 0).sum(axis=(1, 2))


def sum_verdict(difference: Explanation, label: str, against: str, words: Sum) -> str:
    """Where in time the evidence lies, for either class.

    Args:
        difference: a map of the two classes' difference, by a method whose maps sum to it.
        words: that method's.
    """
    return " ".join(
        _lies(parts, name, words) for parts, name in zip(sides(difference.values), (label, against), strict=True)
    )


def _lies(parts: np.ndarray, label: str, words: Sum) -> str:
    """One side's parts, (T',), all of one sign."""
    if signed(float(parts.sum())) == signed(0.0):
        return _("Hardly a patch speaks for “{label}”.", label=label)
    sizes = np.abs(parts)
    best = int(sizes.argmax())
    most = signed(parts[best])
    if sizes[best] < EVEN * sizes.mean():
        least = signed(parts[sizes.argmin()])
        return _(words.even, label=label, least=least, most=most)
    return _(words.lies, label=label, slice=best + 1, slices=len(parts), most=most)
