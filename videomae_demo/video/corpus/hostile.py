"""Files that try to read other files, reach an address, or exhaust the machine, and files that are no video at all."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from .bombs import huge_gif, huge_picture, many_packets, thread_gif
from .case import Case
from .damaged import DAMAGE
from .encode import sound_only, write_clip
from .makers import song_with_cover, write_still
from .mp4_boxes import box, change_box

_REFUSED = ("unreadable", "no_video")
_TOO_LARGE = ("too_many_pixels", "unreadable")
_DASH = (
    '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" minBufferTime="PT1S" '
    'profiles="urn:mpeg:dash:profile:isoff-main:2011" mediaPresentationDuration="PT9S"><Period>'
    '<AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1">'
    "<BaseURL>{target}</BaseURL></Representation></AdaptationSet></Period></MPD>"
)
_HLS = "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{target}\n#EXT-X-ENDLIST\n"
_POINTERS = {
    "concat {name}.mp4": "ffconcat version 1.0\nfile '{target}'\n",
    "hls {name}.mp4": _HLS,
    "hls {name}.ts": _HLS,
    "hls key {name}.mp4": _HLS.replace("#EXTINF", '#EXT-X-KEY:METHOD=AES-128,URI="{target}"\n#EXTINF'),
    "dash {name}.mp4": _DASH,
    "sdp {name}.mp4": "v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\na=control:{target}\nm=video 1 RTP/AVP 96\n",
    "svg {name}.mp4": '<svg xmlns="http://www.w3.org/2000/svg"><image href="{target}"/></svg>',
    "vpy {name}.mp4": "import vapoursynth\nopen('{target}')\n",
}
"""Texts that make a player open what they name."""


def hostile_cases(address: str = "http://127.0.0.1:9/", neighbour: str = "neighbour.mp4") -> tuple[Case, ...]:
    """Every hostile file.

    Args:
        address: A URL that must never be asked for.
        neighbour: Relative name of another visitor's clip in the same folder.
    """
    return (
        *_pointers({"address": address, "neighbour": neighbour, "passwords": "/etc/passwd"}),
        _hostile("words.mp4", partial(_write, data=b"This is not a video.\n" * 50)),
        _hostile("page.mp4", partial(_write, data=f'<!doctype html><video src="{address}"></video>'.encode())),
        *_NO_VIDEO,
        *_NO_FILE,
        *_TOO_MUCH,
        *_with_strange_boxes(),
    )


def _hostile(name: str, make: Callable[[Path], Any], codes: tuple[str, ...] = _REFUSED) -> Case:
    """A file of which no frame may be seen."""
    return Case(name, make, codes, may_give_frames=False)


def _write(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def _pointers(targets: dict[str, str]) -> Iterator[Case]:
    for name, target in targets.items():
        for file, text in _POINTERS.items():
            yield _hostile(file.format(name=name), partial(_write, data=text.format(target=target).encode()))


_NO_VIDEO = (
    _hostile("empty.mp4", partial(_write, data=b""), ("empty",)),
    _hostile("one byte.mp4", partial(_write, data=b"x")),
    _hostile("random.mp4", partial(_write, data=np.random.default_rng(0).bytes(100_000))),
    _hostile("zeros.mp4", partial(_write, data=bytes(100_000))),
    _hostile("archive.mp4", partial(_write, data=b"PK\x03\x04" + bytes(1000))),
    _hostile("still.jpg", write_still, ("no_video",)),
    _hostile("still.mp4", write_still, ("no_video",)),
    _hostile("still.png", partial(write_still, codec="png", container="image2"), ("no_video",)),
    _hostile("still.gif", partial(write_clip, codec="gif", pixel_format="rgb8", numbers=[1]), ("no_video",)),
    _hostile("sound.m4a", partial(sound_only, container="mp4"), ("no_video",)),
    _hostile("sound.mkv", partial(sound_only, container="matroska"), ("no_video",)),
    _hostile("sound.mp4", sound_only, ("no_video",)),
    _hostile("sound.ts", partial(sound_only, container="mpegts"), ("no_video",)),
    _hostile("sound with a cover.mp4", song_with_cover, ("no_video",)),
)

_NO_FILE = (
    _hostile("folder.mp4", lambda path: path.mkdir(), ("not_a_file",)),
    _hostile("pipe.mp4", lambda path: os.mkfifo(path), ("not_a_file",)),
    _hostile("device.mp4", lambda path: path.symlink_to("/dev/zero"), ("not_a_file",)),
    _hostile("dangling.mp4", lambda path: path.symlink_to(path.with_name("nowhere")), ("not_found",)),
    _hostile("missing.mp4", lambda path: None, ("not_found",)),
)

_AN_HOUR: dict[str, Any] = {"seconds": [0, 1800, 3600], "numbers": [0, 1, 2]}
_TOO_MUCH = (
    _hostile("64 megapixels.mp4", partial(huge_picture, size=(8000, 8000)), _TOO_LARGE),
    _hostile("64 megapixels.ts", partial(huge_picture, size=(8000, 8000)), _TOO_LARGE),
    _hostile("60000 pixels.gif", huge_gif, _TOO_LARGE),
    _hostile("a thread.gif", partial(thread_gif, size=(30_000, 1)), ("too_many_pixels",)),
    _hostile("an upright thread.gif", partial(thread_gif, size=(1, 30_000)), ("too_many_pixels",)),
    _hostile(
        "stretched.mp4",
        partial(write_clip, size=(1920, 1080), numbers=range(3), stretch=Fraction(15)),
        ("too_many_pixels",),
    ),
    _hostile("an hour.mp4", partial(write_clip, **_AN_HOUR), ("too_long",)),
    _hostile("an hour.mkv", partial(write_clip, **_AN_HOUR), ("too_long",)),
    _hostile("many packets.avi", many_packets, ("too_long",)),
)


_MANY_EDITS = struct.pack(">II", 0, 1000) + struct.pack(">IiI", 1, 0, 1 << 16) * 1000
_EDIT_OF_NOTHING = struct.pack(">III", 0, 1, 0) + struct.pack(">iI", 1 << 30, 1 << 16)
_STRANGE_BOXES: dict[str, tuple[bytes, Callable[[bytes], bytes]]] = {
    "no frame table.mp4": (b"stts", lambda body: body[:4] + bytes(4)),
    "endless frame table.mp4": (b"stts", lambda body: body[:4] + b"\xff" * 4 + body[8:]),
    "endless sizes.mp4": (b"stsz", lambda body: body[:8] + b"\x7f" + b"\xff" * 3 + body[12:]),
    "far offsets.mp4": (b"stco", lambda body: body[:8] + b"\xff" * (len(body) - 8)),
    "no clock.mp4": (b"mdhd", lambda body: body[:12] + bytes(4) + body[16:]),
    "another codec.mp4": (b"stsd", lambda body: body.replace(b"avc1", b"hvc1").replace(b"avcC", b"hvcC")),
    "no parameters.mp4": (b"stsd", lambda body: body.replace(b"avcC", b"free")),
    "a thousand edits.mp4": (b"edts", lambda _: box(b"elst", _MANY_EDITS)),
    "edit of nothing.mp4": (b"edts", lambda _: box(b"elst", _EDIT_OF_NOTHING)),
    "flat matrix.mp4": (b"tkhd", lambda body: body[:40] + bytes(36) + body[76:]),
}
"""File name -> (kind of box, what becomes of its body)."""


def _with_strange_boxes() -> Iterator[Case]:
    """Frames are a right answer here, where a decoder gets around the header."""
    for name, (kind, change) in _STRANGE_BOXES.items():
        yield Case(name, partial(_with_box, kind=kind, change=change), codes=DAMAGE)


def _with_box(path: Path, kind: bytes, change: Callable[[bytes], bytes]) -> None:
    write_clip(path)
    change_box(path, kind, change)
