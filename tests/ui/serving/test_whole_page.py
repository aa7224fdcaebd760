"""The page is made once for all who ask for it in one language, under one name."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from videomae_demo.ui.serving.languages import Languages
from videomae_demo.ui.serving.whole_page import PAGES_KEPT, WholePage
from videomae_demo.words import language


class Asked:
    """An app that counts how often it makes its page."""

    def __init__(self) -> None:
        self.pages = 0
        self.status = 200
        self.app = Starlette(
            routes=[Route("/", self._page), Route("/other", self._other)],
            middleware=[Middleware(WholePage), Middleware(Languages)],
        )

    async def _page(self, request: Request) -> HTMLResponse:
        self.pages += 1
        await asyncio.sleep(0.01)
        words = f'<html\n\tlang="en"><head></head>{language()} {request.url.hostname} {"long " * 1000}</html>'
        return HTMLResponse(words, status_code=self.status)

    async def _other(self, request: Request) -> PlainTextResponse:
        self.pages += 1
        return PlainTextResponse(request.url.query)


@pytest.fixture
def asked() -> Iterator[Asked]:
    yield Asked()


def test_whatever_an_address_asks_for_it_is_one_page(asked):
    client = TestClient(asked.app)
    first = client.get("/?lesson=time")
    assert client.get("/?clip=door&tab=worth").content == first.content == client.get("/").content
    assert asked.pages == 1
    assert first.text.endswith("</html>") and " testserver " in first.text


def test_the_head_alone_costs_no_page(asked):
    """Gradio asks for it as it starts, and does not wait long."""
    client = TestClient(asked.app)
    head = client.head("/?lesson=time")
    assert (head.status_code, head.content, asked.pages) == (200, b"", 0)
    page = client.get("/")
    assert head.headers["content-type"] == page.headers["content-type"] and asked.pages == 1
    assert client.head("/other").status_code == 200 and asked.pages == 2  # that of the page alone


def test_each_language_and_each_name_of_the_server_has_its_own(asked):
    client = TestClient(asked.app)
    german = client.get("/?lang=de&clip=door")
    assert german.headers["content-language"] == "de" and ">de testserver" in german.text
    assert client.get("/", headers={"accept-language": "de"}).content == german.content and asked.pages == 1
    assert ">en testserver" in client.get("/").text
    assert ">en elsewhere" in client.get("/", headers={"host": "elsewhere"}).text
    assert asked.pages == 3


def test_a_browser_gets_it_compressed_and_a_program_may_have_it_plain(asked):
    client = TestClient(asked.app)
    with client.stream("GET", "/", headers={"accept-encoding": "gzip, br"}) as small:
        sent = b"".join(small.iter_raw())
    plain = client.get("/", headers={"accept-encoding": "identity"})
    assert small.headers["content-encoding"] == "gzip" and int(small.headers["content-length"]) == len(sent)
    assert gzip.decompress(sent) == plain.content and "content-encoding" not in plain.headers
    assert len(sent) < len(plain.content) / 5
    assert plain.headers.get_list("vary") == ["accept-language", "accept-encoding"]


def test_a_class_that_comes_in_one_moment_waits_for_one_page(asked):
    async def come() -> list[bytes]:
        transport = httpx.ASGITransport(app=asked.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            answers = await asyncio.gather(*(client.get(f"/?step={number}") for number in range(30)))
        return [one.content for one in answers]

    with ThreadPoolExecutor(1) as beside:  # in this thread a browser may have its event loop, left by a test before
        assert len(set(beside.submit(asyncio.run, come()).result())) == 1
    assert asked.pages == 1


def test_a_page_that_fails_is_made_again(asked):
    client = TestClient(asked.app)
    asked.status = 503
    assert client.get("/").status_code == 503
    asked.status = 200
    assert client.get("/").status_code == 200 and asked.pages == 2


def test_made_up_names_do_not_fill_the_memory(asked):
    client = TestClient(asked.app)
    for number in range(PAGES_KEPT + 1):
        client.get("/", headers={"host": f"host{number}"})
    client.get("/", headers={"host": f"host{PAGES_KEPT}"})
    assert asked.pages == PAGES_KEPT + 1
    client.get("/", headers={"host": "host0"})
    assert asked.pages == PAGES_KEPT + 2


def test_nothing_else_is_kept(asked):
    client = TestClient(asked.app)
    assert [client.get(f"/other?{number}").text for number in "123"] == ["1", "2", "3"]
    assert asked.pages == 3
