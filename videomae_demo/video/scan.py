"""What the packets tell, without decoding: how many frames a player would show, when, and how to reach each of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

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
from .container import PICTURES, open_video, out_of_memory, too_many_pixels

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


@dataclass(frozen=True)
class _Packets:
    """Time stamps of one video track in its own ticks, in the order of the file."""

    pts: list[int | None]
    dts: list[int | None]
    key: list[bool]
    last_duration: int
    discarded: int
    timestamped: bool


def scan(name: str, *, shown_as: Path, file_identity: tuple[int, ...], settings: Settings) -> ClipInfo:
    """Read every packet, decode only the first frames.

    Args:
        name: What FFmpeg opens.
        shown_as: The visitor's own path, for the record.

    Raises:
        ClipError: ``no_video``, ``unreadable``, ``too_long``, ``too_many_pixels``.
    """
    with open_video(name, settings) as (container, track):
        _refuse_long(track, container, settings)
        packets = _read_packets(container, track, settings)
        container_name = container.format.name.split(",")[0]
        codec = track.codec_context.name
        duration_known = container.duration is not None
        promised = track.frames
        pixel_format = track.codec_context.pix_fmt
        single_track = len(container.streams.video) == 1
        stream_index, time_base = track.index, track.time_base or Fraction(1, 1000)
        nominal = track.average_rate or track.guessed_rate
        stretch = _stretch(track)
    if not packets.pts:
        raise ClipError("unreadable", "Not one picture of this clip is readable. Try to export it again as MP4.")

    first, missing_ticks = _first_frames(name, packets, settings)
    transposed, flipped_x, flipped_y = _orientation(first)
    width, height = max(1, round(first.width * stretch)), first.height
    if transposed:
        width, height = height, width
    if width * height > settings.max_pixels:
        raise too_many_pixels(width, height, settings)

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
    keys = [pts for pts, key in zip(packets.pts, packets.key, strict=True) if key] if seekable else []
    total = len(packets.pts) + packets.discarded
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


def _refuse_long(track: VideoStream, container: InputContainer, settings: Settings) -> None:
    promised = [float(track.duration * track.time_base)] if track.duration and track.time_base else []
    if promised and promised[0] > settings.max_seconds:
        raise _too_long(f"{promised[0]:.0f} seconds", settings)


def _too_long(length: str, settings: Settings) -> ClipError:
    return ClipError(
        "too_long",
        f"The clip is {length} long, more than the {settings.max_seconds:g} seconds that are read here. "
        "Cut out the part of interest and try that.",
    )


def _read_packets(container: InputContainer, track: VideoStream, settings: Settings) -> _Packets:
    pts: list[int | None] = []
    dts: list[int | None] = []
    key: list[bool] = []
    discarded = last_duration = 0
    hidden = _HIDDEN_FRAMES.get(track.codec_context.name)
    for number, packet in enumerate(readable_packets(container, track)):
        if number >= settings.max_packets:
            raise _too_long(f"more than {settings.max_packets:,} pictures", settings)
        if packet.size == 0:
            continue
        if packet.is_discard:
            discarded += 1
            continue
        if hidden and hidden(bytes(packet)[:1]):
            continue
        pts.append(packet.pts)
        dts.append(packet.dts)
        key.append(packet.is_keyframe)
        last_duration = packet.duration or 0
    stamps = [stamp for stamp in pts if stamp is not None]
    if stamps and track.time_base and (max(stamps) - min(stamps)) * track.time_base > settings.max_seconds:
        raise _too_long(f"{float((max(stamps) - min(stamps)) * track.time_base):.0f} seconds", settings)
    timestamped = len(set(stamps)) == len(pts) and container.format.name not in UNSTAMPED
    return _Packets(pts, dts, key, last_duration, discarded, timestamped)


# VP8 keeps pictures that are never shown ("alternate references") in packets of their own: bit 4 of the first byte.
_HIDDEN_FRAMES = {"vp8": lambda head: not head[0] & 0x10}


def _first_frames(name: str, packets: _Packets, settings: Settings) -> tuple[VideoFrame, set[int]]:
    """The first frame shown, and the time stamps before it that no decoder can show.

    A clip that was cut out of a longer one may begin with pictures that refer to others before the cut; a player skips
    them.
    """
    first_key = next((pts for pts, key in zip(packets.pts, packets.key, strict=True) if key), None)
    shown: list[VideoFrame] = []
    with open_video(name, settings) as (container, track):
        for packet in readable_packets(container, track):
            shown += decoded(track, packet)
            if shown and (not packets.timestamped or first_key is None or shown[-1].pts >= first_key):
                break
    if not shown:
        raise ClipError("unreadable", "Not one picture of this clip is readable. Try to export it again as MP4.")
    if not packets.timestamped:
        return shown[0], set()
    seen = {frame.pts for frame in shown}
    return shown[0], {pts for pts in packets.pts if pts < shown[-1].pts and pts not in seen}  # type: ignore[operator]


def _display_ticks(packets: _Packets, missing: set[int]) -> np.ndarray:
    if not packets.timestamped:
        return np.arange(len(packets.pts), dtype=np.int64)
    return np.array(sorted(pts for pts in packets.pts if pts not in missing), dtype=np.int64)  # type: ignore[type-var]


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
    if packets.discarded or not packets.timestamped or not packets.key[0] or min(packets.pts) < 0:  # type: ignore[type-var]
        return False
    pts = np.array(packets.pts, dtype=np.int64)
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
    data = frame.side_data.get(SideDataType.DISPLAYMATRIX)
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
