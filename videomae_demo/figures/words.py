"""The answer in words and numbers: what the page, the report and a screen reader say."""

from __future__ import annotations

import numpy as np

from ..results import Analysis, Explanation, Prediction
from .scales import displayed, slice_importance

UNFAMILIAR = "Unlike what this model learned: no answer"
"""The headline where the classes' probabilities mean nothing."""

CLOSE_CALL = 0.10
"""Below this difference between the first two probabilities the answer is not called clear."""


def percent(probability: float) -> str:
    """A probability with the digits that mean something.

    >>> [percent(p) for p in (0.931, 0.0312, 0.0004, 1.0, 0.9968, 0.9996)]
    ['93 %', '3 %', '< 0.1 %', '100 %', '99.7 %', '> 99.9 %']
    """
    if 0 < probability < 0.001:
        return "< 0.1 %"
    if 0.999 < probability < 1:
        return "> 99.9 %"
    if 0 < probability < 0.01 or 0.99 < probability < 1:  # only what is certain is 100 %
        return f"{100 * probability:.1f} %"
    return f"{100 * probability:.0f} %"


def is_close_call(prediction: Prediction) -> bool:
    """Whether the first two classes are too near to each other to call the first one the answer."""
    top = prediction.top(2)
    return len(top) == 2 and top[0][2] - top[1][2] < CLOSE_CALL


def answer_sentence(prediction: Prediction) -> str:
    """The answer before any chart: the class and its probability, or that there is no clear one, or none at all.

    ``"move left, 93 %"``, or ``"No clear answer: move left 41 %, move right 39 %; they differ by 2 points"``, or
    ``UNFAMILIAR``.
    """
    if prediction.familiar.known is False:
        return UNFAMILIAR
    first, *others = prediction.top(2)
    if not is_close_call(prediction):
        return f"{first[1]}, {percent(first[2])}"
    points = round(100 * (first[2] - others[0][2]))
    gap = "by less than one point" if points == 0 else f"by {points} point{'s' if points > 1 else ''}"
    return f"No clear answer: {first[1]} {percent(first[2])}, {others[0][1]} {percent(others[0][2])}; they differ {gap}"


def familiarity_sentence(prediction: Prediction) -> str:
    """What kind of an answer the headline is: one of a list, and whether the clip is like what was learned."""
    count = len(prediction.labels)
    if prediction.familiar.known is None:
        return (
            f"One of {count} classes; it always names one of them, whatever the clip shows. Whether the clip is like"
            " what it learned, this model cannot tell."
        )
    if prediction.familiar.known:
        return f"One of {count} classes. The clip is like those that this model learned from, as far as it can tell."
    _, label, probability = prediction.top(1)[0]
    return (
        f"The nearest of its {count} classes would be {label}, {percent(probability)}; but on clips like this one it"
        " names something whatever happens, so do not trust it."
    )


def facts_line(analysis: Analysis) -> str:
    """What the answer rests on, for instance "16 frames · 2.1 s · one view · 41 ms on cpu"."""
    times = analysis.frames.pts_seconds
    views = len(analysis.plans)
    return " · ".join(
        (
            f"{len(times)} frames",
            f"{max(times) - min(times):.1f} s",
            "one view" if views == 1 else f"{views} views",
            f"{duration(analysis.timing.forward)} on {analysis.device}",
        )
    )


def duration(seconds: float) -> str:
    """
    >>> [duration(s) for s in (0.0412, 0.9996, 3.92)]
    ['41 ms', '1.0 s', '3.9 s']
    """
    return f"{1000 * seconds:.0f} ms" if seconds < 0.9995 else f"{seconds:.1f} s"


def importance_sentence(explanation: Explanation, *, tubelet_size: int) -> str:
    """The map's strongest slice and strongest token in words, for whoever does not see the picture."""
    importance = slice_importance(explanation)
    values = displayed(explanation)
    best = int(abs(importance).argmax())
    slice_index, row, column = (int(i) for i in np.unravel_index(int(abs(values).argmax()), values.shape))
    unit = f" {explanation.unit}" if explanation.signed else " times its share"
    sign = "+" if explanation.signed else ""
    first = best * tubelet_size + 1
    return (
        f"Slice {best + 1} of {len(importance)} (frames {first} to {first + tubelet_size - 1}) stands out with "
        f"{importance[best]:{sign}.2f}{unit}; the strongest token is in slice {slice_index + 1}, row {row + 1}, "
        f"column {column + 1}, with {values[slice_index, row, column]:{sign}.2f}{unit}."
    )
