"""The records the renderer hands about.

Lengths are in short sides of the frame, measured from its middle, x to the right and y down: whatever the aspect
ratio, [-0.5, 0.5] x [-0.5, 0.5] is the centre square, the part that a classifier's centre crop keeps. Angles are in
radians, positive clockwise as the viewer sees it. Time t runs over [0, 1], so any number of frames shows one motion.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

MOTION_TARGETS = ("velocity x", "velocity y", "d log scale", "d rotation", "d opacity")
"""Columns of `RenderedClip.motion`: changes per 16th of the clip (x, y in short sides; rotation in radians)."""

MOTION_SCALE = np.array([16.0, 16.0, 8.0, 4.0, 8.0])
"""Makes each of `MOTION_TARGETS` about unit size: a thing that crosses the frame in 16 frames has velocity 1."""


@dataclass(frozen=True)
class RenderedClip:
    """A clip and everything the renderer knows about it."""

    rgb: np.ndarray
    """(T, H, W, 3) uint8, values in [0, 255]."""
    label_id: int
    """Place of the label in `CLASSES`."""
    boxes: np.ndarray
    """(T, 4) float32: x0, y0, x1, y1 of what moves, as shares of the frame in [0, 1], x to the right, y down."""
    motion: np.ndarray
    """(T, M) float32: `MOTION_TARGETS`, each scaled to about unit size by `MOTION_SCALE`; 0 where not applicable."""
    whole_scene: bool
    """Whether everything moves (the camera's doing); the boxes are then the whole frame."""

    def __post_init__(self) -> None:
        frames = len(self.rgb)
        if self.rgb.dtype != np.uint8 or self.rgb.ndim != 4 or self.rgb.shape[-1] != 3:
            raise ValueError(f"rgb is {self.rgb.dtype} {self.rgb.shape}, not uint8 (T, H, W, 3)")
        if self.boxes.shape != (frames, 4) or self.motion.shape != (frames, len(MOTION_TARGETS)):
            raise ValueError(f"boxes {self.boxes.shape} or motion {self.motion.shape} do not fit {frames} frames")


@dataclass(frozen=True)
class Track:
    """Where a thing is at each frame, and how it looks there."""

    x: np.ndarray
    """(T,) horizontal place of its centre."""
    y: np.ndarray
    """(T,) vertical place of its centre, down."""
    scale: np.ndarray
    """(T,) size relative to its own radius."""
    angle: np.ndarray
    """(T,) radians, clockwise."""
    opacity: np.ndarray
    """(T,) in [0, 1]."""

    @staticmethod
    def still(num_frames: int, x: float = 0.0, y: float = 0.0) -> Track:
        """A track that stays where it is."""
        ones = np.ones(num_frames)
        return Track(x=x * ones, y=y * ones, scale=ones, angle=0 * ones, opacity=ones)


@dataclass(frozen=True)
class Take:
    """A scene as filmed, before anything spoils it."""

    frames: np.ndarray
    """(T, H, W, 3) uint8."""
    boxes: np.ndarray
    """(T, 4) the mover's, as shares of the frame."""
    motion: np.ndarray
    """(T, M) scaled `MOTION_TARGETS`."""
    whole_scene: bool
    """Whether all of it moves."""


def motion_targets(track: Track) -> np.ndarray:
    """(T, M) scaled changes per 16th of the clip, whatever its number of frames."""
    per_sixteenth = len(track.x) / 16
    values = (track.x, track.y, np.log(track.scale), track.angle, track.opacity)
    changes = np.diff(np.stack(values, axis=1), axis=0) * per_sixteenth
    # A change belongs to the step into its frame; no step leads into the first, which borrows the second's.
    return np.concatenate([changes[:1], changes]) * MOTION_SCALE
