"""What comes out of the line: answers, maps, and everything about one clip in one record. Read ``records.py`` first.

ModelOutput (models/output.py) -> Prediction, Explanation -> Analysis
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from .records import (
    ClipInfo,
    Device,
    DType,
    Geometry,
    ModelIdentity,
    ModelInput,
    SampledFrames,
    SamplingPlan,
    Window,
)


@dataclass(frozen=True, eq=False)
class Answers:
    """What the model says to some views, each by itself: all that a prediction is made of."""

    logits: np.ndarray
    """(views, num_labels) float32."""
    familiarity: np.ndarray | None = None
    """(views,) float32 scores, see `Familiarity`; None where the checkpoint has no numbers to tell it by."""
    temperature: float = 1.0
    """What logits are divided by before the softmax."""

    def only(self, views: slice) -> Answers:
        """What it says to some of the views."""
        familiarity = None if self.familiarity is None else self.familiarity[views]
        return Answers(self.logits[views], familiarity, self.temperature)

    @staticmethod
    def join(parts: Sequence[Answers]) -> Answers:
        """One after another; all by one model, at least one."""
        scores = [part.familiarity for part in parts if part.familiarity is not None]
        familiarity = np.concatenate(scores) if scores else None
        return Answers(np.concatenate([part.logits for part in parts]), familiarity, parts[0].temperature)


@dataclass(frozen=True)
class Familiarity:
    """Whether a clip is like what the model learned; both None where the checkpoint has no numbers to tell it by."""

    score: float | None = None
    """Higher is more familiar; from 0 on the clip is known, as nearly all clips with the classes' motions are."""

    @property
    def known(self) -> bool | None:
        """Whether the answer is worth a headline."""
        return None if self.score is None else self.score >= 0


@dataclass(frozen=True, eq=False)
class Prediction:
    """The answer: one probability per class, averaged over the views after the softmax."""

    probabilities: np.ndarray
    """(num_labels,) float32, sums to 1."""
    logits: np.ndarray
    """(num_labels,) float32: the mean of the views' logits; the first view's where there is one view."""
    labels: tuple[str, ...]
    """num_labels names, by label id."""
    temperature: float = 1.0
    """What logits are divided by before the softmax, so that 80 % means right in 80 of 100 cases."""
    familiar: Familiarity = Familiarity()
    """Of all views together."""

    def top(self, k: int) -> tuple[tuple[int, str, float], ...]:
        """The k likeliest as (label_id, label, probability), likeliest first; ties by label id."""
        order = np.argsort(-self.probabilities, kind="stable")[: max(k, 0)]
        return tuple((int(i), self.labels[i], float(self.probabilities[i])) for i in order)


@dataclass(frozen=True)
class Target:
    """What an explanation is about: the logit of one class, or the difference of two ("why this and not that")."""

    label_id: int
    against_label_id: int | None = None


def answer_target(prediction: Prediction) -> Target:
    """The likeliest class, over all views."""
    return Target(prediction.top(1)[0][0])


@dataclass(frozen=True)
class Contest:
    """One map beside copies of itself that know nothing of the clip, of several kinds; ``explain/nulls.py``."""

    gap: float
    """How much larger the target's log-odds are with the map's best quarter than with its worst; 1 is odds 2.7 times
    as high."""
    gap_probability: float
    """The same in probability, in [-1, 1]; where the probability is close to 1 or to 0 it hides differences."""
    copies: Mapping[str, tuple[float, ...]]
    """The gaps of the n copies of each kind, by key of ``NULLS``."""
    p_values: Mapping[str, float]
    """By kind: the gap's rank among the map's own and the copies', corrected for the maps tested together."""
    deciding: tuple[str, ...]
    """The kinds that a verdict rests on; the others are there to compare with."""
    p_necessary: float
    """The p-value for the deletion curve alone: does the answer need the map's best parts?"""
    p_sufficient: float
    """The same for the insertion curve alone: do the map's best parts suffice?"""

    @property
    def p_value(self) -> float:
        """The largest of the deciding kinds'."""
        return max(self.p_values[null] for null in self.deciding)

    @property
    def resolution(self) -> float:
        """The smallest p-value that so many copies can give."""
        return 1 / (1 + min(len(self.copies[null]) for null in self.deciding))


@dataclass(frozen=True, eq=False)
class Faithfulness:
    """What leaving tokens out, in a map's order, does to the target's probability; ``explain/faithfulness.py``."""

    kept_shares: np.ndarray
    """(K,) float32, descending from 1: the share of tokens kept at each step."""
    deletion: np.ndarray
    """(K,) float32: the target's probability when the most relevant tokens go first."""
    insertion: np.ndarray
    """(K,) float32: the target's probability when only the most relevant tokens are kept (least relevant go first)."""
    random: np.ndarray
    """(R, K) float32: the same for R random orders; each second one is the one before it backwards."""
    deletion_auc: float
    """Mean of ``deletion`` over the kept share, in [0, 1]; lower is better."""
    insertion_auc: float
    """Mean of ``insertion`` over the kept share, in [0, 1]; higher is better."""
    random_auc: tuple[float, ...]
    """R areas, one a random order."""
    contests: Mapping[str, Contest]
    """By what is left out at a time, keys of ``faithfulness.PARTS``: single tokens, whole slices, whole tubes."""
    tested_together: int
    """How many maps the p-values are corrected for."""
    saco: float
    """In [-1, 1]: do larger values mean larger effects? ``explain/saco.py``."""
    better_than_chance: bool
    """Whether the contest over tokens is won at ``verdict.LEVEL``."""
    verdict: str
    """One plain sentence."""


@dataclass(frozen=True)
class SanityCheck:
    """One of Adebayo et al.'s questions to a map: does it change where it must? ``explain/sanity.py``."""

    question: str
    similarity: float
    """Rank correlation of the map and the changed one, in [-1, 1]; 1 is the same order of patches."""
    passed: bool
    verdict: str
    """One plain sentence."""


@dataclass(frozen=True, eq=False)
class Explanation:
    """One map over the tokens, by one method."""

    method: str
    """A key of ``METHODS``."""
    values: np.ndarray
    """(T', H', W') float32, in the method's ``unit``."""
    unit: str
    signed: bool
    target: Target | None
    """None where the method is class-agnostic."""
    seconds: float
    figures: Mapping[str, float] = field(default_factory=dict)
    """Named numbers to print beside the map: for the ledger ``constant``, ``sum`` and ``logit``."""
    faithfulness: Faithfulness | None = None


@dataclass(frozen=True)
class Timing:
    """Wall-clock seconds of one analysis."""

    decode: float
    preprocess: float
    forward: float


@dataclass(frozen=True, eq=False)
class Analysis:
    """Everything about one clip under one setting; page, JSON, CLI, API and report all read this one record."""

    clip: ClipInfo
    clip_name: str
    """The name that the visitor gave the file."""
    window: Window
    plans: tuple[SamplingPlan, ...]
    """One a view."""
    shown: int
    """Index into ``plans`` of the view that is drawn and explained: ``frames`` and ``model_input`` are its."""
    frames: SampledFrames
    model_input: ModelInput
    model: ModelIdentity
    geometry: Geometry
    device: Device
    dtype: DType
    prediction: Prediction
    explanations: Mapping[str, Explanation]
    """By method, in the order asked for."""
    timing: Timing
    versions: Mapping[str, str]
    """Package name -> version, for reproducing."""


@dataclass(frozen=True, eq=False)
class ClipTimeline:
    """The answers to windows that slide over a clip; ``sliding.py``."""

    clip: ClipInfo
    clip_name: str
    window: Window
    """The part of the clip that the windows slide over."""
    window_seconds: float
    step_seconds: float
    sampler: str
    """A key of ``SAMPLERS``."""
    views: str
    spans: tuple[Window, ...]
    """W windows in their order, each with its end; those that hold no frame are left out."""
    probabilities: np.ndarray
    """(W, num_labels) float32, each row sums to 1."""
    labels: tuple[str, ...]
    model: ModelIdentity
    device: Device
    dtype: DType
    notice: str | None
    """One sentence where the file gave less than it promised."""
    seconds: float
    """Wall-clock time that all of it took."""
    versions: Mapping[str, str]
    familiar: tuple[Familiarity, ...] = ()
    """Of each window; of none where nothing is known of it."""

    def __post_init__(self) -> None:
        if self.probabilities.shape != (len(self.spans), len(self.labels)):
            raise ValueError(f"{self.probabilities.shape = }, {len(self.spans) = }, {len(self.labels) = }")

    def prediction(self, number: int) -> Prediction:
        """One window's answer."""
        row = self.probabilities[number]
        with np.errstate(divide="ignore"):
            prediction = Prediction(row, np.log(row), self.labels)
        return replace(prediction, familiar=self.familiar[number]) if self.familiar else prediction

    def leading_classes(self, count: int) -> list[int]:
        """The label ids worth showing: those that answer most windows, then those that come nearest to it."""
        answers = np.bincount(self.probabilities.argmax(axis=1), minlength=len(self.labels))
        order = np.lexsort((-self.probabilities.max(axis=0, initial=0), -answers))
        return order[:count].tolist()


@dataclass(frozen=True)
class Proportion:
    """So many of so many, with Wilson's 95 % interval."""

    count: int
    total: int

    @property
    def share(self) -> float:
        return self.count / self.total if self.total else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """(low, high): stays in [0, 1] and is honest for few clips and for extreme shares (Wilson 1927).

        >>> [round(end, 3) for end in Proportion(9, 10).interval]
        [0.596, 0.982]
        """
        if not self.total:
            return 0.0, 1.0
        z, n, p = 1.959963984540054, self.total, self.share
        middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return max(middle - half, 0.0), min(middle + half, 1.0)
