"""Which frames the model sees: (num_frames, window) -> frame numbers, in whole numbers only.

A video transformer takes T frames (16, mostly) of a clip that has hundreds. Which ones is a choice, and the answer
depends on it. Every rule is a row in ``SAMPLERS``; ``plan_views`` turns a clip, a window in seconds and a rule into
``SamplingPlan`` records, by time where the clip's frame rate varies.

Ranges are ``[first, stop)``. A short clip repeats frames rather than failing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..errors import BadRequestError
from ..records import ClipInfo, SamplingPlan, Window
from ..words import later

DENSE_STRIDE = 4
"""Frames between two samples in the Kinetics-400 protocol of the VideoMAE authors."""

CROPS_BY_COUNT = {1: ("center",), 3: ("start", "center", "end")}
"""The K of ``CxK`` views: keys of ``preprocess.CROPS``, along the long side."""


def uniform_indices(num_samples: int, first: int, stop: int) -> list[int]:
    """Equal segments, the middle frame of each (the sampling of TSN, Wang et al. 2016).

    >>> uniform_indices(4, 0, 32)
    [4, 12, 20, 28]
    >>> uniform_indices(4, 0, 2)  # a short clip repeats frames rather than failing
    [0, 0, 1, 1]
    """
    length = stop - first
    return [first + (2 * i + 1) * length // (2 * num_samples) for i in range(num_samples)]


def dense_indices(num_samples: int, first: int, stop: int) -> list[int]:
    """Every 4th frame: from ``first`` where a start was chosen (``first > 0``), else from the middle of the range.

    Where the range is too short, its last sample is repeated, as the authors' test loader does.

    >>> dense_indices(4, 0, 33)  # 13 frames from the middle: 10, 11, ... 22
    [10, 14, 18, 22]
    >>> dense_indices(4, 5, 33)  # from a chosen start
    [5, 9, 13, 17]
    >>> dense_indices(4, 0, 6)
    [0, 4, 4, 4]
    """
    span = (num_samples - 1) * DENSE_STRIDE + 1
    begin = first if first > 0 else max((stop - span) // 2, 0)
    last = begin + (stop - 1 - begin) // DENSE_STRIDE * DENSE_STRIDE
    return [min(begin + i * DENSE_STRIDE, last) for i in range(num_samples)]


def segment_start_indices(num_samples: int, first: int, stop: int) -> list[int]:
    """Equal segments, the first frame of each: what the video-classification pipeline of transformers 5 takes.

    >>> segment_start_indices(4, 0, 32)
    [0, 8, 16, 24]
    """
    return [first + i * (stop - first) // num_samples for i in range(num_samples)]


def first_indices(num_samples: int, first: int, stop: int) -> list[int]:
    """The first frames in a row, the last repeated: what that pipeline took in transformers 4.

    >>> first_indices(4, 0, 32)
    [0, 1, 2, 3]
    """
    return [min(first + i, stop - 1) for i in range(num_samples)]


def dense_clips(num_samples: int, first: int, stop: int, num_clips: int) -> list[list[int]]:
    """Several dense clips over the whole range: the official Kinetics-400 test.

    Of the n frames that are left when every 4th is taken (the last repeated until there are ``num_samples``), clip k
    starts at ``int(k * max((n - num_samples) / (num_clips - 1), 0))``. So 64 frames or fewer give equal clips.

    >>> [clip[0] for clip in dense_clips(16, 0, 300, 5)]  # 75 frames are left; starts 0, 14, 29, 44, 59 among them
    [0, 56, 116, 176, 236]
    >>> dense_clips(4, 0, 9, 2)  # 0, 4, 8 and the last repeated
    [[0, 4, 8, 8], [0, 4, 8, 8]]
    """
    if num_clips == 1:
        return [dense_indices(num_samples, first, stop)]
    strided = list(range(first, stop, DENSE_STRIDE))
    strided += strided[-1:] * (num_samples - len(strided))
    room = len(strided) - num_samples
    starts = [k * room // (num_clips - 1) for k in range(num_clips)]
    return [strided[start : start + num_samples] for start in starts]


def uniform_clips(num_samples: int, first: int, stop: int, num_clips: int) -> list[list[int]]:
    """Several uniform clips, shifted against each other by a share of a segment.

    Two of them start at the segments' first and middle frames: the official test for Something-Something V2.

    >>> uniform_clips(4, 0, 32, 2)
    [[0, 8, 16, 24], [4, 12, 20, 28]]
    """
    if num_clips == 1:
        return [uniform_indices(num_samples, first, stop)]
    length, parts = stop - first, num_samples * num_clips
    return [[first + (i * num_clips + k) * length // parts for i in range(num_samples)] for k in range(num_clips)]


@dataclass(frozen=True)
class Sampler:
    """One rule for choosing frames."""

    title: str
    sentence: str
    indices: Callable[[int, int, int], list[int]]
    """(num_samples, first, stop) -> ``num_samples`` frame numbers in [first, stop), ascending."""
    clips: Callable[[int, int, int, int], list[list[int]]] | None = None
    """(num_samples, first, stop, num_clips) -> that many lists; None where the rule knows one clip only."""


SAMPLERS: dict[str, Sampler] = {
    "uniform": Sampler(
        later("Uniform: the whole clip"),
        later("The clip is cut into equal segments and the middle frame of each is taken."),
        uniform_indices,
        uniform_clips,
    ),
    "dense": Sampler(
        later("Dense: every 4th frame"),
        later(
            "Every 4th frame, about two seconds of film, from the chosen start or from the middle: how the Kinetics "
            "models were trained."
        ),
        dense_indices,
        dense_clips,
    ),
    "transformers": Sampler(
        later("As transformers 5 does"),
        later("The first frame of each of equal segments: the default of its video-classification pipeline."),
        segment_start_indices,
    ),
    "first": Sampler(
        later("The first frames"),
        later("The first frames in a row, half a second of film: what that pipeline took in transformers 4."),
        first_indices,
    ),
}


def parse_views(views: str) -> tuple[int, int]:
    """``"5x3"`` -> 5 clips, 3 crops.

    >>> parse_views("5x3")
    (5, 3)

    Raises:
        BadRequestError: not of this form, 0 clips or more than 32, or a number of crops other than 1 and 3.
    """
    match = re.fullmatch(r"(\d{1,2})[xX×](\d{1,2})", views.strip())
    clips, crops = (int(match[1]), int(match[2])) if match else (0, 0)
    if not 1 <= clips <= 32 or crops not in CROPS_BY_COUNT:
        raise BadRequestError(
            later("Views {views!r}: expected CLIPSxCROPS with 1 to 32 clips and 1 or 3 crops, as in 5x3.", views=views)
        )
    return clips, crops


def plan_views(
    clip: ClipInfo, *, sampler: str, window: Window = Window(), num_frames: int, views: str = "1x1"
) -> tuple[SamplingPlan, ...]:
    """One plan a view, clip by clip and within it crop by crop.

    Args:
        clip: The scanned clip.
        sampler: A key of ``SAMPLERS``.
        window: The part of the clip to sample from, in seconds.
        num_frames: T, the frames that the model takes.
        views: ``CxK``: C clips, K crops.

    Raises:
        BadRequestError: the window holds no frame, or the rule cannot give that many clips.
        ValueError: ``sampler`` is no key of ``SAMPLERS``.
    """
    if sampler not in SAMPLERS:
        raise ValueError(f"{sampler = }: expected one of {', '.join(SAMPLERS)}")
    rule = SAMPLERS[sampler]
    num_clips, num_crops = parse_views(views)
    # Where the frame rate varies, the rules count ticks of an even clock; a tick takes the frame nearest in time.
    clock = clip.frame_pts_seconds
    if clip.variable_frame_rate:
        clock = np.arange(clip.num_frames) * (clip.duration_seconds / clip.num_frames)
    first, stop = _frame_range(clock, window, clip.duration_seconds)
    if num_clips == 1:
        ticks = [rule.indices(num_frames, first, stop)]
    elif rule.clips is None:
        several = " or ".join(name for name, row in SAMPLERS.items() if row.clips)
        raise BadRequestError(
            later(
                "Sampling {sampler!r} gives one clip only; for {num_clips} clips choose {several}.",
                sampler=sampler,
                num_clips=num_clips,
                several=several,
            )
        )
    else:
        ticks = rule.clips(num_frames, first, stop, num_clips)
    plans = []
    if clip.variable_frame_rate:  # the clock may tick in the window where no frame is
        first, stop = _frame_range(clip.frame_pts_seconds, window, clip.duration_seconds)
    for chosen in ticks:
        indices = np.array(chosen)
        if clip.variable_frame_rate:
            indices = first + _nearest(clip.frame_pts_seconds[first:stop], clock[chosen])
        pts_seconds = tuple(clip.frame_pts_seconds[indices].tolist())
        plans += [
            SamplingPlan(sampler, tuple(indices.tolist()), pts_seconds, crop) for crop in CROPS_BY_COUNT[num_crops]
        ]
    return tuple(plans)


def shown_view(plans: tuple[SamplingPlan, ...]) -> int:
    """The view to draw and to explain: the centre crop of the middle clip.

    >>> shown_view(tuple(SamplingPlan("dense", (0,), (0.0,), crop) for crop in ("start", "center", "end")))
    1
    """
    centered = [number for number, plan in enumerate(plans) if plan.crop == "center"]
    return centered[len(centered) // 2]


def _frame_range(clock: np.ndarray, window: Window, duration_seconds: float) -> tuple[int, int]:
    # Half a microsecond of slack: a window typed as 0.3 must hold the frame at 0.3000000001 s, whatever the rounding.
    slack = 5e-7
    end = np.inf if window.end_seconds is None else window.end_seconds
    first = int(np.searchsorted(clock, window.start_seconds - slack))
    stop = int(np.searchsorted(clock, end - slack))
    if first >= stop:
        part = later("from {start:g} s", start=window.start_seconds)
        if not np.isinf(end):
            part = later("from {start:g} s to {end:g} s", start=window.start_seconds, end=end)
        raise BadRequestError(
            later(
                "The window {part} holds no frame: the clip lasts {duration:.2f} s and has {frames}. Choose a longer "
                "or an earlier part.",
                part=part,
                duration=duration_seconds,
                frames=later("one frame") if len(clock) == 1 else later("{n} frames", n=len(clock)),
            )
        )
    return first, stop


def _nearest(pts_seconds: np.ndarray, times: np.ndarray) -> np.ndarray:
    """For each time the number of the frame whose timestamp is nearest; the earlier one where two are equally near."""
    after = np.clip(np.searchsorted(pts_seconds, times), 1, max(len(pts_seconds) - 1, 1))
    if len(pts_seconds) == 1:
        return np.zeros(len(times), dtype=int)
    before = after - 1
    return np.where(times - pts_seconds[before] <= pts_seconds[after] - times, before, after)
