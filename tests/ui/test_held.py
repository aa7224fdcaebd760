"""What open pages hold together stays within its bound, and a page that was let go comes back by itself."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime, timedelta
from types import SimpleNamespace

import httpx
import numpy as np
import plotly.graph_objects as go
from fake_backend import FakeBackend
from gradio.state_holder import StateHolder
from made_records import made_analysis
from phones import Layout, Phone

from videomae_demo.results import answer_target
from videomae_demo.settings import Settings
from videomae_demo.ui import build_demo, launch_options
from videomae_demo.ui.drawn import bytes_drawn, drawn
from videomae_demo.ui.held import IN_USE_SECONDS, Held, bytes_of
from videomae_demo.ui.visit import Asked, Look, Visit, Wish

ANALYSIS, VISIT, WISHED, TAB = 1, 2, 3, 4
PAGE = SimpleNamespace(
    analysis=SimpleNamespace(_id=ANALYSIS),
    visit=SimpleNamespace(_id=VISIT),
    wished=SimpleNamespace(_id=WISHED),
    selected_tab=SimpleNamespace(_id=TAB),
    backend=SimpleNamespace(beside=lambda analysis: []),
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


def test_what_was_computed_of_an_answer_since_counts():
    large = made_analysis()
    pages, found = Pages(2.5 * ONE), {large: [{"film": (np.zeros(ONE, np.uint8),)}]}
    pages.held._beside = lambda analysis: found.get(analysis, [])
    pages.open("a", made_analysis())
    pages.open("b", large)
    pages.held.let_go(pages.sessions)
    assert pages.with_answer == "b"


def test_figures_that_were_drawn_of_an_answer_count():
    analysis = made_analysis()
    figure = drawn(analysis, "bars", lambda: go.Figure(layout={"title": "x" * ONE}))
    assert bytes_drawn(analysis) == len(figure.plot) > ONE
    pages = Pages(2.5 * ONE)
    pages.open("a", made_analysis())
    pages.open("b", analysis)
    pages.held.let_go(pages.sessions)
    assert pages.with_answer == "b"


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


def test_a_page_whose_answer_went_otherwise_takes_its_wish_up_too():
    """Gradio drops what a page has some minutes after its connection was lost, and the page may be there again."""
    pages = Pages(10 * ONE)
    pages.open("a", made_analysis())
    states = pages.sessions.session_data["a"].state_data
    states[VISIT].tab_opened("why")
    assert pages.held.after(READING, [7], "a", pages.sessions) == [7]
    del states[ANALYSIS]
    assert pages.held.after(READING, [7], "a", pages.sessions) == [7, WISHED]
    assert states[WISHED] == states[VISIT].number > 1 and states[TAB] == "why"
    assert pages.held.after(READING, [7], "a", pages.sessions) == [7], "it is on its way"


def test_an_answer_that_is_on_its_way_to_the_page_was_not_let_go():
    visit, old, new = Visit(), made_analysis(), made_analysis()
    for number, analysis in enumerate((old, new), start=1):
        visit.make(Wish("a", number=number))
        visit.has(old)  # until the page is told that there is another wish
        visit.has(None)
        visit.show(analysis, visit.wish)
        visit.has(None)
        assert not visit.is_let_go
        visit.has(analysis)
    visit.has(None)
    assert visit.is_let_go


def test_a_wish_that_is_taken_up_keeps_what_was_chosen_since_it_was_made():
    visit = Visit()
    analysis, wish = made_analysis(), Wish("a", number=1, lesson=2, method="rollout", asked=Asked(label_id=4, frame=7))
    visit.make(wish)
    visit.show(analysis, wish, label_id=4)
    visit.reach(3)
    visit.choose_method("relevance")
    visit.choose_class(1)
    visit.let_go()
    assert visit.is_let_go and visit.take_up() and not visit.is_let_go
    assert (visit.lesson, visit.step, visit.look.method) == (2, 3, "relevance")
    assert visit.wish.method is None, "the lesson's would come back"
    assert visit.wish.asked == Asked(label_id=1, taken_up=True)
    visit.show(analysis, visit.wish, label_id=visit.wish.asked.label_id)
    assert visit.look == Look("relevance", 1)


def test_a_clip_that_was_put_beside_a_lesson_leaves_the_lesson_open_when_it_is_taken_up():
    visit = Visit()
    visit.make(Wish("lesson", number=1, lesson=2, step=2))
    visit.make(Wish("own", number=2, path="/own.mp4"))
    visit.let_go()
    assert visit.take_up() and (visit.lesson, visit.step) == (2, 2)


def test_another_clip_is_not_the_one_that_was_let_go():
    visit = Visit()
    visit.make(Wish("a", number=1))
    visit.let_go()
    visit.make(Wish("b", number=2))
    assert not visit.take_up() and visit.number == 2


def test_a_page_that_was_let_go_is_answered_again_at_its_next_event(tmp_path):
    fake, settings = FakeBackend(tmp_path), Settings(open_pages_mb=0.0001)
    backend = fake.backend()
    first, second = (sample.name for sample in backend.samples[:2])

    async def visit(demo, url: str) -> None:
        async with httpx.AsyncClient(timeout=120) as client:
            layout = Layout((await client.get(f"{url}config")).json())
            idle, busy = Phone(client, url, layout), Phone(client, url, layout)

            def answer_of(phone: Phone):
                return demo.state_holder.session_data[phone._session].state_data.get(demo.held._analysis)

            def settled(phone: Phone) -> bool:
                return "<table" in str(phone.shown("map-numbers")) and not phone._running

            await idle.open(f"?clip={first}")
            await idle.until(settled, 120)
            assert answer_of(idle) is not None
            demo.state_holder.time_last_used[idle._session] -= timedelta(seconds=IN_USE_SECONDS + 1)
            await busy.open(f"?clip={second}")
            await busy.until(settled, 120)
            assert answer_of(idle) is None and answer_of(busy) is not None
            method, other = [*backend.methods][1], answer_target(answer_of(busy).prediction).label_id + 1
            choose = {event["api_name"]: event for event in layout.events.values()}
            headline = demo.state_holder.session_data[idle._session].state_data[demo.held._visit].number
            await idle.send(choose["choose_class"], filled={2: headline, 3: other})
            await idle.until(lambda phone: answer_of(phone) is not None and settled(phone), 120)
            await idle.send(choose["choose_method"], filled={1: method})
            await idle.until(lambda phone: settled(phone) and f"explain {method} {other}" in fake.calls, 120)
            assert answer_of(idle).clip_name == backend.samples[0].title
            await idle.leave()
            await busy.leave()

    with closing(build_demo(backend, settings, tabs={})) as demo:
        _, url, _ = demo.launch(prevent_thread_lock=True, quiet=True, **launch_options(settings))
        with ThreadPoolExecutor(1) as beside:
            beside.submit(asyncio.run, visit(demo, url)).result()
