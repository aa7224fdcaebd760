"""The answer in words and numbers: what the page, the report and a screen reader say."""

from __future__ import annotations

import numpy as np

from ..results import Analysis, Explanation, Prediction
from ..words import _, class_name, later, ngettext, numeral
from .scales import displayed, slice_importance

UNFAMILIAR = later("Unlike what this model learned: no answer")
"""The headline where the classes' probabilities mean nothing."""

CLOSE_CALL = 0.10
"""Below this difference between the first two probabilities the answer is not called clear."""


def percent(probability: float) -> str:
    """A probability with the digits that mean something.

    >>> [percent(p) for p in (0.931, 0.0312, 0.0004, 1.0, 0.9968, 0.9996)]
    ['93 %', '3 %', '< 0.1 %', '100 %', '99.7 %', '> 99.9 %']
    """
    if 0 < probability < 0.001:
        return _("< {percent:.1f} %", percent=0.1)
    if 0.999 < probability < 1:
        return _("> {percent:.1f} %", percent=99.9)
    if 0 < probability < 0.01 or 0.99 < probability < 1:  # only what is certain is 100 %
        return _("{percent:.1f} %", percent=100 * probability)
    return _("{percent:.0f} %", percent=100 * probability)


def between(first: float, last: float) -> str:
    """Two moments of a clip, in seconds, for instance ``0.13 to 1.98 s``."""
    return _("{first:.2f} to {last:.2f} s", first=first, last=last)


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
        return _(UNFAMILIAR)
    first, *others = prediction.top(2)
    one = {"label": class_name(first[1]), "share": percent(first[2])}
    if not is_close_call(prediction):
        return _("{label}, {share}", **one)
    points = round(100 * (first[2] - others[0][2]))
    return _(
        "No clear answer: {label} {share}, {other} {other_share}; they differ {gap}",
        **one,
        other=class_name(others[0][1]),
        other_share=percent(others[0][2]),
        gap=ngettext("by {n} point", "by {n} points", points) if points else _("by less than one point"),
    )


def familiarity_sentence(prediction: Prediction) -> str:
    """What kind of an answer the headline is: one of a list, and whether the clip is like what was learned."""
    count = len(prediction.labels)
    if prediction.familiar.known is None:
        return _(
            "One of {count} classes; it always names one of them, whatever the clip shows. Whether the clip is like "
            "what it learned, this model cannot tell.",
            count=count,
        )
    if prediction.familiar.known:
        return _(
            "One of {count} classes. The clip is like those that this model learned from, as far as it can tell.",
            count=count,
        )
    _unused, label, probability = prediction.top(1)[0]
    return _(
        "The nearest of its {count} classes would be {label}, {probability}; but on clips like this one it names "
        "something whatever happens, so do not trust it.",
        count=count,
        label=class_name(label),
        probability=percent(probability),
    )


def facts_line(analysis: Analysis) -> str:
    """What the answer rests on, for instance "16 frames · 2.1 s · one view · 41 ms on cpu"."""
    times = analysis.frames.pts_seconds
    views = len(analysis.plans)
    return " · ".join(
        (
            ngettext("{n} frame", "{n} frames", len(times)),
            _("{seconds:.1f} s", seconds=max(times) - min(times)),
            _("one view") if views == 1 else _("{views} views", views=views),
            _("{duration} on {device}", duration=duration(analysis.timing.forward), device=analysis.device),
        )
    )


def duration(seconds: float) -> str:
    """
    >>> [duration(s) for s in (0.0412, 0.9996, 3.92)]
    ['41 ms', '1.0 s', '3.9 s']
    """
    if seconds < 0.9995:
        return _("{milliseconds:.0f} ms", milliseconds=1000 * seconds)
    return _("{seconds:.1f} s", seconds=seconds)


def importance_sentence(explanation: Explanation, *, tubelet_size: int) -> str:
    """The map's strongest slice and strongest token in words, for whoever does not see the picture."""
    importance = slice_importance(explanation)
    values = displayed(explanation)
    best = int(abs(importance).argmax())
    slice_index, row, column = (int(i) for i in np.unravel_index(int(abs(values).argmax()), values.shape))
    spec = "+.2f" if explanation.signed else ".2f"
    first = best * tubelet_size + 1
    return _(
        "Slice {best} of {slices} (frames {first} to {last}) stands out with {importance} {unit}; the strongest token "
        "is in slice {slice}, row {row}, column {column}, with {value} {unit}.",
        best=best + 1,
        slices=len(importance),
        first=first,
        last=first + tubelet_size - 1,
        importance=numeral(importance[best], spec),
        unit=_(explanation.unit) if explanation.signed else _("times its share"),
        slice=slice_index + 1,
        row=row + 1,
        column=column + 1,
        value=numeral(values[slice_index, row, column], spec),
    )
