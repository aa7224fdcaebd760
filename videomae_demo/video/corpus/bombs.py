"""Small files that are enormous, or endless, once they are decoded."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.frame import VideoFrame

from .burnt_number import burn
from .encode import RATE


def huge_picture(path: Path, size: tuple[int, int]) -> None:
    """One grey picture, enormous when decoded and small as a file."""
    with av.open(str(path), "w") as output:
        stream: Any = output.add_stream(
            "libx264", rate=RATE, options={"preset": "ultrafast", "x264-params": "rc-lookahead=0:ref=1"}
        )
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.codec_context.thread_count = 1
        output.mux(stream.encode(VideoFrame(*size, "yuv420p")))
        output.mux(stream.encode(None))


def huge_gif(path: Path) -> None:
    """480 bytes that promise 60000 x 60000 pixels."""
    head = b"GIF89a" + struct.pack("<HHBBB", 60_000, 60_000, 0x80, 0, 0) + bytes(6)
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 60_000, 60_000, 0) + b"\x02\x02\x4c\x01\x00"
    path.write_bytes(head + frame * 20 + b";")


def thread_gif(path: Path, size: tuple[int, int]) -> None:
    """Few pixels, but a strip so narrow that bringing its short side to 224 would make it 7 million long."""
    with av.open(str(path), "w") as output:
        stream: Any = output.add_stream("gif", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = *size, "rgb8"
        for shade in range(4):
            picture = np.full((size[1], size[0], 3), 60 * shade, np.uint8)
            output.mux(stream.encode(VideoFrame.from_ndarray(picture, "rgb24").reformat(format="rgb8")))
        output.mux(stream.encode())


def many_packets(path: Path) -> None:
    """More tiny pictures than a scan reads."""
    with av.open(str(path), "w") as output:
        stream: Any = output.add_stream("mjpeg", rate=1000)
        stream.width, stream.height, stream.pix_fmt = 16, 16, "yuvj420p"
        picture = stream.encode(VideoFrame.from_ndarray(burn(0, (16, 16)), "rgb24"))[0]
        for index in range(61_000):
            picture.pts = picture.dts = index
            output.mux(picture)
