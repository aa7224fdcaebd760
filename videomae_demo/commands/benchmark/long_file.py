"""A long file as ``timeline`` reads it, beside one plain linear pass over it, by processor time.

Windows of ``WINDOW_SECONDS`` without gaps. Both ways end with the same pictures in the size that the model's own recipe
resizes to. The film is a square that glides over a plain colour: nothing is cheaper to decode, so that what the
supervised process adds weighs most. Processor time is that of this process and of all that it starts: what else the
machine does hardly touches it.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...records import OnProgress, Preprocessing, Window
from ...settings import Settings

if TYPE_CHECKING:
    from ...models import VideoClassifier

SCENE_SECONDS, RATE, SIZE = 2, 24, (320, 240)


def write_film(path: Path, minutes: float) -> None:
    """One scene, encoded once and then repeated, packet by packet."""
    import av

    from ...video.mp4_writer import write_mp4

    width, height = SIZE
    scene = np.full((SCENE_SECONDS * RATE, height, width, 3), 90, np.uint8)
    for number, picture in enumerate(scene):
        picture[80:140, 3 * number :][:, :60] = 200
    once = path.with_name("scene.mp4")
    write_mp4(once, scene, fps=RATE)
    with av.open(str(once)) as source, av.open(str(path), "w") as output:
        track = source.streams.video[0]
        copied = output.add_stream_from_template(track)
        packets = [packet for packet in source.demux(track) if packet.size]
        ticks = sum(packet.duration or 0 for packet in packets)
        begins = [(packet.pts or 0, packet.dts or 0) for packet in packets]
        for repeat in range(round(60 * minutes / SCENE_SECONDS)):
            for packet, (pts, dts) in zip(packets, begins, strict=True):
                again = av.Packet(bytes(packet))
                again.pts, again.dts = pts + repeat * ticks, dts + repeat * ticks
                again.duration, again.time_base = packet.duration, packet.time_base
                again.is_keyframe, again.stream = packet.is_keyframe, copied
                output.mux(again)


def measure_long(
    path: Path, classifier: VideoClassifier, *, rounds: int, settings: Settings, tell: OnProgress
) -> dict[str, Any]:
    """Seconds of processor time, a list each, and the medians of their ratios round by round.

    Returns:
        ``scan_seconds`` (packets, once before anything is decoded), ``ours_seconds`` (the stream, its worker's start
        among it), ``plain_seconds``; ``ratios`` of ours to plain, ``median_ratio``, and ``median_with_scan``.
    """
    from ... import video
    from ...inputs.preprocess import resized_size
    from ...inputs.sampling import plan_views
    from ...sliding import WINDOW_SECONDS, slide

    recipe = classifier.preprocessing
    video.warm_up(settings=settings)
    clip = video.probe(path, settings=settings)
    spans = slide(Window(), clip.duration_seconds, window_seconds=WINDOW_SECONDS, step_seconds=WINDOW_SECONDS)
    plan = partial(
        plan_views, clip, sampler=classifier.default_sampling, num_frames=classifier.geometry.num_frames, views="1x1"
    )
    numbers = sorted({index for span in spans for one in plan(window=span) for index in one.indices})

    def ours() -> int:
        pictures = video.stream(
            clip,
            numbers,
            resize=lambda height, width: resized_size(height, width, recipe),
            resample=recipe.resample,
            settings=settings,
        )
        return sum(1 for _ in pictures)

    ways: dict[str, Callable[[], object]] = {
        "scan": lambda: video.probe(path, settings=settings),
        "ours": ours,
        "plain": lambda: linear_pass(path, numbers, recipe, threads=settings.decode_threads),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds):
        tell(f"Round {number + 1} of {rounds}", number / rounds)
        for name in list(ways)[:: -1 if number % 2 else 1]:
            begin = processor_seconds()
            ways[name]()
            seconds[name].append(processor_seconds() - begin)
    ratios = [ours / plain for ours, plain in zip(seconds["ours"], seconds["plain"], strict=True)]
    scans = [scan / plain for scan, plain in zip(seconds["scan"], seconds["plain"], strict=True)]
    return {
        "num_frames": clip.num_frames,
        "minutes": clip.duration_seconds / 60,
        "num_windows": len(spans),
        "num_wanted": len(numbers),
        **{f"{name}_seconds": values for name, values in seconds.items()},
        "ratios": ratios,
        "median_ratio": statistics.median(ratios),
        "median_with_scan": statistics.median(map(sum, zip(ratios, scans, strict=True))),
    }


def linear_pass(path: Path, numbers: Sequence[int], recipe: Preprocessing, *, threads: int) -> int:
    """The usual few lines: decode from the start, make a resized picture of each wanted frame; how many these are."""
    import av
    from PIL import Image

    from ...inputs.preprocess import resized_size

    wanted, count = set(numbers), 0
    with av.open(str(path)) as container:
        track = container.streams.video[0]
        track.thread_type, track.thread_count = "AUTO", threads
        for number, frame in enumerate(container.decode(track)):
            if number in wanted:
                height, width = resized_size(frame.height, frame.width, recipe)
                picture = Image.fromarray(frame.to_ndarray(format="rgb24"))
                np.asarray(picture.resize((width, height), Image.Resampling(recipe.resample)))
                count += 1
    return count


def processor_seconds() -> float:
    """Of this process, of those that it started, and of those of them that have ended."""
    import resource

    import psutil

    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    living = [child.cpu_times() for child in psutil.Process().children()]
    return sum(one.ru_utime + one.ru_stime for one in used) + sum(one.user + one.system for one in living)


def long_as_text(found: dict[str, Any]) -> str:
    """The report for people."""
    scan, ours, plain = (statistics.median(found[f"{name}_seconds"]) for name in ("scan", "ours", "plain"))
    return (
        f"A film of {found['minutes']:.0f} minutes, {SIZE[0]} x {SIZE[1]}, {found['num_frames']} frames;"
        f" {found['num_windows']} windows without gaps want {found['num_wanted']} of them, resized for the model."
        f" Seconds of processor time, medians of {len(found['ratios'])} rounds:\n"
        f"  one plain linear pass {plain:8.2f}\n"
        f"  timeline's stream     {ours:8.2f}, {found['median_ratio']:.2f} x"
        f" ({min(found['ratios']):.2f} to {max(found['ratios']):.2f})\n"
        f"  the scan before it    {scan:8.2f}; with it {found['median_with_scan']:.2f} x"
    )
