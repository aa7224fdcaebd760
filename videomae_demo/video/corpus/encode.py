"""Numbered pictures -> a clip in any container and codec, with the truth about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.packet import Packet
from av.video.frame import VideoFrame

from .burnt_number import SIZE, burn
from .case import Truth

NUM_FRAMES = 40
RATE = 25

_REALTIME = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}
ENCODER_OPTIONS: dict[str, dict[str, str]] = {
    "libx264": {"preset": "ultrafast", "crf": "12"},
    "libx265": {"preset": "ultrafast", "crf": "12", "x265-params": "log-level=none"},
    "libvpx": _REALTIME | {"crf": "10", "b": "1M"},
    "libvpx-vp9": _REALTIME | {"crf": "20", "b": "1M"},
    "libsvtav1": {"preset": "8", "crf": "8"},
    **{
        codec: {"qmin": "2", "qmax": "4"}
        for codec in ("mpeg4", "msmpeg4", "wmv2", "mpeg1video", "mpeg2video", "flv", "h263", "mjpeg")
    },
}
"""By encoder: fast, and good enough that the numbers can be read."""

B_FRAMES = {
    "preset": "veryfast",
    "x264-params": "keyint=12:min-keyint=12:scenecut=0:bframes=3:b-adapt=0:b-pyramid=normal",
}
"""Options of libx264: closed groups of 12 pictures with B-frames."""
OPEN_GROUPS = B_FRAMES | {"x264-params": B_FRAMES["x264-params"] + ":open-gop=1"}
"""The same, where B-frames refer to the group before theirs."""


def write_clip(
    path: Path,
    *,
    codec: str = "libx264",
    container: str | None = None,
    numbers: Sequence[int] = range(NUM_FRAMES),
    seconds: Sequence[float] | None = None,
    rate: Fraction | int = RATE,
    size: tuple[int, int] = SIZE,
    stored: Callable[[np.ndarray], np.ndarray] = lambda picture: picture,
    pixel_format: str = "yuv420p",
    stretch: Fraction | None = None,
    options: Mapping[str, str] = {},
    muxer: Mapping[str, str] = {},
    rewrite: Callable[[list[Packet]], list[Packet]] = lambda packets: packets,
    sound: bool = False,
    shown_size: tuple[int, int] | None = None,
    tolerance: float = 0.002,
) -> Truth:
    """Encode the numbers' pictures.

    Args:
        seconds: When each picture is shown; evenly by ``rate`` if None.
        size: (width, height) as shown.
        stored: Turns or squeezes an upright picture into what the file stores.
        stretch: Sample aspect ratio.
        rewrite: Changes the packets, in the order of decoding, before they are written.
        shown_size: Where the format itself says that pixels are not square.
    """
    times = (
        [Fraction(index) / rate for index in range(len(numbers))] if seconds is None else list(map(Fraction, seconds))
    )
    with av.open(str(path), "w", format=container, options=dict(muxer)) as output:
        first = stored(burn(0, size))
        stream: Any = output.add_stream(codec, rate=rate, options=ENCODER_OPTIONS.get(codec, {}) | dict(options))
        stream.height, stream.width = first.shape[:2]
        stream.pix_fmt = pixel_format
        stream.codec_context.thread_count = 1
        time_base = 1 / Fraction(rate) if seconds is None else Fraction(1, 1000)
        stream.codec_context.time_base = time_base
        if stretch:
            stream.codec_context.sample_aspect_ratio = stretch
        tone = add_sound(output) if sound else None
        packets = []
        for number, time in zip(numbers, times, strict=True):
            frame = VideoFrame.from_ndarray(np.ascontiguousarray(stored(burn(number, size))), "rgb24")
            frame = frame.reformat(format=pixel_format)
            frame.pts, frame.time_base = round(time / time_base), time_base
            packets += stream.encode(frame)
        packets += stream.encode(None)
        for packet in rewrite(packets):
            output.mux(packet)
        if tone is not None:
            for packet in tone:
                output.mux(packet)
    return Truth(list(numbers), [float(time - times[0]) for time in times], shown_size or size, tolerance)


def add_sound(output: Any) -> list[Packet]:
    """A second of silence in a track of its own: its packets, for the caller to write."""
    stream = output.add_stream("aac", rate=44_100)
    packets = []
    for start in range(0, 44_100, 1024):
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        frame.sample_rate, frame.pts = 44_100, start
        packets += stream.encode(frame)
    return packets + stream.encode(None)


def shifted(ticks: int, packets: list[Any]) -> list[Any]:
    """The packets, later by so many ticks of the encoder's clock."""
    for packet in packets:
        packet.pts += ticks
        packet.dts += ticks
    return packets


def sound_only(path: Path, *, container: str | None = None) -> None:
    """A clip without a picture."""
    with av.open(str(path), "w", format=container) as output:
        for packet in add_sound(output):
            output.mux(packet)
