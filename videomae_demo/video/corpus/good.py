"""Valid clips that decoders get wrong: every one has exactly one right answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from .case import Case, Truth
from .encode import B_FRAMES, NUM_FRAMES, OPEN_GROUPS, RATE, shifted, write_clip
from .makers import clip_with_cover, cut, edited, size_change, squeezed, turned

Rows = Mapping[str, Mapping[str, Any]]
"""File name -> keywords of ``write_clip``."""

_H264_CONTAINERS = ("mp4", "mov", "mkv", "avi", "ts", "flv", "h264", "m4v", "3gp", "nut", "mxf")
_MUXERS = {"h264": "h264", "m4v": "mp4"}
"""Where FFmpeg does not take the suffix for what it is here."""

_OTHER_CODECS = {
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
}
"""Encoder -> suffixes."""

_FEW_B_FRAMES = {"bf": "2", "g": "12"}
_FORMATS: Rows = {
    "h263.3gp": {"codec": "h263", "size": (176, 144), "shown_size": (192, 144), "rate": Fraction(30_000, 1001)},
    "mpeg4 b-frames.avi": {"codec": "mpeg4", "options": _FEW_B_FRAMES},
    "mpeg4 b-frames.mp4": {"codec": "mpeg4", "options": _FEW_B_FRAMES},
    "mpeg2 b-frames.ts": {"codec": "mpeg2video", "options": _FEW_B_FRAMES},
    "mpeg2 b-frames.mpg": {"codec": "mpeg2video", "options": _FEW_B_FRAMES},
    **{f"mjpeg.{suffix}": {"codec": "mjpeg", "pixel_format": "yuvj420p"} for suffix in ("mov", "avi", "mkv", "mjpeg")},
    "prores.mov": {"codec": "prores_ks", "pixel_format": "yuv422p10le"},
    "ffv1.mkv": {"codec": "ffv1", "pixel_format": "yuv444p"},
    "huffyuv.avi": {"codec": "huffyuv", "pixel_format": "yuv422p"},
    "raw.avi": {"codec": "rawvideo", "pixel_format": "bgr24"},
    "raw.y4m": {"codec": "rawvideo", "container": "yuv4mpegpipe"},
    "animation.mov": {"codec": "qtrle", "pixel_format": "rgb24"},
    "dv.dv": {
        "codec": "dvvideo",
        "container": "dv",
        "size": (720, 576),
        "shown_size": (768, 576),
        "numbers": range(8),
    },
    "picture.gif": {"codec": "gif", "pixel_format": "rgb8", "tolerance": 0.006},
    "slow.gif": {"codec": "gif", "pixel_format": "rgb8", "rate": 2, "numbers": range(6), "tolerance": 0.006},
    "animated.png": {"codec": "apng", "container": "apng", "pixel_format": "rgb24"},
    "10 bit.mp4": {"pixel_format": "yuv420p10le"},
    "10 bit hevc.mp4": {"codec": "libx265", "pixel_format": "yuv420p10le"},
    "4 4 4.mp4": {"pixel_format": "yuv444p"},
}

_INTERLACED = {"x264-params": "tff=1:keyint=12", "preset": "veryfast"}
_STRIPES = {"x264-params": "intra-refresh=1:keyint=15:bframes=0", "preset": "veryfast"}
_HEVC_OPEN = {"x265-params": "log-level=none:keyint=10:open-gop=1"}
_ALTERNATE_REFERENCES = {"auto-alt-ref": "1", "lag-in-frames": "16", "deadline": "good", "cpu-used": "4"}
_GROUPS_OF_PICTURES: Rows = {
    "interlaced.mp4": {"options": _INTERLACED},
    "interlaced.ts": {"options": _INTERLACED},
    "intra refresh.mp4": {"options": {"x264-params": "intra-refresh=1:keyint=10", "preset": "veryfast"}},
    "intra refresh.mkv": {"options": _STRIPES, "numbers": range(150)},
    "all key.mp4": {"options": {"x264-params": "keyint=1"}},
    "groups of two.mp4": {"options": {"x264-params": "keyint=2:min-keyint=1:bframes=1", "preset": "veryfast"}},
    **{f"hevc open groups.{suffix}": {"codec": "libx265", "options": _HEVC_OPEN} for suffix in ("mp4", "mkv", "ts")},
    **{
        f"{name} hidden frames.{suffix}": {"codec": codec, "options": _ALTERNATE_REFERENCES}
        for suffix in ("webm", "mkv", "ivf")
        for name, codec in (("vp8", "libvpx"), ("vp9", "libvpx-vp9"))
    },
}

_LIVE = {"live": "1"}
_CONTAINERS: Rows = {
    "recording.webm": {"codec": "libvpx", "muxer": _LIVE},
    "recording vp9.webm": {"codec": "libvpx-vp9", "muxer": _LIVE},
    "recording h264.mkv": {"muxer": _LIVE},
    "fragments.mp4": {"muxer": {"movflags": "frag_keyframe+empty_moov"}, "options": B_FRAMES},
    "index first.mp4": {"muxer": {"movflags": "faststart"}},
}

_LENGTHS_AND_SIZES: Rows = {
    "one frame.mp4": {"numbers": [5]},
    "two frames.mp4": {"numbers": [5, 6]},
    "two frames.webm": {"codec": "libvpx", "numbers": [5, 6]},
    "odd size.webm": {"codec": "libvpx-vp9", "size": (95, 77)},
    "odd size.mp4": {"size": (95, 77), "pixel_format": "yuv444p"},
    "small.mp4": {"size": (40, 32)},
    "tall.mp4": {"size": (64, 640)},
    "wide.mp4": {"size": (1280, 64)},
    "large.mp4": {"size": (1920, 1080), "numbers": range(20)},
    "long group.mp4": {"numbers": range(300), "options": {"x264-params": "keyint=300"}},
    "many groups.mp4": {"numbers": range(300), "options": B_FRAMES},
    "sound.mp4": {"sound": True},
    "sound.mkv": {"sound": True},
}

_GAPS = [0, 0.04, 0.08, 0.5, 0.54, 0.58, 1.6, 1.64, 1.9, 2.0, 2.04, 3.5]
_KEEP_TIMES = {"avoid_negative_ts": "disabled"}
_CLOCKS: Rows = {
    "odd clock.mp4": {"rate": Fraction(30_000, 1001)},
    "odd clock.mkv": {"rate": Fraction(24_000, 1001)},
    "one a second.mp4": {"rate": 1, "numbers": range(10)},
    "240 a second.mp4": {"rate": 240},
    **{
        f"variable rate.{suffix}": {"codec": codec, "seconds": _GAPS, "numbers": range(len(_GAPS))}
        for suffix, codec in {
            "mp4": "libx264",
            "mkv": "libx264",
            "webm": "libvpx",
            "ts": "libx264",
            "flv": "flv",
        }.items()
    },
    **{
        f"late start.{suffix}": {
            "codec": "libvpx" if suffix == "webm" else "libx264",
            "muxer": _KEEP_TIMES,
            "rewrite": partial(shifted, ticks),
        }
        for suffix, ticks in {
            "mp4": 250,
            "mkv": 250_000,
            "webm": 250_000,
            "ts": 2_300_000,
            "nut": 100_000,
        }.items()
    },
    **{
        f"negative start.{suffix}": {"options": B_FRAMES, "muxer": _KEEP_TIMES, "rewrite": partial(shifted, -7)}
        for suffix in ("mkv", "ts")
    },
    "clock wraps.ts": {"muxer": {"mpegts_flags": "+resend_headers"}, "rewrite": partial(shifted, 2_386_080)},
}

_AWKWARD_NAMES: Rows = {
    name: {"container": "mp4"}
    for name in (
        "with space & ümläut.mp4",
        "-option.mp4",
        "concat:a|b.mp4",
        "%03d.mp4",
        "new\nline.mp4",
        "noextension",
    )
}


def _h264() -> Rows:
    """Three kinds of groups of pictures in every container."""
    kinds: Rows = {"": {}, " b-frames": {"options": B_FRAMES}, " open groups": {"options": OPEN_GROUPS}}
    return {
        f"h264{name}.{suffix}": {"container": _MUXERS.get(suffix), **how}
        for suffix in _H264_CONTAINERS
        for name, how in kinds.items()
    }


def _other_codecs() -> Rows:
    return {
        f"{codec}.{suffix}": {"codec": codec, "size": (96, 80)}
        for codec, suffixes in _OTHER_CODECS.items()
        for suffix in suffixes
    }


def _trimmed() -> Iterator[Case]:
    """Clips of which an edit list shows a part, as phones and ``ffmpeg -ss -c copy`` leave them."""
    frame, milliseconds = 512, 40  # one frame, by the muxer's own clock for MP4 at 25 frames a second, and by ours
    kinds: Rows = {"": {}, " b-frames": {"options": B_FRAMES}, " open groups": {"options": OPEN_GROUPS}}
    for name, how in kinds.items():
        delay = 2 * frame if how else 0  # B-frames are shown two frames after they are decoded
        yield Case(f"trimmed start{name}.mp4", edited([(25 * milliseconds, delay + 15 * frame)], range(15, 40), **how))
        yield Case(f"trimmed both{name}.mp4", edited([(10 * milliseconds, delay + 17 * frame)], range(17, 27), **how))
        parts = [(5 * milliseconds, delay + 3 * frame), (6 * milliseconds, delay + 30 * frame)]
        yield Case(f"two parts{name}.mp4", edited(parts, [*range(3, 8), *range(30, 36)], **how))
    yield Case("pause first.mp4", edited([(400, -1), (40 * milliseconds, 0)], range(40)))
    yield Case("trimmed.mov", edited([(25 * milliseconds, 15 * frame)], range(15, 40)))
    yield Case("copied from the middle.mp4", _copied_from_the_middle)


def _copied_from_the_middle(path: Path) -> Truth:
    write_clip(path, options=B_FRAMES, muxer=_KEEP_TIMES, rewrite=partial(shifted, -15))
    return Truth(range(15, NUM_FRAMES), [index / RATE for index in range(NUM_FRAMES - 15)])


_CUT = (
    Case("cut in a group.ts", cut(5, 12, options=B_FRAMES)),
    Case("cut at a group.mkv", cut(12, 12, options=B_FRAMES)),
    Case("cut at an open group.mkv", cut(9, 12, options=OPEN_GROUPS)),
    Case("cut at an open group.ts", cut(9, 12, options=OPEN_GROUPS)),
    Case("cut in an open group.ts", cut(12, 24, options=OPEN_GROUPS)),
)

_TURNED = (
    Case("turned 90.mp4", turned((0, 1, -1, 0), lambda picture: np.rot90(picture))),
    Case("turned 180.mp4", turned((-1, 0, 0, -1), lambda picture: np.rot90(picture, 2))),
    Case("turned 270.mov", turned((0, -1, 1, 0), lambda picture: np.rot90(picture, 3))),
    Case("mirrored.mp4", turned((-1, 0, 0, 1), lambda picture: picture[:, ::-1])),
    Case("upside down.mp4", turned((1, 0, 0, -1), lambda picture: picture[::-1])),
    Case("mirrored and turned.mp4", turned((0, 1, 1, 0), lambda picture: picture.transpose(1, 0, 2))),
)

_SQUEEZED = (
    *(
        Case(f"{name} pixels.{suffix}", squeezed(ratio))
        for suffix in ("mp4", "mkv", "mov")
        for name, ratio in (("wide", Fraction(3, 2)), ("narrow", Fraction(3, 4)))
    ),
    Case("wide pixels, turned.mp4", squeezed(Fraction(3, 2), on_its_side=True)),
)


def _encoded(rows: Rows) -> tuple[Case, ...]:
    return tuple(Case(name, partial(write_clip, **how)) for name, how in rows.items())


GOOD_CASES: tuple[Case, ...] = (
    *_encoded(_h264()),
    *_encoded(_other_codecs()),
    *_encoded(_FORMATS),
    *_encoded(_GROUPS_OF_PICTURES),
    *_encoded(_CONTAINERS),
    *_encoded(_LENGTHS_AND_SIZES),
    *_encoded(_CLOCKS),
    *_trimmed(),
    *_CUT,
    *_TURNED,
    *_SQUEEZED,
    *(Case(f"size changes.{suffix}", size_change) for suffix in ("h264", "ts", "mkv")),
    Case("cover picture.mp4", clip_with_cover),
    *_encoded(_AWKWARD_NAMES),
)
