"""How a scene is filmed: an unsteady hand, changing light, a cheap lens, a small file.

Everything here is slower or smaller than any class's motion, so that it never is one: drift of at most a tenth of
the frame over the clip, turns of a few degrees, light that changes everywhere at once.
"""

from __future__ import annotations

import io

import av
import cv2
import numpy as np

from videomae_demo.training.render.draws import Draws
from videomae_demo.training.render.effects import spoil
from videomae_demo.training.render.records import Track

MAX_DRIFT = 0.035
"""Largest slow displacement each way, in short sides."""
MAX_PAN = 0.04
"""Largest steady displacement each way over the clip, in short sides."""


def hand_held(draws: Draws, times: np.ndarray, steadiness: float = 1.0) -> Track | None:
    """The path of a camera held by hand, as what the picture does; None where it is on a stand.

    Args:
        draws: the clip's choices.
        times: (T,) in [0, 1].
        steadiness: divides all of it.
    """
    if not draws.nuisance(0.75):
        return None
    strength = draws.uniform(0.1, 1.0) / steadiness

    def sway(most: float) -> np.ndarray:
        """Slow swings of two rates and any phase."""
        rates = draws.uniform(0.2, 0.7), draws.uniform(0.7, 1.6)
        first, second = (np.sin(2 * np.pi * (rate * times + draws.uniform(0, 1))) for rate in rates)
        return strength * most * (0.7 * first + 0.3 * second)

    pan_x, pan_y = (draws.uniform(-MAX_PAN, MAX_PAN) * strength * (2 * times - 1) for _ in range(2))
    tremble = draws.rng.normal(0, draws.uniform(0.0, 0.005) * strength, (2, len(times)))
    return Track(
        x=sway(MAX_DRIFT) + pan_x + tremble[0],
        y=sway(MAX_DRIFT) + pan_y + tremble[1],
        scale=np.exp(sway(0.03)),
        angle=sway(0.04),
        opacity=np.ones(len(times)),
    )


def through_camera(
    frames: np.ndarray, boxes: np.ndarray, path: Track | None, stretch: float
) -> tuple[np.ndarray, np.ndarray]:
    """The frames as the moving camera sees them, and where the boxes come to lie.

    Args:
        frames: (T, H, W, 3) uint8.
        boxes: (T, 4) shares of the frame.
        path: what the picture does; None for nothing.
        stretch: width over height of a pixel: files squeezed or drawn out.
    """
    if path is None and stretch == 1.0:
        return frames, boxes
    count, height, width = frames.shape[:3]
    path = path or Track.still(count)
    short = min(height, width)
    middle = np.array([(width - 1) / 2, (height - 1) / 2])
    # Never smaller than the frame along either side: what lies beyond it has not been drawn.
    across, down = max(1.0, stretch), max(1.0, 1 / stretch)
    filmed, moved = np.empty_like(frames), np.empty_like(boxes)
    for t in range(count):
        cos, sin = np.cos(path.angle[t]) * path.scale[t], np.sin(path.angle[t]) * path.scale[t]
        turn = np.array([[cos * across, -sin * across], [sin * down, cos * down]])
        shift = middle + np.array([path.x[t], path.y[t]]) * short - turn @ middle
        place = np.column_stack([turn, shift])
        cv2.warpAffine(frames[t], place, (width, height), filmed[t], cv2.INTER_LINEAR, cv2.BORDER_REFLECT_101)
        left, top, right, bottom = boxes[t] * (width, height, width, height)
        corners = np.array([(left, top), (right, top), (right, bottom), (left, bottom)]) @ turn.T + shift
        moved[t] = np.concatenate([corners.min(axis=0) / (width, height), corners.max(axis=0) / (width, height)])
    return filmed, np.clip(moved, 0, 1)


def light(draws: Draws, frames: np.ndarray, times: np.ndarray) -> None:
    """Uneven light that drifts, in brightness and colour; frames (T, H, W, 3) uint8 are changed in place."""
    if not draws.nuisance(0.65):
        return
    height, width = frames.shape[1:3]
    depth = draws.uniform(0.0, 0.3)
    tint = 1 + (draws.rng.random((2, 3), dtype=np.float32) - 0.5) * draws.uniform(0, 0.25)
    # Two lights on a grid of 4 x 4: the scene goes from one to the other.
    fields = [1 + depth * (2 * draws.rng.random((4, 4), dtype=np.float32) - 1) for _ in range(2)]
    fields[1] = fields[0] + draws.uniform(0, 0.6) * (fields[1] - fields[0])
    exposure = np.exp(draws.uniform(-0.3, 0.3) * (times - 0.5) + draws.uniform(-0.3, 0.2))
    flicker = 1 + draws.rng.normal(0, draws.uniform(0, 0.015), len(times))
    start, stop = (field[..., None] * colour for field, colour in zip(fields, tint, strict=True))
    for frame, t, gain in zip(frames, times, exposure * flicker, strict=True):
        gains = cv2.resize((start + (stop - start) * np.float32(t)) * np.float32(gain), (width, height))
        cv2.multiply(frame, gains, dst=frame, dtype=cv2.CV_8U)


def develop(draws: Draws, frames: np.ndarray) -> np.ndarray:
    """The film as a phone's processing and a small file leave it; a calm clip comes back as it is.

    Args:
        draws: the clip's choices.
        frames: (T, H, W, 3) uint8, changed in place.
    """
    if draws.nuisance(0.4):
        frames = _grade(draws, frames)
    if draws.nuisance(0.12):
        sigma = draws.uniform(0.005, 0.016) * min(frames.shape[1:3])
        for frame in frames:
            cv2.GaussianBlur(frame, (0, 0), sigma, dst=frame)
    frames = spoil(draws, frames)
    if draws.nuisance(0.2) and frames.shape[1] % 2 == 0 and frames.shape[2] % 2 == 0:
        frames = as_h264(frames, crf=draws.integer(20, 36))
    return frames


def _grade(draws: Draws, frames: np.ndarray) -> np.ndarray:
    """Another gamma and contrast in every channel."""
    levels = np.arange(256, dtype=np.float32) / 255
    contrast, gamma = draws.uniform(0.6, 1.3), draws.uniform(0.7, 1.4)
    curves = [
        0.5 + contrast * (levels ** (gamma * draws.uniform(0.9, 1.1)) - 0.5) + draws.uniform(-0.06, 0.06)
        for _ in range(3)
    ]
    table = np.clip(np.stack(curves, axis=-1) * 255, 0, 255).astype(np.uint8)[None]
    return np.stack([cv2.LUT(frame, table) for frame in frames])


def as_h264(frames: np.ndarray, *, crf: int) -> np.ndarray:
    """(T, H, W, 3) uint8 of even sides, through x264 and back: what small video files do to still and moving parts.

    Args:
        frames: the clip.
        crf: x264's constant rate factor; 20 is good, 36 is poor.
    """
    height, width = frames.shape[1:3]
    memory = io.BytesIO()
    with av.open(memory, "w", format="mp4") as file:
        stream = file.add_stream("libx264", rate=16)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.thread_count = 1
        # x264's look-ahead does not always come to the same decisions; without it the clip is the same every time.
        steady = "rc-lookahead=0:mbtree=0:bframes=0"
        stream.codec_context.options = {"crf": str(crf), "preset": "veryfast", "x264-params": steady}
        for frame in frames:
            file.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")))
        file.mux(stream.encode(None))
    memory.seek(0)
    with av.open(memory, "r") as packed:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in packed.decode(video=0)])
