"""What a camera shows now: a ring of its last two seconds, and the model's answer to them. Nothing is kept.

frames as they come -> Ring -> SampledFrames -> LiveAnswer
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from .explain import METHODS, explain
from .inputs.preprocess import preprocess
from .models import load_classifier
from .models.prediction import prediction_of
from .models.zerogpu import gpu
from .records import CropBox, Device, DType, OnProgress, SampledFrames
from .results import Answers, Explanation, Prediction, Target
from .settings import Settings

SECONDS = 2.0
"""How far back an answer looks."""
ENOUGH = 4
"""Frames that there must be before there is an answer: fewer show no motion."""
MOST_FRAMES = 80
"""That a ring holds, however fast they come."""
SHORT_SIDE = 256
"""Pixels: larger frames are scaled down as they come."""
FORGOTTEN_SECONDS = 3.0
"""After the last frame: then a ring is empty, whether or not anybody told it to stop."""
CHEAP_METHODS = ("ledger", "rollout")
"""The first that holds for the model draws the map: both cost little beside the forward pass."""


class Ring:
    """The last seconds of one visitor's camera; for many threads at once."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._frames: deque[tuple[float, np.ndarray]] = deque(maxlen=MOST_FRAMES)
        self._lock = threading.Lock()
        self._forgets = False

    def __deepcopy__(self, memo: dict[int, Any]) -> Ring:
        return Ring(self._clock)  # Gradio copies a state's first value for every visitor

    def __len__(self) -> int:
        with self._lock:
            return len(self._frames)

    def add(self, rgb: np.ndarray) -> None:
        """One frame, (H, W, 3) uint8, that came just now."""
        small = _scaled(rgb)
        with self._lock:
            if self._frames and self._frames[-1][1].shape != small.shape:
                self._frames.clear()  # another camera, or the phone was turned
            self._frames.append((self._clock(), small))
            while self._frames[-1][0] - self._frames[0][0] > SECONDS:
                self._frames.popleft()
            starts, self._forgets = not self._forgets, True
        if starts:
            threading.Thread(target=self._forget_later, daemon=True).start()

    def clear(self) -> None:
        with self._lock:
            self._frames.clear()

    def take(self, count: int) -> tuple[SampledFrames, float] | None:
        """``count`` frames spread evenly over the last ``SECONDS``, and how many seconds ago the newest one came.

        Where fewer came, frames repeat, as in a short clip. None while there are not ``ENOUGH``.
        """
        now = self._clock()
        with self._lock:
            frames = [(moment, rgb) for moment, rgb in self._frames if now - moment <= SECONDS]
        if len(frames) < ENOUGH:
            return None
        times = np.array([moment for moment, _ in frames])
        middles = times[0] + (np.arange(count) + 0.5) / count * (times[-1] - times[0])
        chosen = [int(place) for place in np.abs(times[:, None] - middles).argmin(axis=0)]
        chosen[-1] = len(frames) - 1  # what it shows now
        sampled = SampledFrames(
            rgb=np.stack([frames[place][1] for place in chosen]),
            indices=tuple(chosen),
            pts_seconds=tuple(float(times[place] - times[0]) for place in chosen),
            decoder="camera",
        )
        return sampled, float(now - times[-1])

    def _forget_later(self) -> None:
        while True:
            time.sleep(FORGOTTEN_SECONDS / 3)
            with self._lock:
                if not self._frames or self._clock() - self._frames[-1][0] > FORGOTTEN_SECONDS:
                    self._frames.clear()
                    self._forgets = False
                    return


@dataclass(frozen=True, eq=False)
class LiveAnswer:
    """What the model says to the camera's last seconds."""

    prediction: Prediction
    explanation: Explanation | None
    """Of the answer's class where the method is for one; None where no cheap method holds for the model."""
    crop_box: CropBox
    """The part of the camera's picture that the model got."""
    span_seconds: float
    """From the first of its frames to the last."""
    num_frames: int
    """How many different frames the camera gave for it."""
    seconds: float
    """What it took, waiting for other visitors included."""
    device: Device


def live_answer(
    ring: Ring,
    *,
    model: str = "auto",
    device: Device = "auto",
    dtype: DType = "auto",
    settings: Settings = Settings(),
    on_progress: OnProgress | None = None,
) -> tuple[LiveAnswer, float] | None:
    """The answer to what the ring holds, and how old its newest frame was when they were taken; None for too few.

    Args:
        ring: Of one visitor.
        model: ``auto``, ``bundled``, a hub id or a folder.
        device: ``auto``, ``cpu`` or ``cuda``.
        dtype: ``auto`` or a dtype's name.
        settings: ``hub_timeout`` counts.
        on_progress: Told while it waits for the model.

    Raises:
        ModelUnavailableError: as for ``load_classifier``.
    """
    classifier = load_classifier(model, device=device, dtype=dtype, settings=settings, on_progress=on_progress)
    taken = ring.take(classifier.geometry.num_frames)
    if taken is None:
        return None
    frames, age = taken
    start = time.perf_counter()
    view = preprocess(frames, classifier.preprocessing)
    method = next((key for key in CHEAP_METHODS if not METHODS[key].why_not(classifier.identity)), None)
    answers, explanation = _answer_and_map(model, device, dtype, view.pixel_values, method, on_progress=on_progress)
    return (
        LiveAnswer(
            prediction=prediction_of(answers, classifier.labels),
            explanation=explanation,
            crop_box=view.crop_box,
            span_seconds=frames.pts_seconds[-1] - frames.pts_seconds[0],
            num_frames=len(set(frames.indices)),
            seconds=time.perf_counter() - start,
            device=classifier.device,
        ),
        age,
    )


@gpu(duration=10)
def _answer_and_map(
    model: str,
    device: Device,
    dtype: DType,
    pixel_values: np.ndarray,
    method: str | None,
    *,
    on_progress: OnProgress | None = None,
) -> tuple[Answers, Explanation | None]:
    """(T, 3, S, S) -> the answer and its map from one forward pass, which is forgotten at once."""
    classifier = load_classifier(model, device=device, dtype=dtype)
    output = classifier.forward(pixel_values, on_progress=on_progress)
    familiarity = None if output.familiarity is None else np.array([output.familiarity], np.float32)
    target = Target(int(output.logits.argmax()))
    try:
        explanation = explain(method, classifier, pixel_values, target=target) if method else None
    finally:
        classifier.forget(pixel_values)
    return Answers(output.logits[None], familiarity, classifier.temperature), explanation


def _scaled(rgb: np.ndarray) -> np.ndarray:
    """(h, w, 3) with a short side of at most ``SHORT_SIDE``."""
    height, width, _ = rgb.shape
    factor = SHORT_SIDE / min(height, width)
    if factor >= 1:
        return rgb
    size = (round(width * factor), round(height * factor))
    return np.asarray(Image.fromarray(rgb).resize(size, Image.Resampling.BILINEAR, reducing_gap=2))
