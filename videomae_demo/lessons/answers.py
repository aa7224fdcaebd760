"""What questions come to, in the clip's own numbers: which outcome held, and a sentence that says why.

A finding asks the page's line, which remembers what was computed before: the tab that the lesson opens then shows the
same numbers at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..explain import METHODS
from ..figures.scales import slice_importance
from ..figures.words import percent
from ..inputs.edits import EDITS
from ..inputs.sampling import SAMPLERS
from ..records import OnProgress
from ..results import Analysis, Prediction, Target, answer_target
from ..words import _, class_name, later

if TYPE_CHECKING:
    from ..backend import Backend

EVEN_DB = 0.5
"""Decibels below which a difference between two pictures can hardly be seen."""
SURER = 0.05
"""A change of probability below this is none."""
CORRELATED = 0.3
"""Correlation of two maps, in size, from which on they are called alike."""
MOVES = 8.0
"""Of 255: by how much a patch's pixels differ on average between a slice's frames, from which on it holds movement."""
FEW = 0.25
"""Up to this share of the tokens is few."""


@dataclass(frozen=True)
class Found:
    """What a question comes to on one clip."""

    outcome: str
    """One of ``Ask.outcomes``."""
    sentence: str


def rules(backend: Backend, analysis: Analysis, about: Sequence[str], tell: OnProgress) -> Found:
    """The frames of one rule against those of another: same class, less sure, another class."""
    before, after = (backend.by_rule(analysis, rule, analysis.window, on_progress=tell).prediction for rule in about)
    first, second = (_(SAMPLERS[rule].title) for rule in about)
    sentence = _(
        "“{first}” gives {before}. “{second}” gives {after}.",
        first=first,
        before=_answer(before),
        second=second,
        after=_answer(after),
    )
    label_id, _unused, probability = before.top(1)[0]
    if after.top(1)[0][0] != label_id:
        return Found("another", sentence)
    return Found("less sure" if after.probabilities[label_id] < probability - SURER else "same", sentence)


def slices(backend: Backend, analysis: Analysis, about: Sequence[str], tell: OnProgress) -> Found:
    """How many pictures over time a map has: the map's own shape."""
    count, rows, columns = backend.explain(analysis, "rollout").values.shape
    frames, size = analysis.geometry.num_frames, analysis.geometry.tubelet_size
    sentence = _(
        "{slices}: this clip's map has {slices} × {rows} × {columns} = {tokens} values, one a token; {frames} frames, "
        "{size} in each token.",
        slices=count,
        rows=rows,
        columns=columns,
        tokens=count * rows * columns,
        frames=frames,
        size=size,
    )
    return Found(("frame", "slice", "clip")[(frames, count, 1).index(count)], sentence)


def attention(backend: Backend, analysis: Analysis, about: Sequence[str], tell: OnProgress) -> Found:
    """Where attention goes in time: own slice, the neighbouring ones, or further."""
    tell(later("Adding up the attention"), None)
    shares = [own_and_near(layer.between_slices) for layer in backend.atlas(analysis)]
    own, near = np.mean(shares, axis=0)
    alone = [share for share, _unused in shares]
    lowest, highest = int(np.argmin(alone)), int(np.argmax(alone))
    sentence = _(
        "{own:.1f} % stays in its own slice and {near:.1f} % goes to the slices next to it, on average over all "
        "layers; its own slice gets least in layer {lowest} ({least:.1f} %) and most in layer {highest} ({most:.1f} "
        "%). Spread evenly, it would be {evenly:.1f} %.",
        own=100 * own,
        near=100 * near,
        lowest=lowest + 1,
        least=100 * alone[lowest],
        highest=highest + 1,
        most=100 * alone[highest],
        evenly=100 / analysis.geometry.grid[0],
    )
    return Found("own" if own > 0.5 else "near" if near > 0.5 else "spread", sentence)


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


def ledgers(backend: Backend, analysis: Analysis, about: Sequence[str], tell: OnProgress) -> Found:
    """The ledgers of the answer and of what the model says to the reversed clip: do they use the same places?"""
    first = analysis.prediction.top(2)
    backwards = backend.what_if(analysis, ["reverse"], on_progress=tell)["reverse"].prediction.top(1)[0]
    other = backwards if backwards[0] != first[0][0] else first[1]
    this, that, both = (
        backend.explain(analysis, "ledger", target=target)
        for target in (Target(first[0][0]), Target(other[0]), Target(first[0][0], other[0]))
    )
    alike = float(np.corrcoef(this.values.ravel(), that.values.ravel())[0, 1])
    sentence = _(
        "The ledgers of “{label}” and “{other}” correlate by {alike:+.2f}; what tells the two apart adds up to "
        "{logit:+.2f} logits. Their rollout maps are one and the same.",
        label=class_name(first[0][1]),
        other=class_name(other[1]),
        alike=alike,
        logit=both.figures["logit"],
    )
    return Found("opposed" if alike <= -CORRELATED else "alike" if alike >= CORRELATED else "apart", sentence)


def edit(backend: Backend, analysis: Analysis, about: Sequence[str], tell: OnProgress) -> Found:
    """The clip as it is against the edited one: the same class, another, or nothing it is sure of."""
    before = backend.original(analysis).prediction
    names = [*about, *(name for name in ("shuffle", "freeze") if name not in about)] if "reverse" in about else about
    films = {name: film.prediction for name, film in backend.what_if(analysis, names, on_progress=tell).items()}
    after = films[about[0]]
    parts = [_("As it is: {answer}.", answer=_answer(before))]
    parts += [_("{edit}: {answer}.", edit=_(EDITS[name].title), answer=_answer(films[name])) for name in names]
    sentence = " ".join(parts)
    label_id, _unused, probability = after.top(1)[0]
    if label_id == before.top(1)[0][0]:
        return Found("same", sentence)
    return Found("another" if probability >= 0.5 else "unsure", sentence)


def maps(backend: Backend, analysis: Analysis, about: Sequence[str], tell: OnProgress) -> Found:
    """The maps as “Is the map any good?” tests them: of those ahead of their turned copies, the one of largest gap."""
    target = answer_target(analysis.prediction)
    methods = [name for name in backend.methods if name in about]  # in the order of the tab, which measures them so
    explained = tuple(backend.explain(analysis, name, target=target) for name in methods)
    measured = {
        one.method: one.faithfulness
        for one in backend.measure(analysis, explained, target=target, on_progress=tell)
        if one.faithfulness is not None
    }
    parts = []
    for name, one in measured.items():
        contest = one.contests["tokens"]
        copies = [gap for null in contest.deciding for gap in contest.copies[null]]
        ahead_of = sum(gap < contest.gap for gap in copies)
        parts.append(
            _(
                "{method} {gap:+.1f} (ahead of {ahead_of} of {copies} turned copies, p = {p:.3f})",
                method=_(METHODS[name].title),
                gap=contest.gap,
                ahead_of=ahead_of,
                copies=len(copies),
                p=contest.p_value,
            )
        )
    sentence = _(
        "Gap between best and worst quarter, in log-odds{corrected}: {gaps}.",
        corrected=_(", corrected for {maps} maps", maps=len(measured)) if len(measured) > 1 else "",
        gaps="; ".join(parts),
    )
    better = {name: one.contests["tokens"].gap for name, one in measured.items() if one.better_than_chance}
    return Found(max(better, key=better.__getitem__, default="none"), sentence)


def masks(backend: Backend, analysis: Analysis, about: Sequence[str], tell: OnProgress) -> Found:
    """Tubes against random holes, three quarters hidden by each."""
    tube, holes = (
        backend.reconstruct(analysis, autoencoder="bundled", mask=mask, ratio=0.75, seed=0, on_progress=tell)
        for mask in ("tube", "random")
    )
    gain = holes.own_psnr_db - tube.own_psnr_db
    sentence = _(
        "Tubes: {tube:.1f} dB, a simple fill {tube_fill:.1f} dB. Random holes: {holes:.1f} dB, a simple fill "
        "{holes_fill:.1f} dB.",
        tube=tube.own_psnr_db,
        tube_fill=tube.nearest_fill_psnr_db,
        holes=holes.own_psnr_db,
        holes_fill=holes.nearest_fill_psnr_db,
    )
    return Found("even" if abs(gain) < EVEN_DB else "random" if gain > 0 else "tube", sentence)


def says(backend: Backend, analysis: Analysis, about: Sequence[str], tell: OnProgress) -> Found:
    """The class that the model names."""
    label = analysis.prediction.top(1)[0][1]
    return Found(
        label if label in about else "something else",
        _("The model says: {answer}.", answer=_answer(analysis.prediction)),
    )


def known(backend: Backend, analysis: Analysis, about: Sequence[str], tell: OnProgress) -> Found:
    """Whether the clip is like what the model learned."""
    familiar = analysis.prediction.familiar
    if familiar.known is None:
        return Found("cannot tell", _("This model has no numbers to tell a strange clip by."))
    return Found(
        "yes" if familiar.known else "no",
        _(
            "Its score is {score:+.2f}; the line is 0. The nearest class: {answer}.",
            score=familiar.score,
            answer=_answer(analysis.prediction),
        ),
    )


def movement(analysis: Analysis) -> np.ndarray:
    """(T', H', W') in [0, 255]: by how much the pixels of each patch differ, on average, inside its slice."""
    geometry = analysis.geometry
    count, rows, columns = geometry.grid
    size = geometry.patch_size
    frames = analysis.model_input.view_rgb.astype(np.float32)
    cut = frames.reshape(count, geometry.tubelet_size, rows, size, columns, size, 3)
    return np.abs(np.diff(cut, axis=1)).mean(axis=(1, 3, 5, 6))


def moving(backend: Backend, analysis: Analysis, about: Sequence[str], tell: OnProgress) -> Found:
    """How many tokens hold movement between their frames."""
    held = movement(analysis) >= MOVES
    share = float(held.mean())
    if not held.any():
        still = _(
            "None of the {tokens} tokens holds movement: in none does a pixel change by {moves:g} of 255 or more "
            "between the frames, on average. The model says: {answer}.",
            tokens=held.size,
            moves=MOVES,
            answer=_answer(analysis.prediction),
        )
        return Found("none", still)
    most = int(held.sum(axis=(1, 2)).argmax()) + 1
    sentence = _(
        "{held} of {tokens} tokens ({share}) hold movement: between their frames a pixel changes by {moves:g} of 255 "
        "or more, on average. Most of them are in slice {slice}. The model says: {answer}.",
        held=held.sum(),
        tokens=held.size,
        share=percent(share),
        moves=MOVES,
        slice=most,
        answer=_answer(analysis.prediction),
    )
    return Found("few" if share <= FEW else "many", sentence)


def moment(backend: Backend, analysis: Analysis, about: Sequence[str], tell: OnProgress) -> Found:
    """The slice in which the pixels move most, and the one to which a map gives most."""
    explained = backend.explain(analysis, about[0], target=answer_target(analysis.prediction))
    importance = np.abs(slice_importance(explained))
    moved = movement(analysis).mean(axis=(1, 2))
    most_moved, most_given = int(moved.argmax()), int(importance.argmax())
    sentence = _(
        "Most movement: slice {moved} of {slices}. {method} gives most to slice {given}, {times:.2f} times the mean of "
        "a slice.",
        moved=most_moved + 1,
        slices=len(moved),
        method=_(METHODS[about[0]].title),
        given=most_given + 1,
        times=importance[most_given] / importance.mean(),
    )
    return Found(
        ("same", "next")[abs(most_moved - most_given)] if abs(most_moved - most_given) < 2 else "elsewhere", sentence
    )


def _answer(prediction: Prediction) -> str:
    """``"move left, 93 %"``; in words where the clip is unlike what the model learned."""
    _unused, label, probability = prediction.top(1)[0]
    if prediction.familiar.known is False:
        return _(
            "{label}, {share} (but the clip is unlike what it learned)",
            label=class_name(label),
            share=percent(probability),
        )
    return _("{label}, {share}", label=class_name(label), share=percent(probability))
