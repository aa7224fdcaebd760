"""The stream on which a page hears from the server, kept open for a moment after its last event.

ASGI middleware around the whole app. Gradio closes a page's stream whenever nothing of that page is under way, and the
page opens another one for its next event: five times from the press of a sample to its map. And where a page's event
joins while the word that the stream closes is on its way, which takes a lost packet or a proxy that collects, the page
closes the stream on which that event is answered, and hears nothing of it before it asks for something else.

So the closing word is held back until a page has asked for nothing for a second: events that follow one another share
one stream, and the word goes out when no event is near.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from gradio.route_utils import API_PREFIX

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

PATH = f"{API_PREFIX}/queue/data"
CLOSING = b'"msg":"close_stream"'
KEPT_SECONDS = 1.0
"""How long a stream stays open after the page's last event; a program that ends waits as long for its own."""
TICK_SECONDS = 0.05
"""How long an event may wait for its stream to be taken up again."""


class KeptStreams:
    """The app, whose streams outlast a page's single events."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].endswith(PATH):
            await self._app(scope, receive, send)
            return
        queue = scope["app"].get_blocks()._queue
        (session,) = parse_qs(scope["query_string"].decode("latin-1")).get("session_hash", [""])[:1]
        begun = False
        while True:
            closing: list[Message] = []

            async def pass_on(message: Message, closing: list[Message] = closing) -> None:
                nonlocal begun
                if message["type"] == "http.response.start":
                    if not begun:
                        begun = True
                        await send(message)
                elif closing or CLOSING in message.get("body", b""):
                    closing.append(message)
                else:
                    await send(message)

            await self._app(dict(scope), receive, pass_on)  # what is asked is the same each time
            if not closing or not await _asks_again(queue, session, receive):
                break
        for message in closing:
            await send(message)


async def _asks_again(queue: Any, session: str, receive: Receive) -> bool:
    """Whether the page has an event under way within a moment; False as soon as it or the server is gone."""
    gone = asyncio.ensure_future(receive())
    until = time.monotonic() + KEPT_SECONDS
    try:
        while time.monotonic() < until and not queue.stopped:
            await asyncio.wait([gone], timeout=TICK_SECONDS)
            if gone.done():
                return False
            if queue.pending_event_ids_session.get(session):
                return True
        return False
    finally:
        gone.cancel()
