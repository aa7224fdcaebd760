"""A process that decodes, and may die of it: reads requests from its input, writes replies to its output."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import av.logging
import numpy as np
from PIL import Image

from ..errors import DemoError
from ..settings import Settings
from . import decord_reader, messages, pyav_reader
from .container import out_of_memory
from .file_check import checked_file
from .preview import encode_preview
from .scan import scan
from .worker_limits import die_with_parent, limit_processor_time, limit_resources

BLOCK_BYTES = 4_000_000
"""Of a stream's pictures in one message: what lies in this process while the other side is busy."""
BLOCK_FRAMES = 200
"""So many frames are decoded before a message goes out, wanted or not: the deadline is for each message."""

Job = Callable[[messages.Message, Settings], Iterator[messages.Message]]


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
        for reply in _replies(request):
            messages.send(replies, reply)


def _replies(request: messages.Message) -> Iterator[messages.Message]:
    """What is sent back: one message, or a stream's many."""
    settings = Settings(**request["settings"])
    _limit_next_reply(settings)
    try:
        for reply in JOBS[request["job"]](request, settings):
            yield reply
            _limit_next_reply(settings)
    except DemoError as error:
        yield {"error": [error.code, messages.words_to_message(error.sentence)]}
    except decord_reader.DecordRefusal as refusal:
        yield {"refused": str(refusal)}
    except MemoryError:
        yield {"error": ["unreadable", messages.words_to_message(out_of_memory().sentence)]}
    except Exception as error:
        yield {"failed": f"{type(error).__name__}: {error}"}


def _limit_next_reply(settings: Settings) -> None:
    limit_processor_time(5 + 2 * settings.decode_threads * settings.decode_timeout)


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
            found, rgb = decord_reader.read_frames(name, clip, numbers, size, settings)
        else:
            found, rgb = pyav_reader.read_frames(name, clip, numbers, size, settings)
    return {"found": np.array(found, np.int64), "rgb": rgb}


def _preview(request: messages.Message, settings: Settings) -> messages.Message:
    clip = messages.clip_from_message(request)
    assert clip.scan is not None
    with checked_file(clip.path, settings, expected=clip.scan.file_identity) as (name, _):
        film = encode_preview(name, clip, request["first"], request["last"], settings)
    return {"mp4": np.frombuffer(film, np.uint8)}


def _stream(request: messages.Message, settings: Settings) -> Iterator[messages.Message]:
    clip = messages.clip_from_message(request)
    assert clip.scan is not None
    decoded_size = width, height = pyav_reader.output_size(clip, 1, settings)
    if resized := request.get("resized"):
        width, height, resample = resized
    most = max(BLOCK_BYTES // (3 * width * height), 1)
    wanted: list[int] = []
    found: list[int] = []
    rgb = np.empty((most, height, width, 3), np.uint8)  # one for all blocks
    walked = 0

    def block() -> messages.Message:
        return {"wanted": np.array(wanted, np.int64), "found": np.array(found, np.int64), "rgb": rgb[: len(wanted)]}

    with checked_file(clip.path, settings, expected=clip.scan.file_identity) as (name, _):
        for frame in pyav_reader.read_in_order(name, clip.scan, request["numbers"].tolist(), settings):
            walked += 1
            if frame is not None:
                picture = pyav_reader.upright_rgb(frame[2], decoded_size, clip.scan)
                if resized:
                    picture = np.asarray(Image.fromarray(picture).resize((width, height), Image.Resampling(resample)))
                rgb[len(wanted)] = picture
                wanted.append(frame[0])
                found.append(frame[1])
            if len(wanted) >= most or walked >= BLOCK_FRAMES:
                yield block()
                wanted.clear()
                found.clear()
                walked = 0
    yield {**block(), "ended": True}


def _once(job: Callable[[messages.Message, Settings], messages.Message]) -> Job:
    """A job with one reply."""

    def run(request: messages.Message, settings: Settings) -> Iterator[messages.Message]:
        yield job(request, settings)

    return run


JOBS: dict[str, Job] = {
    "probe": _once(_probe),
    "decode": _once(_decode),
    "preview": _once(_preview),
    "stream": _stream,
}

if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
