"""The map burnt into the frames: pictures for a film, where no figure can go."""

from __future__ import annotations

import numpy as np
from PIL import Image

from ..results import Analysis, Explanation
from .scales import MapScale, displayed, scale_of

HEIGHT = 360
"""Pixels of the pictures; frames are scaled down to it, never up."""
VEILED = 0.38
"""Brightness that is left of the part that the model does not get."""


def burnt_in(analysis: Analysis, explanation: Explanation, *, opacity: float = 0.8) -> np.ndarray:
    """(T, H, W, 3) uint8, H and W even: the explained view's frames under the map, in the figures' own colours.

    Args:
        explanation: Of this analysis.
        opacity: Of the whole map, in [0, 1].
    """
    frames, crop = analysis.frames.rgb, analysis.model_input.crop_box
    num_frames, source_height, source_width, _ = frames.shape
    scale = min(1.0, HEIGHT / source_height)
    height, width = (max(2, round(side * scale / 2) * 2) for side in (source_height, source_width))  # as H.264 wants
    left, right = round(crop.left * width), round(crop.right * width)
    top, bottom = round(crop.top * height), round(crop.bottom * height)
    colours = colour_table(scale_of(explanation))
    steps = scale_of(explanation).quantised(displayed(explanation))
    pictures = np.empty((num_frames, height, width, 3), np.uint8)
    for number, frame in enumerate(frames):
        picture = np.asarray(Image.fromarray(frame).resize((width, height), Image.Resampling.LANCZOS), np.float32)
        inside = picture[top:bottom, left:right]
        blocks = Image.fromarray(steps[number * len(steps) // num_frames])
        rgba = colours[np.asarray(blocks.resize((right - left, bottom - top), Image.Resampling.NEAREST))]
        alpha = opacity * rgba[..., 3:]
        mapped = (1 - alpha) * inside + alpha * rgba[..., :3]
        picture = picture * VEILED
        picture[top:bottom, left:right] = mapped
        pictures[number] = np.rint(picture)
    return pictures


def colour_table(scale: MapScale) -> np.ndarray:
    """(256, 4) float32: red, green, blue in [0, 255] and alpha in [0, 1] of each step of ``scale.quantised``."""
    positions = [position for position, _ in scale.colours]
    parts = np.array([colour.removeprefix("rgba(").removesuffix(")").split(",") for _, colour in scale.colours], float)
    steps = np.arange(256) / float(scale.quantised(np.inf))
    return np.stack([np.interp(steps, positions, part) for part in parts.T], axis=-1).astype(np.float32)
