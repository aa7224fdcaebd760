"""Many clips: the next ones are decoded while the model answers, and it answers several at once.

clips -> threads that wait for the decode workers -> batches, in the clips' order -> answers
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from . import pipeline
from .records import Device, Geometry
from .results import Analysis
from .settings import Settings

BATCH_TOKENS = {"cpu": 8 * 512, "cuda": 64 * 1568}
"""Tokens of one batch, by device: enough to fill it. A CPU's caches hold few, so that larger batches are no faster."""

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
    """The answers batch by batch, in the clips' order; what one clip raises stands in its place.

    Batch k holds the clips from k · ``batch_size`` on, whether they can be read or not. So a run over the clips from a
    whole batch on has the very batches of the run over all of them, and gives the very same numbers.

    Args:
        clips: (name to show, file) each.
        batch_size: Clips that are answered at once.
        settings: Every limit; ``decode_workers`` says how many clips are decoded at once.
        line: What else ``pipeline.prepare`` takes.

    Yields:
        One list a batch. The analyses keep no pictures, or a thousand clips would fill the memory.
    """

    def prepare(number: int) -> pipeline.Prepared:
        name, path = clips[number]
        return _without_pictures(pipeline.prepare(path, clip_name=name, settings=settings, **line))

    # One thread more than workers: it resizes a clip while the workers decode others.
    decoded = ahead(prepare, len(clips), threads=settings.decode_workers + 1, most=(AHEAD + 1) * batch_size)
    for start in range(0, len(clips), batch_size):
        batch = [next(decoded) for _ in clips[start : start + batch_size]]
        yield _answer(batch)


def _answer(batch: Sequence[Future[pipeline.Prepared]]) -> list[Analysis | Exception]:
    results: list[Any] = [future.exception() for future in batch]  # one clip must not end the others
    prepared = {place: future.result() for place, future in enumerate(batch) if results[place] is None}
    if prepared:
        answers: Sequence[Analysis | Exception]
        try:
            answers = pipeline.classify_many(list(prepared.values()))
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


def _without_pictures(prepared: pipeline.Prepared) -> pipeline.Prepared:
    """What the model and the JSON need; a clip's frames in full size are ten times that."""
    count = len(prepared.frames.indices)
    return replace(
        prepared,
        frames=replace(prepared.frames, rgb=np.empty((count, 0, 0, 3), np.uint8)),
        inputs=tuple(replace(view, view_rgb=np.empty((count, 0, 0, 3), np.uint8)) for view in prepared.inputs),
    )
