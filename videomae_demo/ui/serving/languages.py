"""Which language a visitor reads: ``?lang=de`` in the page's address, else what the browser prefers, else English.

ASGI middleware around the whole app: what a request is answered with is said in its language. An event of the page
comes without the page's address in its own; the browser names it as the referrer.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from ...words import LANGUAGES, SOURCE, use, words_script

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

SPEAKING = (Path(__file__).parents[1] / "speaking.js").read_text(encoding="utf-8")
HEAD = b"<head>"
ENGLISH = b'lang="en"'
"""As Gradio's page has it, whatever it says."""
BASE = b'<base href="./" />'
"""Gradio's; it changes no address. But where it stands, Plotly calls the parts of a figure by the page's whole address,
which is another one as soon as the visitor goes on: colour bars go blank, and nothing is clipped any more."""


def chosen(query: str, accept_language: str) -> str:
    """The language for an address and a browser, a key of ``LANGUAGES``.

    >>> chosen("clip=door&lang=de", "en"), chosen("lang=xx", "fr;q=0.9, de-AT;q=0.8, en;q=0.1"), chosen("", "fr")
    ('de', 'de', 'en')
    """
    asked = dict(parse_qsl(query)).get("lang", "")
    if asked in LANGUAGES:
        return asked
    wanted = sorted(accept_language.split(","), key=_preference, reverse=True)
    keys = (one.partition(";")[0].strip().lower().partition("-")[0] for one in wanted if _preference(one) > 0)
    return next((key for key in keys if key in LANGUAGES), SOURCE)


def _preference(one: str) -> float:
    """Of an entry of Accept-Language: 1 where it says nothing, 0 for a language that is not wanted."""
    _name, _, weight = one.partition(";q=")
    try:
        return float(weight or 1)
    except ValueError:
        return 0.0


def of_event(headers: Mapping[str, str]) -> str:
    """The language of the page that an event came from."""
    return chosen(urlsplit(headers.get("referer", "")).query, headers.get("accept-language", ""))


class Languages:
    """The app, each request in its language."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        query = scope["query_string"].decode("latin-1")
        is_page = scope["method"] == "GET" and not scope["path"].strip("/")
        key = chosen(query, headers.get("accept-language", "")) if is_page else of_event(headers)
        with use(key):
            await self._app(scope, receive, _Marked(send, key) if is_page else send)


class _Marked:
    """The page, marked with its language, and with the words of its scripts before any of them runs."""

    def __init__(self, send: Send, key: str) -> None:
        self._send, self._key = send, key
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_html(message["headers"]):
            self._start = message
        elif self._start is None:
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._send_page(self._start)

    async def _send_page(self, start: Message) -> None:
        body = self._body.replace(BASE, b"", 1).replace(ENGLISH, f'lang="{escape(self._key)}"'.encode(), 1)
        body = body.replace(HEAD, HEAD + f"<script>{words_script()}{SPEAKING}</script>".encode(), 1)
        headers = [pair for pair in start["headers"] if pair[0].lower() != b"content-length"]
        headers += [
            (b"content-length", str(len(body)).encode()),
            (b"content-language", self._key.encode()),
            (b"vary", b"accept-language"),
            (b"referrer-policy", b"same-origin"),  # events name their page by it, and nobody else hears of it
        ]
        await self._send({**start, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})


def _is_html(headers: list[tuple[bytes, bytes]]) -> bool:
    return any(name.lower() == b"content-type" and value.startswith(b"text/html") for name, value in headers)
