"""How the file asks a player to show its pictures: turned, mirrored, with pixels that are not square."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from av.sidedata.sidedata import Type as SideDataType
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from ..errors import ClipError
from ..settings import Settings
from ..words import later
from .container import too_many_pixels

MAX_STRETCH = 16
"""A sample aspect ratio beyond 16:1 is a damaged header, not a picture."""

LONGEST_TO_SHORTEST = 32
"""Resizing brings the short side to 224 pixels, say, and the long one in proportion: 7168 at most."""


@dataclass(frozen=True)
class Orientation:
    """From stored to shown: rows and columns exchanged, then flipped along x, flipped along y."""

    transposed: bool
    flipped_x: bool
    flipped_y: bool

    @property
    def changes(self) -> bool:
        return self.transposed or self.flipped_x or self.flipped_y

    @property
    def clockwise_degrees(self) -> int:
        if self.transposed:
            return 90 if self.flipped_x else 270
        return 180 if self.flipped_x and self.flipped_y else 0


def orientation_of(frame: VideoFrame) -> Orientation:
    """What the display matrix of the file asks for.

    The matrix sends (x, y) to (a·x + c·y, b·x + d·y), so a quarter turn clockwise is a = d = 0, b = 1, c = -1.
    """
    data: Any = frame.side_data.get(SideDataType.DISPLAYMATRIX)  # type: ignore[call-overload]
    if data is None:
        return Orientation(False, False, False)
    a, b, _, c, d = np.frombuffer(bytes(data), dtype=np.int32)[:5].tolist()
    if abs(b) > abs(a):
        return Orientation(True, c < 0, b < 0)
    return Orientation(False, a < 0, d < 0)


def stretch_of(track: VideoStream) -> float:
    """Width of a pixel in heights of a pixel, 1 where the file says nothing or nonsense."""
    for ratio in (track.sample_aspect_ratio, track.codec_context.sample_aspect_ratio):
        if ratio and 1 / MAX_STRETCH <= ratio <= MAX_STRETCH:
            return float(ratio)
    return 1.0


def shown_size(frame: VideoFrame, orientation: Orientation, stretch: float, settings: Settings) -> tuple[int, int]:
    """(width, height) in square pixels, upright.

    Raises:
        ClipError: ``too_many_pixels``, also for a strip that resizing would make too long.
    """
    width, height = max(1, round(frame.width * stretch)), frame.height
    if orientation.transposed:
        width, height = height, width
    if width * height > settings.max_pixels:
        raise too_many_pixels(width, height, settings)
    if max(width, height) > LONGEST_TO_SHORTEST * min(width, height):
        raise ClipError(
            "too_many_pixels",
            later(
                "The picture has {width} x {height} pixels: enlarged to what a model takes, so narrow a strip would "
                "have far too many. One side may be {longest_to_shortest} times the other.",
                width=width,
                height=height,
                longest_to_shortest=LONGEST_TO_SHORTEST,
            ),
        )
    return width, height
