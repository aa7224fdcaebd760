"""What the server keeps of its visitors: little while they are there, nothing of those who are gone."""

import asyncio
import time
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any, TypeVar

import gradio as gr
import httpx
import pytest
from clips import counting_frames, write_clip
from fake_backend import FakeBackend
from gradio.state_holder import SessionState

from videomae_demo.settings import Settings
from videomae_demo.ui import build_demo, launch_options
from videomae_demo.ui.sessions import OVER_SECONDS, UNFETCHED_SECONDS, forget_the_gone

T = TypeVar("T")


@pytest.fixture
def server(tmp_path):
    backend = FakeBackend(tmp_path).backend()
    with closing(build_demo(backend, Settings(), tabs={})) as demo:
        _, url, _ = demo.launch(prevent_thread_lock=True, quiet=True, **launch_options(Settings()))
        yield demo, url


def ask(url: str, path: str) -> str:
    """A program's call; gives its event."""
    clip = {"path": path, "meta": {"_type": "gradio.FileData"}}
    asked = httpx.post(f"{url}gradio_api/call/predict", json={"data": [clip, "nonsense", "auto", 5]})
    return asked.raise_for_status().json()["event_id"]


def fetch(url: str, event: str) -> str:
    return httpx.get(f"{url}gradio_api/call/predict/{event}", timeout=60).text


def apart(work: Coroutine[Any, Any, T]) -> T:
    """Runs it in a thread of its own: in this one a browser may have its event loop, left by a test before."""
    with ThreadPoolExecutor(1) as beside:
        return beside.submit(asyncio.run, work).result()


def test_a_session_describes_no_component(server):
    demo, _ = server
    state = SessionState(demo)
    figure = next(block for block in demo.blocks.values() if block.get_block_name() == "plot")
    state[figure._id] = figure
    state._update_value_in_config(figure._id, {"plot": "large"})
    assert not any(state.config_values.values())
    assert figure._id in {part["id"] for part in demo.get_config_file()["components"]}  # but the page itself does


def test_no_event_is_counted(server):
    demo, _ = server
    assert demo._queue.compute_analytics_summary([{"function": "predict"}]) == {"functions": {}}


def test_nothing_is_left_of_programs_calls(server, tmp_path):
    demo, url = server
    queue, states = demo._queue, demo.state_holder
    clip = write_clip(tmp_path / "up.mp4", counting_frames(4))
    (path,) = httpx.post(f"{url}gradio_api/upload", files={"files": ("up.mp4", clip.read_bytes())}).json()
    asked = [ask(url, path) for _ in range(3)]
    for event in asked[:2]:
        assert "nonsense" in fetch(url, event)
    deadline = time.monotonic() + 60
    while queue.event_ids_to_events and time.monotonic() < deadline:  # the third, too, is answered
        time.sleep(0.05)
    assert not states.session_data

    def still_known(seconds: float) -> set[str]:
        forget_the_gone(queue, states, now=datetime.now() + timedelta(seconds=seconds))
        return {*queue.pending_event_ids_session} | {*queue.pending_messages_per_session}

    assert still_known(0) == {*asked}
    assert still_known(OVER_SECONDS + 1) == {asked[2]}
    assert "nonsense" in fetch(url, asked[2])  # fetched late, but fetched
    assert still_known(UNFETCHED_SECONDS + 1) == set()
    assert not states.time_last_used


def test_a_page_that_listens_keeps_its_line_of_messages(server):
    """As after a cancelled event: the browser goes on waiting, and would hear of nothing that is asked later."""
    demo, _ = server
    queue, states, later = demo._queue, demo.state_holder, datetime.now() + timedelta(days=1)

    async def sweep_while_it_listens_and_after() -> list[bool]:
        queue.pending_event_ids_session["page"] = set()
        queue.pending_messages_per_session["page"] = line = asyncio.Queue()
        states.time_last_used["page"] = datetime.now()
        listening = asyncio.create_task(line.get())
        await asyncio.sleep(0)
        kept = []
        for _ in range(2):
            forget_the_gone(queue, states, now=later)
            kept.append("page" in queue.pending_messages_per_session)
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
        return kept

    assert apart(sweep_while_it_listens_and_after()) == [True, False]


def test_what_is_skipped_is_not_built_anew(server):
    demo, _ = server
    event = next(fn for fn in demo.fns.values() if len(fn.outputs) > 10)
    shown = next(one for one in event.outputs if one.get_block_name() == "html")
    built = []
    kinds = {type(one) for one in event.outputs}
    with pytest.MonkeyPatch.context() as patch:
        for kind in kinds:
            patch.setattr(kind, "__init__", lambda self, *_, **__: built.append(self))
        values = apart(demo.postprocess_data(event, {shown: "words"}, SessionState(demo)))
    assert not built
    assert len(values) == len(event.outputs)
    for one, value in zip(event.outputs, values, strict=True):
        assert value == ("words" if one is shown else None if one.stateful else gr.skip())
