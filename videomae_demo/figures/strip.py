"""The frames as compressed pictures inside a figure: one WebP for a strip to pan along, or one a frame."""

from __future__ import annotations

import base64
import io

import numpy as np
from PIL import Image

_WEBP_LARGEST_SIDE = 16_383
_GOOD, _FAIR = 80, 50
"""WebP qualities: fair shows no blocks at the size of the page."""
_FAIR_SHARE = 0.62
"""What is left of a strip's bytes at the fair quality; measured on drawn and filmed clips."""


def data_uri(image: np.ndarray, *, quality: int = 80, lossless: bool = False) -> str:
    """An (H, W, 3) uint8 picture as a ``data:image/webp`` URI: figures stay self-contained."""
    buffer = io.BytesIO()
    # Method 2 of 6: a third of the default's time for a few per cent more bytes.
    Image.fromarray(image).save(buffer, "WEBP", quality=quality, lossless=lossless, method=2)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def resized(frames: np.ndarray, height: int) -> np.ndarray:
    """(T, height, width, 3) uint8 with the frames' own aspect; frames are scaled down, never up."""
    _, source_height, source_width, _ = frames.shape
    if source_height <= height:
        return frames
    width = max(1, round(source_width * height / source_height))
    return np.stack(
        [np.asarray(Image.fromarray(frame).resize((width, height), Image.Resampling.LANCZOS)) for frame in frames]
    )


def enlarged(frames: np.ndarray, height: int) -> np.ndarray:
    """Frames of at least ``height`` pixels, each pixel repeated: a 64 px view is shown as the squares that it is."""
    factor = -(-height // frames.shape[1])
    return frames.repeat(factor, axis=1).repeat(factor, axis=2)


def side_by_side(frames: np.ndarray) -> np.ndarray:
    """(T, H, W, 3) as one (H, T·W, 3) picture."""
    return np.concatenate(list(frames), axis=1)


def film_uri(pictures: np.ndarray, *, quality: int = 60) -> str:
    """(T, H, W, 3) uint8 side by side, as they are, or as large as WebP's widest picture lets so many be."""
    num_frames, height, width, _ = pictures.shape
    widest = _WEBP_LARGEST_SIDE // num_frames
    return data_uri(side_by_side(resized(pictures, max(height * min(widest, width) // width, 1))), quality=quality)


def strip_uri(frames: np.ndarray, *, height: int, max_bytes: int) -> str:
    """All frames side by side in one WebP of at most ``max_bytes``: the quality gives way first, then the size.

    Args:
        frames: (T, H, W, 3) uint8.
        height: pixels that the strip should have; less where the frames have less or WebP's widest picture ends.
        max_bytes: of the URI. A strip 64 pixels high is returned even where it is larger.
    """
    num_frames, source_height, source_width, _ = frames.shape
    widest = _WEBP_LARGEST_SIDE // num_frames
    height = max(1, min(height, source_height, int(source_height * widest / source_width)))
    quality = _GOOD
    while True:
        uri = data_uri(side_by_side(resized(frames, height)), quality=quality)
        excess = len(uri) / max_bytes
        if excess <= 1 or height <= 64:
            return uri
        if quality == _GOOD:
            quality, excess = _FAIR, excess * _FAIR_SHARE
        if excess > 1:  # jump to the size that should fit: each try costs up to a fifth of a second
            height = max(64, int(0.96 * height / excess**0.5))
