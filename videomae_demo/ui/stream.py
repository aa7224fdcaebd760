"""Keeps the connection open on which a page hears from the server.

Gradio closes it whenever nothing is under way, and opens it again with the next event. An event that begins in between
is lost in part: the browser's closing it makes the server throw away what waits for that visitor, and an event that
joins before the browser has noticed is not heard of until another one comes. So on a page there is always something
under way. It costs what an open page costs anyway, one connection, and no thread.
"""

from __future__ import annotations

import gradio as gr

from .page import AT_ONCE, QUIET

UNDER_WAY = "the page is open"
"""Stands where Gradio keeps the numbers of a visitor's events; it never ends."""


def keep_stream_open(demo: gr.Blocks) -> None:
    """Wire it inside the open ``gr.Blocks``."""

    def hold(request: gr.Request) -> None:
        demo._queue.pending_event_ids_session[request.session_hash].add(UNDER_WAY)

    def let_go(request: gr.Request) -> None:
        demo._queue.pending_event_ids_session.pop(request.session_hash, None)

    demo.load(hold, None, None, **QUIET, **AT_ONCE)
    demo.unload(let_go)
