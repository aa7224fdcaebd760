"""Putting a map to the test on the visitor's own clip: sanity checks, and leaving out patches by hand.

``pipeline.measure_faithfulness`` draws the curves. As there, an ``Analysis`` goes in and plain numbers come out; what
touches the model is at the end, at module level.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..models import load_classifier, name_of
from ..models.zerogpu import gpu
from ..records import Device, DType
from ..results import Analysis, SanityCheck, Target, answer_target

RANDOM_ORDERS = 3
"""How often as many patches are left out at random, beside the visitor's choice."""


@dataclass(frozen=True)
class Sanity:
    """The two questions to one method, on one clip."""

    other_class: SanityCheck
    random_weights: SanityCheck


def sanity_checks(analysis: Analysis, method: str, *, target: Target | None = None) -> Sanity:
    """Does the method's map change with the class, and with the model's weights?

    Args:
        method: a key of ``explain.METHODS``.
        target: the class to explain; the analysis's own answer where None.
    """
    return _sanity(
        *_model(analysis), analysis.model_input.pixel_values, method, target or answer_target(analysis.prediction)
    )


def answer_without(analysis: Analysis, left_out: np.ndarray) -> np.ndarray:
    """(num_labels,) float32: the shown view's probabilities with these tokens left out of the encoder.

    Args:
        left_out: (T', H', W') bool.

    Raises:
        BadRequestError: no token is left, or the one that the classifier reads is not.
    """
    return _answers(*_model(analysis), analysis.model_input.pixel_values, left_out[None])[0]


def answers_without_random(analysis: Analysis, count: int, *, orders: int = RANDOM_ORDERS, seed: int = 0) -> np.ndarray:
    """(orders, num_labels) float32: the same with ``count`` tokens drawn at random, several times.

    A model that reads its answer from token 0 keeps it.
    """
    tokens = analysis.geometry.num_tokens
    chance = np.random.default_rng(seed)
    left_out = np.zeros((orders, tokens), bool)
    for row in left_out:
        row[1 + chance.permutation(tokens - 1)[:count]] = True
    return _answers(
        *_model(analysis), analysis.model_input.pixel_values, left_out.reshape(orders, *analysis.geometry.grid)
    )


def most_relevant(values: np.ndarray, share: float, *, least: bool = False) -> np.ndarray:
    """(T', H', W') bool: the share of tokens with the largest values; with ``least`` the smallest.

    At least one token stays, and equal values go in their order.

    >>> most_relevant(np.array([[[3.0, 1.0], [2.0, 0.0]]]), 0.5)
    array([[[ True, False],
            [ True, False]]])
    """
    count = min(round(share * values.size), values.size - 1)
    order = np.argsort(values.ravel() if least else -values.ravel(), kind="stable")
    chosen = np.zeros(values.size, bool)
    chosen[order[:count]] = True
    return chosen.reshape(values.shape)


def _model(analysis: Analysis) -> tuple[str, Device, DType]:
    return name_of(analysis.model), analysis.device, analysis.dtype  # type: ignore[return-value]


@gpu(duration=60)
def _sanity(model: str, device: Device, dtype: DType, pixel_values: np.ndarray, method: str, target: Target) -> Sanity:
    from . import sanity  # torch comes with it

    classifier = load_classifier(model, device=device, dtype=dtype)
    return Sanity(
        sanity.other_class(method, classifier, pixel_values, target),
        sanity.random_weights(method, classifier, pixel_values, target),
    )


@gpu(duration=30)
def _answers(model: str, device: Device, dtype: DType, pixel_values: np.ndarray, left_out: np.ndarray) -> np.ndarray:
    """(B, T', H', W') bool -> (B, num_labels)."""
    from .faithfulness import answer_without as answer

    classifier = load_classifier(model, device=device, dtype=dtype)
    return np.stack([answer(classifier, pixel_values, one) for one in left_out])
