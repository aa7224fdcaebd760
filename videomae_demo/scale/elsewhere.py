"""Run in one process what another asks for: the functions that need the model, batched where they are alike.

``models.zerogpu.gpu`` marks them: module-level, plain values in, plain values out. A page whose models are elsewhere
sends their names and arguments; a replica runs them.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from itertools import groupby
from typing import Any

import numpy as np

from .. import pipeline
from ..models import load_classifier
from ..records import Device, DType
from ..results import Answers

PACKAGE = __name__.partition(".")[0]
ANSWERS = f"{pipeline.__name__}:_answers"
"""The function that says what a model answers to views; its calls share a batch."""

Question = tuple[str, Device, DType, np.ndarray]
"""Model's name, device, dtype, and (views, T, 3, S, S) float32."""


def call(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The result of ``module:function``.

    Raises:
        ValueError: it is not one of the functions that need the model.
    """
    module, _, function = name.partition(":")
    found = getattr(import_module(module), function, None) if module.startswith(f"{PACKAGE}.") else None
    if not hasattr(found, "needs_the_model"):
        raise ValueError(f"{name} is not marked as a function that needs the model")
    return found(*args, **kwargs)  # type: ignore[misc]


def answer_together(asked: Sequence[Question]) -> list[Answers | Exception]:
    """What the models say, in the order asked; those that ask the same model about views of one shape share a batch.

    A failure stands in the place of the question that fails by itself.
    """
    said: list[Any] = [None] * len(asked)

    def alike(place: int) -> str:
        model, device, dtype, views = asked[place]
        return f"{model} {device} {dtype} {views.shape[1:]}"

    for _, group in groupby(sorted(range(len(asked)), key=alike), key=alike):
        places = list(group)
        try:
            answers = _answer([asked[place] for place in places])
        except Exception as error:
            answers = [error] if len(places) == 1 else [_one(asked[place]) for place in places]
        for place, answer in zip(places, answers, strict=True):
            said[place] = answer
    return said


def _answer(asked: Sequence[Question]) -> list[Any]:
    model, device, dtype, _ = asked[0]
    answers = load_classifier(model, device=device, dtype=dtype).answers(np.concatenate([one[3] for one in asked]))
    ends = np.cumsum([len(one[3]) for one in asked])
    return [answers.only(slice(end - len(one[3]), end)) for one, end in zip(asked, ends, strict=True)]


def _one(question: Question) -> Answers | Exception:
    try:
        return _answer([question])[0]
    except Exception as error:
        return error
