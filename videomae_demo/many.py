"""Many clips: the next ones are decoded while the model answers, and it answers several at once.

clips -> threads that wait for the decode workers -> batches, in the clips' order -> answers
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from . import pipeline
from .models.shared_passes import BATCH_TOKENS
from .records import Device, Geometry
from .results import Analysis
from .settings import Settings

AHEAD = 2
"""Batches that may lie decoded while the model works on another."""

Value = TypeVar("Value")


def batch_size_for(geometry: Geometry, device: Device, *, views: int = 1) -> int:
    """How many clips of so many views fill the device.

    >>> batch_size_for(Geometry(16, 96, 2, 12), "cpu"), batch_size_for(Geometry(16, 224, 2, 16), "cpu")
    (8, 2)
    """
    return max(BATCH_TOKENS[device] // (geometry.num_tokens * views), 1)


def analyse_many(
    clips: Sequence[tuple[str, Path]], *, batch_size: int, settings: Settings = Settings(), **line: Any
) -> Iterator[list[Analysis | Exception]]:
    """The answers batch by batch; see ``in_batches``. The analyses keep no pictures: they would fill the memory."""
    return in_batches(pipeline.classify_many, clips, batch_size=batch_size, settings=settings, **line)


def features_of_many(
    clips: Sequence[tuple[str, Path]], *, batch_size: int, settings: Settings = Settings(), **line: Any
) -> Iterator[list[tuple[np.ndarray, np.ndarray] | Exception]]:
    """Pooled features and tokens as ``pipeline.features_of_many`` gives them, batch by batch; see ``in_batches``."""
    return in_batches(pipeline.features_of_many, clips, batch_size=batch_size, settings=settings, **line)


def in_batches(
    run_model: Callable[[list[pipeline.Prepared]], Sequence[Value]],
    clips: Sequence[tuple[str, Path]],
    *,
    batch_size: int,
    settings: Settings,
    **line: Any,
) -> Iterator[list[Value | Exception]]:
    """What the model says, in the clips' order; what one clip raises stands in its place.

    Batch k holds the clips from k · ``batch_size`` on, whether they can be read or not. So a run over the clips from a
    whole batch on has the very batches of the run over all of them, and gives the very same numbers.

    Args:
        run_model: One value a clip.
        clips: (name to show, file) each.
        batch_size: Clips that are answered at once.
        settings: Every limit; ``decode_workers`` says how many clips are decoded at once.
        line: What else ``pipeline.prepare`` takes.

    Yields:
        One list a batch.
    """

    def prepare(number: int) -> pipeline.Prepared:
        name, path = clips[number]
        return _without_pictures(pipeline.prepare(path, clip_name=name, settings=settings, **line))

    # One thread more than workers: it resizes a clip while the workers decode others.
    decoded = ahead(prepare, len(clips), threads=settings.decode_workers + 1, most=(AHEAD + 1) * batch_size)
    for start in range(0, len(clips), batch_size):
        yield _answer(run_model, [next(decoded) for _ in clips[start : start + batch_size]])


def _answer(
    run_model: Callable[[list[pipeline.Prepared]], Sequence[Value]], batch: Sequence[Future[pipeline.Prepared]]
) -> list[Value | Exception]:
    results: list[Any] = [future.exception() for future in batch]  # one clip must not end the others
    prepared = {place: future.result() for place, future in enumerate(batch) if results[place] is None}
    if prepared:
        answers: Sequence[Any]
        try:
            answers = run_model(list(prepared.values()))
        except Exception as error:  # the model's own, such as a full memory: the next batch may fare better
            answers = [error] * len(prepared)
        for place, answer in zip(prepared, answers, strict=True):
            results[place] = answer
    return results


def ahead(work: Callable[[int], Value], count: int, *, threads: int, most: int) -> Iterator[Future[Value]]:
    """``work(0)``, ``work(1)``, ... in this order, each computed ahead of time in a thread.

    The threads are daemons: whoever is interrupted does not wait for the clips that are just being decoded.

    Args:
        work: Called in several threads at once.
        count: How many numbers there are.
        threads: How many work at once.
        most: How many may be computed, or be under way, ahead of the one that is taken next.
    """
    futures: dict[int, Future[Value]] = {number: Future() for number in range(count)}
    numbers = iter(range(count))
    lock, room, stopped = threading.Lock(), threading.Semaphore(most), threading.Event()

    def serve() -> None:
        while room.acquire():
            with lock:
                number = next(numbers, None)
            if number is None or stopped.is_set():
                room.release()  # for the next thread to end, too
                return
            try:
                futures[number].set_result(work(number))
            except BaseException as error:
                futures[number].set_exception(error)

    for _ in range(min(threads, count)):
        threading.Thread(target=serve, daemon=True, name="videomae-ahead").start()
    try:
        for number in range(count):
            future = futures[number]
            future.exception()  # returns when the value is there, or what was raised instead
            del futures[number]
            room.release()
            yield future
    finally:
        stopped.set()
        room.release()


def buffered(items: Generator[Value, None, None], most: int) -> Generator[Value, None, None]:
    """The same items, made in a thread up to ``most`` ahead of the one that is taken next; closing it closes ``items``.

    Whoever closes it does not wait for the item that is just being made: the thread closes ``items`` after that one.
    """
    made: queue.Queue[tuple[bool, Any]] = queue.Queue(most)
    stopped = threading.Event()

    def put(entry: tuple[bool, Any]) -> None:
        while not stopped.is_set():
            with contextlib.suppress(queue.Full):
                made.put(entry, timeout=0.1)
                return

    def make() -> None:
        try:
            for item in items:
                put((True, item))
                if stopped.is_set():
                    return
            put((False, None))
        except BaseException as error:
            put((False, error))
        finally:
            items.close()

    threading.Thread(target=make, daemon=True, name="videomae-buffered").start()
    try:
        while True:
            is_item, value = made.get()
            if is_item:
                yield value
            elif value is None:
                return
            else:
                raise value
    finally:
        stopped.set()


def _without_pictures(prepared: pipeline.Prepared) -> pipeline.Prepared:
    """What the model and the JSON need; a clip's frames in full size are ten times that."""
    count = len(prepared.frames.indices)
    return replace(
        prepared,
        frames=replace(prepared.frames, rgb=np.empty((count, 0, 0, 3), np.uint8)),
        inputs=tuple(replace(view, view_rgb=np.empty((count, 0, 0, 3), np.uint8)) for view in prepared.inputs),
    )
