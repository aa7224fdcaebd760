"""The decoded window as an H.264 file, for clips that a browser does not play itself."""

from __future__ import annotations

import io
import time
from dataclasses import replace
from fractions import Fraction
from typing import Any

import av
import numpy as np
from av.video.frame import VideoFrame

from ..errors import ClipError
from ..records import ClipInfo
from ..settings import Settings
from ..words import later
from .pyav_reader import output_size, upright_rgb, walk

SHORT_SIDE = 360
"""Pixels: enough to recognise the clip, small enough to make in a moment."""

MAX_FRAMES = 900
"""Longer windows are shown with frames left out evenly."""

SHARE_OF_TIME = 0.5
"""Of what a clip may take: a preview that is not finished by then ends early."""

CLOCK = Fraction(1, 1000)


def encode_preview(name: str, clip: ClipInfo, first: int, last: int, settings: Settings) -> bytes:
    """Frames [first, last] at their own times, upright, as the bytes of an MP4 file.

    Raises:
        ClipError: ``unreadable`` if none of these frames can be decoded.
    """
    assert clip.scan is not None
    wanted = np.unique(np.linspace(first, last, min(last - first + 1, MAX_FRAMES)).astype(int)).tolist()
    width, height = _size(clip, settings)
    give_up = time.monotonic() + SHARE_OF_TIME * settings.decode_timeout
    memory = io.BytesIO()
    started, latest = None, -1
    waiting = set(wanted)
    with av.open(memory, "w", format="mp4") as output:  # in memory: a worker may not write files
        stream: Any = output.add_stream("libx264", rate=Fraction(clip.fps).limit_denominator(1000))
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.options = {"preset": "veryfast", "crf": "23"}
        stream.codec_context.time_base = CLOCK
        for number, frame in walk(name, clip.scan, wanted, settings, seek=len(clip.scan.key_ticks) > 0):
            if number not in waiting:
                continue
            waiting.remove(number)
            seconds = float(clip.frame_pts_seconds[number])
            started = seconds if started is None else started
            at = round((seconds - started) / CLOCK)
            if at <= latest:  # out of order, in a damaged clip
                continue
            latest = at
            picture = VideoFrame.from_ndarray(np.ascontiguousarray(upright_rgb(frame, (width, height), clip.scan)))
            picture.pts, picture.time_base = at, CLOCK
            output.mux(stream.encode(picture))
            if time.monotonic() > give_up:
                break
        output.mux(stream.encode())
    if started is None:
        raise ClipError(
            "unreadable", later("Not one picture of this part of the clip is readable. Choose another part.")
        )
    return memory.getvalue()


def _size(clip: ClipInfo, settings: Settings) -> tuple[int, int]:
    small = replace(settings, max_short_side=min(SHORT_SIDE, settings.max_short_side))
    width, height = output_size(clip, 1, small)
    return max(2, width // 2 * 2), max(2, height // 2 * 2)  # even sides, as H.264's usual colour format wants
