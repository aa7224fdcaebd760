"""What may come in, checked while it comes in: how much, for how long, how often.

ASGI middleware around the whole app. A body is counted as it arrives and cut off at its limit, whatever its header
promised; an upload that ends early, or takes too long, leaves no file behind.
"""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from starlette.exceptions import HTTPException

from ...happenings import tell
from ...settings import Settings
from ...words import _
from .health import Health
from .line import STOPPING
from .rates import Rate, address_of

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

UPLOAD = "/gradio_api/upload"
AT_ONCE = 0.25
"""The share of a minute's requests that may come in one moment: each costs the server 2 ms and more."""
UPLOAD_COST = 10.0
"""As how many requests an upload counts: it fills the disk, and costs the time of writing it."""
MCP = "/gradio_api/mcp"
OTHER_BYTES = 4_000_000
"""Of a request that is no upload: choices and words, and no film."""
SLACK_BYTES = 16_384
"""Of an upload, beside the clip: the form around it."""
IDLE_SECONDS = 30.0
"""Nothing arrives for so long: the sender is gone, or holds the line open on purpose."""
OTHER_SECONDS = 30.0
CLOSE = {"connection": "close"}


class Intake:
    """The app, behind the rules for what comes in."""

    def __init__(self, app: App, settings: Settings, health: Health) -> None:
        self._app, self._settings, self._health = app, settings, health
        self._posts = Rate(settings.posts_per_minute, at_once=settings.posts_per_minute * AT_ONCE)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS"):
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        if self._health.state == "stopping":
            await _refuse(send, "stopping", 503, _(STOPPING), 60)
            return
        path = scope["path"].rstrip("/")
        cost = UPLOAD_COST if path.endswith(UPLOAD) else 1.0
        wait = self._posts.take(address_of(scope.get("client"), headers, self._settings.proxies), cost=cost)
        if wait:
            sentence = _(
                "That was too often for one address. Please try again in {seconds} s.", seconds=math.ceil(wait)
            )
            await _refuse(send, "too often", 429, sentence, wait)
            return
        body = _Body(path, self._settings, receive)
        if body.promised_too_much(headers.get("content-length", "")):
            await _refuse(send, "too large", 413, body.too_large, None)
            return
        await self._app(scope, body.receive, send)


class _Body:
    """One request's body, counted."""

    def __init__(self, path: str, settings: Settings, receive: Receive) -> None:
        self._receive = receive
        self._upload = path.endswith(UPLOAD)
        clip = int(settings.max_upload_mb * 1e6)
        if self._upload:
            self._most = clip + SLACK_BYTES
            self.too_large = _(
                "This clip has more than the maximum allowed size of {megabytes:g} MB. Cut out the part of interest, "
                "or export it smaller.",
                megabytes=settings.max_upload_mb,
            )
        else:
            # A program that speaks MCP has its clip in the request, as text: four letters for three bytes.
            self._most = max(OTHER_BYTES, clip * 4 // 3 + OTHER_BYTES if MCP in path else 0)
            self.too_large = _(
                "This request has more than the maximum allowed size of {megabytes:g} MB.", megabytes=self._most / 1e6
            )
        self._ends = time.monotonic() + (settings.upload_seconds if self._upload or MCP in path else OTHER_SECONDS)
        self._got = 0
        self._whole = False

    def promised_too_much(self, content_length: str) -> bool:
        return content_length.isdecimal() and int(content_length) > self._most

    async def receive(self) -> Message:
        if self._whole:
            return await self._receive()
        seconds = min(IDLE_SECONDS, self._ends - time.monotonic())
        try:
            message = await asyncio.wait_for(self._receive(), max(seconds, 0.001))
        except asyncio.TimeoutError:
            raise self._cut_off("too slow", 408, _("Sending this took too long. Try again on a better line.")) from None
        if message["type"] == "http.disconnect":
            raise self._cut_off("gone", 400, _("The sender is gone."))
        self._got += len(message.get("body", b""))
        self._whole = not message.get("more_body", False)
        if self._got > self._most:
            raise self._cut_off("too large", 413, self.too_large)
        if self._whole and self._upload:
            tell("received", bytes=self._got)
        return message

    def _cut_off(self, why: str, status: int, sentence: str) -> Exception:
        tell("refused", why=why)
        return HTTPException(status, sentence, headers=CLOSE)  # else the server would go on reading, and throw away


async def _refuse(send: Send, why: str, status: int, sentence: str, retry_seconds: float | None) -> None:
    tell("refused", why=why)
    headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
    if retry_seconds:
        headers.append((b"retry-after", str(math.ceil(retry_seconds)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    # Under both names: the page's script reads "error", programs "detail".
    await send({"type": "http.response.body", "body": json.dumps({"detail": sentence, "error": sentence}).encode()})
