"""Video intake: the only door to FFmpeg and decord.

``probe`` scans a clip without decoding it, ``decode`` reads the frames at given numbers, ``preview_mp4`` films a
part of it for browsers that do not play the original, ``stream`` reads many frames of a clip of any length in one pass.
All run in supervised worker processes (``worker_pool``).

In the app's own process, which decodes nothing:

    content                   what tells one clip from all others
    worker_pool, messages     the workers, and what is said to them
    own_folder                folders of this process alone, gone when it ends
    preview_folder            where a finished preview lies
    mp4_writer                frames of our own -> an MP4 file
    corpus                    awkward clips, for the tests and for ``intake-report``

In a worker:

    worker, worker_limits     its jobs, and what the kernel holds it to
    file_check, container     which files are opened, and how
    packets, orientation, timing, browsers -> scan    what the packets tell
    decord_reader, pyav_reader                        the frames at given numbers
    preview                   a film of them
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ClipError
from ..records import ClipInfo, SampledFrames, Window
from ..settings import Settings
from ..words import later
from . import messages, worker_pool
from .content import content_digest
from .preview_folder import keep_preview

__all__ = ["content_digest", "decode", "preview_mp4", "probe", "stream", "warm_up"]

log = logging.getLogger(__name__)

USUAL_BYTES = 200e6
"""``Settings.decode_timeout`` is for files up to this size, the largest that the page takes unless told otherwise."""
DECORD_SHARE = 0.3
"""Of the time that a clip may take: when decord spins, PyAV still has the rest."""


def warm_up(*, settings: Settings = Settings()) -> None:
    """Start the decode workers, so that the first visitor does not wait for them."""
    _pool_of(settings).warm_up()


def probe(path: Path, *, settings: Settings = Settings()) -> ClipInfo:
    """What a scan of the clip's packets tells; nothing but the first frames is decoded.

    Raises:
        ClipError: with one of the codes ``not_found``, ``not_a_file``, ``empty``, ``no_video``, ``unreadable``,
            ``too_large``, ``too_long``, ``too_many_pixels``, ``timeout``.
    """
    settings = _patient(Path(path), settings)
    reply = _ask({"job": "probe", "path": str(Path(path).absolute())}, settings, settings.decode_timeout)
    return messages.clip_from_message(reply)


def decode(clip: ClipInfo, indices: Sequence[int], *, settings: Settings = Settings()) -> SampledFrames:
    """The frames at ``indices``, upright, with square pixels.

    decord serves where the scan proves that it reads the file right and its own index agrees; PyAV serves the rest.

    Args:
        clip: From ``probe``.
        indices: Frame numbers in the order shown, each in [0, clip.num_frames); repeats and any order allowed.

    Raises:
        ClipError: as ``probe``.
        ValueError: no index, or one outside the clip.
    """
    if clip.scan is None:
        raise ValueError(f"{clip.path} was not scanned: use video.probe")
    if not len(indices) or min(indices) < 0 or max(indices) >= clip.num_frames:
        raise ValueError(f"indices {list(indices)!r} of a clip of {clip.num_frames} frames")
    settings = _patient(clip.path, settings)
    numbers, places = np.unique(np.asarray(indices, np.int64), return_inverse=True)
    request = {"job": "decode", "numbers": numbers, "num_shown": len(indices), **messages.clip_to_message(clip)}
    decoder, reply = _decode_by_best(request, settings, plain=clip.scan.plain)
    found, rgb = reply["found"], reply["rgb"]
    readable = int((found == numbers).sum())
    shown = [int(number) for number in found[places]]
    return SampledFrames(
        rgb=rgb if len(places) == len(numbers) and (places[1:] > places[:-1]).all() else rgb[places],
        indices=tuple(shown),
        pts_seconds=tuple(float(clip.frame_pts_seconds[number]) for number in shown),
        decoder=decoder,
        notice=clip.notice if readable == len(numbers) else _stand_ins(readable, len(numbers)),
    )


def preview_mp4(
    clip: ClipInfo, window: Window = Window(), *, folder: Path | None = None, settings: Settings = Settings()
) -> Path:
    """An H.264 file of what was decoded in ``window``, upright, without sound, at the clip's own times.

    Args:
        clip: From ``probe``.
        folder: Where to write it, under a name of our own; the caller's to clean. By default a temporary folder of this
            process, which keeps the latest few and goes when the process ends.

    Raises:
        ClipError: as ``probe``.
        ValueError: the window lies behind the clip's end.
    """
    if clip.scan is None:
        raise ValueError(f"{clip.path} was not scanned: use video.probe")
    end = np.inf if window.end_seconds is None else window.end_seconds
    inside = np.flatnonzero((clip.frame_pts_seconds >= window.start_seconds) & (clip.frame_pts_seconds < end))
    if not len(inside):
        raise ValueError(f"{window} holds no frame of {clip}")
    request = {
        "job": "preview",
        "first": int(inside[0]),
        "last": int(inside[-1]),
        **messages.clip_to_message(clip),
    }
    reply = _ask(request, settings, settings.decode_timeout)
    return keep_preview(reply["mp4"].tobytes(), folder)


def stream(
    clip: ClipInfo,
    numbers: Sequence[int],
    *,
    resize: Callable[[int, int], tuple[int, int]] | None = None,
    resample: int = 2,
    settings: Settings = Settings(),
) -> Generator[tuple[int, int, np.ndarray], None, None]:
    """Many frames of a clip of any length, in one pass and little memory: for a reader that takes them one by one.

    A worker of its own decodes, no further ahead than a few megabytes; closing the generator ends it.

    Args:
        clip: From ``probe``.
        numbers: Ascending frame numbers, each once, in [0, clip.num_frames).
        resize: (height, width) of the pictures that ``decode`` gives -> the size in which they are wanted. Where it is
            smaller, Pillow resizes them in the worker: much less goes through the pipe, and each only once.
        resample: Pillow's number of the filter.

    Yields:
        (number, number of the frame really decoded, its (H, W, 3) picture), as ``decode`` gives them.

    Raises:
        ClipError: as ``probe``. The deadline, ``settings.decode_timeout``, is for each 200 frames.
        ValueError: the numbers are not as they should be.
    """
    if clip.scan is None:
        raise ValueError(f"{clip.path} was not scanned: use video.probe")
    left = np.asarray(numbers, np.int64)
    if len(left) and (left[0] < 0 or left[-1] >= clip.num_frames or (np.diff(left) <= 0).any()):
        raise ValueError(f"numbers of a clip of {clip.num_frames} frames: expected each once, ascending")
    message = {"job": "stream", "settings": asdict(settings), **messages.clip_to_message(clip)}
    if resize is not None:
        from .pyav_reader import output_size  # PyAV comes with it

        width, height = output_size(clip, 1, settings)
        small = resize(height, width)
        if small[0] * small[1] < height * width:
            message["resized"] = [small[1], small[0], resample]
    while len(left):
        before = len(left)
        worker = worker_pool.Worker(settings.decode_memory_mb)
        try:
            reply = _good(worker.ask({**message, "numbers": left}, settings.decode_timeout))
            while True:
                yield from zip(reply["wanted"].tolist(), reply["found"].tolist(), reply["rgb"], strict=True)
                left = left[len(reply["wanted"]) :]
                if "ended" in reply:
                    return
                reply = _good(worker.next_reply(settings.decode_timeout))
        except worker_pool.WorkerLost as lost:
            if lost.timed_out:
                raise _too_slow(settings) from lost
            if len(left) == before:
                raise _unreadable() from lost
            log.warning("a decode worker ended in mid-stream; another one goes on")
        finally:
            worker.kill()


def _decode_by_best(request: Mapping[str, Any], settings: Settings, *, plain: bool) -> tuple[str, messages.Message]:
    """(the decoder that served, its reply): decord for plain files, PyAV for the rest and wherever decord fails."""
    seconds = settings.decode_timeout
    if plain:
        try:
            reply = _pool_of(settings).ask(
                {**request, "decoder": "decord", "settings": asdict(settings)}, seconds * DECORD_SHARE
            )
        except worker_pool.WorkerLost as lost:
            reply = {"refused": f"decord's process ended {lost}"}
        if "rgb" in reply:
            return "decord", reply
        log.info("PyAV takes over a clip from decord")  # neither its name nor decord's words, which hold it
        seconds *= 1 - DECORD_SHARE
    return "pyav", _ask({**request, "decoder": "pyav"}, settings, seconds)


def _ask(request: Mapping[str, Any], settings: Settings, seconds: float) -> messages.Message:
    """A worker's good reply, with one silent retry on a fresh worker after a crash.

    Raises:
        ClipError: as ``probe``.
    """
    workers = _pool_of(settings)
    request = {**request, "settings": asdict(settings)}
    for last_try in (False, True):
        try:
            reply = workers.ask(request, seconds)
            break
        except worker_pool.WorkerLost as lost:
            if lost.timed_out:
                raise _too_slow(settings) from lost
            if last_try:
                raise _unreadable() from lost
            log.warning("a decode worker ended in mid-job; trying once more")
            seconds -= lost.seconds
    return _good(reply)


def _good(reply: messages.Message) -> messages.Message:
    """The reply, unless it says that something is wrong."""
    if "error" in reply:
        code, sentence = reply["error"]
        raise ClipError(code, messages.words_from_message(sentence))
    if "failed" in reply:
        log.warning("a decode worker failed: %s", reply["failed"])
        raise _unreadable()
    return reply


def _patient(path: Path, settings: Settings) -> Settings:
    """A file larger than ``USUAL_BYTES``, where it is read at all, gets more time in proportion."""
    try:
        times = path.stat().st_size / USUAL_BYTES
    except OSError:  # the worker says what is wrong with it
        return settings
    return replace(settings, decode_timeout=settings.decode_timeout * max(times, 1.0))


def _pool_of(settings: Settings) -> worker_pool.Pool:
    return worker_pool.pool(settings.decode_workers, settings.decode_memory_mb)


def _too_slow(settings: Settings) -> ClipError:
    return ClipError(
        "timeout",
        later(
            "Reading this clip takes longer than the {decode_timeout:g} seconds that a clip gets. Cut out the part of "
            "interest, or export it smaller, and try that.",
            decode_timeout=settings.decode_timeout,
        ),
    )


def _unreadable() -> ClipError:
    return ClipError(
        "unreadable",
        later("This clip cannot be decoded: it is damaged in a way that stops the decoder. Export it again as MP4."),
    )


def _stand_ins(readable: int, wanted: int) -> str:
    return later(
        "Only {readable} of {wanted} frames are readable: the nearest readable ones stand in for the others.",
        readable=readable,
        wanted=wanted,
    )
