"""Opening a clip with FFmpeg so that it can read this one file and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from ..errors import ClipError
from ..settings import Settings
from ..words import later

FORMATS = (
    "mov,matroska,avi,gif,apng,mpegts,mpeg,mpegvideo,m4v,h264,hevc,obu,ivf,flv,asf,ogg,dv,mjpeg,mxf,nut,yuv4mpegpipe"
    ",mp3,wav,flac,aac"  # opened only to say "this is sound"
)
"""FFmpeg's demuxers that read one file: a playlist (HLS, DASH, concat, SDP ...) would open whatever it names."""

NOT_A_PICTURE_TRACK = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image

_SIGNATURES = (
    (0, b"\xff\xd8\xff", later("a still picture (JPEG)")),
    (0, b"\x89PNG\r\n\x1a\n", later("a still picture (PNG)")),
    (8, b"WEBP", later("a WebP picture")),
    (0, b"BM", later("a still picture (BMP)")),
    (0, b"II*\x00", later("a still picture (TIFF)")),
    (0, b"MM\x00*", later("a still picture (TIFF)")),
    (4, b"ftyphei", later("a still picture (HEIC)")),
    (4, b"ftypmif1", later("a still picture (HEIF)")),
    (4, b"ftypavif", later("a still picture (AVIF)")),
    (0, b"#EXTM3U", later("a playlist, which only points to other files")),
    (0, b"ffconcat", later("a playlist, which only points to other files")),
    (0, b"v=0", later("a playlist, which only points to other files")),
    (0, b"<?xml", later("a text file")),
    (0, b"%PDF", later("a PDF document")),
    (0, b"PK\x03\x04", later("an archive or office document")),
)
"""(offset, bytes, what it is): what strangers upload by mistake, told by its first bytes."""

PICTURES = {"gif", "apng", "mjpeg"}
"""Containers in which a single frame is a still picture rather than a very short clip."""


@contextmanager
def open_video(name: str, settings: Settings) -> Iterator[tuple[InputContainer, VideoStream]]:
    """The open container and its main video track, ready to decode.

    Args:
        name: Path of the file. Never a file object: with one, FFmpeg's default protocols apply, and a playlist in
            disguise makes this machine fetch addresses.

    Raises:
        ClipError: ``no_video``, ``unreadable`` or ``too_many_pixels``.
    """
    what_it_is = _signature(name)
    try:
        container = av.open(
            name,
            options={
                "format_whitelist": FORMATS,
                "protocol_whitelist": "file",
                "max_pixels": str(2 * settings.max_pixels),  # FFmpeg counts padded frames; the exact limit is ours
            },
            metadata_errors="ignore",
        )
    except MemoryError as error:
        raise out_of_memory() from error
    except (av.error.FFmpegError, ValueError, OSError) as error:
        if what_it_is:
            raise ClipError(
                "no_video", later("This is {what_it_is}, not a video. Choose a video file.", what_it_is=what_it_is)
            ) from error
        raise ClipError(
            "unreadable",
            later(
                "This file cannot be read as a video: it is damaged, incomplete or in an unknown format. Try to play "
                "it on your own device, and export it again as MP4."
            ),
        ) from error
    with container:
        if what_it_is and container.format.name not in PICTURES:
            raise ClipError(
                "no_video", later("This is {what_it_is}, not a video. Choose a video file.", what_it_is=what_it_is)
            )
        yield container, _main_track(container, settings)


def nothing_readable() -> ClipError:
    return ClipError("unreadable", later("Not one picture of this clip is readable. Try to export it again as MP4."))


def out_of_memory() -> ClipError:
    return ClipError(
        "unreadable",
        later("Reading this clip takes more memory than a clip may use here. Export it again at 1080p or smaller."),
    )


def too_many_pixels(width: int, height: int, settings: Settings) -> ClipError:
    return ClipError(
        "too_many_pixels",
        later(
            "The picture is {width} x {height} pixels, more than the {max_pixels:,} pixels that are read here. Export "
            "the clip again at 1080p or smaller.",
            width=width,
            height=height,
            max_pixels=settings.max_pixels,
        ),
    )


def _signature(name: str) -> str | None:
    with Path(name).open("rb") as file:
        head = file.read(16)
    return next((what for at, signature, what in _SIGNATURES if head[at:].startswith(signature)), None)


def _main_track(container: InputContainer, settings: Settings) -> VideoStream:
    tracks = [track for track in container.streams.video if not track.disposition & NOT_A_PICTURE_TRACK]
    if not tracks:
        held = later("only sound") if container.streams.audio else later("no moving picture")
        raise ClipError("no_video", later("This file holds {held}. Choose a file with a video track.", held=held))
    best = container.streams.best("video")
    track = best if best in tracks else tracks[0]
    context = track.codec_context
    if context is None:
        raise ClipError(
            "unreadable",
            later("The picture is stored in a format that cannot be decoded here. Export the clip as MP4 (H.264)."),
        )
    if context.width * context.height > settings.max_pixels:
        raise too_many_pixels(context.width, context.height, settings)
    context.options = {"max_pixels": str(2 * settings.max_pixels)}
    context.thread_type = "AUTO"
    context.thread_count = settings.decode_threads
    return track
