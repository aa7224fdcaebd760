"""What happens between scene and file: the camera's movement, light, focus, noise, resolution and compression."""

from __future__ import annotations

import cv2
import numpy as np

from videomae_demo.training.render.draws import Draws
from videomae_demo.training.render.records import Track

_NOISE = np.random.Generator(np.random.PCG64(7)).normal(0, 1, (160, 160, 3)).astype(np.float32)
"""One sheet of noise, from which every frame takes another piece: fresh noise would cost as much as the clip."""


def view(frame: np.ndarray, x: float, y: float, scale: float, angle: float, size: tuple[int, int]) -> np.ndarray:
    """The frame moved by (x, y) short sides of the view, scaled and turned about the middle; edges are mirrored.

    Args:
        frame: (H, W, 3) uint8, at least as large as the view and with the same middle.
        x: to the right; `y` down.
        y: see x.
        scale: above 1 is nearer.
        angle: radians, clockwise.
        size: (height, width) of the view.
    """
    height, width = size
    short = min(height, width)
    cos, sin = np.cos(angle) * scale, np.sin(angle) * scale
    from_x, from_y = (frame.shape[1] - 1) / 2, (frame.shape[0] - 1) / 2
    to_x, to_y = (width - 1) / 2 + x * short, (height - 1) / 2 + y * short
    place = np.array(
        [
            [cos, -sin, to_x - cos * from_x + sin * from_y],
            [sin, cos, to_y - sin * from_x - cos * from_y],
        ]
    )
    flags = cv2.INTER_LINEAR
    return cv2.warpAffine(frame, place, (width, height), flags=flags, borderMode=cv2.BORDER_REFLECT_101)


def jitter(draws: Draws, num_frames: int) -> Track | None:
    """An unsteady hand: each frame off by about half a hundredth of the frame; None where the camera is on a stand."""
    if not draws.nuisance(0.35):
        return None
    strength = draws.uniform(0.002, 0.008)
    offsets = draws.rng.normal(0, strength, (2, num_frames))
    still = Track.still(num_frames)
    return Track(x=offsets[0], y=offsets[1], scale=still.scale, angle=still.angle, opacity=still.opacity)


def spoil(draws: Draws, clip: np.ndarray) -> np.ndarray:
    """The clip as a cheap camera and a small file would have it; a calm clip comes back as it is.

    Args:
        draws: the clip's choices.
        clip: (T, H, W, 3) uint8, changed in place.
    """
    height, width = clip.shape[1:3]
    short = min(height, width)
    if draws.nuisance(0.3):
        _relight(draws, clip)
    if draws.nuisance(0.2):
        sigma = draws.uniform(0.004, 0.011) * short
        for frame in clip:
            cv2.GaussianBlur(frame, (0, 0), sigma, dst=frame)
    if draws.nuisance(0.2):
        factor = draws.uniform(0.5, 0.8)
        small = (max(8, int(width * factor)), max(8, int(height * factor)))
        for frame in clip:
            coarse = cv2.resize(frame, small, interpolation=cv2.INTER_AREA)
            cv2.resize(coarse, (width, height), dst=frame, interpolation=cv2.INTER_LINEAR)
    if draws.nuisance(0.45):
        _add_noise(draws, clip)
    if draws.nuisance(0.15):
        clip = _compress(draws.integer(25, 75), clip)
    return clip


def _relight(draws: Draws, clip: np.ndarray) -> None:
    """Brightness that drifts over the clip, as when a cloud passes."""
    drift = draws.uniform(-0.16, 0.16)
    base = draws.uniform(0.85, 1.1)
    for frame, t in zip(clip, np.linspace(-0.5, 0.5, len(clip)), strict=True):
        cv2.convertScaleAbs(frame, dst=frame, alpha=base * (1 + drift * t), beta=0)


def _add_noise(draws: Draws, clip: np.ndarray) -> None:
    """Independent noise in each frame."""
    height, width = clip.shape[1:3]
    sigma = draws.uniform(2, 11)
    rows, columns = -(-height // 128) * 128 + 32, -(-width // 128) * 128 + 32
    sheet = np.round(_NOISE * sigma).astype(np.int16)
    sheet = np.tile(sheet, (-(-rows // 160), -(-columns // 160), 1))
    tops = draws.rng.integers(0, sheet.shape[0] - height + 1, len(clip))
    lefts = draws.rng.integers(0, sheet.shape[1] - width + 1, len(clip))
    for frame, top, left in zip(clip, tops, lefts, strict=True):
        cv2.add(frame, sheet[top : top + height, left : left + width], dst=frame, dtype=cv2.CV_8U)


def _compress(quality: int, clip: np.ndarray) -> np.ndarray:
    """JPEG's blocks and ringing: all frames as one tall picture, which is several times faster than one by one."""
    tall = clip.reshape(-1, *clip.shape[2:])
    _, packed = cv2.imencode(".jpg", tall, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR)).reshape(clip.shape)
