"""The frames at given numbers, by PyAV: right for every clip that FFmpeg can decode from its start."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence

import numpy as np
from av.video.frame import PictureType, VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter

from ..records import ClipInfo, PacketScan
from ..settings import Settings
from .container import nothing_readable, open_video
from .packets import decoded, readable_packets

WORTH_A_SEEK = 8
"""Frames: a key frame nearer ahead than this is reached faster by decoding on."""

MAX_REPLY_PIXELS = 100_000_000
"""All frames of one request together, repeats included: 300 MB of RGB, three times 80 frames of 16:9 at 480 lines."""

_reformatter = VideoReformatter()
"""Keeps its tables while size and format stay the same: to make them anew takes longer than to use them. A worker has
one thread of its own, so one is enough."""


def output_size(clip: ClipInfo, num_frames: int, settings: Settings) -> tuple[int, int]:
    """(width, height) in pixels of decoded frames: as shown, or scaled down to ``settings.max_short_side``.

    >>> from types import SimpleNamespace
    >>> output_size(SimpleNamespace(width=3840, height=2160), 16, Settings())
    (853, 480)
    >>> output_size(SimpleNamespace(width=320, height=240), 16, Settings())
    (320, 240)
    """
    scale = min(
        1.0,
        settings.max_short_side / min(clip.width, clip.height),
        (MAX_REPLY_PIXELS / num_frames / (clip.width * clip.height)) ** 0.5,  # only absurdly long strips get here
    )
    return max(1, round(clip.width * scale)), max(1, round(clip.height * scale))


def upright_rgb(frame: VideoFrame, size: tuple[int, int], scan: PacketScan) -> np.ndarray:
    """(height, width, 3) uint8 at ``size`` = (width, height), turned as the file asks.

    The sample aspect ratio, a change of size in mid-stream and the scaling down are one step here: ``size`` is the size
    of the first frame as shown, and every frame is fitted to it.
    """
    width, height = size[::-1] if scan.transposed else size
    rgb = _reformatter.reformat(frame, width, height, "rgb24", interpolation=Interpolation.AREA).to_ndarray()
    if scan.transposed:
        rgb = rgb.transpose(1, 0, 2)
    if scan.flipped_x:
        rgb = rgb[:, ::-1]
    if scan.flipped_y:
        rgb = rgb[::-1]
    return rgb


def read_frames(
    name: str, clip: ClipInfo, numbers: Sequence[int], size: tuple[int, int], settings: Settings
) -> tuple[list[int], np.ndarray]:
    """The frames at ascending ``numbers``: the numbers really decoded, and (K, height, width, 3) uint8 pictures.

    The numbers differ from those asked for only in damaged clips, where the nearest readable frame stands in.

    Raises:
        ClipError: ``unreadable`` if no frame at all can be decoded.
    """
    scan = clip.scan
    assert scan is not None
    place_of = {number: place for place, number in enumerate(numbers)}
    rgb = np.empty((len(numbers), size[1], size[0], 3), np.uint8)
    found = [-1] * len(numbers)
    for number, frame in walk(name, scan, numbers, settings, seek=len(scan.key_ticks) > 0):
        place = place_of.get(number)
        if place is not None and found[place] < 0:
            found[place] = number
            rgb[place] = upright_rgb(frame, size, scan)
    missing = [number for number, number_found in zip(numbers, found, strict=True) if number_found < 0]
    for target, number, frame in _nearest_readable(name, scan, missing, settings):
        found[place_of[target]] = number
        rgb[place_of[target]] = upright_rgb(frame, size, scan)
    if -1 in found:
        raise nothing_readable()
    return found, rgb


def read_in_order(
    name: str, scan: PacketScan, numbers: Sequence[int], settings: Settings
) -> Iterator[tuple[int, int, VideoFrame] | None]:
    """One pass over the clip: for each of the ascending ``numbers`` (number, number really decoded, frame).

    Groups of pictures in which no frame is wanted are jumped over where the clip's index can be trusted. As in
    ``read_frames`` the nearest readable frame stands in for a damaged one.

    Yields:
        None for every frame that is decoded on the way and not wanted: a sign of life.

    Raises:
        ClipError: ``unreadable`` if no frame at all can be decoded.
    """
    left = list(numbers)[::-1]
    earlier: tuple[int, VideoFrame] | None = None
    # The second pass is for streams that turn out to be no good to jump in.
    for seek in (True, False) if len(scan.key_ticks) else (False,):
        for number, frame in walk(name, scan, left[::-1], settings, seek=seek):
            wanted = False
            while left and left[-1] <= number:
                target = left.pop()
                wanted = True
                if earlier is not None and target - earlier[0] < number - target:
                    yield target, *earlier
                else:
                    yield target, number, frame
            earlier = (number, frame)
            if not wanted:
                yield None
        if not left:
            return
    if earlier is None:
        raise nothing_readable()
    while left:
        yield left.pop(), *earlier


def walk(
    name: str, scan: PacketScan, wanted: Sequence[int], settings: Settings, *, seek: bool
) -> Iterator[tuple[int, VideoFrame]]:
    """Frames as they come out of the decoder, each with its number, until the last wanted one has passed.

    Args:
        wanted: Ascending frame numbers; the frames decoded on the way to them come out, too.
        seek: Jump to the last key frame before the next wanted frame where that saves something, and stop early where
            that turns out to be no place to start; False decodes every packet from the start.
    """
    ticks = scan.frame_ticks.tolist()
    keys = scan.key_ticks.tolist()
    number_of = {tick: number for number, tick in enumerate(ticks)}
    shown = -1
    landing = False
    with open_video(name, settings) as (container, track):
        packets = readable_packets(container, track)
        for target in wanted:
            before = bisect_right(keys, ticks[target]) - 1 if seek else -1
            if before >= 0 and number_of.get(keys[before], 0) > shown + WORTH_A_SEEK:
                container.seek(keys[before], stream=track)
                packets = readable_packets(container, track)
                landing = True
            while shown < target:
                packet = next(packets, None)
                if packet is None:
                    break
                for frame in decoded(track, packet):
                    if landing and frame.pict_type != PictureType.I:
                        return  # no picture of its own: a stream that refreshes by stripes, right only from its start
                    landing = False
                    number = number_of.get(frame.pts) if scan.timestamped else shown + 1
                    if number is not None:  # a stamp that no packet carries: a damaged place
                        shown = number
                        yield number, frame


def _nearest_readable(
    name: str, scan: PacketScan, missing: Sequence[int], settings: Settings
) -> Iterator[tuple[int, int, VideoFrame]]:
    """For each missing number (number, number of the readable frame nearest to it, frame), decoding from the start."""
    waiting = list(missing)
    if not waiting:
        return
    earlier: tuple[int, VideoFrame] | None = None
    for number, frame in walk(name, scan, missing, settings, seek=False):
        while waiting and waiting[0] <= number:
            target = waiting.pop(0)
            if earlier is not None and target - earlier[0] < number - target:
                yield target, *earlier
            else:
                yield target, number, frame
        earlier = (number, frame)
    if earlier is not None:
        for target in waiting:
            yield target, *earlier
