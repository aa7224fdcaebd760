"""Is this map, on this clip, better than chance? Tokens are really left out of the encoder, in the map's order.

VideoMAE learned from a tenth of its tokens, and its encoder runs on any subset: nothing is painted grey, no patch is
invented, and the kept tokens keep their positions. Two curves per map (Petsiuk et al. 2018, RISE, arXiv 1806.07421):
deletion, where a good map makes the target's probability fall early, and insertion, where a good map's few best tokens
suffice. Common metrics of this kind barely tell some methods from chance (SaCo, CVPR 2024), hence the random orders
beside every curve.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from ..errors import BadRequestError
from ..records import OnProgress
from ..results import Faithfulness, Target

if TYPE_CHECKING:
    from ..models import VideoClassifier

DEVIATIONS = 2.0
"""How far beyond chance is beyond chance, see ``_judge``: about 1 random map in 20 passes by luck."""


def measure(
    classifier: VideoClassifier,
    pixel_values: np.ndarray,
    values: np.ndarray,
    target: Target,
    *,
    steps: int = 10,
    random_orders: int = 5,
    seed: int = 0,
    by_slice: bool = False,
    on_progress: OnProgress | None = None,
) -> Faithfulness:
    """``measure_all`` of one map, (T', H', W')."""
    return measure_all(
        classifier,
        pixel_values,
        {"map": values},
        target,
        steps=steps,
        random_orders=random_orders,
        seed=seed,
        by_slice=by_slice,
        on_progress=on_progress,
    )["map"]


def measure_all(
    classifier: VideoClassifier,
    pixel_values: np.ndarray,
    maps: Mapping[str, np.ndarray],
    target: Target,
    *,
    steps: int = 10,
    random_orders: int = 5,
    seed: int = 0,
    by_slice: bool = False,
    on_progress: OnProgress | None = None,
) -> dict[str, Faithfulness]:
    """Deletion and insertion curves of several maps of one view, beside one band of random orders for all.

    Args:
        pixel_values: (T, 3, S, S) float32.
        maps: name -> (T', H', W'); more is more relevant, so that in a signed map what speaks against the target goes
            last.
        target: the class whose probability is followed. With two classes, it is the probability of the first one if
            only these two were possible.
        steps: how often tokens are left out, in equal portions; the last step keeps a single token (or slice).
        random_orders: at least 2; each is followed forwards and backwards, as a map's is, so the band has twice as many
            curves.
        by_slice: leave out whole time slices, in the order of the map's sum over each, instead of single tokens.
        on_progress: told the share of the passes that is done; what it raises ends the measurement.

    Raises:
        BadRequestError: too few steps or random orders, or more steps than there are tokens or slices to leave out.
    """
    slices, height, width = classifier.geometry.grid
    units, tokens_each = (slices, height * width) if by_slice else (slices * height * width, 1)
    if not 1 <= steps < units:
        raise BadRequestError(f"The number of steps must be between 1 and {units - 1}, not {steps}.")
    if random_orders < 2:
        raise BadRequestError(f"Chance needs at least 2 random orders to show its scatter, not {random_orders}.")
    chance = np.random.default_rng(seed)
    per_unit = [chance.random(units) for _ in range(random_orders)]
    per_unit += [np.asarray(values, np.float64).reshape(units, tokens_each).sum(axis=1) for values in maps.values()]
    # Deletion keeps the least relevant ones, insertion the most relevant ones.
    scores = [sign * values for values in per_unit for sign in (-1, 1)]
    for token in classifier.adapter.pinned:  # what the classifier reads has to stay
        for score in scores:
            score[token // tokens_each] = np.inf
    # Equal scores are common (a map of zeros, a baseline): their order is left to chance, not to their place.
    kept_first = np.stack([np.lexsort((chance.random(units), -score)) for score in scores])

    counts = np.maximum(1, np.round(np.linspace(units, 0, steps + 1))).astype(int)
    curves = np.empty((len(scores), len(counts)), np.float32)
    done = np.cumsum(counts) / counts.sum()
    for step, count in enumerate(counts):
        keep = np.zeros((len(scores), units), bool)
        np.put_along_axis(keep, kept_first[:, :count], True, axis=1)
        keep = np.repeat(keep, tokens_each, axis=1)
        if step == 0:  # nothing is left out: one pass answers for all orders
            curves[:, 0] = _probabilities(classifier, pixel_values, keep[:1], target)
        else:
            curves[:, step] = _probabilities(classifier, pixel_values, keep, target)
        if on_progress:
            on_progress(f"Leaving tokens out: {count * tokens_each} of {keep.shape[1]} kept", float(done[step]))
    shares = (counts / units).astype(np.float32)
    band = curves[: 2 * random_orders]
    return {
        name: _judge(shares, deletion=curves[row], insertion=curves[row + 1], band=band)
        for name, row in zip(maps, range(len(band), len(curves), 2), strict=True)
    }


def answer_without(classifier: VideoClassifier, pixel_values: np.ndarray, left_out: np.ndarray) -> np.ndarray:
    """(num_labels,) float32 probabilities after leaving out the tokens that a visitor chose.

    Args:
        left_out: (T', H', W') bool.

    Raises:
        BadRequestError: no token is left, or the one that the classifier reads is not.
    """
    keep = ~np.asarray(left_out, bool).reshape(1, -1)
    if not keep.any():
        raise BadRequestError("Every patch is left out: keep at least one.")
    if not keep[0, list(classifier.adapter.pinned)].all():
        raise BadRequestError("This model reads its answer from the top left patch of the first slice: keep that one.")
    return _softmax(classifier.logits(pixel_values, keep=keep)[0])


def _probabilities(
    classifier: VideoClassifier, pixel_values: np.ndarray, keep: np.ndarray, target: Target
) -> np.ndarray:
    """(B, N) bool -> (B,): the target's probability with these tokens kept."""
    logits = classifier.logits(pixel_values, keep=keep)
    if target.against_label_id is not None:
        return _softmax(logits[:, [target.label_id, target.against_label_id]])[:, 0]
    return _softmax(logits)[:, target.label_id]


def _softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def _judge(shares: np.ndarray, *, deletion: np.ndarray, insertion: np.ndarray, band: np.ndarray) -> Faithfulness:
    """The areas, and whether they are beyond chance.

    A map is better than chance if the gap between its insertion and its deletion area is wider than that of every
    random order, whichever way round, and than ``DEVIATIONS`` of the random gaps' standard deviations. Both curves
    count in one number because neither suffices alone: patches that are spread out keep up a clip's general look, and
    so even a good map may win by its deletion curve only.
    """
    areas = _area(shares, band)
    removed_first, kept_first = float(_area(shares, deletion)), float(_area(shares, insertion))
    gap, random_gaps = kept_first - removed_first, areas[1::2] - areas[::2]
    # Backwards, a random order's gap has the other sign: their mean is 0 by construction.
    by_luck = max(np.abs(random_gaps).max(), DEVIATIONS * np.sqrt(np.square(random_gaps).mean()))
    falls_early, few_suffice = removed_first < areas.min(), kept_first > areas.max()
    if gap > by_luck:
        verdict = _BETTER[bool(falls_early), bool(few_suffice)]
    elif gap < -by_luck:
        verdict = "Worse than chance on this clip: the patches that the map ranks last matter most."
    else:
        verdict = "Not distinguishable from chance on this clip: random orders do about as well."
    return Faithfulness(
        kept_shares=shares,
        deletion=deletion,
        insertion=insertion,
        random=band,
        deletion_auc=removed_first,
        insertion_auc=kept_first,
        random_auc=tuple(areas.tolist()),
        better_than_chance=bool(gap > by_luck),
        verdict=verdict,
    )


_BETTER = {
    (True, True): "Better than chance on this clip: without the map's best patches the probability falls earlier than "
    "in any random order, and its best patches alone keep it up longer.",
    (True, False): "Better than chance on this clip: without the map's best patches the probability falls earlier than "
    "in any random order; those patches alone, though, keep it up no longer than random ones.",
    (False, True): "Better than chance on this clip: the map's best patches alone keep the probability up longer than "
    "any random ones; without them, though, it falls no earlier.",
    (False, False): "Better than chance on this clip: the two curves are wider apart than any random order's, though "
    "neither of them alone is beyond all of those.",
}
"""By whether the deletion curve, and whether the insertion curve, is beyond every random order's."""


def _area(shares: np.ndarray, curves: np.ndarray) -> np.ndarray:
    """The mean of each curve over the kept share, (..., K) -> (...): trapezoids over the shares, which descend."""
    widths = shares[:-1] - shares[1:]
    return ((curves[..., :-1] + curves[..., 1:]) / 2 * widths).sum(axis=-1) / widths.sum()
