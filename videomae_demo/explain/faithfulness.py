"""Is this map, on this clip, more than a map that knows nothing? Tokens are really left out, in the map's order.

VideoMAE learned from a tenth of its tokens, and its encoder runs on any subset: nothing is painted grey, no patch is
invented, and the kept tokens keep their positions. Two curves per map (Petsiuk et al. 2018, RISE, arXiv 1806.07421):
deletion, where a good map makes the target's probability fall early, and insertion, where a good map's few best tokens
suffice. Random orders are too weak an opponent for them: any smooth map beats those, and one that lies in the middle of
the frame, where things happen, does so most of the time. So each map is followed beside copies of itself that know
nothing of the clip (``nulls.py``), and judged by its rank among them (``verdict.py``); ``commands/study.md`` has the
reasons.

What is compared is the gap: how much larger the target's log-odds are with the map's best quarter of the tokens than
with its worst. Log-odds, because a probability close to 1 hides differences.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from ..errors import BadRequestError
from ..models.prediction import softmax
from ..records import OnProgress
from ..results import Contest, Faithfulness, Target
from ..words import later
from . import saco
from .nulls import NULLS, Move, Shape
from .verdict import LEVEL, corrected_p_values, sentence

if TYPE_CHECKING:
    from ..models import VideoClassifier

KEPT_SHARES = (1.0, 0.5, 0.25, 0.125, 0.0625)
"""Of the curves. Each pass costs half of the one before, or less; VideoMAE learned from 0.1 of its tokens."""
CONTEST_SHARE = 0.25
"""Of the contests: one share, because every copy costs passes. Chosen on clips that the published study has not seen:
at a half the same maps win and a pass costs twice as much, at an eighth and below fewer do."""
ONE_SHARE = np.array([CONTEST_SHARE])
COPIES = 19
"""Know-nothing copies of a map, of each kind: the smallest p-value is 1/20, so that a map has to be ahead of all."""


@dataclass(frozen=True)
class Part:
    """What is left out at a time, and what has to be beaten."""

    title: str
    summed: tuple[int, ...]
    """The axes of (T', H', W') over which a map is summed, and which a left-out part goes through."""
    nulls: tuple[str, ...]
    """Keys of ``NULLS``: what a map is compared with."""
    deciding: tuple[str, ...]
    """Those of them that it has to beat. ``study.md`` says why these."""


PARTS: Mapping[str, Part] = MappingProxyType(
    {
        "tokens": Part(later("Patches"), (), nulls=("shifted", "turned"), deciding=("turned",)),
        "time": Part(later("When"), (1, 2), nulls=("rephased",), deciding=("rephased",)),
        "space": Part(later("Where"), (0,), nulls=("shifted", "turned"), deciding=("shifted", "turned")),
    }
)


def measure(
    classifier: VideoClassifier, pixel_values: np.ndarray, values: np.ndarray, target: Target, **options: object
) -> Faithfulness:
    """``measure_all`` of one map, (T', H', W'), with its options."""
    return measure_all(classifier, pixel_values, {"map": values}, target, **options)["map"]  # type: ignore[arg-type]


def measure_all(
    classifier: VideoClassifier,
    pixel_values: np.ndarray,
    maps: Mapping[str, np.ndarray],
    target: Target,
    *,
    kept_shares: Sequence[float] = KEPT_SHARES,
    random_orders: int = 3,
    copies: int = COPIES,
    parts: Sequence[str] = tuple(PARTS),
    seed: int = 0,
    on_progress: OnProgress | None = None,
) -> dict[str, Faithfulness]:
    """Curves of several maps of one view beside random orders, and their contests with know-nothing copies.

    Args:
        pixel_values: (T, 3, S, S) float32.
        maps: name -> (T', H', W'); more is more relevant, so that in a signed map what speaks against the target goes
            last.
        target: the class whose probability is followed. With two classes, it is the probability of the first one if
            only these two were possible.
        kept_shares: 1, then the shares of the tokens that are kept, descending; at least one token stays.
        random_orders: at least 2; each is followed forwards and backwards, as a map's is, so the band has twice as many
            curves.
        copies: know-nothing copies a map and kind.
        parts: keys of ``PARTS``, ``tokens`` among them.
        seed: of all that is left to chance.
        on_progress: told the share of the passes that is done; what it raises ends the measurement.

    Raises:
        BadRequestError: shares out of range, or too few random orders or copies.
    """
    shares = np.asarray(kept_shares, np.float64)
    if len(shares) < 2 or shares[0] != 1 or shares[-1] <= 0 or (np.diff(shares) >= 0).any():
        raise BadRequestError(f"The kept shares must fall from 1 to more than 0, not {', '.join(map(str, shares))}.")
    if random_orders < 2:
        raise BadRequestError(f"Chance needs at least 2 random orders to show its scatter, not {random_orders}.")
    if copies < 1:
        raise BadRequestError(f"A rank needs at least 1 copy, not {copies}.")
    passes, chance = _Passes(classifier, pixel_values, target), np.random.default_rng(seed)
    band = chance.random((random_orders, *classifier.geometry.grid))
    own = np.stack([np.asarray(values, np.float64) for values in maps.values()])
    work = [(shares, np.concatenate([band, own]))]
    moves = {part: _moves(PARTS[part], classifier.geometry.grid, copies, chance) for part in parts}
    work += [(ONE_SHARE, _with_copies(values, PARTS[part], moves[part])) for part in parts for values in own]
    costs = np.array([kept.sum() * len(grids) for kept, grids in work])
    curves = []
    for done, (kept, grids) in enumerate(work):
        if on_progress:
            on_progress(later("Leaving tokens out in the map's order and in others"), costs[:done].sum() / costs.sum())
        curves.append(passes.curves(grids, kept, chance))
    effects = {name: passes.group_effects(np.asarray(values, np.float64), chance) for name, values in maps.items()}
    if on_progress:
        on_progress(later("Leaving tokens out: done"), 1.0)

    found = iter(curves[1:])
    contests = {
        part: _contests(PARTS[part], moves[part], {name: next(found)[..., 0] for name in maps}) for part in parts
    }
    random = _probability(curves[0][:random_orders]).reshape(-1, len(shares))
    measured = {}
    for name, both in zip(maps, curves[0][random_orders:], strict=True):
        deletion, insertion = _probability(both)
        over_tokens = contests["tokens"][name]
        measured[name] = Faithfulness(
            kept_shares=shares.astype(np.float32),
            deletion=deletion,
            insertion=insertion,
            random=random,
            deletion_auc=float(_area(shares, deletion)),
            insertion_auc=float(_area(shares, insertion)),
            random_auc=tuple(_area(shares, random).tolist()),
            contests={part: by_map[name] for part, by_map in contests.items()},
            tested_together=len(maps),
            saco=saco.coefficient(*effects[name]),
            better_than_chance=over_tokens.p_value <= LEVEL,
            verdict=sentence(over_tokens),
        )
    return measured


def contest(
    classifier: VideoClassifier,
    pixel_values: np.ndarray,
    values: np.ndarray,
    target: Target,
    *,
    part: str = "tokens",
    copies: int = COPIES,
    seed: int = 0,
) -> Contest:
    """The verdict's contest alone, of one map, (T', H', W'); the arguments are those of ``measure_all``."""
    chance = np.random.default_rng(seed)
    moves = _moves(PARTS[part], classifier.geometry.grid, copies, chance)
    grids = _with_copies(np.asarray(values, np.float64), PARTS[part], moves)
    kept = _Passes(classifier, pixel_values, target).curves(grids, ONE_SHARE, chance)
    return _contests(PARTS[part], moves, {"map": kept[..., 0]})["map"]


def answer_without(classifier: VideoClassifier, pixel_values: np.ndarray, left_out: np.ndarray) -> np.ndarray:
    """(num_labels,) float32 probabilities after leaving out the tokens that a visitor chose.

    Args:
        left_out: (T', H', W') bool.

    Raises:
        BadRequestError: no token is left, or the one that the classifier reads is not.
    """
    keep = ~np.asarray(left_out, bool).reshape(1, -1)
    if not keep.any():
        raise BadRequestError(later("Every patch is left out: keep at least one."))
    if not keep[0, list(classifier.adapter.pinned)].all():
        raise BadRequestError(
            later("This model reads its answer from the top left patch of the first slice: keep that one.")
        )
    return softmax(classifier.logits(pixel_values, keep=keep)[0] / classifier.temperature)


def _moves(part: Part, grid: Shape, copies: int, chance: np.random.Generator) -> dict[str, Sequence[Move]]:
    """By kind of copy: the moves, on the grid that is left after summing."""
    shape = tuple(1 if axis in part.summed else size for axis, size in enumerate(grid))
    return {null: NULLS[null].moves(shape, copies, chance) for null in part.nulls}


def _with_copies(values: np.ndarray, part: Part, moves: Mapping[str, Sequence[Move]]) -> np.ndarray:
    """(T', H', W') -> (1 + all copies, units along T', H', W'): the map first, summed over what a part goes through."""
    summed = values.sum(axis=part.summed, keepdims=True)
    return np.stack([summed, *(move(summed) for of_kind in moves.values() for move in of_kind)])


@dataclass(frozen=True)
class _Passes:
    """Orders in, the target's log-odds out."""

    classifier: VideoClassifier
    pixel_values: np.ndarray
    target: Target

    def curves(self, grids: np.ndarray, shares: np.ndarray, chance: np.random.Generator) -> np.ndarray:
        """(B, units along T', H', W') maps -> (B, 2, K) log-odds: deletion (the best go first), then insertion."""
        grid = self.classifier.geometry.grid
        values = grids.reshape(len(grids), -1)
        scores = np.stack([-values, values], axis=1).reshape(2 * len(values), -1)  # what is kept first has most
        for token in self.classifier.adapter.pinned:  # what the classifier reads has to stay
            units = np.broadcast_to(np.arange(values.shape[1]).reshape(grids.shape[1:]), grid)
            scores[:, units.flat[token]] = np.inf
        # Equal scores are common (a map of zeros, a baseline): their order is left to chance, not to their place.
        kept_first = np.lexsort((chance.random(scores.shape), -scores))
        curves = np.empty((len(scores), len(shares)))
        for step, share in enumerate(shares):
            keep = np.zeros(scores.shape, bool)
            np.put_along_axis(keep, kept_first[:, : max(round(share * values.shape[1]), 1)], True, axis=1)
            tokens = np.broadcast_to(keep.reshape(-1, *grids.shape[1:]), (len(keep), *grid))
            curves[:, step] = self.log_odds(tokens.reshape(len(keep), -1))
        return curves.reshape(len(grids), 2, len(shares))

    def group_effects(self, values: np.ndarray, chance: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """(T', H', W') -> sums of the map over SaCo's groups, and what leaving out each takes from the log-odds."""
        flat = values.ravel()
        members = saco.grouped(flat, chance.random(flat.size))
        keep = ~members
        keep[:, list(self.classifier.adapter.pinned)] = True
        effects = np.empty(len(members))
        for count in np.unique(keep.sum(axis=1)):  # the model takes rows of one length at a time
            rows = keep.sum(axis=1) == count
            effects[rows] = -self.log_odds(keep[rows])
        return members @ flat, effects

    def log_odds(self, keep: np.ndarray) -> np.ndarray:
        """(B, N) bool, as many in each row -> (B,) float64: log(p / (1 - p)) of the target with these tokens kept.

        Rows that keep the same tokens are passed through the model once.
        """
        _, first, which = np.unique(np.packbits(keep, axis=1), axis=0, return_index=True, return_inverse=True)
        logits = self.classifier.logits(self.pixel_values, keep=keep[first]) / np.float64(self.classifier.temperature)
        against = self.target.against_label_id
        others = np.delete(logits, self.target.label_id, axis=1) if against is None else logits[:, [against]]
        most = others.max(axis=1, keepdims=True)
        rest = most[:, 0] + np.log(np.exp(others - most).sum(axis=1))
        return (logits[:, self.target.label_id] - rest)[which.ravel()]


def _contests(part: Part, moves: Mapping[str, Sequence[Move]], kept: Mapping[str, np.ndarray]) -> dict[str, Contest]:
    """Each map's rank among its copies, by the gap and by each curve alone.

    Args:
        kept: name -> (1 + all copies, 2) log-odds with the worst tokens and with the best, the map's own first.
    """
    worst, best = np.moveaxis(np.stack(list(kept.values())), -1, 0)
    statistics = {"gap": best - worst, "necessary": -worst, "sufficient": best}
    ends = 1 + np.cumsum([len(of_kind) for of_kind in moves.values()])
    kinds = {null: slice(end - len(moves[null]), end) for null, end in zip(moves, ends, strict=True)}
    p_values = {
        name: {null: corrected_p_values(values[:, 0], values[:, kind]) for null, kind in kinds.items()}
        for name, values in statistics.items()
    }

    def largest(name: str, row: int) -> float:
        return max(float(p_values[name][null][row]) for null in part.deciding)

    return {
        name: Contest(
            gap=float(gaps[0]),
            gap_probability=float(np.diff(_probability(kept[name][0]))[0]),
            copies={null: tuple(gaps[kind].tolist()) for null, kind in kinds.items()},
            p_values={null: float(of_kind[row]) for null, of_kind in p_values["gap"].items()},
            deciding=part.deciding,
            p_necessary=largest("necessary", row),
            p_sufficient=largest("sufficient", row),
        )
        for row, (name, gaps) in enumerate(zip(kept, statistics["gap"], strict=True))
    }


def _probability(log_odds: np.ndarray) -> np.ndarray:
    """Log-odds -> probability, float32, without overflow."""
    return np.exp(-np.logaddexp(0, -log_odds)).astype(np.float32)


def _area(shares: np.ndarray, curves: np.ndarray) -> np.ndarray:
    """The mean of each curve over the kept share, (..., K) -> (...): trapezoids over the shares, which descend."""
    widths = shares[:-1] - shares[1:]
    return ((curves[..., :-1] + curves[..., 1:]) / 2 * widths).sum(axis=-1) / widths.sum()
