"""Long steps that tell what they do and can be cancelled: a step runs in a thread, a generator reports on it."""

from __future__ import annotations

import contextlib
import contextvars
import queue
import threading
import time
from collections.abc import Callable, Generator
from typing import TypeVar

import gradio as gr

from ..records import OnProgress
from ..words import _
from . import html
from .seats import Seats

Value = TypeVar("Value")

TICK_SECONDS = 0.4
"""How long a cancelled step may go unnoticed, and how often the browser is told: each time, Gradio's script looks
through all of the page, which takes a slow machine a tenth of a second."""


class Cancelled(BaseException):
    """Raised inside a step, at its next report, after its visitor cancelled or left; ``except Exception`` misses it."""


def watched(step: Callable[[OnProgress], Value]) -> Generator[str, None, Value]:
    """Run ``step(on_progress)`` in a thread; yield what it says, and return what it returns.

    ``value = yield from watched(lambda tell: classify(prepared, on_progress=tell))``

    The first text comes at once, and then the last one every ``TICK_SECONDS``, new or not: Gradio can cancel a
    generator only where it yields. The end is noticed at once. Closing the generator makes the step's next report raise
    ``Cancelled``, so that nobody computes for a visitor who is gone.
    """
    told: queue.SimpleQueue[tuple[str, float | None] | None] = queue.SimpleQueue()
    gone = threading.Event()
    outcome: list[Value] = []
    failure: list[BaseException] = []

    def tell(text: str, share: float | None) -> None:
        if gone.is_set():
            raise Cancelled
        told.put((text, share))

    def run() -> None:
        try:
            outcome.append(step(tell))
        except BaseException as error:  # it is raised again below, in the visitor's own call
            failure.append(error)
        finally:
            told.put(None)

    # The visitor's context goes along: a Space lends its GPU to the visitor whose request this is.
    threading.Thread(target=contextvars.copy_context().run, args=(run,), daemon=True).start()
    text = ""
    due = time.monotonic() + TICK_SECONDS
    try:
        while True:
            earlier = text
            with contextlib.suppress(queue.Empty):
                said = told.get(timeout=max(due - time.monotonic(), 0))
                if said is None:
                    break
                text = _line(*said)
            if (not earlier and text) or time.monotonic() >= due:
                yield text
                due = time.monotonic() + TICK_SECONDS
    finally:
        gone.set()
    if failure:
        raise failure[0]
    return outcome[0]


def _line(text: str, share: float | None) -> str:
    """In the visitor's language: what the step says may come from a thread that speaks none."""
    return _(text) if share is None else _("{step} ({share:.0%})", step=_(text), share=share)


def reported(
    step: Callable[[OnProgress], Value],
    status: gr.HTML,
    at_first: str,
    *,
    seats: Seats | None = None,
    kind: str = "",
) -> Generator[dict[gr.HTML, str], None, Value]:
    """``watched``, as the updates of a status line: ``at_first`` until the step says something itself.

    Args:
        seats: where the step waits for its turn, and says so.
        kind: which of the page's steps it is; how long others wait is told by how long its like took.

    Raises:
        BusyError: there is not even a place in the line.
    """
    if seats is not None:
        with seats.enter(kind) as place:
            while not place.wait(TICK_SECONDS):
                yield {status: html.status(place.sentence)}
            return (yield from reported(step, status, at_first))
    running = watched(step)
    try:
        while True:
            yield {status: html.status(next(running) or _(at_first))}
    except StopIteration as done:
        return done.value
    finally:
        running.close()
