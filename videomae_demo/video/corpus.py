"""Awkward clips on purpose, made by PyAV's own encoders, whose right frames are known.

Each picture carries its number as a grid of coloured blocks, so that the decoded pixels tell which frame they are, that
they stand upright, and that red is red. The tests and ``python -m videomae_demo intake-report`` walk the cases.
"""

from __future__ import annotations

import io
import os
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.packet import Packet
from av.video.frame import VideoFrame

GRID = (4, 5)
"""Rows and columns of blocks: 12 bits of the number, 8 bits of a check sum, most significant first."""

ONE = (235, 235, 40)
ZERO = (20, 20, 150)

SIZE = (80, 64)
"""(width, height) in pixels of most clips."""

NUM_FRAMES = 40
RATE = 25


def burn(number: int, size: tuple[int, int] = SIZE) -> np.ndarray:
    """(height, width, 3) uint8: the picture of frame ``number``.

    >>> read_number(burn(1234))
    1234
    >>> read_number(burn(1234)[::-1, ::-1]) is None  # upside down
    True
    """
    width, height = size
    bits = np.array([_word(number) >> place & 1 for place in reversed(range(20))]).reshape(GRID)
    rows = np.arange(height) * GRID[0] // height
    columns = np.arange(width) * GRID[1] // width
    return np.where(bits[rows][:, columns, None], np.array(ONE, np.uint8), np.array(ZERO, np.uint8))


def read_number(rgb: np.ndarray) -> int | None:
    """The number burnt into a decoded picture; None if the picture is not upright, not whole or not in its colours."""
    height, width = rgb.shape[:2]
    centres = [
        [
            rgb[int((row + 0.3) * height / GRID[0]) : max(1, int((row + 0.7) * height / GRID[0]))][
                :, int((column + 0.3) * width / GRID[1]) : max(1, int((column + 0.7) * width / GRID[1]))
            ].mean(axis=(0, 1))
            for column in range(GRID[1])
        ]
        for row in range(GRID[0])
    ]
    red, green, blue = np.array(centres).reshape(-1, 3).T
    ones = red + green > 255
    if not ((red > blue + 40) == ones).all() or not ((blue > red + 40) == ~ones).all():
        return None
    word = int("".join("1" if one else "0" for one in ones), 2)
    return word >> 8 if _word(word >> 8) == word else None


def _word(number: int) -> int:
    return number << 8 | (number * 37 + 11) % 251


@dataclass(frozen=True)
class Truth:
    """What a player shows of a clip."""

    numbers: Sequence[int]
    """The burnt-in number of each shown frame."""
    seconds: Sequence[float]
    """When it is shown, from the first shown frame."""
    size: tuple[int, int] = SIZE
    """(width, height) as shown."""
    tolerance: float = 0.002
    """Seconds that the container's clock rounds by."""


@dataclass(frozen=True)
class Case:
    """One file of the corpus."""

    name: str
    make: Callable[[Path], Truth | None]
    """Writes the file; gives the truth where the file is valid."""
    codes: tuple[str, ...] = ()
    """Error codes that are right answers; a valid clip has none."""
    may_give_frames: bool = True
    """Whether frames are a right answer."""

    @property
    def kind(self) -> str:
        return "good" if not self.codes else "damaged" if self.may_give_frames else "hostile"


# Writing ------------------------------------------------------------------------------------------------------------


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
        stream: Any = output.add_stream(codec, rate=rate, options=_DEFAULTS.get(codec, {}) | dict(options))
        stream.height, stream.width = first.shape[:2]
        stream.pix_fmt = pixel_format
        stream.codec_context.thread_count = 1
        time_base = 1 / Fraction(rate) if seconds is None else Fraction(1, 1000)
        stream.codec_context.time_base = time_base
        if stretch:
            stream.codec_context.sample_aspect_ratio = stretch
        tone = _add_sound(output) if sound else None
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


_REALTIME = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}
_DEFAULTS: dict[str, dict[str, str]] = {
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
_GROUPS = {
    "preset": "veryfast",
    "x264-params": "keyint=12:min-keyint=12:scenecut=0:bframes=3:b-adapt=0:b-pyramid=normal",
}
_OPEN_GROUPS = _GROUPS | {"x264-params": _GROUPS["x264-params"] + ":open-gop=1"}


def _add_sound(output: Any) -> list[Packet]:
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
        for packet in _add_sound(output):
            output.mux(packet)


# Boxes of MP4 -------------------------------------------------------------------------------------------------------


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(data):
        length = struct.unpack_from(">I", data, at)[0]
        yield data[at + 4 : at + 8], data[at + 8 : at + length]
        at += length


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body) + 8) + kind + body


def change_box(path: Path, kind: bytes, change: Callable[[bytes], bytes]) -> None:
    """Replace the body of every box of one kind; ``moov`` comes last, so that no offset into the pictures moves."""

    def walk(data: bytes) -> bytes:
        changed = b""
        for name, body in _boxes(data):
            if name == kind:
                body = change(body)
            elif name in (b"moov", b"trak", b"edts", b"mdia", b"minf", b"stbl"):
                body = walk(body)
            changed += _box(name, body)
        return changed

    path.write_bytes(walk(path.read_bytes()))


def set_matrix(path: Path, a: int, b: int, c: int, d: int) -> None:
    """Ask players to turn the picture by the matrix ((a, b), (c, d))."""
    matrix = struct.pack(">9i", a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30)
    change_box(path, b"tkhd", lambda body: body[:40] + matrix + body[76:])


def set_edits(path: Path, edits: Sequence[tuple[int, int]]) -> None:
    """Show only these parts: (milliseconds, media time in the track's ticks or -1 for a pause)."""
    body = struct.pack(">II", 0, len(edits)) + b"".join(struct.pack(">IiI", *edit, 1 << 16) for edit in edits)
    change_box(path, b"edts", lambda _: _box(b"elst", body))


# The cases ----------------------------------------------------------------------------------------------------------


def _turned(matrix: tuple[int, int, int, int], stored: Callable[[np.ndarray], np.ndarray]) -> Callable[[Path], Truth]:
    def make(path: Path) -> Truth:
        truth = write_clip(path, stored=stored)
        set_matrix(path, *matrix)
        return truth

    return make


def _squeezed(ratio: Fraction, turned: bool = False) -> Callable[[Path], Truth]:
    """Stored narrower (or wider) than shown by the sample aspect ratio."""

    def make(path: Path) -> Truth:
        shown = (120, 64) if not turned else (64, 120)
        stored_width = round(120 / ratio)

        def stored(picture: np.ndarray) -> np.ndarray:
            if turned:
                picture = np.rot90(picture)
            return picture[:, np.arange(stored_width) * picture.shape[1] // stored_width]

        truth = write_clip(path, size=shown, stored=stored, stretch=ratio)
        if turned:
            set_matrix(path, 0, 1, -1, 0)
        return truth

    return make


def _edited(edits: Sequence[tuple[int, int]], numbers: Sequence[int], **how: Any) -> Callable[[Path], Truth]:
    def make(path: Path) -> Truth:
        write_clip(path, **how)
        set_edits(path, edits)
        return Truth(numbers, [index / RATE for index in range(len(numbers))])

    return make


def _cut(packets_dropped: int, first_shown: int, **how: Any) -> Callable[[Path], Truth]:
    """Without its first packets, as a recorder that was switched on in the middle leaves it."""

    def make(path: Path) -> Truth:
        write_clip(path, rewrite=lambda packets: packets[packets_dropped:], **how)
        numbers = range(first_shown, NUM_FRAMES)
        return Truth(numbers, [index / RATE for index in range(len(numbers))])

    return make


def _size_change(path: Path, container: str | None = None) -> Truth:
    """One stream that goes from one size to twice that size."""
    halves = []
    for part, factor in ((range(20), 1), (range(20, 40), 2)):
        memory = io.BytesIO()
        with av.open(memory, "w", format="h264") as output:
            stream: Any = output.add_stream("libx264", rate=RATE, options=_DEFAULTS["libx264"])
            stream.width, stream.height, stream.pix_fmt = SIZE[0] * factor, SIZE[1] * factor, "yuv420p"
            for number in part:
                frame = VideoFrame.from_ndarray(burn(number, (SIZE[0] * factor, SIZE[1] * factor)), "rgb24")
                output.mux(stream.encode(frame))
            output.mux(stream.encode(None))
        halves.append(memory.getvalue())
    raw = io.BytesIO(b"".join(halves))
    if path.suffix == ".h264":
        path.write_bytes(raw.getvalue())
    else:
        with av.open(raw, "r", format="h264") as source, av.open(str(path), "w", format=container) as output:
            copy = output.add_stream_from_template(source.streams.video[0])
            for index, packet in enumerate(packet for packet in source.demux() if packet.size):
                packet.stream, packet.time_base = copy, Fraction(1, RATE)
                packet.pts, packet.dts, packet.duration = index, index, 1
                output.mux(packet)
    return Truth(range(40), [index / RATE for index in range(40)])


def _with_cover(path: Path, video: bool = True) -> Truth:
    """A clip (or a song) and its cover picture, which some decoders take for the video."""
    with av.open(str(path), "w") as output:
        cover: Any = output.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt = 320, 240, "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic
        if video:
            stream: Any = output.add_stream("libx264", rate=RATE, options=_DEFAULTS["libx264"])
            stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        else:
            sound = _add_sound(output)
        output.mux(cover.encode(VideoFrame.from_ndarray(burn(99, (320, 240)), "rgb24")))
        output.mux(cover.encode(None))
        if not video:
            output.mux(sound)
            return Truth([], [])
        for number in range(NUM_FRAMES):
            output.mux(stream.encode(VideoFrame.from_ndarray(burn(number), "rgb24")))
        output.mux(stream.encode(None))
    return Truth(range(NUM_FRAMES), [index / RATE for index in range(NUM_FRAMES)])


def write_still(target: Any, codec: str = "mjpeg", container: str = "mjpeg") -> None:
    """One picture."""
    with av.open(target, "w", format=container) as output:
        stream: Any = output.add_stream(codec, rate=RATE)
        stream.width, stream.height = SIZE
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "rgb24"
        frame = VideoFrame.from_ndarray(burn(7), "rgb24")
        output.mux(stream.encode(frame))
        output.mux(stream.encode(None))


def _good() -> Iterator[Case]:
    def case(name: str, **how: Any) -> Case:
        return Case(name, partial(write_clip, **how))

    for suffix in ("mp4", "mov", "mkv", "avi", "ts", "flv", "h264", "m4v", "3gp", "nut", "mxf"):
        yield case(f"h264.{suffix}", container={"h264": "h264", "m4v": "mp4"}.get(suffix))
        yield case(f"h264 b-frames.{suffix}", options=_GROUPS, container={"h264": "h264", "m4v": "mp4"}.get(suffix))
        yield case(
            f"h264 open groups.{suffix}", options=_OPEN_GROUPS, container={"h264": "h264", "m4v": "mp4"}.get(suffix)
        )
    for codec, suffixes in {
        "libx265": ("mp4", "mov", "mkv", "ts", "hevc"),
        "libsvtav1": ("mp4", "mkv", "webm", "ivf", "obu"),
        "libvpx": ("webm", "mkv", "ivf", "ogg"),
        "libvpx-vp9": ("webm", "mkv", "mp4", "ivf"),
        "mpeg4": ("mp4", "avi", "mkv", "mov", "3gp"),
        "msmpeg4": ("avi", "asf"),
        "wmv2": ("wmv", "avi"),
        "mpeg1video": ("mpg",),
        "mpeg2video": ("mpg", "ts", "mxf", "mkv"),
        "flv": ("flv",),
    }.items():
        for suffix in suffixes:
            yield case(f"{codec}.{suffix}", codec=codec, size=(96, 80))
    yield case("h263.3gp", codec="h263", size=(176, 144), shown_size=(192, 144), rate=Fraction(30_000, 1001))
    yield case("mpeg4 b-frames.avi", codec="mpeg4", options={"bf": "2", "g": "12"})
    yield case("mpeg4 b-frames.mp4", codec="mpeg4", options={"bf": "2", "g": "12"})
    yield case("mpeg2 b-frames.ts", codec="mpeg2video", options={"bf": "2", "g": "12"})
    yield case("mpeg2 b-frames.mpg", codec="mpeg2video", options={"bf": "2", "g": "12"})
    for suffix in ("mov", "avi", "mkv", "mjpeg"):
        yield case(f"mjpeg.{suffix}", codec="mjpeg", pixel_format="yuvj420p")
    yield case("prores.mov", codec="prores_ks", pixel_format="yuv422p10le")
    yield case("ffv1.mkv", codec="ffv1", pixel_format="yuv444p")
    yield case("huffyuv.avi", codec="huffyuv", pixel_format="yuv422p")
    yield case("raw.avi", codec="rawvideo", pixel_format="bgr24")
    yield case("raw.y4m", codec="rawvideo", container="yuv4mpegpipe")
    yield case("animation.mov", codec="qtrle", pixel_format="rgb24")
    yield case("dv.dv", codec="dvvideo", container="dv", size=(720, 576), shown_size=(768, 576), numbers=range(8))
    yield case("picture.gif", codec="gif", pixel_format="rgb8", tolerance=0.006)
    yield case("slow.gif", codec="gif", pixel_format="rgb8", rate=2, numbers=range(6), tolerance=0.006)
    yield case("animated.png", codec="apng", container="apng", pixel_format="rgb24")
    yield case("10 bit.mp4", pixel_format="yuv420p10le")
    yield case("10 bit hevc.mp4", codec="libx265", pixel_format="yuv420p10le")
    yield case("4 4 4.mp4", pixel_format="yuv444p")
    yield case("interlaced.mp4", options={"x264-params": "tff=1:keyint=12", "preset": "veryfast"})
    yield case("interlaced.ts", options={"x264-params": "tff=1:keyint=12", "preset": "veryfast"})
    yield case("intra refresh.mp4", options={"x264-params": "intra-refresh=1:keyint=10", "preset": "veryfast"})
    stripes = {"x264-params": "intra-refresh=1:keyint=15:bframes=0", "preset": "veryfast"}
    yield case("intra refresh.mkv", options=stripes, numbers=range(150))
    yield case("all key.mp4", options={"x264-params": "keyint=1"})
    yield case("groups of two.mp4", options={"x264-params": "keyint=2:min-keyint=1:bframes=1", "preset": "veryfast"})
    yield case("hevc open groups.mp4", codec="libx265", options={"x265-params": "log-level=none:keyint=10:open-gop=1"})
    yield case("hevc open groups.mkv", codec="libx265", options={"x265-params": "log-level=none:keyint=10:open-gop=1"})
    yield case("hevc open groups.ts", codec="libx265", options={"x265-params": "log-level=none:keyint=10:open-gop=1"})
    for suffix in ("webm", "mkv", "ivf"):
        hidden = {"auto-alt-ref": "1", "lag-in-frames": "16", "deadline": "good", "cpu-used": "4"}
        yield case(f"vp8 hidden frames.{suffix}", codec="libvpx", options=hidden)
        yield case(f"vp9 hidden frames.{suffix}", codec="libvpx-vp9", options=hidden)
    yield case("recording.webm", codec="libvpx", muxer={"live": "1"})
    yield case("recording vp9.webm", codec="libvpx-vp9", muxer={"live": "1"})
    yield case("recording h264.mkv", muxer={"live": "1"})
    yield case("fragments.mp4", muxer={"movflags": "frag_keyframe+empty_moov"}, options=_GROUPS)
    yield case("index first.mp4", muxer={"movflags": "faststart"})
    yield case("one frame.mp4", numbers=[5])
    yield case("two frames.mp4", numbers=[5, 6])
    yield case("two frames.webm", codec="libvpx", numbers=[5, 6])
    yield case("odd size.webm", codec="libvpx-vp9", size=(95, 77))
    yield case("odd size.mp4", size=(95, 77), pixel_format="yuv444p")
    yield case("small.mp4", size=(40, 32))
    yield case("tall.mp4", size=(64, 640))
    yield case("wide.mp4", size=(1280, 64))
    yield case("large.mp4", size=(1920, 1080), numbers=range(20))
    yield case("long group.mp4", numbers=range(300), options={"x264-params": "keyint=300"})
    yield case("many groups.mp4", numbers=range(300), options=_GROUPS)
    yield case("sound.mp4", sound=True)
    yield case("sound.mkv", sound=True)
    yield case("odd clock.mp4", rate=Fraction(30_000, 1001))
    yield case("odd clock.mkv", rate=Fraction(24_000, 1001))
    yield case("one a second.mp4", rate=1, numbers=range(10))
    yield case("240 a second.mp4", rate=240)
    gaps = [0, 0.04, 0.08, 0.5, 0.54, 0.58, 1.6, 1.64, 1.9, 2.0, 2.04, 3.5]
    for suffix, codec in (
        ("mp4", "libx264"),
        ("mkv", "libx264"),
        ("webm", "libvpx"),
        ("ts", "libx264"),
        ("flv", "flv"),
    ):
        yield case(f"variable rate.{suffix}", codec=codec, seconds=gaps, numbers=range(len(gaps)))
    late = {"avoid_negative_ts": "disabled"}
    for suffix, ticks in (("mp4", 250), ("mkv", 250_000), ("webm", 250_000), ("ts", 2_300_000), ("nut", 100_000)):
        codec = "libvpx" if suffix == "webm" else "libx264"
        yield case(f"late start.{suffix}", codec=codec, muxer=late, rewrite=partial(shifted, ticks))
    for suffix in ("mkv", "ts"):
        yield case(f"negative start.{suffix}", options=_GROUPS, muxer=late, rewrite=partial(shifted, -7))
    yield Case(
        "clock wraps.ts",
        partial(write_clip, muxer={"mpegts_flags": "+resend_headers"}, rewrite=partial(shifted, 2_386_080)),
    )
    frame = 512  # ticks of the muxer's own clock for MP4 at 25 frames a second
    for name, how in {"": {}, " b-frames": {"options": _GROUPS}, " open groups": {"options": _OPEN_GROUPS}}.items():
        delay = 2 * frame if how else 0  # B-frames are shown two frames after they are decoded
        yield Case(f"trimmed start{name}.mp4", _edited([(25 * 40, delay + 15 * frame)], range(15, 40), **how))
        yield Case(f"trimmed both{name}.mp4", _edited([(10 * 40, delay + 17 * frame)], range(17, 27), **how))
        yield Case(
            f"two parts{name}.mp4",
            _edited([(5 * 40, delay + 3 * frame), (6 * 40, delay + 30 * frame)], [*range(3, 8), *range(30, 36)], **how),
        )
    yield Case("pause first.mp4", _edited([(400, -1), (40 * 40, 0)], range(40)))
    yield Case("trimmed.mov", _edited([(25 * 40, 15 * frame)], range(15, 40)))
    yield Case(
        "copied from the middle.mp4",
        lambda path: (
            write_clip(path, options=_GROUPS, muxer=late, rewrite=partial(shifted, -15))
            and Truth(range(15, 40), [index / RATE for index in range(25)])
        ),
    )
    yield Case("cut in a group.ts", _cut(5, 12, options=_GROUPS))
    yield Case("cut at a group.mkv", _cut(12, 12, options=_GROUPS))
    yield Case("cut at an open group.mkv", _cut(9, 12, options=_OPEN_GROUPS))
    yield Case("cut at an open group.ts", _cut(9, 12, options=_OPEN_GROUPS))
    yield Case("cut in an open group.ts", _cut(12, 24, options=_OPEN_GROUPS))
    yield Case("turned 90.mp4", _turned((0, 1, -1, 0), lambda picture: np.rot90(picture)))
    yield Case("turned 180.mp4", _turned((-1, 0, 0, -1), lambda picture: np.rot90(picture, 2)))
    yield Case("turned 270.mov", _turned((0, -1, 1, 0), lambda picture: np.rot90(picture, 3)))
    yield Case("mirrored.mp4", _turned((-1, 0, 0, 1), lambda picture: picture[:, ::-1]))
    yield Case("upside down.mp4", _turned((1, 0, 0, -1), lambda picture: picture[::-1]))
    yield Case("mirrored and turned.mp4", _turned((0, 1, 1, 0), lambda picture: picture.transpose(1, 0, 2)))
    for suffix in ("mp4", "mkv", "mov"):
        yield Case(f"wide pixels.{suffix}", _squeezed(Fraction(3, 2)))
        yield Case(f"narrow pixels.{suffix}", _squeezed(Fraction(3, 4)))
    yield Case("wide pixels, turned.mp4", _squeezed(Fraction(3, 2), turned=True))
    yield Case("size changes.h264", _size_change)
    yield Case("size changes.ts", _size_change)
    yield Case("size changes.mkv", _size_change)
    yield Case("cover picture.mp4", _with_cover)
    for name in (
        "with space & ümläut.mp4",
        "-option.mp4",
        "concat:a|b.mp4",
        "%03d.mp4",
        "new\nline.mp4",
        "noextension",
    ):
        yield Case(name, partial(write_clip, container="mp4"))


_DAMAGE = ("unreadable", "no_video", "too_long", "too_many_pixels", "empty")
_REFUSED = ("unreadable", "no_video")


def _damaged() -> Iterator[Case]:
    def case(name: str, change: Callable[[bytes], bytes], **how: Any) -> Case:
        def make(path: Path) -> None:
            write_clip(path, **how)
            path.write_bytes(change(path.read_bytes()))

        return Case(name, make, codes=_DAMAGE)

    index_first = {"movflags": "faststart"}
    for suffix, how in {
        "mp4": {"muxer": index_first, "options": _GROUPS},
        "mov": {},
        "mkv": {"options": _OPEN_GROUPS},
        "webm": {"codec": "libvpx-vp9"},
        "ts": {"options": _GROUPS},
        "avi": {"codec": "mpeg4"},
        "gif": {"codec": "gif", "pixel_format": "rgb8"},
        "flv": {"codec": "flv"},
        "mpg": {"codec": "mpeg2video"},
        "h264": {},
        "hevc": {"codec": "libx265"},
        "ogg": {"codec": "libvpx"},
        "ivf": {"codec": "libsvtav1"},
        "3gp": {"codec": "mpeg4"},
    }.items():
        for share in (1, 10, 50, 90, 99):
            yield case(f"cut off at {share} %.{suffix}", partial(_cut_off, share / 100), **how)  # type: ignore[arg-type]
        for share in (10, 50, 90):
            yield case(f"hole at {share} %.{suffix}", partial(_hole, share / 100), **how)  # type: ignore[arg-type]
        for seed in range(6):
            yield case(f"noise {seed}.{suffix}", partial(_noise, seed), **how)  # type: ignore[arg-type]
        yield case(f"turned round.{suffix}", lambda data: data[::-1], **how)  # type: ignore[arg-type]
        yield case(f"garbage before.{suffix}", lambda data: bytes(range(256)) * 8 + data, **how)  # type: ignore[arg-type]


def _cut_off(share: float, data: bytes) -> bytes:
    return data[: max(1, int(len(data) * share))]


def _hole(share: float, data: bytes) -> bytes:
    start, length = int(len(data) * share), len(data) // 20
    return data[:start] + bytes(length) + data[start + length :]


def _noise(seed: int, data: bytes) -> bytes:
    """A few bytes in a thousand changed, the header as well."""
    random = np.random.default_rng(seed)
    changed = np.frombuffer(data, np.uint8).copy()
    places = random.integers(0, len(changed), max(2, len(changed) // 400))
    changed[places] = random.integers(0, 256, len(places))
    return changed.tobytes()


def _hostile(address: str, neighbour: str) -> Iterator[Case]:
    """What tries to read other files, reach an address, or exhaust the machine.

    Args:
        address: A URL that must never be asked for.
        neighbour: Relative name of another visitor's clip in the same folder.
    """

    def text(name: str, content: str, codes: tuple[str, ...] = _REFUSED) -> Case:
        def make(path: Path) -> None:
            path.write_bytes(content.encode())

        return Case(name, make, codes=codes, may_give_frames=False)

    for target, reached in (("address", address), ("neighbour", neighbour), ("passwords", "/etc/passwd")):
        yield text(f"concat {target}.mp4", f"ffconcat version 1.0\nfile '{reached}'\n")
        segment = f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{reached}\n#EXT-X-ENDLIST\n"
        yield text(f"hls {target}.mp4", segment)
        yield text(f"hls {target}.ts", segment)
        yield text(
            f"hls key {target}.mp4", segment.replace("#EXTINF", f'#EXT-X-KEY:METHOD=AES-128,URI="{reached}"\n#EXTINF')
        )
        yield text(
            f"dash {target}.mp4",
            '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" minBufferTime="PT1S" '
            'profiles="urn:mpeg:dash:profile:isoff-main:2011" mediaPresentationDuration="PT9S"><Period>'
            '<AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1">'
            f"<BaseURL>{reached}</BaseURL></Representation></AdaptationSet></Period></MPD>",
        )
        yield text(
            f"sdp {target}.mp4",
            f"v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\na=control:{reached}\nm=video 1 RTP/AVP 96\n",
        )
        yield text(f"svg {target}.mp4", f'<svg xmlns="http://www.w3.org/2000/svg"><image href="{reached}"/></svg>')
        yield text(f"vpy {target}.mp4", f"import vapoursynth\nopen({reached!r})\n")
    yield text("words.mp4", "This is not a video.\n" * 50)
    yield text("page.mp4", f'<!doctype html><video src="{address}"></video>')
    yield text("empty.mp4", "", ("empty",))
    yield text("one byte.mp4", "x")
    yield Case("random.mp4", lambda path: _write(path, np.random.default_rng(0).bytes(100_000)), _REFUSED, False)
    yield Case("zeros.mp4", lambda path: _write(path, bytes(100_000)), _REFUSED, False)
    yield Case("archive.mp4", lambda path: _write(path, b"PK\x03\x04" + bytes(1000)), _REFUSED, False)
    yield Case("still.jpg", write_still, ("no_video",), False)
    yield Case("still.mp4", write_still, ("no_video",), False)
    yield Case("still.png", partial(write_still, codec="png", container="image2"), ("no_video",), False)
    yield Case("still.gif", partial(write_clip, codec="gif", pixel_format="rgb8", numbers=[1]), ("no_video",), False)
    for suffix in ("m4a", "mkv", "mp4", "ts"):
        container = {"m4a": "mp4", "mkv": "matroska", "ts": "mpegts"}.get(suffix)
        yield Case(f"sound.{suffix}", partial(sound_only, container=container), ("no_video",), False)
    yield Case("sound with a cover.mp4", partial(_with_cover, video=False), ("no_video",), False)
    yield Case("folder.mp4", lambda path: path.mkdir(), ("not_a_file",), False)
    yield Case("pipe.mp4", lambda path: os.mkfifo(path), ("not_a_file",), False)
    yield Case("device.mp4", lambda path: path.symlink_to("/dev/zero"), ("not_a_file",), False)
    yield Case("dangling.mp4", lambda path: path.symlink_to(path.with_name("nowhere")), ("not_found",), False)
    yield Case("missing.mp4", lambda path: None, ("not_found",), False)
    yield Case("64 megapixels.mp4", partial(_write_blank, size=(8000, 8000)), ("too_many_pixels", "unreadable"), False)
    yield Case("64 megapixels.ts", partial(_write_blank, size=(8000, 8000)), ("too_many_pixels", "unreadable"), False)
    yield Case("60000 pixels.gif", _huge_gif, ("too_many_pixels", "unreadable"), False)
    yield Case("a thread.gif", partial(_thread_gif, size=(30_000, 1)), ("too_many_pixels",), False)
    yield Case("an upright thread.gif", partial(_thread_gif, size=(1, 30_000)), ("too_many_pixels",), False)
    yield Case(
        "stretched.mp4",
        partial(write_clip, size=(1920, 1080), numbers=range(3), stretch=Fraction(15)),
        ("too_many_pixels",),
        False,
    )
    yield Case("an hour.mp4", partial(write_clip, seconds=[0, 1800, 3600], numbers=[0, 1, 2]), ("too_long",), False)
    yield Case("an hour.mkv", partial(write_clip, seconds=[0, 1800, 3600], numbers=[0, 1, 2]), ("too_long",), False)
    yield Case("many packets.avi", _many_packets, ("too_long",), False)
    for name, kind, change in (
        ("no frame table.mp4", b"stts", lambda body: body[:4] + bytes(4)),
        ("endless frame table.mp4", b"stts", lambda body: body[:4] + b"\xff" * 4 + body[8:]),
        ("endless sizes.mp4", b"stsz", lambda body: body[:8] + b"\x7f" + b"\xff" * 3 + body[12:]),
        ("far offsets.mp4", b"stco", lambda body: body[:8] + b"\xff" * (len(body) - 8)),
        ("no clock.mp4", b"mdhd", lambda body: body[:12] + bytes(4) + body[16:]),
        ("another codec.mp4", b"stsd", lambda body: body.replace(b"avc1", b"hvc1").replace(b"avcC", b"hvcC")),
        ("no parameters.mp4", b"stsd", lambda body: body.replace(b"avcC", b"free")),
        (
            "a thousand edits.mp4",
            b"edts",
            lambda body: _box(b"elst", struct.pack(">II", 0, 1000) + struct.pack(">IiI", 1, 0, 1 << 16) * 1000),
        ),
        (
            "edit of nothing.mp4",
            b"edts",
            lambda body: _box(b"elst", struct.pack(">III", 0, 1, 0) + struct.pack(">iI", 1 << 30, 1 << 16)),
        ),
        ("flat matrix.mp4", b"tkhd", lambda body: body[:40] + bytes(36) + body[76:]),
    ):
        yield Case(name, partial(_with_box, kind=kind, change=change), codes=_DAMAGE)


def _write(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def _with_box(path: Path, kind: bytes, change: Callable[[bytes], bytes]) -> None:
    write_clip(path)
    change_box(path, kind, change)


def _write_blank(path: Path, size: tuple[int, int]) -> None:
    """One grey picture, enormous when decoded and small as a file."""
    with av.open(str(path), "w") as output:
        stream: Any = output.add_stream(
            "libx264", rate=RATE, options={"preset": "ultrafast", "x264-params": "rc-lookahead=0:ref=1"}
        )
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.codec_context.thread_count = 1
        output.mux(stream.encode(VideoFrame(*size, "yuv420p")))
        output.mux(stream.encode(None))


def _huge_gif(path: Path) -> None:
    """480 bytes that promise 60000 x 60000 pixels."""
    head = b"GIF89a" + struct.pack("<HHBBB", 60_000, 60_000, 0x80, 0, 0) + bytes(6)
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 60_000, 60_000, 0) + b"\x02\x02\x4c\x01\x00"
    path.write_bytes(head + frame * 20 + b";")


def _thread_gif(path: Path, size: tuple[int, int]) -> None:
    """Few pixels, but a strip so narrow that bringing its short side to 224 would make it 7 million long."""
    with av.open(str(path), "w") as output:
        stream: Any = output.add_stream("gif", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = *size, "rgb8"
        for shade in range(4):
            picture = np.full((size[1], size[0], 3), 60 * shade, np.uint8)
            output.mux(stream.encode(VideoFrame.from_ndarray(picture, "rgb24").reformat(format="rgb8")))
        output.mux(stream.encode())


def _many_packets(path: Path) -> None:
    """More tiny pictures than a scan reads."""
    with av.open(str(path), "w") as output:
        stream: Any = output.add_stream("mjpeg", rate=1000)
        stream.width, stream.height, stream.pix_fmt = 16, 16, "yuvj420p"
        picture = stream.encode(VideoFrame.from_ndarray(burn(0, (16, 16)), "rgb24"))[0]
        for index in range(61_000):
            picture.pts = picture.dts = index
            output.mux(picture)


GOOD_CASES: tuple[Case, ...] = tuple(_good())
DAMAGED_CASES: tuple[Case, ...] = tuple(_damaged())


def hostile_cases(address: str = "http://127.0.0.1:9/", neighbour: str = "neighbour.mp4") -> tuple[Case, ...]:
    """See ``_hostile``."""
    return tuple(_hostile(address, neighbour))
