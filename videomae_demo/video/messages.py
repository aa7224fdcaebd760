"""Messages between the app and a decode worker: a line of JSON, then the bytes of the arrays it names.

No pickle: a decoder that a hostile file took over can then send wrong numbers, but no code.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import fields
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from ..records import ClipInfo, PacketScan
from ..words import Later, later

MAX_HEADER_BYTES = 1_000_000
MAX_ARRAY_BYTES = 1_000_000_000

Message = dict[str, Any]


def send(stream: BinaryIO, message: Mapping[str, Any]) -> None:
    """Write one message; values are what JSON knows, or NumPy arrays."""
    arrays = {name: np.ascontiguousarray(value) for name, value in message.items() if isinstance(value, np.ndarray)}
    header = {name: value for name, value in message.items() if name not in arrays}
    header["arrays"] = [[name, array.dtype.str, array.shape] for name, array in arrays.items()]
    stream.write(json.dumps(header).encode() + b"\n")
    for array in arrays.values():
        stream.write(array.data.cast("B") if array.size else b"")
    stream.flush()


def receive(stream: BinaryIO) -> Message:
    """Read one message.

    Raises:
        EOFError: the other side is gone.
        ValueError: what came is no message of ours.
    """
    line = stream.readline(MAX_HEADER_BYTES)
    if not line.endswith(b"\n"):
        raise EOFError
    message = json.loads(line)
    sizes = [(name, np.dtype(kind), tuple(shape)) for name, kind, shape in message.pop("arrays")]
    if sum(kind.itemsize * math.prod(shape) for _, kind, shape in sizes) > MAX_ARRAY_BYTES:
        raise ValueError(f"arrays of {sizes} in one message")
    for name, kind, shape in sizes:
        message[name] = array = np.empty(shape, kind)
        remaining = array.data.cast("B") if array.size else memoryview(b"")
        while remaining:
            count = stream.readinto(remaining)  # type: ignore[attr-defined]
            if not count:
                raise EOFError
            remaining = remaining[count:]
    return message


def words_to_message(words: Any) -> Any:
    """A sentence of ``words.later`` in terms of JSON, so that it can be said in another language on the other side."""
    if not isinstance(words, Later):
        return words
    return {"message": words.message, "values": {name: words_to_message(one) for name, one in words.values.items()}}


def words_from_message(told: Any) -> Any:
    """The inverse of ``words_to_message``."""
    if not isinstance(told, dict):
        return told
    return later(str(told["message"]), **{name: words_from_message(one) for name, one in told["values"].items()})


def clip_to_message(clip: ClipInfo) -> Message:
    """A record of ``probe`` in terms of JSON and arrays."""
    assert clip.scan is not None
    scan = {entry.name: getattr(clip.scan, entry.name) for entry in fields(PacketScan)}
    info = {entry.name: getattr(clip, entry.name) for entry in fields(ClipInfo) if entry.name != "scan"}
    arrays = {
        "frame_pts_seconds": info.pop("frame_pts_seconds"),
        "frame_ticks": scan.pop("frame_ticks"),
        "key_ticks": scan.pop("key_ticks"),
    }
    info |= {"path": str(clip.path), "notice": words_to_message(clip.notice)}
    scan["time_base"] = clip.scan.time_base.as_integer_ratio()
    return {"info": info, "scan": scan, **arrays}


def clip_from_message(message: Message) -> ClipInfo:
    """The inverse of ``clip_to_message``."""
    scan = PacketScan(
        **message["scan"]
        | {
            "time_base": Fraction(*message["scan"]["time_base"]),
            "file_identity": tuple(message["scan"]["file_identity"]),
            "frame_ticks": message["frame_ticks"],
            "key_ticks": message["key_ticks"],
        }
    )
    info = message["info"]
    info |= {"path": Path(info["path"]), "notice": words_from_message(info["notice"])}
    return ClipInfo(**info, frame_pts_seconds=message["frame_pts_seconds"], scan=scan)
