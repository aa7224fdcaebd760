"""Two sanity checks of a map, after Adebayo et al. 2018 (Sanity Checks for Saliency Maps, arXiv 1810.03292).

A map that explains a class must change with the class, and a map that explains a model must change when the model's
learned weights are replaced by random ones. A map that stays the same shows the clip, not the answer.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import numpy as np

from ..results import SanityCheck, Target
from ..words import Class, later
from . import METHODS, explain

if TYPE_CHECKING:
    from ..models import VideoClassifier

SIMILAR = 0.7
"""Two maps whose rank correlation reaches this count as the same map."""


def other_class(
    method: str, classifier: VideoClassifier, pixel_values: np.ndarray, target: Target, **options: object
) -> SanityCheck:
    """Does the map change when it is asked about the likeliest other class instead of the target's?"""
    logits = classifier.forward(pixel_values).logits.copy()
    logits[target.label_id] = -np.inf
    rival = int(logits.argmax())
    question = later(
        "Does the map change with the class, from “{label}” to “{rival}”?",
        label=Class(classifier.labels[target.label_id]),
        rival=Class(classifier.labels[rival]),
    )
    if not METHODS[method].class_specific:
        return SanityCheck(question, 1.0, False, later("No: by its definition this map is the same for every class."))
    mine, other = (
        explain(method, classifier, pixel_values, target=Target(label_id), **options).values
        for label_id in (target.label_id, rival)
    )
    return _judge(question, mine, other, same=later("it hardly depends on the class"))


def random_weights(
    method: str,
    classifier: VideoClassifier,
    pixel_values: np.ndarray,
    target: Target,
    *,
    seed: int = 0,
    **options: object,
) -> SanityCheck:
    """Does the map change when all weights are replaced by random ones?"""
    forgetful = with_random_weights(classifier, seed=seed)
    mine, other = (
        explain(method, model, pixel_values, target=target, **options).values for model in (classifier, forgetful)
    )
    question = later("Does the map change when the model's learned weights are replaced by random ones?")
    return _judge(question, mine, other, same=later("it shows little of what the model has learned"))


def with_random_weights(classifier: VideoClassifier, *, seed: int = 0) -> VideoClassifier:
    """The same model with nothing learned, by ``models.untrained``."""
    from ..models import VideoClassifier
    from ..models.untrained import forget

    model = copy.deepcopy(classifier.model)
    forget(model, seed=seed)
    return VideoClassifier(
        model,
        identity=classifier.identity,
        labels=classifier.labels,
        geometry=classifier.geometry,
        preprocessing=classifier.preprocessing,
        default_sampling=classifier.default_sampling,
        device=classifier.device,
        dtype=model.dtype,
    )


def rank_correlation(first: np.ndarray, second: np.ndarray) -> float:
    """Spearman's, in [-1, 1], equal values sharing their mean rank; 0 where a map is constant.

    >>> rank_correlation(np.array([1, 2, 3, 4]), np.array([10, 20, 30, 99]))
    1.0
    """
    ranks = [_ranks(values.ravel()) for values in (first, second)]
    if min(np.ptp(rank) for rank in ranks) == 0:
        return 0.0
    return float(np.round(np.corrcoef(ranks[0], ranks[1])[0, 1], 12))


def _ranks(values: np.ndarray) -> np.ndarray:
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[which]


def _judge(question: str, mine: np.ndarray, other: np.ndarray, *, same: str) -> SanityCheck:
    similarity = rank_correlation(mine, other)
    passed = similarity < SIMILAR
    verdict = later("Yes: the two maps' rank correlation is {similarity:.2f}.", similarity=similarity)
    if not passed:
        verdict = later(
            "No: {same}; the two maps' rank correlation is {similarity:.2f}.", same=same, similarity=similarity
        )
    return SanityCheck(question, similarity, passed, verdict)
