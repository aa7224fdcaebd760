"""Other films of the same clip, and what the model says to them: edited frames, and frames taken by other rules.

A ``Film`` is small, so that a page can remember many: the pictures that the model was given, at the size of a
thumbnail, and its answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from . import pipeline, video
from .inputs.edits import EDITS
from .inputs.preprocess import preprocess
from .inputs.sampling import SAMPLERS, plan_views, shown_view
from .inputs.scenery import SWAPS, doubt, take_apart
from .models import load_classifier, name_of
from .models.prediction import prediction_of
from .records import CropBox, OnProgress, SampledFrames, SamplingPlan, Window
from .results import Analysis, Prediction
from .settings import Settings
from .words import later

PICTURE_SIDE = 112
"""Pixels of a film's pictures: sharp at the size of a thumbnail on a dense screen."""


@dataclass(frozen=True, eq=False)
class Film:
    """One input of the model, for human eyes, and the answer to it."""

    pictures: np.ndarray
    """(T, side, side, 3) uint8: the part of each frame that the model gets, from the source."""
    indices: tuple[int, ...]
    """T frame numbers in the clip."""
    pts_seconds: tuple[float, ...]
    """T times of these frames in the clip, in seconds."""
    prediction: Prediction


@dataclass(frozen=True, eq=False)
class Swapped:
    """The clip's scenery and what moves before it, one without the other."""

    films: Mapping[str, Film]
    """By key of ``SWAPS``."""
    moving_share: float
    """The mean share of a frame that differs from the median over time."""
    doubt: str | None
    """One sentence where scenery and mover could not be told apart."""


@dataclass(frozen=True)
class Rule:
    """One way to take frames from a clip: a sampler, and how many views of it."""

    title: str
    sentence: str
    sampler: str
    """A key of ``SAMPLERS``."""
    views: str = "1x1"


RULES: dict[str, Rule] = {
    **{key: Rule(row.title, row.sentence, key) for key, row in SAMPLERS.items()},
    "official": Rule(
        later("Official test: 5 clips x 3 crops"),
        later("Fifteen views, their probabilities averaged: how Kinetics results are reported."),
        "dense",
        "5x3",
    ),
}


def original_film(analysis: Analysis) -> Film:
    """The shown view as it is."""
    return _film(analysis.frames, analysis.model_input.crop_box, pipeline.shown_prediction(analysis))


def edited_films(
    analysis: Analysis,
    names: Iterable[str],
    *,
    at: int | None = None,
    hidden: np.ndarray | None = None,
    settings: Settings = Settings(),
    on_progress: OnProgress | None = None,
) -> dict[str, Film]:
    """The shown view under each of these edits, asked in one batch; arguments as in ``apply_edits``."""
    edited = apply_edits(analysis, names, at=at, hidden=hidden)
    answers = what_if(analysis, edited, settings=settings, on_progress=on_progress)
    crop = analysis.model_input.crop_box
    return {name: _film(frames, crop, answers[name]) for name, frames in edited.items()}


def apply_edits(
    analysis: Analysis, names: Iterable[str], *, at: int | None = None, hidden: np.ndarray | None = None
) -> dict[str, SampledFrames]:
    """The shown view's frames under each of these edits of ``EDITS``.

    Args:
        analysis: Of the clip.
        names: Keys of ``EDITS``.
        at: The frame that ``freeze`` holds, in [0, T); the middle one where None.
        hidden: (H', W') bool for ``hide``: the cells of the model's crop that nothing may be seen of.
    """
    choices = {"at": at, "hidden": hidden, "within": analysis.model_input.crop_box}
    rows = {name: EDITS[name] for name in names}
    return {
        name: edit.apply(analysis.frames, **{choice: choices[choice] for choice in edit.choices})
        for name, edit in rows.items()
    }


def what_if(
    analysis: Analysis,
    edited: Mapping[str, SampledFrames],
    *,
    settings: Settings = Settings(),
    on_progress: OnProgress | None = None,
) -> dict[str, Prediction]:
    """What the model says to edited frames of the shown view: one batch, in parts where the model is large.

    Args:
        analysis: From ``classify``.
        edited: Name -> frames, by ``apply_edits``.
        settings: As for ``prepare``.
        on_progress: Told before each part.

    Returns:
        By the same names; compare with ``pipeline.shown_prediction(analysis)``, which is of one view too.
    """
    classifier = load_classifier(
        name_of(analysis.model), device=analysis.device, dtype=analysis.dtype, settings=settings
    )
    crop = analysis.plans[analysis.shown].crop
    views = [preprocess(frames, classifier.preprocessing, crop).pixel_values for frames in edited.values()]
    answers = pipeline.view_answers(analysis, views, on_progress=on_progress)
    labels = analysis.prediction.labels
    return {name: prediction_of(answers.only(slice(row, row + 1)), labels) for row, name in enumerate(edited)}


def plan_rule(analysis: Analysis, rule: str, window: Window) -> tuple[SamplingPlan, ...]:
    """The views that a key of ``RULES`` takes from the analysis's clip; nothing is decoded.

    Raises:
        BadRequestError: the window holds no frame.
    """
    row = RULES[rule]
    num_frames = analysis.geometry.num_frames
    return plan_views(analysis.clip, sampler=row.sampler, window=window, num_frames=num_frames, views=row.views)


def rule_film(
    analysis: Analysis,
    rule: str,
    window: Window,
    *,
    settings: Settings = Settings(),
    on_progress: OnProgress | None = None,
) -> Film:
    """What a rule takes from the analysis's clip and the answer to that; the pictures are of its middle view.

    Args:
        analysis: Says which clip and which model.
        rule: A key of ``RULES``.
        window: The part of the clip to take frames from.
        settings: Every limit.
        on_progress: Told how far it is.

    Raises:
        DemoError: the window holds no frame, or the clip can no longer be read.
    """
    plans = plan_rule(analysis, rule, window)
    classifier = load_classifier(
        name_of(analysis.model), device=analysis.device, dtype=analysis.dtype, settings=settings
    )
    frames = pipeline.decode_views(analysis.clip, plans, settings)
    inputs = [preprocess(view, classifier.preprocessing, plan.crop) for view, plan in zip(frames, plans, strict=True)]
    answers = pipeline.view_answers(analysis, [view.pixel_values for view in inputs], on_progress=on_progress)
    shown = shown_view(plans)
    return _film(frames[shown], inputs[shown].crop_box, prediction_of(answers, analysis.prediction.labels))


def scenery_films(
    analysis: Analysis,
    other: Path,
    *,
    settings: Settings = Settings(),
    on_progress: OnProgress | None = None,
) -> Swapped:
    """The shown view under each of ``SWAPS``, asked in one batch.

    Args:
        analysis: Of the clip.
        other: The clip that lends its scenery.
        settings: Every limit.
        on_progress: Told how far it is.

    Raises:
        DemoError: the other clip cannot be read.
    """
    lender = video.probe(other, settings=settings)
    (plan,) = plan_views(lender, sampler="uniform", window=Window(), num_frames=analysis.geometry.num_frames)
    scenery = take_apart(video.decode(lender, plan.indices, settings=settings)).scenery
    parts = take_apart(analysis.frames)
    edited = {key: swap.make(parts, scenery) for key, swap in SWAPS.items()}
    answers = what_if(analysis, edited, settings=settings, on_progress=on_progress)
    crop = analysis.model_input.crop_box
    films = {key: _film(frames, crop, answers[key]) for key, frames in edited.items()}
    return Swapped(films, parts.moving_share, doubt(parts))


def crop_pictures(frames: SampledFrames, crop: CropBox, *, side: int) -> np.ndarray:
    """(T, side, side, 3) uint8: the part of each frame that the model gets, from the source."""
    _, height, width, _ = frames.rgb.shape
    box = (crop.left * width, crop.top * height, crop.right * width, crop.bottom * height)
    return np.stack(
        [
            np.asarray(Image.fromarray(rgb).resize((side, side), Image.Resampling.BILINEAR, box, reducing_gap=2))
            for rgb in frames.rgb
        ]
    )


def _film(frames: SampledFrames, crop: CropBox, prediction: Prediction) -> Film:
    return Film(crop_pictures(frames, crop, side=PICTURE_SIDE), frames.indices, frames.pts_seconds, prediction)
