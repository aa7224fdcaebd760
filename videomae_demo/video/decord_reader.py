"""The frames at given numbers, by decord, for the files that it reads right."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..records import ClipInfo
from ..settings import Settings

TIME_TOLERANCE = 0.002
"""Seconds: decord gives times as 32-bit floats, a quarter of a millisecond apart after an hour."""


class DecordRefusal(Exception):
    """decord failed, is not installed, or disagrees with the scan: PyAV decodes instead."""


def read_frames(
    name: str, clip: ClipInfo, numbers: Sequence[int], size: tuple[int, int], settings: Settings
) -> tuple[list[int], np.ndarray]:
    """The frames at ascending ``numbers``, (K, height, width, 3) uint8, after decord's index agreed with the scan.

    Raises:
        DecordRefusal: see there.
    """
    try:
        import decord
    except (ImportError, OSError) as error:
        raise DecordRefusal("decord is not installed") from error
    width, height = size
    rgb = np.empty((len(numbers), height, width, 3), np.uint8)
    try:
        reader = decord.VideoReader(
            name, ctx=decord.cpu(0), width=width, height=height, num_threads=settings.decode_threads
        )  # plain clips are not turned, and fitting to ``size`` stretches pixels that are not square
        _compare(reader, clip)
        for place, number in enumerate(numbers):
            rgb[place] = reader[number].asnumpy()
    except (RuntimeError, decord.DECORDError, IndexError, ValueError) as error:
        raise DecordRefusal(str(error)) from error
    return list(numbers), rgb


def _compare(reader: object, clip: ClipInfo) -> None:
    if len(reader) != clip.num_frames:  # type: ignore[arg-type]
        raise DecordRefusal(f"decord counts {len(reader)} frames, the scan {clip.num_frames}")  # type: ignore[arg-type]
    starts = reader.get_frame_timestamp(np.arange(clip.num_frames))[:, 0]  # type: ignore[attr-defined]
    if np.abs(starts - starts[0] - clip.frame_pts_seconds).max() > TIME_TOLERANCE:
        raise DecordRefusal("decord's times are not those of the scan")
