"""What the safety of a process of its own costs, side by side with the plain way."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ...settings import Settings
from ...video import decode, probe, warm_up

SECONDS = 10
RATE = 30
SIZE = (1280, 720)


def measure_decode(*, runs: int = 5, settings: Settings = Settings()) -> dict[str, Any]:
    """Seconds to get 16 frames of a 10 s, 720p H.264 clip: PyAV in this process, and probe and decode in a warm worker.

    Returns:
        ``plain_seconds`` and ``worker_seconds`` (the best of ``runs`` alternating runs), ``ratio``, ``decoder`` (which
        one served in the worker) and ``same_frames`` (whether both gave the same frames, up to scaling).
    """
    settings = replace(settings, decode_timeout=600.0)  # a busy machine is measured, too
    with tempfile.TemporaryDirectory(prefix="videomae-measure-") as folder:
        path = Path(folder) / "clip.mp4"
        write_scene(path)
        numbers = [int(number) for number in np.linspace(0, SECONDS * RATE - 1, 16)]
        warm_up(settings=settings)
        plain_times, worker_times = [], []
        for _ in range(runs):
            plain_times.append(_timed(lambda: plain_pyav(path, numbers))[0])
            seconds, frames = _timed(lambda: decode(probe(path, settings=settings), numbers, settings=settings))
            worker_times.append(seconds)
        reference = plain_pyav(path, numbers)
    step = [reference.shape[side] / frames.rgb.shape[side] for side in (1, 2)]
    rows, columns = (
        (np.arange(frames.rgb.shape[side]) * step[side - 1] + step[side - 1] / 2).astype(int) for side in (1, 2)
    )
    difference = np.abs(reference[:, rows][:, :, columns].astype(int) - frames.rgb).mean(axis=(1, 2, 3))
    plain, worker = min(plain_times), min(worker_times)  # the least disturbed run of each
    return {
        "plain_seconds": plain,
        "worker_seconds": worker,
        "ratio": worker / plain,
        "decoder": frames.decoder,
        "same_frames": bool((difference < 12).all()),
    }


def plain_pyav(path: Path, numbers: list[int]) -> np.ndarray:
    """The usual few lines: decode from the start, keep the wanted frames; (T, H, W, 3) uint8 at the clip's own size."""
    import av

    wanted, kept = set(numbers), []
    with av.open(str(path)) as container:
        container.streams.video[0].thread_type = "AUTO"
        for number, frame in enumerate(container.decode(video=0)):
            if number in wanted:
                kept.append(frame.to_ndarray(format="rgb24"))
            if number >= numbers[-1]:
                break
    return np.stack(kept)


def write_scene(path: Path) -> None:
    """Ten seconds of a textured picture that glides under a moving square: as hard to decode as an ordinary clip."""
    import av

    width, height = SIZE
    random = np.random.default_rng(0)
    grain = random.integers(0, 4, (4, height, width, 3), dtype=np.uint8)
    coarse = random.integers(0, 256, (height // 8, width // 4, 3), dtype=np.uint8)
    wide = coarse.repeat(8, 0).repeat(8, 1)  # (height, 2 · width, 3)
    with av.open(str(path), "w") as output:
        stream: Any = output.add_stream("libx264", rate=RATE, options={"preset": "superfast", "crf": "23"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for number in range(SECONDS * RATE):
            picture = wide[:, 4 * number % width :][:, :width].copy()
            picture[200:400, 3 * number % 1000 :][:, :200] = 255 - number % 200
            picture += grain[number % len(grain)]
            output.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        output.mux(stream.encode())


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result
