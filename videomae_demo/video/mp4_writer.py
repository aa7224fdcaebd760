"""Frames -> an H.264 file that every browser plays."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np


def write_mp4(path: Path, frames: np.ndarray, *, fps: float, crf: int = 20) -> None:
    """Encode, replacing the file.

    Args:
        path: Ends in ``.mp4``.
        frames: (T, H, W, 3) uint8; H and W even, as H.264's usual colour format wants.
        fps: Frames per second.
        crf: x264's quality, 0 to 51; lower is better and larger.

    Raises:
        ValueError: another shape or dtype, or odd sides.
    """
    _, height, width, channels = frames.shape
    if frames.dtype != np.uint8 or channels != 3 or height % 2 or width % 2:
        raise ValueError(f"{frames.shape = }, {frames.dtype = }: expected (T, H, W, 3) uint8, H and W even")
    # The index in front ("faststart") lets a browser play before the end has arrived.
    with av.open(str(path), "w", options={"movflags": "faststart"}) as container:
        stream = container.add_stream("libx264", rate=Fraction(fps).limit_denominator(1000), options={"crf": str(crf)})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())
