"""What open pages hold together: each its answer with the frames behind it and all that was computed of it since, up
to a bound in bytes.

An answer's frames are some 15 MB at 480 x 640, its maps, films and figures up to several times as much, and hundreds of
pages may stay open that nobody looks at. Visitors of one clip share one answer, which counts once. Beyond the bound the
answers of pages that were used longest ago are let go; at such a page's next event it takes its wish up anew, from the
clip's file, with the map, the class and the step of a lesson that were chosen. What a control says is read then; a
button that was pressed has to be pressed again, and ``Page.on`` says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import numpy as np
from gradio.state_holder import StateHolder

from .drawn import bytes_drawn
from .page import Page
from .visit import Visit

IN_USE_SECONDS = 60
"""A page whose last event is not older keeps its answer whatever the bound: else two that are at work would take turns
at losing it, and compute without end."""


class Held:
    """The answers of all open pages of one server."""

    def __init__(self, page: Page, most_bytes: float) -> None:
        self._analysis, self._visit, self._wished = page.analysis._id, page.visit._id, page.wished._id
        self._tab = page.selected_tab._id
        self._beside = page.backend.beside
        self._most = most_bytes

    def after(self, event: Any, changed: list[int], session: str, sessions: StateHolder) -> list[int]:
        """To be called when an event was answered; gives the states that have changed, so that their events follow.

        Args:
            changed: those that the event has changed.
            session: whose event it was.
        """
        if self._analysis in changed:
            self.let_go(sessions)
        if session not in sessions.session_data or all(one._id != self._analysis for one in event.inputs):
            return changed
        states = sessions.session_data[session].state_data
        visit: Visit | None = states.get(self._visit)
        if visit is None:
            return changed
        visit.has(states.get(self._analysis))
        if not visit.take_up():
            return changed
        states[self._wished] = visit.number
        if states.get(self._tab) is None:  # where Gradio let the answer go, it let this go, too
            states[self._tab] = visit.tab
        return [*changed, self._wished]

    def is_page(self, session: str, sessions: StateHolder) -> bool:
        """Whether a browser has it open, or had, and not a program."""
        states = sessions.session_data[session].state_data if session in sessions.session_data else {}
        visit: Visit | None = states.get(self._visit)
        return visit is not None and visit.followed > 0

    def let_go(self, sessions: StateHolder) -> None:
        """To be called now and then, too: an answer that is looked into takes more with each tab."""
        with sessions.lock:
            latest_first = [(name, one.state_data) for name, one in reversed(sessions.session_data.items())]
        held: set[int] = set()
        size, now = 0, datetime.now()
        for name, states in latest_first:
            analysis = states.get(self._analysis)
            if analysis is None or id(analysis) in held:
                continue
            idle_seconds = (now - sessions.time_last_used.get(name, now)).total_seconds()
            bytes_held = bytes_of(analysis) + bytes_drawn(analysis) + bytes_of(self._beside(analysis))
            if size + bytes_held > self._most and idle_seconds > IN_USE_SECONDS:
                states[self._analysis] = None
                states[self._visit].let_go()
            else:
                held.add(id(analysis))
                size += bytes_held


def bytes_of(record: Any) -> int:
    """Of the arrays of a record, or of several: the frames of an analysis as decoded and as the model gets them, for
    one. The rest is words and numbers."""
    return sum({id(array): array.nbytes for array in _arrays(record)}.values())


def _arrays(record: Any) -> Iterator[np.ndarray]:
    if isinstance(record, np.ndarray):
        yield record
    elif hasattr(record, "__dataclass_fields__"):
        for name in record.__dataclass_fields__:
            yield from _arrays(getattr(record, name))
    elif isinstance(record, Mapping):
        yield from _arrays([*record.values()])
    elif isinstance(record, (list, tuple)) and not isinstance(next(iter(record), ""), (str, float)):
        for value in record:
            yield from _arrays(value)
