"""What open pages hold together: each its answer with the frames behind it, up to a bound in bytes.

An answer's frames are some 15 MB at 480 x 640, and hundreds of pages may stay open that nobody looks at. Visitors of
one clip share one answer, which counts once. Beyond the bound the answers of pages that were used longest ago are let
go; at such a page's next event it takes its wish up anew, from the clip's file, as if it had been chosen again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import numpy as np
from gradio.state_holder import StateHolder

from ..results import Analysis
from .page import Page
from .visit import Visit

IN_USE_SECONDS = 60
"""A page whose last event is not older keeps its answer whatever the bound: else two that are at work would take turns
at losing it, and compute without end."""


class Held:
    """The answers of all open pages of one server."""

    def __init__(self, page: Page, most_bytes: float) -> None:
        self._analysis, self._visit, self._wished = page.analysis._id, page.visit._id, page.wished._id
        self._most = most_bytes

    def after(self, event: Any, changed: list[int], session: str, sessions: StateHolder) -> list[int]:
        """To be called when an event was answered; gives the states that have changed, so that their events follow.

        Args:
            changed: those that the event has changed.
            session: whose event it was.
        """
        if self._analysis in changed:
            self._let_go(sessions)
        if session not in sessions.session_data or all(one._id != self._analysis for one in event.inputs):
            return changed
        states = sessions.session_data[session].state_data
        visit: Visit | None = states.get(self._visit)
        if visit is None or not visit.take_up():
            return changed
        states[self._wished] = visit.number
        return [*changed, self._wished]

    def _let_go(self, sessions: StateHolder) -> None:
        with sessions.lock:
            latest_first = [(name, one.state_data) for name, one in reversed(sessions.session_data.items())]
        held: set[int] = set()
        size, now = 0, datetime.now()
        for name, states in latest_first:
            analysis = states.get(self._analysis)
            if analysis is None or id(analysis) in held:
                continue
            idle_seconds = (now - sessions.time_last_used.get(name, now)).total_seconds()
            if size + bytes_of(analysis) > self._most and idle_seconds > IN_USE_SECONDS:
                states[self._analysis] = None
                states[self._visit].let_go()
            else:
                held.add(id(analysis))
                size += bytes_of(analysis)


def bytes_of(analysis: Analysis) -> int:
    """Of its arrays: the frames as decoded and as the model gets them, and its maps. The rest is words and numbers."""
    return sum(array.nbytes for array in _arrays(analysis))


def _arrays(record: Any) -> Iterator[np.ndarray]:
    if isinstance(record, np.ndarray):
        yield record
    elif hasattr(record, "__dataclass_fields__"):
        for name in record.__dataclass_fields__:
            yield from _arrays(getattr(record, name))
    elif isinstance(record, Mapping):
        for value in record.values():
            yield from _arrays(value)
