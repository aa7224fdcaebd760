"""A page's events share one stream, and none is lost where one joins while it closes."""

import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import gradio as gr
import httpx
import pytest
from fake_backend import FakeBackend

from videomae_demo.settings import Settings
from videomae_demo.ui import build_demo, launch_options


class Asking:
    """A page as far as its events go."""

    session = "one-page"

    def __init__(self, demo: gr.Blocks, url: str) -> None:
        self._api = f"{url}gradio_api/queue/"
        self._event = next(event._id for event in demo.fns.values() if event.api_name == "predict")

    def join(self) -> str:
        """Ask for something, refused at once; gives the event."""
        body = {"data": [None, "auto", "auto", 5], "fn_index": self._event, "session_hash": self.session}
        return httpx.post(f"{self._api}join", json=body).raise_for_status().json()["event_id"]

    def hear(self, client: httpx.Client) -> Any:
        return client.stream("GET", f"{self._api}data", params={"session_hash": self.session}, timeout=60)


def heard(stream: httpx.Response) -> Iterator[dict[str, Any]]:
    for line in stream.iter_lines():
        if line.startswith("data: "):
            yield json.loads(line.removeprefix("data: "))


def answered(messages: Iterator[dict[str, Any]]) -> str:
    """The event that is answered next."""
    return next(one["event_id"] for one in messages if one["msg"] == "process_completed")


@pytest.fixture
def page(tmp_path):
    with closing(build_demo(FakeBackend(tmp_path).backend(), Settings(), tabs={})) as demo:
        _, url, _ = demo.launch(prevent_thread_lock=True, quiet=True, **launch_options(Settings()))
        yield Asking(demo, url)


def test_an_event_that_joins_as_the_last_one_ends_is_answered_on_the_same_stream(page):
    first = page.join()
    with httpx.Client() as client, page.hear(client) as stream:
        messages = heard(stream)
        assert answered(messages) == first
        for _ in range(3):
            event = page.join()
            assert answered(messages) == event
        assert [one["msg"] for one in messages if one["msg"] != "heartbeat"] == ["close_stream"]


def test_a_page_that_went_away_meanwhile_hears_the_next_on_another_stream(page):
    first = page.join()
    with httpx.Client() as client, page.hear(client) as stream:
        assert answered(heard(stream)) == first
    second = page.join()
    with httpx.Client() as client, page.hear(client) as stream:
        assert answered(heard(stream)) == second
