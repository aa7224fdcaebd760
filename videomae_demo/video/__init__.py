"""Video intake: the only door to FFmpeg and decord.

``probe`` scans a clip without decoding it, ``decode`` reads the frames at given numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..records import ClipInfo, SampledFrames
from ..settings import Settings
from .frames import output_size, read_frames
from .intake import checked_file
from .scan import scan

__all__ = ["decode", "probe"]


def probe(path: Path, *, settings: Settings = Settings()) -> ClipInfo:  # noqa: B008  (frozen)
    """What a scan of the clip's packets tells; nothing but the first frame is decoded.

    Raises:
        ClipError: with one of the codes ``not_found``, ``not_a_file``, ``empty``, ``no_video``, ``unreadable``,
            ``too_large``, ``too_long``, ``too_many_pixels``, ``timeout``.
    """
    path = Path(path)
    with checked_file(path, settings) as (name, identity):
        return scan(name, shown_as=path, file_identity=identity, settings=settings)


def decode(clip: ClipInfo, indices: Sequence[int], *, settings: Settings = Settings()) -> SampledFrames:  # noqa: B008
    """The frames at ``indices``, upright, with square pixels.

    Args:
        clip: From ``probe``.
        indices: Frame numbers in the order shown, each in [0, clip.num_frames); repeats and any order allowed.

    Raises:
        ClipError: as ``probe``.
        ValueError: no index, or one outside the clip.
    """
    if not indices or min(indices) < 0 or max(indices) >= clip.num_frames:
        raise ValueError(f"indices {list(indices)!r} of a clip of {clip.num_frames} frames")
    size = output_size(clip, len(set(indices)), settings)
    with checked_file(clip.path, settings, expected=clip.scan and clip.scan.file_identity) as (name, _):
        found = read_frames(name, clip, indices, size, settings)
    shown = [found[index] for index in indices]
    numbers = tuple(number for number, _ in shown)
    return SampledFrames(
        rgb=np.stack([rgb for _, rgb in shown]),
        indices=numbers,
        pts_seconds=tuple(float(clip.frame_pts_seconds[number]) for number in numbers),
        decoder="pyav",
        notice=clip.notice,
    )
