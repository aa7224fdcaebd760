"""What Gradio keeps of its visitors, made small: else each page and each call costs a hundred times more.

CopiedConfig      what a session copies of the page
count_nothing     no statistics of events
drop_state        nothing of a program's call
forget_the_gone   nothing of sessions that are over
"""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

from gradio.blocks import BlocksConfig
from gradio.queueing import Queue
from gradio.state_holder import StateHolder

OVER_SECONDS = 60
"""After so long the queue needs to know nothing of a session that has all its answers."""
UNFETCHED_SECONDS = 600
"""How long an answer waits for a program that has not asked for it yet."""


class CopiedConfig(BlocksConfig):
    """A page's components and events, whose copies describe no component.

    Gradio describes every component anew for each session, and writes into that every value that the session is shown,
    in case somebody asks for a link to it. This page has its state in its address, and no such links
    (``closed_routes``). With 418 components a session, be it a program's single call, took 0.2 s and 0.7 MB before its
    first event, and more with every figure; it takes 3 ms and 40 KB without.
    """

    def __copy__(self) -> BlocksConfig:
        copied: BlocksConfig = super().__copy__()
        copied.config_for_block = lambda *_: _NO_DESCRIPTION  # type: ignore[method-assign, assignment]
        return copied


_NO_DESCRIPTION: dict[str, Any] = {}


def count_nothing(queue: Queue) -> None:
    """No statistics of events: Gradio makes a table of the last 10,000 after each, for a page that is closed here."""
    queue.ANALYTICS_MAX_EVENTS = 1
    queue.ANAYLTICS_CACHE_FREQUENCY = math.inf  # type: ignore[assignment]


def drop_state(states: StateHolder, session: str) -> None:
    """A program's call has its answer: it has no state, and must not push a visitor's page out of the last few."""
    with states.lock:
        if session in states.session_data and not states.session_data[session].state_data:
            del states.session_data[session]


def forget_the_gone(queue: Queue, states: StateHolder, *, now: datetime | None = None) -> None:
    """Drop what the queue keeps of sessions that are over: a set of events and a line of messages of each, for ever.

    To be called in the event loop, in which the queue works.
    """
    now = now or datetime.now()
    for session, events in list(queue.pending_event_ids_session.items()):
        at_work = any(event in queue.event_ids_to_events for event in events)
        seconds = (now - states.time_last_used.setdefault(session, now)).total_seconds()
        if not (at_work or _is_listening(queue, session)) and seconds > (UNFETCHED_SECONDS if events else OVER_SECONDS):
            del queue.pending_event_ids_session[session]
            queue.pending_messages_per_session.pop(session, None)
            if session not in states.session_data:
                states.time_last_used.pop(session, None)


def _is_listening(queue: Queue, session: str) -> bool:
    """Whether a browser waits for messages: without its line of them, its page would hear of nothing any more."""
    messages = queue.pending_messages_per_session.get(session)
    return messages is not None and bool(messages._getters)  # type: ignore[attr-defined]
