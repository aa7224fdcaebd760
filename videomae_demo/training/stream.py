"""Endless streams of clips, the same for a given seed however many processes render them. Nothing here needs torch."""

from __future__ import annotations

import contextlib
import itertools
import multiprocessing
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from queue import Full
from typing import Protocol

import cv2
import numpy as np

from videomae_demo.training.render import CLASSES, RenderedClip, render_clip
from videomae_demo.training.render.worlds import STUDIO, shares
from videomae_demo.training.schedule import calm_share

TOGETHER = 32
"""Clips of a stream that may be held at once, at most; the next ones overwrite them."""
_AHEAD = 32
"""Clips a rendering process may be ahead of the training."""
_RING = _AHEAD + TOGETHER + 1
"""Clips a rendering process has room for: those waiting, those that are held, the one being drawn."""
_GOLDEN = 0.6180339887498949
"""Multiples of it, modulo 1, fill [0, 1) evenly: neighbours in the sequence of clips differ in difficulty."""
_ROLL = 1_000
"""Sets the stream's own rolls apart from those that the renderer makes for the same seed and index."""


class Stream(Protocol):
    """An endless sequence of clips."""

    def clip(self, index: int) -> RenderedClip:
        """Number `index`, always the same."""


@dataclass(frozen=True)
class ClipStream:
    """What number `index` of an endless sequence of training clips looks like."""

    seed: int
    size: int
    """Side of the picture, in pixels."""
    calm_until: int
    """Number of the clip from which on no more than `calm_floor` of them are calm."""
    calm_floor: float = 0.0
    labels: tuple[int, ...] = tuple(range(len(CLASSES)))
    """Labels to draw from, in turn."""
    worlds: tuple[str, ...] = (STUDIO,)
    """Worlds to draw from, by their shares; a clip's things have surfaces of these alone."""

    gentlest: float = 0.0
    """Clips that are not calm are spared an even share of what spoils them, from none up to this one."""

    def _rolls(self, index: int) -> np.ndarray:
        """(2,) numbers in [0, 1) for a clip's world and for its difficulty."""
        return np.random.Generator(np.random.SFC64([self.seed, index, _ROLL])).random(2)

    def world(self, index: int) -> str:
        """The world of a clip, whatever its label."""
        place = np.searchsorted(np.cumsum(shares(self.worlds)), self._rolls(index)[0], side="right")
        return self.worlds[min(int(place), len(self.worlds) - 1)]

    def clip(self, index: int) -> RenderedClip:
        """Render one clip."""
        calm: bool | float = (index * _GOLDEN) % 1.0 < calm_share(index, self.calm_until, floor=self.calm_floor)
        if not calm:
            calm = self.gentlest * float(self._rolls(index)[1])
        label_id = self.labels[index % len(self.labels)]
        world = self.world(index)
        return render_clip(
            self.seed, index, size=self.size, label_id=label_id, calm=calm, world=world, partners=self.worlds
        )


def rendered(stream: Stream, start: int, workers: int) -> Iterator[RenderedClip]:
    """The stream from number `start` on, rendered here (no workers) or by processes that keep ahead."""
    if workers == 0:
        return _render_here(stream, start)
    return _render_elsewhere(stream, start, workers)


def _render_here(stream: Stream, start: int) -> Iterator[RenderedClip]:
    while True:
        yield stream.clip(start)
        start += 1


def _render_elsewhere(stream: Stream, start: int, workers: int) -> Iterator[RenderedClip]:
    """Pictures come through memory that is shared, all else through a queue: a pipe is slow for half a megabyte.

    A clip's pictures are overwritten when `TOGETHER` more clips of its process have been taken.
    """
    context = multiprocessing.get_context("spawn")  # torch's threads do not survive a fork
    with tempfile.TemporaryDirectory(prefix="clips-") as folder:
        queues = [context.Queue(maxsize=_AHEAD) for _ in range(workers)]
        files = [Path(folder) / str(worker) for worker in range(workers)]
        for worker, (queue, file) in enumerate(zip(queues, files, strict=True)):
            # Daemons: they end with the training, also when that is killed.
            context.Process(
                target=_render_into, args=(queue, file, stream, start + worker, workers, os.getpid()), daemon=True
            ).start()
        rings: dict[int, np.ndarray] = {}
        count = 0
        while True:
            worker, slot = count % workers, count // workers % _RING  # in turn, whoever was faster
            clip, shape = queues[worker].get(timeout=300)
            if worker not in rings:
                rings[worker] = np.memmap(files[worker], np.uint8, "r+", shape=(_RING, *shape))
            yield replace(clip, rgb=rings[worker][slot])
            count += 1


def _render_into(
    queue: multiprocessing.Queue, file: Path, stream: Stream, start: int, stride: int, parent: int
) -> None:
    """Body of a rendering process."""
    cv2.setNumThreads(1)
    os.nice(2)  # the optimiser waits for nobody
    ring: np.ndarray | None = None
    for count in itertools.count():
        clip = stream.clip(start + count * stride)
        if ring is None:
            ring = np.memmap(file, np.uint8, "w+", shape=(_RING, *clip.rgb.shape))
        ring[count % _RING] = clip.rgb
        bare = replace(clip, rgb=np.empty((len(clip.rgb), 0, 0, 3), np.uint8))
        while True:
            if os.getppid() != parent:  # a killed parent cannot end its daemons
                queue.cancel_join_thread()
                return
            with contextlib.suppress(Full):
                queue.put((bare, clip.rgb.shape), timeout=5)
                break
