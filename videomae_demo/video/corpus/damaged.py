"""Clips with a part cut off, overwritten or turned round: what is left of them, or a sentence, is a right answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from .case import Case
from .encode import B_FRAMES, OPEN_GROUPS, write_clip

DAMAGE = ("unreadable", "no_video", "too_long", "too_many_pixels", "empty")
"""What may be said of a damaged file."""

Damage = Callable[[bytes], bytes]

_CLIPS: Mapping[str, Mapping[str, Any]] = {
    "mp4": {"muxer": {"movflags": "faststart"}, "options": B_FRAMES},
    "mov": {},
    "mkv": {"options": OPEN_GROUPS},
    "webm": {"codec": "libvpx-vp9"},
    "ts": {"options": B_FRAMES},
    "avi": {"codec": "mpeg4"},
    "gif": {"codec": "gif", "pixel_format": "rgb8"},
    "flv": {"codec": "flv"},
    "mpg": {"codec": "mpeg2video"},
    "h264": {},
    "hevc": {"codec": "libx265"},
    "ogg": {"codec": "libvpx"},
    "ivf": {"codec": "libsvtav1"},
    "3gp": {"codec": "mpeg4"},
}
"""Suffix -> keywords of ``write_clip``: the whole clip."""


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


_DAMAGES: Mapping[str, Damage] = {
    **{f"cut off at {share} %": partial(_cut_off, share / 100) for share in (1, 10, 50, 90, 99)},
    **{f"hole at {share} %": partial(_hole, share / 100) for share in (10, 50, 90)},
    **{f"noise {seed}": partial(_noise, seed) for seed in range(6)},
    "turned round": lambda data: data[::-1],
    "garbage before": lambda data: bytes(range(256)) * 8 + data,
}


def _write_damaged(path: Path, change: Damage, how: Mapping[str, Any]) -> None:
    write_clip(path, **how)
    path.write_bytes(change(path.read_bytes()))


def _all() -> Iterator[Case]:
    for suffix, how in _CLIPS.items():
        for name, change in _DAMAGES.items():
            make = partial(_write_damaged, change=change, how=how)
            yield Case(f"{name}.{suffix}", make, codes=DAMAGE)


DAMAGED_CASES: tuple[Case, ...] = tuple(_all())
