"""Writing clips to files."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np


def write_h264(path: Path | str, rgb: np.ndarray, fps: int, *, crf: int = 20) -> None:
    """Write a clip as H.264 in MP4, playable in every browser, the index in front.

    Args:
        path: of the file.
        rgb: (T, H, W, 3) uint8, H and W even.
        fps: frames per second.
        crf: constant rate factor of x264; 18 is visually lossless, 28 is small.

    Raises:
        ValueError: when a side is odd: 4:2:0 video stores colour at half the size.
    """
    height, width = rgb.shape[1:3]
    if height % 2 or width % 2:
        raise ValueError(f"H.264 in yuv420p needs even sides, not {width}x{height}")
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as file:
        stream = file.add_stream("libx264", rate=Fraction(fps))
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        # One thread: more of them would make the file depend on the machine.
        stream.codec_context.thread_count = 1
        stream.codec_context.options = {"crf": str(crf), "preset": "slow"}
        for picture in rgb:
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
