"""An ever-renewed pool of rendered clips, the same for a given seed however many processes render it."""

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
import torch

from videomae_demo.training.render import CLASSES, RenderedClip, render_clip
from videomae_demo.training.render.worlds import STUDIO, shares
from videomae_demo.training.schedule import calm_share

_AHEAD = 32
"""Clips a rendering process may be ahead of the training."""
_TOGETHER = 32
"""Clips that are brought to the model's device at once, at most."""
_RING = _AHEAD + _TOGETHER + 1
"""Clips a rendering process has room for: those waiting, those that are being brought over, the one being drawn."""
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
    """Clips side by side; the fields are those of `RenderedClip` with an axis B in front.

    Labels are with the program, which decides by them what to do with a clip; all else is with the model.
    """

    rgb: torch.Tensor
    """(B, T, H, W, 3) uint8."""
    label_ids: np.ndarray
    """(B,) int64."""
    boxes: torch.Tensor
    """(B, T, 4) float32."""
    motion: torch.Tensor
    """(B, T, M) float32."""

    @staticmethod
    def of(clips: list[RenderedClip], *, pinned: bool = False) -> ClipBatch:
        """Stack single clips; pinned memory is what a GPU reads by itself."""
        rgb = torch.empty((len(clips), *clips[0].rgb.shape), dtype=torch.uint8, pin_memory=pinned)
        torch.stack([torch.from_numpy(clip.rgb) for clip in clips], out=rgb)
        return ClipBatch(
            rgb=rgb,
            label_ids=np.array([clip.label_id for clip in clips], dtype=np.int64),
            boxes=torch.from_numpy(np.stack([clip.boxes for clip in clips])),
            motion=torch.from_numpy(np.stack([clip.motion for clip in clips])),
        )

    def to(self, device: torch.device) -> ClipBatch:
        """The same clips on a device; a GPU need not be waited for."""
        rgb, boxes, motion = (part.to(device, non_blocking=True) for part in (self.rgb, self.boxes, self.motion))
        return ClipBatch(rgb, self.label_ids, boxes, motion)

    def index(self, places: np.ndarray) -> torch.Tensor:
        """Places as an index into what is on the device."""
        there = torch.from_numpy(np.ascontiguousarray(places))
        if self.rgb.device.type == "cuda":
            there = there.pin_memory()
        return there.to(self.rgb.device, non_blocking=True)


class ClipPool:
    """The last `capacity` clips of a stream.

    A clip is cheap to render but not free, so each is used a few times, with other tokens kept and other neighbours
    each time. After `grow_to(n)` the pool holds the clips [n - capacity, n), whatever happened before: a resumed run
    sees what the uninterrupted one would have seen.
    """

    def __init__(self, stream: Stream, capacity: int, workers: int, device: torch.device | str = "cpu") -> None:
        self.stream = stream
        self.capacity = capacity
        self.workers = workers
        self.device = torch.device(device)
        self._end = 0
        self._clips: Iterator[RenderedClip] | None = None
        self._slots: ClipBatch | None = None

    def grow_to(self, end: int) -> None:
        """Take in all clips up to, not including, number `end`."""
        if self._clips is None:
            self._end = max(0, end - self.capacity)
            self._clips = rendered(self.stream, self._end, self.workers)
        while self._end < end:
            count = min(end - self._end, _TOGETHER, self.capacity)
            clips = [next(self._clips) for _ in range(count)]
            self._put(ClipBatch.of(clips, pinned=self.device.type == "cuda"))

    def _put(self, clips: ClipBatch) -> None:
        """Take in clips in place of the oldest."""
        slots = np.arange(self._end, self._end + len(clips.rgb)) % self.capacity
        clips = clips.to(self.device)
        if self._slots is None:
            rgb, boxes, motion = (
                part.new_empty((self.capacity, *part.shape[1:])) for part in (clips.rgb, clips.boxes, clips.motion)
            )
            self._slots = ClipBatch(rgb, np.empty(self.capacity, np.int64), boxes, motion)
        there = clips.index(slots)
        self._slots.rgb[there] = clips.rgb
        self._slots.label_ids[slots] = clips.label_ids
        self._slots.boxes[there] = clips.boxes
        self._slots.motion[there] = clips.motion
        self._end += len(slots)

    def draw(self, count: int, rng: np.random.Generator) -> ClipBatch:
        """Copies of random clips, with replacement."""
        held = min(self._end, self.capacity)
        slots = (self._end - 1 - rng.integers(held, size=count)) % self.capacity
        s = self._slots
        assert s is not None  # `grow_to` comes first
        there = s.index(slots)
        return ClipBatch(s.rgb[there], s.label_ids[slots], s.boxes[there], s.motion[there])


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

    A clip's pictures are overwritten when `_TOGETHER` more clips of its process have been taken.
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
