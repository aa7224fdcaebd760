"""What the packets tell, without decoding: how many frames a player would show, when, and how to reach each of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.sidedata.sidedata import Type as SideDataType
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from ..errors import ClipError
from ..records import ClipInfo, PacketScan
from ..settings import Settings
from .container import PICTURES, nothing_readable, open_video, out_of_memory, too_many_pixels

SEEKABLE = {"mov", "matroska"}
"""Containers with an index of key frames that can be trusted; the others are decoded from their start."""

UNSTAMPED = {"avi", "mxf"}
"""Containers whose packets carry times in the order of decoding: with B-frames, these are not the times shown."""

MAX_DAMAGED_PACKETS = 200
"""So many failed reads in a row end the clip."""

MAX_STRETCH = 16
"""A sample aspect ratio beyond 16:1 is a damaged header, not a picture."""

_BROWSER_CODECS = {
    ".mp4": {"h264", "av1", "vp9"},
    ".m4v": {"h264", "av1", "vp9"},
    ".webm": {"vp8", "vp9", "av1"},
}
_BROWSER_PIXELS = {"yuv420p", "yuvj420p"}

_DECORD_CONTAINERS = {"mov", "matroska"}
_DECORD_CODECS = {"h264", "hevc", "vp8", "vp9", "mjpeg", "prores", "mpeg4", "h263"}
_DECORD_SMALLEST_SIDE = 16
LONGEST_TO_SHORTEST = 32
"""Resizing brings the short side to 224 pixels, say, and the long one in proportion: 7168 at most."""


@dataclass(frozen=True)
class _Packets:
    """Time stamps of one video track in its own ticks, in the order of the file."""

    ticks: list[int]
    """When each is shown; 0, 1, 2, ... if not ``timestamped``."""
    dts: list[int | None]
    key: list[bool]
    last_duration: int
    discarded: int
    timestamped: bool
    clean_keys: bool
    """Whether decoding can start at every key frame without any packet before it, as far as the packets tell."""


def scan(name: str, *, shown_as: Path, file_identity: tuple[int, ...], settings: Settings) -> ClipInfo:
    """Read every packet, decode only the first frames.

    Args:
        name: What FFmpeg opens.
        shown_as: The visitor's own path, for the record.

    Raises:
        ClipError: ``no_video``, ``unreadable``, ``too_long``, ``too_many_pixels``.
    """
    with open_video(name, settings) as (container, track):
        _refuse_long(track, settings)
        packets = _read_packets(container, track, settings)
        container_name = container.format.name.split(",")[0]
        codec = track.codec_context.codec.canonical_name
        duration_known = container.duration is not None
        promised = track.frames
        pixel_format = track.codec_context.pix_fmt
        single_track = len(container.streams.video) == 1
        stream_index, time_base = track.index, track.time_base or Fraction(1, 1000)
        nominal = track.average_rate or track.guessed_rate
        stretch = _stretch(track)
    if not packets.ticks:
        raise nothing_readable()

    first, missing_ticks = _first_frames(name, packets, settings)
    transposed, flipped_x, flipped_y = _orientation(first)
    width, height = max(1, round(first.width * stretch)), first.height
    if transposed:
        width, height = height, width
    if width * height > settings.max_pixels:
        raise too_many_pixels(width, height, settings)
    if max(width, height) > LONGEST_TO_SHORTEST * min(width, height):
        raise ClipError(
            "too_many_pixels",
            f"The picture has {width} x {height} pixels: enlarged to what a model takes, so narrow a strip would have "
            f"far too many. One side may be {LONGEST_TO_SHORTEST} times the other.",
        )

    ticks = _display_ticks(packets, missing_ticks)
    if len(ticks) == 1 and container_name in PICTURES:
        raise ClipError("no_video", "This is a still picture: it has a single frame. Choose a video file.")
    seconds, fps, variable = _timing(packets, ticks, time_base, nominal)
    plain = (
        _is_plain(packets)
        and duration_known
        and single_track
        and container_name in _DECORD_CONTAINERS
        and codec in _DECORD_CODECS
        and min(first.width, first.height) >= _DECORD_SMALLEST_SIDE
        and not (transposed or flipped_x or flipped_y or missing_ticks)
    )
    seekable = packets.timestamped and container_name in SEEKABLE
    keys = [tick for tick, key in zip(packets.ticks, packets.key, strict=True) if key and seekable]
    total = len(packets.ticks) + packets.discarded
    return ClipInfo(
        path=shown_as,
        num_frames=len(ticks),
        fps=fps,
        duration_seconds=float(seconds[-1]) + (packets.last_duration * float(time_base) or 1 / fps),
        width=width,
        height=height,
        codec=codec,
        container=container_name,
        rotation=_clockwise_degrees(transposed, flipped_x, flipped_y),
        frame_pts_seconds=seconds,
        variable_frame_rate=variable,
        browser_playable=(
            codec in _BROWSER_CODECS.get(shown_as.suffix.lower(), ()) and pixel_format in _BROWSER_PIXELS
        ),
        notice=f"Only {total} of {promised} frames are readable: the rest of the file is missing."
        if promised > total
        else None,
        scan=PacketScan(
            stream_index=stream_index,
            time_base=time_base,
            frame_ticks=ticks,
            key_ticks=np.array(sorted(keys), dtype=np.int64),
            timestamped=packets.timestamped,
            plain=plain,
            transposed=transposed,
            flipped_x=flipped_x,
            flipped_y=flipped_y,
            file_identity=file_identity,
        ),
    )


def readable_packets(container: InputContainer, track: VideoStream) -> Iterator[Packet]:
    """The track's packets, over damaged places; the last one is empty and flushes the decoder."""
    damaged = 0
    packets = container.demux(track)
    while damaged < MAX_DAMAGED_PACKETS:
        try:
            packet = next(packets)
        except StopIteration:
            return
        except MemoryError as error:
            raise out_of_memory() from error
        except av.error.EOFError:
            break
        except (av.error.FFmpegError, OSError, ValueError):
            damaged += 1
            packets = container.demux(track)
            continue
        damaged = 0
        yield packet


def decoded(track: VideoStream, packet: Packet | None) -> list[VideoFrame]:
    """The frames that a packet completes; none where it is damaged."""
    try:
        return track.codec_context.decode(packet)
    except MemoryError as error:
        raise out_of_memory() from error
    except (av.error.FFmpegError, ValueError):
        return []


def _refuse_long(track: VideoStream, settings: Settings) -> None:
    promised = float((track.duration or 0) * (track.time_base or 0))
    if promised > settings.max_seconds:
        raise _too_long(promised, settings)


def _too_long(seconds: float, settings: Settings) -> ClipError:
    return ClipError(
        "too_long",
        f"The clip is {seconds:.0f} seconds long, more than the {settings.max_seconds:g} seconds that are read here. "
        "Cut out the part of interest and try that.",
    )


def _read_packets(container: InputContainer, track: VideoStream, settings: Settings) -> _Packets:
    pts: list[int | None] = []
    dts: list[int | None] = []
    key: list[bool] = []
    discarded = last_duration = 0
    clean_keys = True
    hidden = _HIDDEN_FRAMES.get(track.codec_context.codec.canonical_name)
    unclean = _UNCLEAN_KEYS.get(track.codec_context.codec.canonical_name)
    extradata = track.codec_context.extradata or b""
    for packet in readable_packets(container, track):
        if packet.size == 0:
            continue
        if len(pts) + discarded >= settings.max_packets:
            raise ClipError(
                "too_long",
                f"The clip has more than the {settings.max_packets:,} pictures that are read here. "
                "Cut out the part of interest and try that.",
            )
        if packet.is_discard:
            discarded += 1
            continue
        if hidden and hidden(bytes(packet)[:1]):
            continue
        pts.append(packet.pts)
        dts.append(packet.dts)
        key.append(packet.is_keyframe)
        if packet.is_keyframe and unclean and unclean(bytes(packet), extradata):
            clean_keys = False
        last_duration = packet.duration or 0
    stamps = [stamp for stamp in pts if stamp is not None]
    seconds = (max(stamps) - min(stamps)) * float(track.time_base or 0) if stamps else 0.0
    if seconds > settings.max_seconds:
        raise _too_long(seconds, settings)
    timestamped = len(set(stamps)) == len(pts) and container.format.name not in UNSTAMPED
    ticks = stamps if timestamped else list(range(len(pts)))
    return _Packets(ticks, dts, key, last_duration, discarded, timestamped, clean_keys)


# VP8 keeps pictures that are never shown ("alternate references") in packets of their own: bit 4 of the first byte.
_HIDDEN_FRAMES = {"vp8": lambda head: not head[0] & 0x10}


def _lacks_idr(packet: bytes, extradata: bytes) -> bool:
    """Whether an H.264 key packet holds no IDR picture: decoding may start there, but is whole only frames later."""
    if len(extradata) < 5 or extradata[0] != 1:  # a byte stream with start codes
        return not any(unit[:1] and unit[0] & 31 == 5 for unit in packet.split(b"\0\0\1"))
    at, width = 0, (extradata[4] & 3) + 1  # units after their lengths, as in MP4 and Matroska
    while at + width < len(packet):
        if packet[at + width] & 31 == 5:
            return False
        at += width + int.from_bytes(packet[at : at + width], "big")
    return True


_UNCLEAN_KEYS = {"h264": _lacks_idr}


def _first_frames(name: str, packets: _Packets, settings: Settings) -> tuple[VideoFrame, set[int]]:
    """The first frame shown, and the time stamps before it that no decoder can show.

    A clip that was cut out of a longer one may begin with pictures that refer to others before the cut; a player skips
    them.
    """
    first_key = next((tick for tick, key in zip(packets.ticks, packets.key, strict=True) if key), None)
    first: VideoFrame | None = None
    seen: set[int] = set()
    with open_video(name, settings) as (container, track):
        for packet in readable_packets(container, track):
            for frame in decoded(track, packet):
                first = first or frame
                seen.add(frame.pts or 0)
            if first and (not packets.timestamped or first_key is None or max(seen) >= first_key):
                break
    if first is None:
        raise nothing_readable()
    if not packets.timestamped:
        return first, set()
    return first, {tick for tick in packets.ticks if tick < max(seen) and tick not in seen}


def _display_ticks(packets: _Packets, missing: set[int]) -> np.ndarray:
    return np.array(sorted(tick for tick in packets.ticks if tick not in missing), dtype=np.int64)


def _timing(
    packets: _Packets, ticks: np.ndarray, time_base: Fraction, nominal: Fraction | None
) -> tuple[np.ndarray, float, bool]:
    """(seconds from the first frame, average frames per second, whether the frame rate varies)."""
    stamps = ticks
    if not packets.timestamped:  # decoding times come at the frames' own distances, one packet a frame
        dts = sorted(stamp for stamp in packets.dts if stamp is not None)
        stamps = np.array(dts if len(set(dts)) == len(ticks) else [], dtype=np.int64)
    tick = float(time_base)
    if len(stamps) < 2:
        fps = float(nominal or 25)
        return np.arange(len(ticks)) / fps, fps, False
    seconds = (stamps - stamps[0]) * tick
    gaps = np.diff(seconds)
    variable = bool(np.abs(gaps - np.median(gaps)).max() > max(1.01 * tick, 0.02 * float(np.median(gaps))))
    fps = (len(seconds) - 1) / float(seconds[-1])
    if nominal and not variable and abs(float(nominal) - fps) < 0.02 * fps:
        fps = float(nominal)  # 30, where milliseconds say 30.03
    return seconds, fps, variable


def _is_plain(packets: _Packets) -> bool:
    """Whether decord can be trusted: nothing trimmed away, and every group of pictures stands for itself."""
    if (
        packets.discarded
        or not packets.timestamped
        or not packets.clean_keys
        or not packets.key[0]
        or min(packets.ticks) < 0
    ):
        return False
    pts = np.array(packets.ticks, dtype=np.int64)
    before = np.maximum.accumulate(pts)
    after = np.minimum.accumulate(pts[::-1])[::-1]
    at = np.flatnonzero(packets.key)
    return bool((pts[at] >= before[at]).all() and (pts[at] <= after[at]).all())


def _stretch(track: VideoStream) -> float:
    """Width of a pixel in heights of a pixel, 1 where the file says nothing or nonsense."""
    for ratio in (track.sample_aspect_ratio, track.codec_context.sample_aspect_ratio):
        if ratio and 1 / MAX_STRETCH <= ratio <= MAX_STRETCH:
            return float(ratio)
    return 1.0


def _orientation(frame: VideoFrame) -> tuple[bool, bool, bool]:
    """(rows and columns exchanged, then flipped along x, flipped along y), from the display matrix of the file.

    The matrix sends (x, y) to (a·x + c·y, b·x + d·y), so a quarter turn clockwise is a = d = 0, b = 1, c = -1.
    """
    data: Any = frame.side_data.get(SideDataType.DISPLAYMATRIX)  # type: ignore[call-overload]
    if data is None:
        return False, False, False
    a, b, _, c, d = np.frombuffer(bytes(data), dtype=np.int32)[:5].tolist()
    if abs(b) > abs(a):
        return True, c < 0, b < 0
    return False, a < 0, d < 0


def _clockwise_degrees(transposed: bool, flipped_x: bool, flipped_y: bool) -> int:
    if transposed:
        return 90 if flipped_x else 270
    return 180 if flipped_x and flipped_y else 0
