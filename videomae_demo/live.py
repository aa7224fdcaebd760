"""What a camera shows now: the model's answer to its last two seconds. Nothing is kept.

The browser holds those seconds, at the size that the model sees, and asks with all of them: SampledFrames -> LiveAnswer
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from .explain import METHODS, explain
from .inputs.preprocess import preprocess
from .models import load_classifier
from .models.prediction import prediction_of
from .models.zerogpu import gpu
from .records import CropBox, Device, DType, OnProgress, SampledFrames
from .results import Answers, Explanation, Prediction, Target
from .settings import Settings

SECONDS = 2.0
"""How far back an answer looks."""
SHORT_SIDE = 256
"""Pixels: for larger models the frames come as small as this."""
CHEAP_METHODS = ("ledger", "rollout")
"""The first that holds for the model draws the map: both cost little beside the forward pass."""


@dataclass(frozen=True)
class Wanted:
    """What the model takes of a camera."""

    num_frames: int
    short_side: int
    """Pixels of a frame's short side: more would only be scaled down again."""


@dataclass(frozen=True, eq=False)
class LiveAnswer:
    """What the model says to the camera's last seconds."""

    prediction: Prediction
    explanation: Explanation | None
    """Of the answer's class where the method is for one; None where no cheap method holds for the model."""
    crop_box: CropBox
    """The part of the camera's picture that the model got."""
    seconds: float
    """What it took, waiting for other visitors included."""
    device: Device


def live_answer(
    frames: SampledFrames | None,
    *,
    model: str = "auto",
    device: Device = "auto",
    dtype: DType = "auto",
    settings: Settings = Settings(),
    on_progress: OnProgress | None = None,
) -> LiveAnswer | Wanted:
    """The answer to a camera's last seconds; what the model takes of a camera where these are not so many frames.

    Args:
        frames: Evenly spread over ``SECONDS``, the last one as new as can be; None asks what is wanted.
        model: ``auto``, ``bundled``, a hub id or a folder.
        device: ``auto``, ``cpu`` or ``cuda``.
        dtype: ``auto`` or a dtype's name.
        settings: ``hub_timeout`` counts.
        on_progress: Told while it waits for the model.

    Raises:
        ModelUnavailableError: as for ``load_classifier``.
    """
    classifier = load_classifier(model, device=device, dtype=dtype, settings=settings, on_progress=on_progress)
    count, recipe = classifier.geometry.num_frames, classifier.preprocessing
    if frames is None or len(frames.rgb) != count:
        side = recipe.resize if isinstance(recipe.resize, int) else min(recipe.resize)
        return Wanted(count, min(side, SHORT_SIDE))
    start = time.perf_counter()
    view = preprocess(frames, recipe)
    method = next((key for key in CHEAP_METHODS if not METHODS[key].why_not(classifier.identity)), None)
    answers, explanation = _answer_and_map(model, device, dtype, view.pixel_values, method, on_progress=on_progress)
    return LiveAnswer(
        prediction=prediction_of(answers, classifier.labels),
        explanation=explanation,
        crop_box=view.crop_box,
        seconds=time.perf_counter() - start,
        device=classifier.device,
    )


@gpu(duration=10)
def _answer_and_map(
    model: str,
    device: Device,
    dtype: DType,
    pixel_values: np.ndarray,
    method: str | None,
    *,
    on_progress: OnProgress | None = None,
) -> tuple[Answers, Explanation | None]:
    """(T, 3, S, S) -> the answer and its map from one forward pass, which is forgotten at once."""
    classifier = load_classifier(model, device=device, dtype=dtype)
    output = classifier.forward(pixel_values, on_progress=on_progress)
    familiarity = None if output.familiarity is None else np.array([output.familiarity], np.float32)
    target = Target(int(output.logits.argmax()))
    try:
        explanation = explain(method, classifier, pixel_values, target=target) if method else None
    finally:
        classifier.forget(pixel_values)
    return Answers(output.logits[None], familiarity, classifier.temperature), explanation
