"""What is found when one asks where in the network something is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Score:
    """A probe's score on clips that it has not seen, with its 95 % interval over clips."""

    value: float
    """A share of right answers in [0, 1]; or R², 1 where all is known and 0 where the mean would do as well."""
    low: float
    high: float


@dataclass(frozen=True)
class Curve:
    """One probe's scores, layer by layer: before the first layer, then after each one."""

    scores: tuple[Score, ...]
    """L + 1, as the two below."""
    shuffled: tuple[Score, ...]
    """Of the same probe trained on shuffled labels: what a probe gets for nothing (Hewitt and Liang 2019)."""
    random_weights: tuple[Score, ...]
    """Of the same probe on the same network with random weights: what the pixels and the wiring give away."""
    clips: int
    """Unseen clips that it was scored on."""

    def selectivity(self, layer: int) -> float:
        """Score minus that of the shuffled labels."""
        return self.scores[layer].value - self.shuffled[layer].value


@dataclass(frozen=True, eq=False)
class Readout:
    """One linear probe a layer: what was taken off there and which way it is weighted."""

    weight: np.ndarray
    """(L + 1, D, K) float32."""
    bias: np.ndarray
    """(L + 1, K) float32."""
    outputs: tuple[str, ...]
    """K names: classes, or what the numbers are."""


@dataclass(frozen=True, eq=False)
class ProbeSet:
    """The probes that were trained on one checkpoint, and how well they do."""

    mean: np.ndarray
    """(L + 1, D) float32: the mean token of the training clips; probes see what differs from it."""
    readouts: Mapping[str, Readout]
    """By key of ``probes.PROBES``."""
    curves: Mapping[str, Curve]
    """By the same keys."""
    command: str
    """How they were made."""


@dataclass(frozen=True, eq=False)
class Readings:
    """What the probes read off one clip, layer by layer."""

    values: Mapping[str, np.ndarray]
    """By key of ``probes.PROBES``: (L + 1, N or T' or 1, K) float32, in the probe's unit; probabilities for classes."""
    probes: ProbeSet


@dataclass(frozen=True, eq=False)
class Patching:
    """How far a clip's answer moves towards that of its reversal when parts of its run are exchanged."""

    label_id: int
    """The clip's answer."""
    reversed_label_id: int
    """What the difference of the logits is taken against: the reversed clip's answer."""
    difference: float
    """Logit of ``label_id`` minus that of ``reversed_label_id``, for the clip."""
    reversed_difference: float
    """The same for the reversed clip."""
    slices: np.ndarray
    """(L + 1, T') float32: effect of exchanging one slice of the stream before layer 1, 2, ... and after the last."""
    additions: np.ndarray
    """(L,) float32: effect of exchanging what one layer adds to the stream, in all slices."""


@dataclass(frozen=True, eq=False)
class PatchingStudy:
    """Mean effects over many clips, and what the same exchange does with a clip of the same class."""

    slices: np.ndarray
    """(L + 1, T') float32: mean effect of a slice of the reversed clip."""
    additions: np.ndarray
    """(L,) float32: mean effect of what one layer adds for the reversed clip."""
    half_width: float
    """The widest 95 % interval of these means is this far to either side."""
    control_slices: np.ndarray
    """(L + 1, T') float32: the same with a slice of another clip of the same class, in the same units."""
    control_additions: np.ndarray
    """(L,) float32."""
    clips: int
    """Clips of classes with a mirror, of which the model answers both the clip and its reversal rightly."""
    command: str
    """How it was made."""
