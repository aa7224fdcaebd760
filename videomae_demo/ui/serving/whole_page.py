"""The page itself, made once a language: a class that opens one link in the same moment gets the same bytes.

ASGI middleware around the whole app. Gradio copies the description of all components for each visitor, changes nothing
in it, and writes it as JSON: a tenth of a second of the only interpreter, thirty times while a class waits.

Whoever asks for the page's head alone gets it without the page. Gradio does so as it starts, and gives the start up
where that takes three seconds, as the first page does on a busy machine.
"""

from __future__ import annotations

import asyncio
import gzip
from collections import OrderedDict
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, replace
from typing import Any

from .languages import chosen

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

PAGES_KEPT = 16
"""Of all languages, and of all names under which the server is reached; one takes about a megabyte."""
NAMES = (b"host", b"x-forwarded-host", b"x-forwarded-proto", b"x-gradio-server")
"""Headers from which Gradio reads its own address, which the page names."""


@dataclass(frozen=True)
class Answer:
    """What one request for the page was answered with."""

    start: Message
    body: bytes

    @property
    def is_page(self) -> bool:
        headers = {name.lower(): value for name, value in self.start["headers"]}
        return self.start["status"] == 200 and headers.get(b"content-type", b"").startswith(b"text/html")


HEAD = Answer(
    {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html; charset=utf-8")]}, b""
)
"""Of any page, without it."""


class WholePage:
    """The app, asked for each page once.

    The query of an address is left to the page's scripts, which read it in the browser; of all that it says, what is
    sent depends on the language alone.
    """

    def __init__(self, app: App) -> None:
        self._app = app
        self._pages: OrderedDict[Any, tuple[Answer, Answer]] = OrderedDict()
        self._making = asyncio.Lock()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD") or scope["path"].strip("/"):
            await self._app(scope, receive, send)
            return
        if scope["method"] == "HEAD":
            await _send(HEAD, send)
            return
        headers = dict(scope["headers"])
        accepted = headers.get(b"accept-language", b"").decode("latin-1")
        language = chosen(scope["query_string"].decode("latin-1"), accepted)
        names = [tuple(pair) for pair in scope["headers"] if pair[0] in NAMES]
        key = (language, scope["scheme"], scope["path"], str(scope.get("server")), *names)
        if key not in self._pages:
            async with self._making:  # who comes meanwhile waits for it
                if key not in self._pages:
                    made = await self._ask(scope, receive, language)
                    if not made.is_page:
                        await _send(made, send)
                        return
                    self._pages[key] = made, await asyncio.to_thread(_compressed, made)
                    while len(self._pages) > PAGES_KEPT:
                        self._pages.popitem(last=False)
        plain, compressed = self._pages[key]
        self._pages.move_to_end(key)
        await _send(compressed if b"gzip" in headers.get(b"accept-encoding", b"") else plain, send)

    async def _ask(self, scope: Message, receive: Receive, language: str) -> Answer:
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self._app({**scope, "query_string": f"lang={language}".encode()}, receive, keep)
        return Answer(messages[0], b"".join(one.get("body", b"") for one in messages[1:]))


def _compressed(answer: Answer) -> Answer:
    body = gzip.compress(answer.body)
    others = [pair for pair in answer.start["headers"] if pair[0].lower() != b"content-length"]
    encoded = [(b"content-encoding", b"gzip"), (b"content-length", str(len(body)).encode())]
    return replace(answer, start={**answer.start, "headers": [*others, *encoded]}, body=body)


async def _send(answer: Answer, send: Send) -> None:
    await send({**answer.start, "headers": [*answer.start["headers"], (b"vary", b"accept-encoding")]})
    await send({"type": "http.response.body", "body": answer.body})
