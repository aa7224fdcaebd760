"""Clips that take more than an encoder's options: turned, squeezed, trimmed, cut, of two sizes, with a cover."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.packet import Packet
from av.video.frame import VideoFrame

from .burnt_number import SIZE, burn
from .case import Truth
from .encode import ENCODER_OPTIONS, NUM_FRAMES, RATE, add_sound, write_clip
from .mp4_boxes import set_edits, set_matrix


def turned(matrix: tuple[int, int, int, int], stored: Callable[[np.ndarray], np.ndarray]) -> Callable[[Path], Truth]:
    """Stored by ``stored``, and turned upright again by the matrix ((a, b), (c, d)) that the file carries."""

    def make(path: Path) -> Truth:
        truth = write_clip(path, stored=stored)
        set_matrix(path, *matrix)
        return truth

    return make


def squeezed(ratio: Fraction, *, on_its_side: bool = False) -> Callable[[Path], Truth]:
    """Stored narrower (or wider) than shown by the sample aspect ratio."""

    def make(path: Path) -> Truth:
        shown = (120, 64) if not on_its_side else (64, 120)
        stored_width = round(120 / ratio)

        def stored(picture: np.ndarray) -> np.ndarray:
            if on_its_side:
                picture = np.rot90(picture)
            return picture[:, np.arange(stored_width) * picture.shape[1] // stored_width]

        truth = write_clip(path, size=shown, stored=stored, stretch=ratio)
        if on_its_side:
            set_matrix(path, 0, 1, -1, 0)
        return truth

    return make


def edited(edits: Sequence[tuple[int, int]], numbers: Sequence[int], **how: Any) -> Callable[[Path], Truth]:
    """A clip of which an edit list shows only these parts, see ``set_edits``."""

    def make(path: Path) -> Truth:
        write_clip(path, **how)
        set_edits(path, edits)
        return Truth(numbers, [index / RATE for index in range(len(numbers))])

    return make


def cut(packets_dropped: int, first_shown: int, **how: Any) -> Callable[[Path], Truth]:
    """Without its first packets, as a recorder that was switched on in the middle leaves it."""

    def make(path: Path) -> Truth:
        write_clip(path, rewrite=lambda packets: packets[packets_dropped:], **how)
        numbers = range(first_shown, NUM_FRAMES)
        return Truth(numbers, [index / RATE for index in range(len(numbers))])

    return make


def size_change(path: Path) -> Truth:
    """One stream that goes from one size to twice that size."""
    raw = b"".join(_raw_h264(part, factor) for part, factor in ((range(20), 1), (range(20, NUM_FRAMES), 2)))
    if path.suffix == ".h264":
        path.write_bytes(raw)
    else:
        _packed(raw, path)
    return Truth(range(NUM_FRAMES), [index / RATE for index in range(NUM_FRAMES)])


def _raw_h264(numbers: Sequence[int], factor: int) -> bytes:
    """The numbers' pictures, ``factor`` times as large as usual, as a bare stream."""
    memory = io.BytesIO()
    with av.open(memory, "w", format="h264") as output:
        stream = _add_h264(output, (SIZE[0] * factor, SIZE[1] * factor))
        for number in numbers:
            output.mux(stream.encode(VideoFrame.from_ndarray(burn(number, (stream.width, stream.height)), "rgb24")))
        output.mux(stream.encode(None))
    return memory.getvalue()


def _packed(raw: bytes, path: Path) -> None:
    """A bare stream in the container that the name asks for, with even times."""
    with av.open(io.BytesIO(raw), "r", format="h264") as source, av.open(str(path), "w") as output:
        copy = output.add_stream_from_template(source.streams.video[0])
        for index, packet in enumerate(packet for packet in source.demux() if packet.size):
            packet.stream, packet.time_base = copy, Fraction(1, RATE)
            packet.pts, packet.dts, packet.duration = index, index, 1
            output.mux(packet)


def clip_with_cover(path: Path) -> Truth:
    """A clip and its cover picture, which some decoders take for the video."""
    with av.open(str(path), "w") as output:
        cover, stream = _add_cover(output), _add_h264(output, SIZE)
        for packet in cover:
            output.mux(packet)
        for number in range(NUM_FRAMES):
            output.mux(stream.encode(VideoFrame.from_ndarray(burn(number), "rgb24")))
        output.mux(stream.encode(None))
    return Truth(range(NUM_FRAMES), [index / RATE for index in range(NUM_FRAMES)])


def song_with_cover(path: Path) -> None:
    """A song and its cover picture: no clip at all."""
    with av.open(str(path), "w") as output:
        cover, sound = _add_cover(output), add_sound(output)
        for packet in (*cover, *sound):
            output.mux(packet)


def _add_h264(output: Any, size: tuple[int, int]) -> Any:
    stream = output.add_stream("libx264", rate=RATE, options=ENCODER_OPTIONS["libx264"])
    stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
    return stream


def _add_cover(output: Any) -> list[Packet]:
    cover = output.add_stream("mjpeg", rate=1)
    cover.width, cover.height, cover.pix_fmt = 320, 240, "yuvj420p"
    cover.disposition = av.stream.Disposition.attached_pic
    return cover.encode(VideoFrame.from_ndarray(burn(99, (320, 240)), "rgb24")) + cover.encode(None)


def write_still(target: Any, codec: str = "mjpeg", container: str = "mjpeg") -> None:
    """One picture."""
    with av.open(target, "w", format=container) as output:
        stream: Any = output.add_stream(codec, rate=RATE)
        stream.width, stream.height = SIZE
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "rgb24"
        frame = VideoFrame.from_ndarray(burn(7), "rgb24")
        output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
