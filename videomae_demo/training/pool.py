"""An ever-renewed pool of rendered clips, the same for a given seed however many processes render it."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
from collections.abc import Iterator
from dataclasses import dataclass
from queue import Full
from typing import Protocol

import cv2
import numpy as np

from videomae_demo.training.render import CLASSES, RenderedClip, render_clip
from videomae_demo.training.render.worlds import STUDIO, shares
from videomae_demo.training.schedule import calm_share

_AHEAD = 32
"""Clips a rendering process may be ahead of the training."""
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


@dataclass(frozen=True)
class ClipBatch:
    """Clips side by side; the fields are those of `RenderedClip` with an axis B in front."""

    rgb: np.ndarray
    """(B, T, H, W, 3) uint8."""
    label_ids: np.ndarray
    """(B,) int64."""
    boxes: np.ndarray
    """(B, T, 4) float32."""
    motion: np.ndarray
    """(B, T, M) float32."""

    @staticmethod
    def of(clips: list[RenderedClip]) -> ClipBatch:
        """Stack single clips."""
        return ClipBatch(
            rgb=np.stack([clip.rgb for clip in clips]),
            label_ids=np.array([clip.label_id for clip in clips], dtype=np.int64),
            boxes=np.stack([clip.boxes for clip in clips]),
            motion=np.stack([clip.motion for clip in clips]),
        )


class ClipPool:
    """The last `capacity` clips of a stream.

    A clip is cheap to render but not free, so each is used a few times, with other tokens kept and other neighbours
    each time. After `grow_to(n)` the pool holds the clips [n - capacity, n), whatever happened before: a resumed run
    sees what the uninterrupted one would have seen.
    """

    def __init__(self, stream: Stream, capacity: int, workers: int) -> None:
        self.stream = stream
        self.capacity = capacity
        self.workers = workers
        self._end = 0
        self._clips: Iterator[RenderedClip] | None = None
        self._slots: ClipBatch | None = None

    def grow_to(self, end: int) -> None:
        """Take in all clips up to, not including, number `end`."""
        if self._clips is None:
            self._end = max(0, end - self.capacity)
            self._clips = rendered(self.stream, self._end, self.workers)
        while self._end < end:
            self._put(next(self._clips), self._end % self.capacity)
            self._end += 1

    def _put(self, clip: RenderedClip, slot: int) -> None:
        if self._slots is None:
            one = ClipBatch.of([clip])
            fields = (one.rgb, one.label_ids, one.boxes, one.motion)
            self._slots = ClipBatch(*(np.empty((self.capacity, *f.shape[1:]), f.dtype) for f in fields))
        self._slots.rgb[slot] = clip.rgb
        self._slots.label_ids[slot] = clip.label_id
        self._slots.boxes[slot] = clip.boxes
        self._slots.motion[slot] = clip.motion

    def draw(self, count: int, rng: np.random.Generator) -> ClipBatch:
        """Copies of random clips, with replacement."""
        held = min(self._end, self.capacity)
        slots = (self._end - 1 - rng.integers(held, size=count)) % self.capacity
        s = self._slots
        assert s is not None  # `grow_to` comes first
        return ClipBatch(s.rgb[slots], s.label_ids[slots], s.boxes[slots], s.motion[slots])


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
    context = multiprocessing.get_context("spawn")  # torch's threads do not survive a fork
    queues = [context.Queue(maxsize=_AHEAD) for _ in range(workers)]
    for worker, queue in enumerate(queues):
        # Daemons: they end with the training, also when that is killed.
        context.Process(
            target=_render_into, args=(queue, stream, start + worker, workers, os.getpid()), daemon=True
        ).start()
    while True:
        for queue in queues:  # clip by clip in turn, so that the order does not depend on who was faster
            yield queue.get(timeout=300)


def _render_into(queue: multiprocessing.Queue, stream: Stream, start: int, stride: int, parent: int) -> None:
    """Body of a rendering process."""
    cv2.setNumThreads(1)
    os.nice(2)  # the optimiser waits for nobody
    while True:
        clip = stream.clip(start)
        while True:
            if os.getppid() != parent:  # a killed parent cannot end its daemons
                queue.cancel_join_thread()
                return
            with contextlib.suppress(Full):
                queue.put(clip, timeout=5)
                break
        start += stride
