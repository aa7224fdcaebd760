"""An ever-renewed pool of rendered clips, on the device of the model that learns from them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from videomae_demo.training.render import RenderedClip
from videomae_demo.training.stream import TOGETHER, Stream, rendered


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
            count = min(end - self._end, TOGETHER, self.capacity)
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
