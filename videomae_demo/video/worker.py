"""A process that decodes, and may die of it: reads requests from its input, writes replies to its output."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av.logging
import numpy as np

from ..errors import DemoError
from ..settings import Settings
from . import decord_reader, messages, pyav_reader
from .container import FRAME_THREADS, out_of_memory
from .file_check import checked_file
from .preview import encode_preview
from .scan import scan
from .worker_limits import die_with_parent, limit_processor_time, limit_resources


def main(parent: int, memory_mb: float) -> None:
    """Serve until the input ends."""
    die_with_parent(parent)
    requests, replies = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # whatever a library prints must not mix with the replies
    # At any other level FFmpeg's threads wait for Python's lock, which closing a decoder holds while it joins them.
    av.logging.set_level(None)
    with contextlib.suppress(ImportError, OSError):
        import decord  # noqa: F401  (here rather than in the first visitor's time)
    limit_resources(memory_mb)
    messages.send(replies, {"ready": True})
    os.dup2(1, 2)  # only a failed start is worth the log; decoders complain about every damaged byte
    while True:
        try:
            request = messages.receive(requests)
        except EOFError:
            return
        messages.send(replies, _answer(request))


def _answer(request: messages.Message) -> messages.Message:
    settings = Settings(**request["settings"])
    limit_processor_time(5 + 2 * FRAME_THREADS * settings.decode_timeout)
    try:
        return JOBS[request["job"]](request, settings)
    except DemoError as error:
        return {"error": [error.code, str(error)]}
    except decord_reader.DecordRefusal as refusal:
        return {"refused": str(refusal)}
    except MemoryError:
        return {"error": ["unreadable", str(out_of_memory())]}
    except Exception as error:
        return {"failed": f"{type(error).__name__}: {error}"}


def _probe(request: messages.Message, settings: Settings) -> messages.Message:
    path = Path(request["path"])
    with checked_file(path, settings) as (name, identity):
        return messages.clip_to_message(scan(name, shown_as=path, file_identity=identity, settings=settings))


def _decode(request: messages.Message, settings: Settings) -> messages.Message:
    clip = messages.clip_from_message(request)
    assert clip.scan is not None
    numbers = request["numbers"].tolist()
    size = pyav_reader.output_size(clip, request["num_shown"], settings)
    with checked_file(clip.path, settings, expected=clip.scan.file_identity) as (name, _):
        if request["decoder"] == "decord":
            found, rgb = decord_reader.read_frames(name, clip, numbers, size)
        else:
            found, rgb = pyav_reader.read_frames(name, clip, numbers, size, settings)
    return {"found": np.array(found, np.int64), "rgb": rgb}


def _preview(request: messages.Message, settings: Settings) -> messages.Message:
    clip = messages.clip_from_message(request)
    assert clip.scan is not None
    with checked_file(clip.path, settings, expected=clip.scan.file_identity) as (name, _):
        film = encode_preview(name, clip, request["first"], request["last"], settings)
    return {"mp4": np.frombuffer(film, np.uint8)}


JOBS: dict[str, Callable[[messages.Message, Settings], dict[str, Any]]] = {
    "probe": _probe,
    "decode": _decode,
    "preview": _preview,
}

if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
