"""What Gradio does at each step of each event, without what this page has no use for.

A step is a value that a handler returns or yields. Thirty phones that open a lesson in the same moment have some 500 of
them answered by one event loop, in one interpreter: what each costs there is what the class waits for. For one step,
Gradio looks for matplotlib, counts the event for statistics and tells its place in a line in which nobody waits; a
thread is begun for each of these, and for each value that is a string already.

as_it_is          values that need nothing done to them
followed_states   which states have events that follow their change
lighten           the rest, for one page
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import nullcontext
from typing import Any

import gradio as gr
import gradio.queueing
import gradio.utils
from gradio.blocks import Block, BlockFunction
from gradio.components.plot import PlotData
from gradio.queueing import Queue


def as_it_is(component: Block, value: Any) -> Any:
    """The value as the browser gets it, where Gradio would only look at it, in a thread; else ``NotImplemented``.

    Words and figures that are JSON already have no file in them, and are what this page mostly sends.
    """
    if isinstance(component, gr.HTML) and isinstance(value, str):
        return component.postprocess(value)
    if isinstance(component, gr.Plot) and isinstance(value, PlotData):
        return value.model_dump()
    return NotImplemented


def followed_states(events: Iterable[BlockFunction]) -> frozenset[int]:
    """Ids of components whose change events follow: Gradio looks through all events for each state, at each step."""
    return frozenset(
        component for event in events for component, what in event.targets if what == "change" and component is not None
    )


def lighten(queue: Queue) -> None:
    """Leave out what every step does and nobody reads: places in a line, a thread for statistics that
    ``sessions.count_nothing`` has ended, matplotlib's canvas.

    Places: no event of this page waits in Gradio's queue; it waits in ``serving/line.py``, and says so itself. The last
    two Gradio has but once, so they are left out for all pages of this process.
    """
    queue.broadcast_estimations = _tell_nobody  # type: ignore[method-assign]
    gradio.queueing.run_sync = _at_once  # type: ignore[attr-defined]  # used there for the statistics alone
    gradio.utils.MatplotlibBackendMananger = nullcontext  # type: ignore[assignment, misc]


def _tell_nobody(concurrency_id: str, after: int | None = None) -> None: ...


async def _at_once(work: Any, *values: Any) -> Any:
    return work(*values)
