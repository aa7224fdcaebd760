"""Scores for how familiar a clip is, from a model's tokens and logits: the usual ones, and one that is learned."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from videomae_demo.models.familiarity import lead

DECAYS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
"""Penalties of the squared weights to choose from."""
FOLDS = 4
"""Parts that the kinds are left out in."""


@dataclass(frozen=True, eq=False)
class Group:
    """What a model says to some clips."""

    features: np.ndarray
    """(n, 3·D) float32, see `familiarity.summaries`."""
    logits: np.ndarray
    """(n, num_labels) float32."""
    truth: np.ndarray
    """(n,) label ids; -1 where there is none."""

    @staticmethod
    def join(groups: Sequence[Group]) -> Group:
        """One after another."""
        return Group(*(np.concatenate(column) for column in zip(*(vars(g).values() for g in groups), strict=True)))


Score = Callable[[Group], np.ndarray]
"""-> (n,), higher is more familiar."""


def _largest_probability(fit: Group) -> Score:
    """Hendrycks and Gimpel 2017, arXiv 1610.02136."""
    return lambda group: torch.from_numpy(group.logits).softmax(-1).amax(-1).numpy()


def _energy(fit: Group) -> Score:
    """Liu et al. 2020, arXiv 2010.03759."""
    return lambda group: torch.from_numpy(group.logits).logsumexp(-1).numpy()


def _mahalanobis(fit: Group) -> Score:
    """Minus the distance to the nearest class's mean, Lee et al. 2018, arXiv 1807.03888."""
    means = np.stack([fit.features[fit.truth == label].mean(axis=0) for label in np.unique(fit.truth)])
    place = np.searchsorted(np.unique(fit.truth), fit.truth)
    spread = np.cov((fit.features - means[place]).T)
    # Shrunk towards its diagonal: there are few more clips than dimensions.
    inverse = np.linalg.inv(0.9 * spread + 0.1 * np.diag(np.diag(spread)) + 1e-6 * np.eye(len(spread)))

    def score(group: Group) -> np.ndarray:
        away = group.features[:, None] - means
        return -np.stack([np.einsum("nd,de,ne->n", a, inverse, a) for a in away.swapaxes(0, 1)]).min(axis=0)

    return score


SCORES: dict[str, Callable[[Group], Score]] = {
    "largest probability": _largest_probability,
    "energy": _energy,
    "Mahalanobis distance": _mahalanobis,
}
"""What the learned score is compared with: name -> from clips with the classes' motions, a score."""


@dataclass(frozen=True, eq=False)
class Probe:
    """A linear score."""

    weights: np.ndarray
    """(3·D + 1,) float64."""
    offset: float

    def score(self, group: Group) -> np.ndarray:
        """(n,)."""
        return _evidence(group) @ self.weights + self.offset


def area_under_curve(known: np.ndarray, unknown: np.ndarray) -> float:
    """How often a clip of the first has the larger score than one of the second; ties count half.

    >>> area_under_curve(np.array([2.0, 3.0]), np.array([1.0, 2.0]))
    0.875
    """
    ordered = np.sort(unknown)
    below = np.searchsorted(ordered, known, "left") + np.searchsorted(ordered, known, "right")
    return float(below.mean() / 2 / len(unknown))


def fit_probe(
    known: Group, strange: Mapping[str, Group], *, say: Callable[[str], None] = lambda text: None
) -> tuple[Probe, dict[str, float]]:
    """The probe with the penalty that does best on kinds that it has not seen.

    Returns:
        The probe, fitted to all kinds, and for every penalty the area under the curve on kinds left out in turn.
    """
    kinds = list(strange)
    half = np.arange(len(known.truth)) % 2 == 0
    areas = {}
    for decay in DECAYS:
        found = []
        for fold in range(min(FOLDS, len(kinds))):
            seen = [strange[kind] for kind in kinds[:] if kinds.index(kind) % FOLDS != fold]
            unseen = [strange[kind] for kind in kinds if kinds.index(kind) % FOLDS == fold]
            probe = _fit(_part(known, half), Group.join(seen), decay)
            found.append(area_under_curve(probe.score(_part(known, ~half)), probe.score(Group.join(unseen))))
        areas[f"{decay:g}"] = float(np.mean(found))
        say(f"weight decay {decay:g}: area {areas[f'{decay:g}']:.3f} on kinds left out")
    best = max(areas, key=lambda decay: areas[decay])
    return _fit(known, Group.join(list(strange.values())), float(best)), areas


def _evidence(group: Group) -> np.ndarray:
    """(n, 3·D + 1): the summaries, and how far the likeliest class is ahead."""
    return np.concatenate([group.features, lead(torch.from_numpy(group.logits)).numpy()[:, None]], axis=1)


def _part(group: Group, rows: np.ndarray) -> Group:
    return Group(group.features[rows], group.logits[rows], group.truth[rows])


def _fit(known: Group, strange: Group, decay: float) -> Probe:
    """Logistic regression on standardised features; both sides count the same."""
    features = torch.from_numpy(np.concatenate([_evidence(known), _evidence(strange)])).double()
    middle, spread = features.mean(dim=0), features.std(dim=0) + 1e-6
    features = (features - middle) / spread
    count, others = len(known.features), len(strange.features)
    wanted = torch.cat([torch.ones(count), torch.zeros(others)]).double()
    share = torch.cat([torch.full((count,), 0.5 / count), torch.full((others,), 0.5 / others)]).double()
    weights = torch.zeros(features.shape[1] + 1, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([weights], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        answer = features @ weights[:-1] + weights[-1]
        error = functional.binary_cross_entropy_with_logits(answer, wanted, reduction="none")
        total = (share * error).sum() + decay * weights[:-1].square().sum()
        total.backward()
        return total

    optimiser.step(loss)
    found = weights.detach()
    scaled = found[:-1] / spread
    return Probe(scaled.numpy(), float(found[-1] - (scaled * middle).sum()))
