"""Answers to views -> one: softmax a view, then the mean over the views; and finding a class by what was typed."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

import numpy as np

from ..errors import BadRequestError
from ..results import Answers, Familiarity, Prediction, Target
from ..words import later


def softmax(logits: np.ndarray) -> np.ndarray:
    """Over the last axis, without overflow.

    >>> softmax(np.array([1000.0, 1000.0]))
    array([0.5, 0.5])
    """
    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return raised / raised.sum(axis=-1, keepdims=True)


def predict(
    logits: np.ndarray,
    labels: Sequence[str],
    *,
    temperature: float = 1.0,
    familiarity: np.ndarray | None = None,
) -> Prediction:
    """One prediction of all views, weighted equally: probabilities are averaged, as in the official protocol.

    So is familiarity: a view that shows nothing of the motion counts for no more than its share.

    Args:
        logits: (views, num_labels) float32.
        labels: num_labels names.
        temperature: what logits are divided by before the softmax.
        familiarity: (views,) scores, see `Familiarity`; None where the checkpoint has no numbers for them.
    """
    if logits.ndim != 2 or len(logits) == 0 or logits.shape[1] != len(labels):
        raise ValueError(f"{logits.shape = }, {len(labels) = }; expected (views, num_labels)")
    probabilities = softmax(logits.astype(np.float64) / temperature).mean(axis=0).astype(np.float32)
    return Prediction(
        probabilities,
        logits.mean(axis=0).astype(np.float32),
        tuple(labels),
        temperature,
        Familiarity() if familiarity is None else Familiarity(float(np.mean(familiarity))),
    )


def prediction_of(answers: Answers, labels: Sequence[str]) -> Prediction:
    """``predict`` of all the views."""
    return predict(answers.logits, labels, temperature=answers.temperature, familiarity=answers.familiarity)


def find_label(labels: Sequence[str], wanted: str) -> int:
    """The id of the class that a visitor means: its label, whatever the case, or its number.

    >>> find_label(("move left", "move right"), "Move Right")
    1

    Raises:
        BadRequestError: there is no such class; names the nearest ones.
    """
    folded = [label.casefold() for label in labels]
    text = wanted.strip().casefold()
    if text in folded:  # before numbers: a label may be a number
        return folded.index(text)
    if text.isdecimal() and int(text) < len(labels):
        return int(text)
    close = [labels[folded.index(match)] for match in difflib.get_close_matches(text, folded, n=3, cutoff=0.4)]
    hint = later(" Did you mean {classes}?", classes=" or ".join(close)) if close else ""
    raise BadRequestError(
        later(
            "This model has no class {wanted}: give a label or a number from 0 to {most}.{hint}",
            wanted=repr(wanted),
            most=len(labels) - 1,
            hint=hint,
        )
    )


def find_target(labels: Sequence[str], wanted: str | None, against: str | None = None) -> Target | None:
    """What to explain, from what was typed; None where nothing was.

    Raises:
        BadRequestError: no such class, or only the one to compare with is given.
    """
    if wanted is None:
        if against is not None:
            raise BadRequestError(later("To explain why not a class, name the class that it is compared with too."))
        return None
    return Target(find_label(labels, wanted), None if against is None else find_label(labels, against))
