"""What the packets tell, without decoding: how many frames a player would show, when, and how to reach each of them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from ..errors import ClipError
from ..records import ClipInfo, PacketScan
from ..settings import Settings
from ..words import later
from .browsers import browser_plays
from .container import PICTURES, nothing_readable, open_video
from .orientation import orientation_of, shown_size, stretch_of
from .packets import TrackPackets, are_plain, decoded, read_packets, readable_packets, refuse_long
from .timing import timing

SEEKABLE = {"mov", "matroska"}
"""Containers with an index of key frames that can be trusted; the others are decoded from their start."""

_DECORD_CONTAINERS = {"mov", "matroska"}
_DECORD_CODECS = {"h264", "hevc", "vp8", "vp9", "mjpeg", "prores", "mpeg4", "h263"}
_DECORD_SMALLEST_SIDE = 16


@dataclass(frozen=True)
class _Header:
    """What the container's header says of the main video track."""

    container: str
    codec: str
    pixel_format: str | None
    stream_index: int
    time_base: Fraction
    nominal_rate: Fraction | None
    stretch: float
    promised_frames: int
    duration_known: bool
    single_track: bool


def scan(name: str, *, shown_as: Path, file_identity: tuple[int, ...], settings: Settings) -> ClipInfo:
    """Read every packet, decode only the first frames.

    Args:
        name: What FFmpeg opens.
        shown_as: The visitor's own path, for the record.

    Raises:
        ClipError: ``no_video``, ``unreadable``, ``too_long``, ``too_many_pixels``.
    """
    with open_video(name, settings) as (container, track):
        refuse_long(float((track.duration or 0) * (track.time_base or 0)), settings)
        packets = read_packets(container, track, settings)
        header = _header(container, track)
    if not packets.ticks:
        raise nothing_readable()

    first, missing_ticks = _first_frames(name, packets, settings)
    orientation = orientation_of(first)
    width, height = shown_size(first, orientation, header.stretch, settings)
    ticks = np.array(sorted(tick for tick in packets.ticks if tick not in missing_ticks), dtype=np.int64)
    if len(ticks) == 1 and header.container in PICTURES:
        raise ClipError("no_video", later("This is a still picture: it has a single frame. Choose a video file."))
    seconds, fps, variable = timing(packets, ticks, header.time_base, header.nominal_rate)
    as_stored = not (orientation.changes or missing_ticks)
    return ClipInfo(
        path=shown_as,
        num_frames=len(ticks),
        fps=fps,
        duration_seconds=float(seconds[-1]) + (packets.last_duration * float(header.time_base) or 1 / fps),
        width=width,
        height=height,
        codec=header.codec,
        container=header.container,
        rotation=orientation.clockwise_degrees,
        frame_pts_seconds=seconds,
        variable_frame_rate=variable,
        browser_playable=browser_plays(shown_as.suffix, header.codec, header.pixel_format),
        notice=_what_is_missing(packets, header),
        scan=PacketScan(
            stream_index=header.stream_index,
            time_base=header.time_base,
            frame_ticks=ticks,
            key_ticks=_trusted_keys(packets, header),
            timestamped=packets.timestamped,
            plain=as_stored and are_plain(packets) and _decord_knows(header, first),
            transposed=orientation.transposed,
            flipped_x=orientation.flipped_x,
            flipped_y=orientation.flipped_y,
            file_identity=file_identity,
        ),
    )


def _header(container: InputContainer, track: VideoStream) -> _Header:
    return _Header(
        container=container.format.name.split(",")[0],
        codec=track.codec_context.codec.canonical_name,
        pixel_format=track.codec_context.pix_fmt,
        stream_index=track.index,
        time_base=track.time_base or Fraction(1, 1000),
        nominal_rate=track.average_rate or track.guessed_rate,
        stretch=stretch_of(track),
        promised_frames=track.frames,
        duration_known=container.duration is not None,
        single_track=len(container.streams.video) == 1,
    )


def _decord_knows(header: _Header, first: VideoFrame) -> bool:
    """Whether decord reads this kind of file right, as far as the header tells."""
    return (
        header.duration_known
        and header.single_track
        and header.container in _DECORD_CONTAINERS
        and header.codec in _DECORD_CODECS
        and min(first.width, first.height) >= _DECORD_SMALLEST_SIDE
    )


def _trusted_keys(packets: TrackPackets, header: _Header) -> np.ndarray:
    """(K,) int64, ascending: where decoding can start."""
    if not packets.timestamped or header.container not in SEEKABLE:
        return np.array([], dtype=np.int64)
    return np.array(sorted(tick for tick, key in zip(packets.ticks, packets.key, strict=True) if key), dtype=np.int64)


def _what_is_missing(packets: TrackPackets, header: _Header) -> str | None:
    total = len(packets.ticks) + packets.discarded
    if header.promised_frames <= total:
        return None
    return later(
        "Only {total} of {promised_frames} frames are readable: the rest of the file is missing.",
        total=total,
        promised_frames=header.promised_frames,
    )


def _first_frames(name: str, packets: TrackPackets, settings: Settings) -> tuple[VideoFrame, set[int]]:
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
