"""The line, as a dozen calls: a clip -> frames -> answer -> maps.

``analyse`` goes all the way. The page goes step by step and shows each result as it comes: ``prepare``, ``classify``,
``explain``. Everything that comes out is plain numpy; the functions that touch the model are at the end, at module
level, as ZeroGPU wants them.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from . import explain as explaining
from . import video
from .errors import BadRequestError
from .happenings import tell
from .inputs.preprocess import preprocess
from .inputs.sampling import SAMPLERS, plan_views, shown_view
from .models import load_autoencoder, load_classifier, name_of
from .models.prediction import prediction_of
from .models.reconstruction import Reconstruction, compare, draw_mask
from .models.versions import package_versions
from .models.zerogpu import gpu
from .records import (
    ClipInfo,
    Device,
    DType,
    Geometry,
    ModelIdentity,
    ModelInput,
    OnProgress,
    Preprocessing,
    SampledFrames,
    SamplingPlan,
    Window,
)
from .results import Analysis, Answers, Explanation, Faithfulness, Prediction, Target, Timing, answer_target
from .settings import Settings
from .words import later

CPU_PART_TOKENS = 4096
"""Tokens of further views that go through the model between two reports of progress, on a CPU."""


@dataclass(frozen=True, eq=False)
class Prepared:
    """Everything up to the model's door: what can be shown before it has answered."""

    clip: ClipInfo
    clip_name: str
    window: Window
    plans: tuple[SamplingPlan, ...]
    """One a view, with the frames that were really decoded."""
    shown: int
    """Index into ``plans``."""
    frames: SampledFrames
    """Of the shown view."""
    inputs: tuple[ModelInput, ...]
    """One a view."""
    model: ModelIdentity
    labels: tuple[str, ...]
    geometry: Geometry
    recipe: Preprocessing
    device: Device
    dtype: DType
    decode_seconds: float
    preprocess_seconds: float

    @property
    def model_input(self) -> ModelInput:
        """Of the shown view."""
        return self.inputs[self.shown]


def prepare(
    path: Path,
    *,
    clip_name: str | None = None,
    model: str = "auto",
    device: Device = "auto",
    dtype: DType = "auto",
    sampling: str = "auto",
    window: Window = Window(),
    views: str = "1x1",
    settings: Settings = Settings(),
    on_progress: OnProgress | None = None,
) -> Prepared:
    """Scan, choose frames, decode, resize and crop.

    Args:
        path: The clip's file.
        clip_name: The name to show; the file's own by default.
        model: ``auto``, ``bundled``, a hub id or a folder. Its geometry decides how many frames of which size.
        device: ``auto``, ``cpu`` or ``cuda``.
        dtype: ``auto`` or a dtype's name.
        sampling: A key of ``SAMPLERS``, or ``auto`` for the way the model was trained.
        window: The part of the clip to sample from.
        views: ``CxK``: clips times crops.
        settings: Every limit.
        on_progress: Told what is being done.

    Raises:
        DemoError: whatever a visitor can act on.
    """
    if sampling != "auto" and sampling not in SAMPLERS:
        raise BadRequestError(f"Sampling {sampling!r}: expected one of auto, {', '.join(SAMPLERS)}.")
    start = time.perf_counter()
    clip = video.probe(path, settings=settings)  # before the model: a file that is no video fails at once
    probe_seconds = time.perf_counter() - start
    classifier = load_classifier(model, device=device, dtype=dtype, settings=settings, on_progress=on_progress)
    sampler = classifier.default_sampling if sampling == "auto" else sampling
    plans = plan_views(clip, sampler=sampler, window=window, num_frames=classifier.geometry.num_frames, views=views)
    shown = shown_view(plans)
    start = time.perf_counter()
    frames = decode_views(clip, plans, settings)
    decode_seconds = probe_seconds + time.perf_counter() - start
    tell("decoded", seconds=decode_seconds)
    start = time.perf_counter()
    inputs = tuple(
        preprocess(view, classifier.preprocessing, plan.crop) for view, plan in zip(frames, plans, strict=True)
    )
    return Prepared(
        clip=clip,
        clip_name=clip_name or path.name,
        window=window,
        plans=tuple(
            replace(plan, indices=view.indices, pts_seconds=view.pts_seconds)
            for plan, view in zip(plans, frames, strict=True)
        ),
        shown=shown,
        frames=frames[shown],
        inputs=inputs,
        model=classifier.identity,
        labels=classifier.labels,
        geometry=classifier.geometry,
        recipe=classifier.preprocessing,
        device=classifier.device,
        dtype=classifier.dtype,
        decode_seconds=decode_seconds,
        preprocess_seconds=time.perf_counter() - start,
    )


def classify(prepared: Prepared, *, on_progress: OnProgress | None = None) -> Analysis:
    """The answer, from all views.

    Args:
        prepared: From ``prepare``.
        on_progress: Told while the clip waits for the model and between the layers. What it raises ends the wait, and
            the pass, too, unless others share it.
    """
    start = time.perf_counter()
    answers = _answers(
        name_of(prepared.model),
        prepared.device,
        prepared.dtype,
        np.stack([view.pixel_values for view in prepared.inputs]),
        prepared.shown,
        on_progress=on_progress,
    )
    seconds = time.perf_counter() - start
    tell("answered", seconds=seconds)
    return _answered(prepared, answers, seconds)


def classify_many(prepared: Sequence[Prepared]) -> tuple[Analysis, ...]:
    """The answers to several clips, whose views go through the model together; nothing is recorded for maps.

    A batch's matrix products round otherwise than a single clip's: probabilities differ by about 1e-6 in float32.

    Args:
        prepared: At least one, all for one model, device and dtype. The seconds of a clip are its share of the batch's.
    """
    start = time.perf_counter()
    first = prepared[0]
    pixel_values = np.stack([view.pixel_values for one in prepared for view in one.inputs])
    answers = many_answers(first.model, first.device, first.dtype, pixel_values)
    seconds = (time.perf_counter() - start) / len(prepared)
    ends = np.cumsum([len(one.inputs) for one in prepared])
    return tuple(
        _answered(one, answers.only(slice(end - len(one.inputs), end)), seconds)
        for one, end in zip(prepared, ends, strict=True)
    )


def many_answers(model: ModelIdentity, device: Device, dtype: DType, pixel_values: np.ndarray) -> Answers:
    """(views, T, 3, S, S) float32 -> what a loaded model says to each view: a batch, nothing recorded."""
    return _answers(name_of(model), device, dtype, pixel_values, None)


def features_of_many(prepared: Sequence[Prepared]) -> list[tuple[np.ndarray, np.ndarray]]:
    """Of each clip the pooled features, (D,) float32, the mean over its views, and the tokens, (views, N, D) float32.

    Args:
        prepared: At least one, all for one model, device and dtype; their views go through it together.
    """
    first = prepared[0]
    pixel_values = np.stack([view.pixel_values for one in prepared for view in one.inputs])
    pooled, tokens = _features(name_of(first.model), first.device, first.dtype, pixel_values)
    ends = np.cumsum([len(one.inputs) for one in prepared])[:-1]
    return [
        (of_views.mean(axis=0), own)
        for of_views, own in zip(np.split(pooled, ends), np.split(tokens, ends), strict=True)
    ]


def features_of(analysis: Analysis) -> np.ndarray:
    """(D,) float32: what the head reads of the shown view."""
    view = analysis.model_input.pixel_values[None]
    return _features(name_of(analysis.model), analysis.device, analysis.dtype, view)[0][0]


def _answered(prepared: Prepared, answers: Answers, forward_seconds: float) -> Analysis:
    """The record of a clip whose views were answered so."""
    return Analysis(
        clip=prepared.clip,
        clip_name=prepared.clip_name,
        window=prepared.window,
        plans=prepared.plans,
        shown=prepared.shown,
        frames=prepared.frames,
        model_input=prepared.model_input,
        model=prepared.model,
        geometry=prepared.geometry,
        device=prepared.device,
        dtype=prepared.dtype,
        prediction=prediction_of(answers, prepared.labels),
        explanations={},
        timing=Timing(prepared.decode_seconds, prepared.preprocess_seconds, forward_seconds),
        versions=package_versions(),
    )


def explain(analysis: Analysis, method: str, *, target: Target | None = None, **options: object) -> Explanation:
    """One map of the shown view.

    Args:
        analysis: From ``classify``.
        method: A key of ``explain.METHODS``.
        target: The class or classes to explain; the analysis's own answer where None.
        options: Of the method.

    Raises:
        BadRequestError: an unknown class, an option out of range, or a method that does not apply to this model.
    """
    target = target or answer_target(analysis.prediction)
    explanation = _explain(
        name_of(analysis.model),
        analysis.device,
        analysis.dtype,
        method,
        analysis.model_input.pixel_values,
        target,
        dict(options),
    )
    tell("explained", seconds=explanation.seconds, method=method)
    return explanation


def measure_faithfulness(
    analysis: Analysis,
    explanations: Iterable[Explanation],
    *,
    target: Target | None = None,
    on_progress: OnProgress | None = None,
    **options: int,
) -> tuple[Explanation, ...]:
    """The same explanations with their faithfulness measured: what leaving tokens out in their order does.

    All are measured together, beside one band of random orders, and the p-values are corrected for their number.

    Args:
        analysis: From ``classify``.
        explanations: Of this analysis, one a method; those that are for a class are for the same one.
        target: The class whose probability is followed; where None, the explanations' own, or the model's answer.
        on_progress: Told how far it is.
        options: Of ``explain.faithfulness.measure_all``: ``copies``, ``random_orders``, ``seed``.
    """
    by_method = {explanation.method: explanation for explanation in explanations}
    targets = {explanation.target for explanation in by_method.values() if explanation.target is not None}
    if len(targets) > 1:
        raise ValueError(f"explanations of different classes cannot share one measurement: {targets}")
    measured = _faithfulness(
        name_of(analysis.model),
        analysis.device,
        analysis.dtype,
        analysis.model_input.pixel_values,
        {method: explanation.values for method, explanation in by_method.items()},
        target or next(iter(targets), answer_target(analysis.prediction)),
        dict(options),
        on_progress=on_progress,
    )
    return tuple(replace(one, faithfulness=measured[method]) for method, one in by_method.items())


def with_explanations(analysis: Analysis, explanations: Iterable[Explanation]) -> Analysis:
    """The analysis with these maps added, by method, in this order; an earlier map of a method is replaced."""
    return replace(analysis, explanations={**analysis.explanations, **{one.method: one for one in explanations}})


def view_answers(analysis: Analysis, views: Sequence[np.ndarray], *, on_progress: OnProgress | None = None) -> Answers:
    """What the model that made the analysis says to further views, without recording.

    Args:
        analysis: Says which model, device and dtype.
        views: (T, 3, S, S) float32 each.
        on_progress: Told before each part of the batch: on a CPU a large model takes seconds a view.
    """
    step = len(views)
    if analysis.device == "cpu":
        step = max(CPU_PART_TOKENS // analysis.geometry.num_tokens, 1)
    parts = []
    for start in range(0, len(views), max(step, 1)):
        if on_progress is not None:
            on_progress(later("Asking the model"), start / len(views))
        batch = np.stack(views[start : start + step])
        parts.append(_answers(name_of(analysis.model), analysis.device, analysis.dtype, batch, None))
    return Answers.join(parts) if parts else Answers(np.empty((0, len(analysis.prediction.labels)), np.float32))


def shown_prediction(analysis: Analysis) -> Prediction:
    """The answer from the shown view alone: what one-view experiments are compared with."""
    if len(analysis.plans) == 1:
        return analysis.prediction
    pixel_values = analysis.model_input.pixel_values[None]
    answers = _answers(name_of(analysis.model), analysis.device, analysis.dtype, pixel_values, 0)
    return prediction_of(answers, analysis.prediction.labels)


def reconstruct(
    analysis: Analysis,
    *,
    autoencoder: str = "bundled",
    mask: str = "tube",
    ratio: float = 0.75,
    seed: int = 0,
    settings: Settings = Settings(),
    on_progress: OnProgress | None = None,
) -> Reconstruction:
    """What a pre-trained VideoMAE makes of the shown view when most of its tokens are hidden.

    Args:
        analysis: From ``classify``; its frames and crop are used, with the autoencoder's own preprocessing.
        autoencoder: A key of ``models.AUTOENCODERS``, ``auto``, another hub id or a folder.
        mask: A key of ``masking.MASKS``.
        ratio: Share of tokens to hide, in (0, 1).
        seed: Of the mask's draw.
        settings: ``hub_timeout`` counts.
        on_progress: Told what a download does.

    Raises:
        ModelUnavailableError: no such pre-trained model here.
        BadRequestError: it takes another number of frames than the analysis has, or the analysis's own model never
            learned this way.
    """
    if reason := analysis.model.why_not("reconstruction"):
        raise BadRequestError(later("Filling gaps does not apply to this model: {reason}.", reason=reason))
    loaded = load_autoencoder(autoencoder, device=analysis.device, settings=settings, on_progress=on_progress)
    geometry = loaded.geometry
    if geometry.num_frames != len(analysis.frames.rgb):
        raise BadRequestError(
            later(
                "{id} takes {num_frames} frames and this view has {count}: choose another pre-trained model.",
                id=loaded.identity.id,
                num_frames=geometry.num_frames,
                count=len(analysis.frames.rgb),
            )
        )
    model_input = preprocess(analysis.frames, loaded.preprocessing, analysis.plans[analysis.shown].crop)
    hidden = draw_mask(mask, geometry, ratio=ratio, seed=seed)
    predicted = _predict_patches(autoencoder, analysis.device, model_input.pixel_values, hidden)
    return compare(model_input.view_rgb, hidden, predicted, geometry, normalised_targets=loaded.normalised_targets)


def analyse(
    path: Path,
    *,
    clip_name: str | None = None,
    model: str = "auto",
    device: Device = "auto",
    dtype: DType = "auto",
    sampling: str = "auto",
    window: Window = Window(),
    views: str = "1x1",
    methods: Iterable[str] = ("rollout",),
    target: Target | None = None,
    settings: Settings = Settings(),
    on_progress: OnProgress | None = None,
) -> Analysis:
    """All of it: the answer and the maps of one clip. Arguments as in ``prepare`` and ``explain``.

    Raises:
        DemoError: whatever a visitor can act on.
    """
    prepared = prepare(
        path,
        clip_name=clip_name,
        model=model,
        device=device,
        dtype=dtype,
        sampling=sampling,
        window=window,
        views=views,
        settings=settings,
        on_progress=on_progress,
    )
    analysis = classify(prepared)
    return with_explanations(analysis, [explain(analysis, method, target=target) for method in methods])


def decode_views(clip: ClipInfo, plans: tuple[SamplingPlan, ...], settings: Settings) -> list[SampledFrames]:
    """One ``SampledFrames`` a plan; plans that differ only in their crop share one, and all are decoded in one call."""
    ranges: dict[tuple[int, ...], slice] = {}
    wanted: list[int] = []
    for plan in plans:
        if plan.indices not in ranges:
            ranges[plan.indices] = slice(len(wanted), len(wanted) + len(plan.indices))
            wanted += plan.indices
    decoded = video.decode(clip, wanted, settings=settings)
    parts = {
        indices: replace(
            decoded, rgb=decoded.rgb[part], indices=decoded.indices[part], pts_seconds=decoded.pts_seconds[part]
        )
        for indices, part in ranges.items()
    }
    return [parts[plan.indices] for plan in plans]


# On ZeroGPU these run in another process: plain values in, plain values out. The model is asked for by name; it was
# loaded before that process was forked off, or is found on disk.


@gpu(duration=60)
def _answers(
    model: str,
    device: Device,
    dtype: DType,
    pixel_values: np.ndarray,
    shown: int | None,
    *,
    on_progress: OnProgress | None = None,
) -> Answers:
    """(views, T, 3, S, S) -> one answer a view; the shown view's pass is recorded, so that its maps come cheap."""
    classifier = load_classifier(model, device=device, dtype=dtype)
    if shown is None:
        return classifier.answers(pixel_values)
    recorded = classifier.forward(pixel_values[shown], on_progress=on_progress)
    others = classifier.answers(np.delete(pixel_values, shown, axis=0))
    logits = np.insert(others.logits, shown, recorded.logits, axis=0)
    familiarity = others.familiarity
    if familiarity is not None and recorded.familiarity is not None:
        familiarity = np.insert(familiarity, shown, recorded.familiarity)
    return Answers(logits, familiarity, others.temperature)


@gpu(duration=60)
def _features(model: str, device: Device, dtype: DType, pixel_values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(views, T, 3, S, S) -> (views, D) and (views, N, D)."""
    return load_classifier(model, device=device, dtype=dtype).features(pixel_values)


@gpu(duration=60)
def _explain(
    model: str,
    device: Device,
    dtype: DType,
    method: str,
    pixel_values: np.ndarray,
    target: Target,
    options: dict[str, object],
) -> Explanation:
    classifier = load_classifier(model, device=device, dtype=dtype)
    return explaining.explain(method, classifier, pixel_values, target=target, **options)


@gpu(duration=120)
def _faithfulness(
    model: str,
    device: Device,
    dtype: DType,
    pixel_values: np.ndarray,
    maps: dict[str, np.ndarray],
    target: Target,
    options: dict[str, Any],
    *,
    on_progress: OnProgress | None = None,
) -> dict[str, Faithfulness]:
    from .explain.faithfulness import measure_all  # torch comes with it

    classifier = load_classifier(model, device=device, dtype=dtype)
    return measure_all(classifier, pixel_values, maps, target, on_progress=on_progress, **options)


@gpu(duration=60)
def _predict_patches(autoencoder: str, device: Device, pixel_values: np.ndarray, hidden: np.ndarray) -> np.ndarray:
    """(T, 3, S, S) and (N,) bool -> (number hidden, values a patch)."""
    return load_autoencoder(autoencoder, device=device).predict_patches(pixel_values, hidden)
