"""What open pages hold together stays within its bound, and a page that was let go comes back by itself."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime, timedelta
from types import SimpleNamespace

import httpx
from fake_backend import FakeBackend
from gradio.state_holder import StateHolder
from made_records import made_analysis
from phones import Layout, Phone

from videomae_demo.settings import Settings
from videomae_demo.ui import build_demo, launch_options
from videomae_demo.ui.held import IN_USE_SECONDS, Held, bytes_of
from videomae_demo.ui.visit import Visit, Wish

ANALYSIS, VISIT, WISHED = 1, 2, 3
PAGE = SimpleNamespace(
    analysis=SimpleNamespace(_id=ANALYSIS), visit=SimpleNamespace(_id=VISIT), wished=SimpleNamespace(_id=WISHED)
)
READING = SimpleNamespace(inputs=[SimpleNamespace(_id=VISIT), SimpleNamespace(_id=ANALYSIS)])
"""An event that reads the analysis."""
OTHER = SimpleNamespace(inputs=[SimpleNamespace(_id=VISIT)])
ONE = bytes_of(made_analysis())


class Pages:
    """Open pages, each with its answer, used one after the other."""

    def __init__(self, most: float) -> None:
        self.sessions, self.held = StateHolder(), Held(PAGE, most)

    def open(self, name: str, analysis, *, idle_seconds: float = IN_USE_SECONDS + 1) -> None:
        visit = Visit()
        wish = Wish(name, number=1)
        visit.make(wish)
        visit.show(analysis, wish)
        states = {ANALYSIS: analysis, VISIT: visit, WISHED: 1}
        self.sessions.session_data[name] = SimpleNamespace(state_data=states)
        self.sessions.time_last_used[name] = datetime.now() - timedelta(seconds=idle_seconds)

    def answered(self, name: str) -> None:
        self.held.after(OTHER, [ANALYSIS], name, self.sessions)

    @property
    def with_answer(self) -> str:
        return "".join(name for name, one in self.sessions.session_data.items() if one.state_data[ANALYSIS])


def test_the_size_is_that_of_frames_and_pixel_values():
    analysis = made_analysis()
    least = analysis.frames.rgb.nbytes + analysis.model_input.pixel_values.nbytes
    assert least <= bytes_of(analysis) < 1.1 * least


def test_thirty_visitors_of_one_clip_hold_one_answer():
    pages, analysis = Pages(1.5 * ONE), made_analysis()
    for number in range(30):
        pages.open(chr(65 + number), analysis)
    pages.answered("A")
    assert len(pages.with_answer) == 30


def test_what_was_used_longest_ago_is_let_go():
    pages = Pages(2.5 * ONE)
    for name in "abcd":
        pages.open(name, made_analysis())
    pages.answered("d")
    assert pages.with_answer == "cd"
    visits = {name: one.state_data[VISIT] for name, one in pages.sessions.session_data.items()}
    assert [visits[name].answered for name in "abcd"] == [False, False, True, True]


def test_a_page_in_use_keeps_its_answer():
    pages = Pages(0)
    pages.open("a", made_analysis())
    pages.open("b", made_analysis(), idle_seconds=1)
    pages.open("c", made_analysis(), idle_seconds=0)
    pages.answered("c")
    assert pages.with_answer == "bc"


def test_a_page_that_was_let_go_takes_its_wish_up_once():
    pages = Pages(0)
    pages.open("a", made_analysis())
    pages.open("b", made_analysis(), idle_seconds=0)
    pages.answered("b")
    states = pages.sessions.session_data["a"].state_data
    assert pages.held.after(OTHER, [7], "a", pages.sessions) == [7]
    assert pages.held.after(READING, [7], "b", pages.sessions) == [7]
    assert pages.held.after(READING, [7], "a", pages.sessions) == [7, WISHED]
    assert states[WISHED] == states[VISIT].number > 1
    assert pages.held.after(READING, [7], "a", pages.sessions) == [7]


def test_another_clip_is_not_the_one_that_was_let_go():
    visit = Visit()
    visit.make(Wish("a", number=1))
    visit.let_go()
    visit.make(Wish("b", number=2))
    assert not visit.take_up() and visit.number == 2


def test_a_page_that_was_let_go_is_answered_again_at_its_next_event(tmp_path):
    backend, settings = FakeBackend(tmp_path).backend(), Settings(open_pages_mb=0.0001)
    first, second = (sample.name for sample in backend.samples[:2])

    async def visit(demo, url: str) -> None:
        async with httpx.AsyncClient(timeout=30) as client:
            layout = Layout((await client.get(f"{url}config")).json())
            idle, busy = Phone(client, url, layout), Phone(client, url, layout)

            def answer_of(phone: Phone):
                return demo.state_holder.session_data[phone._session].state_data.get(demo.held._analysis)

            def drawn(phone: Phone) -> bool:
                return "<table" in str(phone.shown("map-numbers")) and not phone._running

            await idle.open(f"?clip={first}")
            await idle.until(drawn, 30)
            assert answer_of(idle) is not None
            demo.state_holder.time_last_used[idle._session] -= timedelta(seconds=IN_USE_SECONDS + 1)
            await busy.open(f"?clip={second}")
            await busy.until(drawn, 30)
            assert answer_of(idle) is None and answer_of(busy) is not None
            choose = next(event for event in layout.events.values() if event["api_name"] == "choose_method")
            await idle.send(choose, filled={1: list(backend.methods)[1]})
            await idle.until(lambda phone: answer_of(phone) is not None and drawn(phone), 30)
            assert answer_of(idle).clip_name == backend.samples[0].title
            await idle.leave()
            await busy.leave()

    with closing(build_demo(backend, settings, tabs={})) as demo:
        _, url, _ = demo.launch(prevent_thread_lock=True, quiet=True, **launch_options(settings))
        with ThreadPoolExecutor(1) as beside:
            beside.submit(asyncio.run, visit(demo, url)).result()
