"""What a lesson reveals, in this clip's own numbers: one sentence each, and which of the lesson's guesses held.

A finding asks the page's line, which remembers what was computed before: the tab that the lesson opens then shows the
same numbers at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..figures.words import percent
from ..records import OnProgress
from ..results import Analysis, Prediction, Target

if TYPE_CHECKING:
    from ..backend import Backend

EVEN_DB = 0.5
"""Decibels below which a difference between two pictures can hardly be seen."""
SURER = 0.05
"""A change of probability below this is none."""
CORRELATED = 0.3
"""Correlation of two maps, in size, from which on they are called alike."""


@dataclass(frozen=True)
class LessonAnswer:
    """The answer to a lesson's question, on one clip, by one model."""

    guess: int
    """Position among the lesson's guesses of the one that held."""
    sentence: str
    """One sentence with the numbers that decide it."""


def sampling(backend: Backend, analysis: Analysis, tell: OnProgress) -> LessonAnswer:
    """Sixteen frames spread over the clip against its first sixteen: same, less sure, another class."""
    spread, start = (
        backend.by_rule(analysis, rule, analysis.window, on_progress=tell).prediction for rule in ("uniform", "first")
    )
    sentence = f"Spread over the clip: {_answer(spread)}. Its first frames only: {_answer(start)}."
    label_id, _, probability = spread.top(1)[0]
    if start.top(1)[0][0] != label_id:
        return LessonAnswer(2, sentence)
    return LessonAnswer(1 if start.probabilities[label_id] < probability - SURER else 0, sentence)


def tokens(backend: Backend, analysis: Analysis, tell: OnProgress) -> LessonAnswer:
    """How many pictures over time a map has: the map's own shape."""
    slices, rows, columns = backend.explain(analysis, "rollout").values.shape
    frames, size = analysis.geometry.num_frames, analysis.geometry.tubelet_size
    sentence = (
        f"{slices}: this clip's map has {slices} x {rows} x {columns} = {slices * rows * columns} values, one a token; "
        f"{frames} frames, {size} in each token."
    )
    return LessonAnswer((frames, slices, 1).index(slices), sentence)


def attention(backend: Backend, analysis: Analysis, tell: OnProgress) -> LessonAnswer:
    """Where attention goes in time: own slice, the neighbouring ones, or further."""
    tell("Adding up the attention", None)
    shares = [own_and_near(layer.between_slices) for layer in backend.atlas(analysis)]
    own, near = np.mean(shares, axis=0)
    alone = [share for share, _ in shares]
    lowest, highest = int(np.argmin(alone)), int(np.argmax(alone))
    sentence = (
        f"{own:.1%} stays in its own slice and {near:.1%} goes to the slices next to it, on average over all layers; "
        f"its own slice gets least in layer {lowest + 1} ({alone[lowest]:.1%}) and most in layer {highest + 1} "
        f"({alone[highest]:.1%}). Spread evenly, it would be {1 / analysis.geometry.grid[0]:.1%}."
    ).replace("%", " %")
    return LessonAnswer(0 if own > 0.5 else 1 if near > 0.5 else 2, sentence)


def own_and_near(between_slices: np.ndarray) -> tuple[float, float]:
    """Mean share of the attention that stays in its slice, and that goes to the one before and the one after.

    >>> own_and_near(np.array([[0.5, 0.3, 0.2], [0.2, 0.6, 0.2], [0.0, 0.3, 0.7]]))
    (0.6, 0.333)

    Args:
        between_slices: (T', T'), rows sum to 1.
    """
    size = len(between_slices)
    apart = np.abs(np.subtract.outer(np.arange(size), np.arange(size)))
    own, near = (float(between_slices[apart == distance].sum()) / size for distance in (0, 1))
    return round(own, 3), round(near, 3)


def class_specific(backend: Backend, analysis: Analysis, tell: OnProgress) -> LessonAnswer:
    """The ledgers of the answer and of what the model says to the reversed clip: do they use the same places?"""
    first = analysis.prediction.top(2)
    backwards = backend.what_if(analysis, ["reverse"], on_progress=tell)["reverse"].prediction.top(1)[0]
    other = backwards if backwards[0] != first[0][0] else first[1]
    this, that, both = (
        backend.explain(analysis, "ledger", target=target)
        for target in (Target(first[0][0]), Target(other[0]), Target(first[0][0], other[0]))
    )
    alike = float(np.corrcoef(this.values.ravel(), that.values.ravel())[0, 1])
    sentence = (
        f"The ledgers of “{first[0][1]}” and “{other[1]}” correlate by {alike:+.2f}; what tells the two apart adds up "
        f"to {both.figures['logit']:+.2f} logits. Their rollout maps are one and the same."
    )
    return LessonAnswer(1 if alike <= -CORRELATED else 2 if alike >= CORRELATED else 0, sentence)


def time(backend: Backend, analysis: Analysis, tell: OnProgress) -> LessonAnswer:
    """Forwards against backwards: the same class, another, or nothing it is sure of."""
    before = backend.original(analysis).prediction
    films = backend.what_if(analysis, ["reverse", "shuffle", "freeze"], on_progress=tell)
    reverse, shuffle, freeze = (films[name].prediction for name in ("reverse", "shuffle", "freeze"))
    sentence = (
        f"Forwards: {_answer(before)}. Backwards: {_answer(reverse)}. Shuffled: {_answer(shuffle)}. "
        f"One frame frozen: {_answer(freeze)}."
    )
    label_id, _, probability = reverse.top(1)[0]
    if label_id == before.top(1)[0][0]:
        return LessonAnswer(0, sentence)
    return LessonAnswer(1 if probability >= 0.5 else 2, sentence)


def faithful(backend: Backend, analysis: Analysis, tell: OnProgress) -> LessonAnswer:
    """Rollout, relevance and the distance from the centre, each removed strongest first; lowest area hurts soonest."""
    target = Target(analysis.prediction.top(1)[0][0])
    methods = ("rollout", "relevance", "center")
    maps = tuple(backend.explain(analysis, method, target=target) for method in methods)
    explained = backend.measure(analysis, maps, target=target, on_progress=tell)
    measured = [one.faithfulness for one in explained if one.faithfulness is not None]
    areas = [one.deletion_auc for one in measured]
    chance = measured[0].random_auc
    sentence = (
        f"Area under the curve, lower hurts sooner: rollout {areas[0]:.3f}, relevance {areas[1]:.3f}, centre "
        f"{areas[2]:.3f}; random orders {min(chance):.3f} to {max(chance):.3f}."
    )
    best = int(np.argmin(areas))
    return LessonAnswer(best if areas[best] < min(chance) else len(methods), sentence)


def masked(backend: Backend, analysis: Analysis, tell: OnProgress) -> LessonAnswer:
    """Tubes against random holes, three quarters hidden by each."""
    tube, holes = (
        backend.reconstruct(analysis, autoencoder="bundled", mask=mask, ratio=0.75, seed=0, on_progress=tell)
        for mask in ("tube", "random")
    )
    gain = holes.own_psnr_db - tube.own_psnr_db
    sentence = (
        f"Tubes: {tube.own_psnr_db:.1f} dB, a simple fill {tube.nearest_fill_psnr_db:.1f} dB. Random holes: "
        f"{holes.own_psnr_db:.1f} dB, a simple fill {holes.nearest_fill_psnr_db:.1f} dB."
    )
    return LessonAnswer(2 if abs(gain) < EVEN_DB else 1 if gain > 0 else 0, sentence)


def _answer(prediction: Prediction) -> str:
    """``"move left, 93 %"``."""
    _, label, probability = prediction.top(1)[0]
    return f"{label}, {percent(probability)}"
