"""One track's packets: reading them over damaged places, decoding them, and what their stamps and heads prove."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from ..errors import ClipError
from ..settings import Settings
from ..words import later
from .container import out_of_memory

UNSTAMPED = {"avi", "mxf"}
"""Containers whose packets carry times in the order of decoding: with B-frames, these are not the times shown."""

MAX_DAMAGED_PACKETS = 200
"""So many failed reads in a row end the clip."""


@dataclass(frozen=True)
class TrackPackets:
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


def read_packets(container: InputContainer, track: VideoStream, settings: Settings) -> TrackPackets:
    """Every packet that a player would show, none of them decoded.

    Raises:
        ClipError: ``too_long``.
    """
    pts: list[int | None] = []
    dts: list[int | None] = []
    key: list[bool] = []
    discarded = last_duration = 0
    clean_keys = True
    codec = track.codec_context.codec.canonical_name
    hidden, unclean = _HIDDEN_FRAMES.get(codec), _UNCLEAN_KEYS.get(codec)
    extradata = track.codec_context.extradata or b""
    for packet in readable_packets(container, track):
        if packet.size == 0:
            continue
        if len(pts) + discarded >= settings.max_packets:
            raise _too_many(settings)
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
    refuse_long((max(stamps) - min(stamps)) * float(track.time_base or 0) if stamps else 0.0, settings)
    timestamped = len(set(stamps)) == len(pts) and container.format.name not in UNSTAMPED
    ticks = stamps if timestamped else list(range(len(pts)))
    return TrackPackets(ticks, dts, key, last_duration, discarded, timestamped, clean_keys)


def refuse_long(seconds: float, settings: Settings) -> None:
    """Let a clip of so many seconds pass, or not.

    Raises:
        ClipError: ``too_long``.
    """
    if seconds > settings.max_seconds:
        raise ClipError(
            "too_long",
            later(
                "The clip is {seconds:.0f} seconds long, more than the {max_seconds:g} seconds that are read here. Cut "
                "out the part of interest and try that.",
                seconds=seconds,
                max_seconds=settings.max_seconds,
            ),
        )


def _too_many(settings: Settings) -> ClipError:
    return ClipError(
        "too_long",
        later(
            "The clip has more than the {max_packets:,} pictures that are read here. Cut out the part of interest and "
            "try that.",
            max_packets=settings.max_packets,
        ),
    )


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


def are_plain(packets: TrackPackets) -> bool:
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
