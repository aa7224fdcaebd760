"""Windows that slide over a clip of any length: what happens when. One pass of decoding, answers in batches.

clip -> windows -> a plan a view -> frames, one by one -> each window when its last frame is there -> answers
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Protocol

import numpy as np

from . import pipeline, video
from .errors import BadRequestError
from .inputs.preprocess import preprocess, resized_size
from .inputs.sampling import SAMPLERS, parse_views, plan_views
from .many import batch_size_for, buffered
from .models import load_classifier
from .models.prediction import prediction_of
from .models.versions import package_versions
from .records import ClipInfo, Device, DType, OnProgress, Preprocessing, SampledFrames, SamplingPlan, Window
from .results import ClipTimeline, Familiarity
from .settings import Settings
from .words import later

WINDOW_SECONDS = 2.0
"""About what the Kinetics models were trained on: 16 frames, every fourth of 30 a second."""
MOST_WINDOWS = 100_000
"""Of one timeline: two days in steps of two seconds."""
SHORTEST_SHARE = 0.5
"""Of a window: what is left at the clip's end counts as one if it is as long as that."""


@dataclass(frozen=True, eq=False)
class WindowAnswer:
    """What the model says to one window."""

    probabilities: np.ndarray
    """(num_labels,) float32."""
    familiar: Familiarity
    stood_in: bool
    """Whether another frame stood in for an unreadable one."""


class Progress(Protocol):
    """What is known of an earlier run over the same windows, and where this one notes what it finds."""

    @property
    def known(self) -> Sequence[WindowAnswer]:
        """Of the first windows, in whole batches."""

    def add(self, answers: Sequence[WindowAnswer]) -> None:
        """One batch more."""


@dataclass(frozen=True, eq=False)
class _Planned:
    """One window and the frames of its views."""

    span: Window
    plans: tuple[SamplingPlan, ...]
    first: int
    last: int
    """The least and the greatest of its frame numbers."""


def slide(part: Window, duration_seconds: float, *, window_seconds: float, step_seconds: float) -> list[Window]:
    """The windows, each with its end.

    >>> [(one.start_seconds, one.end_seconds) for one in slide(Window(), 5.5, window_seconds=2, step_seconds=1.5)]
    [(0.0, 2.0), (1.5, 3.5), (3.0, 5.0), (4.5, 5.5)]

    Args:
        part: What they slide over.
        duration_seconds: Of the clip.
        window_seconds: Of a window; the last may be shorter.
        step_seconds: From the start of one to the start of the next.

    Raises:
        BadRequestError: the part begins behind the clip's end, or there would be more than ``MOST_WINDOWS``.
    """
    end = duration_seconds if part.end_seconds is None else min(part.end_seconds, duration_seconds)
    if part.start_seconds >= end:
        raise BadRequestError(
            later(
                "The clip lasts {duration_seconds:.2f} s: nothing is left from {start_seconds:g} s on.",
                duration_seconds=duration_seconds,
                start_seconds=part.start_seconds,
            )
        )
    if (end - part.start_seconds) / step_seconds > MOST_WINDOWS:
        raise BadRequestError(
            later("That would be more than {most_windows:,} windows: choose a longer step.", most_windows=MOST_WINDOWS)
        )
    count = int(np.ceil((end - part.start_seconds) / step_seconds - 1e-9))
    starts = [part.start_seconds + number * step_seconds for number in range(count)]
    return [
        Window(start, min(start + window_seconds, end))
        for start in starts
        if start == starts[0] or end - start >= SHORTEST_SHARE * window_seconds
    ]


def clip_timeline(
    path: Path,
    *,
    clip_name: str | None = None,
    window_seconds: float = WINDOW_SECONDS,
    step_seconds: float | None = None,
    window: Window = Window(),
    model: str = "auto",
    device: Device = "auto",
    dtype: DType = "auto",
    sampling: str = "auto",
    views: str = "1x1",
    batch_size: int | None = None,
    settings: Settings = Settings(),
    on_progress: OnProgress | None = None,
    resume: Callable[[ClipInfo, Sequence[Window], int], Progress] | None = None,
) -> ClipTimeline:
    """What the model answers to each window.

    Args:
        path: The clip's file.
        window_seconds: How long each window is.
        step_seconds: From one window's start to the next one's; None is the window's own length.
        window: The part of the clip that they slide over.
        batch_size: Windows that are answered at once; None is what fills the device.
        on_progress: Told how far it is, before each batch.
        resume: Called with the clip, the windows and how many are answered at once.

    The other arguments and the errors are those of ``pipeline.prepare``.
    """
    begin = time.perf_counter()
    step_seconds = window_seconds if step_seconds is None else step_seconds
    if min(window_seconds, step_seconds) <= 0:
        raise BadRequestError(later("A window and its step last longer than 0 seconds."))
    if sampling != "auto" and sampling not in SAMPLERS:
        raise BadRequestError(f"Sampling {sampling!r}: expected one of auto, {', '.join(SAMPLERS)}.")
    clip = video.probe(path, settings=settings)
    classifier = load_classifier(model, device=device, dtype=dtype, settings=settings, on_progress=on_progress)
    sampler = classifier.default_sampling if sampling == "auto" else sampling
    spans = slide(window, clip.duration_seconds, window_seconds=window_seconds, step_seconds=step_seconds)
    planned = _plan(clip, spans, sampler=sampler, num_frames=classifier.geometry.num_frames, views=views)
    num_clips, num_crops = parse_views(views)
    if batch_size is None:
        batch_size = batch_size_for(classifier.geometry, classifier.device, views=num_clips * num_crops)
    progress = resume(clip, [one.span for one in planned], batch_size) if resume else None
    rows = [*progress.known] if progress else []
    inputs = buffered(_inputs(clip, planned[len(rows) :], classifier.preprocessing, settings), most=batch_size)
    try:
        while True:
            if on_progress:
                on_progress(
                    later("{count} of {count2} windows", count=len(rows), count2=len(planned)), len(rows) / len(planned)
                )
            batch = list(islice(inputs, batch_size))
            if not batch:
                break
            answers = pipeline.many_answers(
                classifier.identity,
                classifier.device,
                classifier.dtype,
                np.concatenate([pixels for pixels, _ in batch]),
            )
            ends = np.cumsum([len(pixels) for pixels, _ in batch])
            answered = []
            for (pixels, stood_in), end in zip(batch, ends, strict=True):
                answer = prediction_of(answers.only(slice(end - len(pixels), end)), classifier.labels)
                answered.append(WindowAnswer(answer.probabilities, answer.familiar, stood_in))
            rows += answered
            if progress:
                progress.add(answered)
    finally:
        inputs.close()
    return ClipTimeline(
        clip=clip,
        clip_name=clip_name or path.name,
        window=window,
        window_seconds=window_seconds,
        step_seconds=step_seconds,
        sampler=sampler,
        views=views,
        spans=tuple(one.span for one in planned),
        probabilities=np.stack([row.probabilities for row in rows]),
        familiar=tuple(row.familiar for row in rows),
        labels=classifier.labels,
        model=classifier.identity,
        device=classifier.device,
        dtype=classifier.dtype,
        notice=later("Some frames are not readable: the nearest readable ones stand in.")
        if any(row.stood_in for row in rows)
        else clip.notice,
        seconds=time.perf_counter() - begin,
        versions=package_versions(),
    )


def _plan(clip: ClipInfo, spans: Sequence[Window], *, sampler: str, num_frames: int, views: str) -> list[_Planned]:
    """Each window's frames; windows in which the clip shows no new frame are left out."""
    times = clip.frame_pts_seconds
    planned = []
    for span in spans:
        assert span.end_seconds is not None
        inside = np.searchsorted(times, (span.start_seconds - 1e-6, span.end_seconds - 1e-6))
        if inside[0] == inside[1]:
            continue
        plans = plan_views(clip, sampler=sampler, window=span, num_frames=num_frames, views=views)
        first, last = min(plan.indices[0] for plan in plans), max(plan.indices[-1] for plan in plans)
        planned.append(_Planned(span, plans, first, last))
    if not planned:
        raise BadRequestError(later("No window holds a frame of the clip: choose longer windows."))
    return planned


def _inputs(
    clip: ClipInfo,
    planned: Sequence[_Planned],
    recipe: Preprocessing,
    settings: Settings,
) -> Generator[tuple[np.ndarray, bool], None, None]:
    """(views, T, 3, S, S) float32 a window, in order, in one pass; keeps the frames that a window still needs.

    With each, whether another frame stood in for an unreadable one.
    """
    numbers = np.unique([index for one in planned for plan in one.plans for index in plan.indices])
    waiting = deque(planned)
    frames: dict[int, np.ndarray] = {}
    stand_ins: set[int] = set()
    decoded = video.stream(
        clip,
        numbers.tolist(),
        resize=lambda height, width: resized_size(height, width, recipe),
        resample=recipe.resample,
        settings=settings,
    )
    try:
        for number, found, rgb in decoded:
            frames[number] = rgb
            if number != found:
                stand_ins.add(number)
            while waiting and waiting[0].last <= number:
                done = waiting.popleft()
                values = np.stack([_pixel_values(plan, frames, recipe) for plan in done.plans])
                yield values, any(index in stand_ins for plan in done.plans for index in plan.indices)
                needed = waiting[0].first if waiting else number + 1
                while frames and (oldest := next(iter(frames))) < needed:
                    del frames[oldest]
    finally:
        decoded.close()


def _pixel_values(plan: SamplingPlan, frames: dict[int, np.ndarray], recipe: Preprocessing) -> np.ndarray:
    rgb = np.stack([frames[index] for index in plan.indices])
    return preprocess(
        SampledFrames(rgb, plan.indices, plan.pts_seconds, decoder="pyav"), recipe, plan.crop
    ).pixel_values
