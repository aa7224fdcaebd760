"""Clips among clips: how far their features lie apart, and a flat picture of it.

A clip's features are what the head reads, at unit length, so that their distance is one minus the cosine of the angle
between them: 0 for the same direction, 1 for nothing in common. The picture is their two main directions (PCA).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from . import pipeline
from .models import name_of
from .records import Window
from .results import Analysis
from .settings import Settings
from .variants import crop_pictures

PICTURE_SIDE = 72
"""Pixels of a clip's picture."""


@dataclass(frozen=True, eq=False)
class PlacedClip:
    """One clip among others."""

    name: str
    features: np.ndarray
    """(D,) float32: what the head reads of the shown view."""
    picture: np.ndarray
    """(side, side, 3) uint8: the middle frame, as far as the model gets it."""
    own: bool = False
    """Whether the visitor brought it."""


@dataclass(frozen=True, eq=False)
class Neighbourhood:
    """Some clips, the first of them the one that it is about."""

    clips: tuple[PlacedClip, ...]
    distances: np.ndarray
    """(n, n) float64 in [0, 2]: one minus the cosine of two clips' features."""
    places: np.ndarray
    """(n, 2) float64: the two main directions."""
    shares: tuple[float, float]
    """How much of the clips' differences each direction holds, in [0, 1]."""
    missing: tuple[str, ...] = ()
    """Names of clips that could not be read any more."""
    waiting: int = 0
    """How many more there are to be read."""

    def nearest(self, count: int) -> tuple[tuple[PlacedClip, float], ...]:
        """The clips next to the first one with their distances, nearest first."""
        order = np.argsort(self.distances[0, 1:], kind="stable")[:count] + 1
        return tuple((self.clips[place], float(self.distances[0, place])) for place in order)

    @property
    def usual_distance(self) -> float:
        """From a clip to the one next to it, as a rule: the median over the clips beside the first."""
        others = self.distances[1:, 1:] + np.diag(np.full(len(self.clips) - 1, np.inf))
        return float(np.median(others.min(axis=1)))


def neighbourhood(clips: Sequence[PlacedClip], missing: Sequence[str] = (), *, waiting: int = 0) -> Neighbourhood:
    """Of at least three clips by one model, the one that it is about first."""
    if len(clips) < 3:
        raise ValueError(f"{len(clips) = }: expected at least 3")
    features = np.stack([clip.features for clip in clips]).astype(np.float64)
    units = features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
    centred = units - units.mean(axis=0)
    left, singular, _ = np.linalg.svd(centred, full_matrices=False)
    energy = singular**2 / max(float((singular**2).sum()), 1e-12)
    return Neighbourhood(
        clips=tuple(clips),
        distances=np.clip(1 - units @ units.T, 0, 2),
        places=(left * singular)[:, :2],
        shares=(float(energy[0]), float(energy[1])),
        missing=tuple(missing),
        waiting=waiting,
    )


def placed_analysis(analysis: Analysis) -> PlacedClip:
    """The clip of an analysis."""
    return PlacedClip(analysis.clip_name, pipeline.features_of(analysis), _picture(analysis))


def placed_file(
    path: Path, name: str, window: Window, like: Analysis, *, own: bool, settings: Settings = Settings()
) -> PlacedClip:
    """Another file, by the model and the rule of an analysis.

    Raises:
        DemoError: it cannot be read.
    """
    ready = pipeline.prepare(
        path,
        clip_name=name,
        model=name_of(like.model),
        device=like.device,
        dtype=like.dtype,
        sampling=like.plans[0].sampler,
        window=window,
        settings=settings,
    )
    ((pooled, _),) = pipeline.features_of_many([ready])
    return PlacedClip(name, pooled, _picture(ready), own)


def _picture(framed: Analysis | pipeline.Prepared) -> np.ndarray:
    middle = len(framed.frames.rgb) // 2
    frames = framed.frames
    one = replace(
        frames, **{name: getattr(frames, name)[middle : middle + 1] for name in ("rgb", "indices", "pts_seconds")}
    )
    return crop_pictures(one, framed.model_input.crop_box, side=PICTURE_SIDE)[0]
