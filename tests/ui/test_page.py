"""How a tab follows the page: called when it is open and something is new to it, and holding on to nothing old."""

from __future__ import annotations

import gc
import itertools
import weakref
from types import SimpleNamespace

import gradio as gr
import pytest
from fake_backend import FakeBackend
from made_records import made_analysis

from videomae_demo.figures import placeholder
from videomae_demo.settings import Settings
from videomae_demo.ui import build_demo, html
from videomae_demo.ui.tabs import TabRow
from videomae_demo.ui.visit import Visit, Wish


@pytest.fixture(scope="module")
def probe(tmp_path_factory):
    """A page with one tab: the event by which it follows the clip and the class, and the calls of its ``refresh``."""
    made = SimpleNamespace(calls=[])

    def build(page, tab):
        words, more, figure = gr.HTML("at first"), gr.HTML("as built"), gr.Plot(placeholder("as built"))

        def refresh(analysis, label_id, methods):
            made.calls.append((analysis.clip_name, label_id, methods))
            yield {words: "drawn"}
            yield {more: "drawn, too"}

        outputs = [words, more, figure]
        asking = {"about": [page.target], "inputs": [gr.CheckboxGroup()], "outputs": outputs}
        (made.event,) = page.on_analysis(tab, refresh, **asking)
        (made.waiting_event,) = page.on_analysis(tab, refresh, runs_model=True, **asking)
        with gr.Row():
            button, made.status = gr.Button(), gr.HTML(html.idle())

        def press(analysis):
            made.calls.append(analysis.clip_name)
            yield {words: "pressed"}

        about = {"about": [page.target], "outputs": [words, made.status]}
        (made.following,) = page.on_analysis(tab, lambda analysis, _: press(analysis), runs_model=True, **about)
        (made.pressed_here,) = page.on(tab, button.click, press, outputs=[words, made.status], runs_model=True)
        (made.pressed,) = page.on(tab, button.click, press, outputs=[words], runs_model=True)
        (made.pressed_without,) = page.on(tab, button.click, press, outputs=[words], without_answer="No answer yet.")
        made.seats = page.seats
        made.words, made.more, made.figure = outputs

    backend = FakeBackend(tmp_path_factory.mktemp("clips")).backend()
    made.demo = build_demo(backend, Settings(), tabs={"probe": TabRow("Probe", build)})
    made.seen, made.mark = (made.demo.blocks[number] for number in made.event["outputs"][:2])
    made.at_the_edge = made.demo.blocks[made.pressed["outputs"][-1]]
    return made


class Tab:
    """One visitor's tab, painted by the handler of its event; what it shows is kept as the browser would."""

    def __init__(self, probe) -> None:
        self.probe, self.visit, self.numbers = probe, Visit(), itertools.count(1)
        self.shows = {probe.seen: None, probe.mark: None}

    def want(self, analysis) -> None:
        wish = Wish(analysis.clip_name, number=next(self.numbers))
        self.visit.make(wish)
        self.visit.show(analysis, wish)

    def follow(self, selected, set_up, analysis, *values) -> list[dict]:
        """What the handler yields; it is kept, too."""
        seen, mark = self.shows[self.probe.seen], self.shows[self.probe.mark]
        updates = []
        for update in self.probe.event.fn(self.visit, selected, seen, mark, set_up, analysis, *values):
            updates.append(update)
            changes = {one: value for one, value in update.items() if value != gr.skip()}
            self.shows |= changes
        return updates

    def calls(self, *args) -> int:
        """How often ``refresh`` is called by it."""
        before = len(self.probe.calls)
        self.follow(*args)
        return len(self.probe.calls) - before


@pytest.fixture
def tab(probe) -> Tab:
    probe.calls.clear()
    return Tab(probe)


def test_a_tab_is_refreshed_once_for_each_clip_and_tour_step(probe, tab):
    first, second = made_analysis(clip_name="first"), made_analysis(clip_name="second")
    tab.want(first)
    assert tab.calls("probe", {}, first, 0, []) == 1
    assert tab.calls("probe", {}, first, 0, []) == 0
    assert tab.calls("probe", {"other": 1}, first, 0, []) == 0
    assert tab.calls("probe", {"probe": 1}, first, 0, []) == 1
    tab.want(second)
    assert tab.calls("probe", {"probe": 1}, second, 0, []) == 1
    assert [name for name, *_ in probe.calls] == ["first", "first", "second"]
    assert tab.calls("probe", {"probe": 1}, None, 0, []) == 0


def test_another_class_counts_as_new_and_another_input_does_not(probe, tab):
    analysis = made_analysis()
    tab.want(analysis)
    assert tab.calls("probe", {}, analysis, 0, ["a"]) == 1
    assert tab.calls("probe", {}, analysis, 0, ["b"]) == 0
    assert tab.calls("probe", {}, analysis, 3, ["b"]) == 1
    assert probe.calls == [(analysis.clip_name, 0, ["a"]), (analysis.clip_name, 3, ["b"])]


def test_a_closed_tab_computes_nothing_and_catches_up_when_it_is_opened(probe, tab):
    analysis = made_analysis()
    tab.want(analysis)
    tab.follow("probe", {}, analysis, 0, [])
    assert tab.calls("elsewhere", {}, analysis, 3, []) == 0
    assert tab.calls("probe", {}, analysis, 3, []) == 1


def test_what_was_seen_does_not_keep_the_analysis(tab):
    analysis = made_analysis()
    there = weakref.ref(analysis)
    tab.want(analysis)
    tab.follow("probe", {}, analysis, 0, [])
    del analysis
    tab.probe.calls.clear()
    gc.collect()
    assert there() is None
    later = made_analysis()
    tab.want(later)
    assert tab.calls("probe", {}, later, 0, []) == 1  # and a later one is never taken for it


def test_the_first_update_replaces_all_and_says_whom_it_is_for(probe, tab):
    analysis = made_analysis()
    tab.want(analysis)
    first, second, last = tab.follow("probe", {}, analysis, 0, [])
    assert (first[probe.words], first[probe.more]) == ("drawn", "as built")
    assert "as built" in probe.figure.postprocess(first[probe.figure]).plot
    assert first[probe.mark] == html.wish_mark(1)
    assert second == {probe.more: "drawn, too"}
    assert list(last.values()) == [gr.skip()]  # Gradio sends the last update once more when a generator ends


def test_a_clip_that_is_no_longer_wanted_is_not_painted(probe, tab):
    old, new = made_analysis(clip_name="old"), made_analysis(clip_name="new")
    tab.want(old)
    tab.want(new)
    assert tab.follow("probe", {}, old, 0, []) == [{probe.seen: gr.skip()}]
    steps = probe.event.fn(tab.visit, "probe", None, None, {}, new, 0, [])
    assert next(steps)[probe.mark] == html.wish_mark(2)
    tab.want(old)  # meanwhile
    assert list(steps) == [{probe.seen: gr.skip()}]


def test_the_same_answer_to_a_later_wish_is_marked_and_not_computed_again(probe, tab):
    analysis = made_analysis()
    tab.want(analysis)
    tab.follow("probe", {}, analysis, 0, [])
    tab.want(analysis)
    assert tab.calls("probe", {}, analysis, 0, []) == 0
    assert tab.shows[probe.mark] == html.wish_mark(2)


def test_a_tab_that_a_late_event_painted_over_is_painted_anew(probe, tab):
    analysis = made_analysis()
    tab.want(analysis)
    tab.want(analysis)
    tab.follow("probe", {}, analysis, 0, [])
    tab.shows[probe.mark] = html.wish_mark(1, by="event")
    assert tab.calls("probe", {}, analysis, 0, []) == 1
    tab.shows[probe.mark] = html.wish_mark(2, by="event")
    assert tab.calls("probe", {}, analysis, 0, []) == 0


def test_a_tab_says_how_long_it_waits_for_its_turn(probe, tab):
    tab.want(analysis := made_analysis())
    seen, mark = (probe.demo.blocks[number] for number in probe.waiting_event["outputs"][:2])
    before = html.wish_mark(7)
    places = [probe.seats.enter() for _ in range(Settings().at_once + 1)]
    steps = probe.waiting_event.fn(tab.visit, "probe", None, before, {}, analysis, 0, [])
    said = next(steps)[mark]
    assert said.startswith(before) and "1 job before yours" in said
    for place in places:
        place.leave()
    painted = next(step for step in steps if seen in step)
    assert painted[mark] == html.wish_mark(tab.visit.number)
    assert probe.calls
    steps.close()


def test_a_tab_without_a_place_in_a_full_line_says_so_in_its_place_and_raises_nothing(probe, tab, monkeypatch):
    tab.want(analysis := made_analysis())
    mark = probe.demo.blocks[probe.waiting_event["outputs"][1]]
    monkeypatch.setattr(probe.seats.line, "_longest", 0)
    places = [probe.seats.enter() for _ in range(Settings().at_once)]
    said = [*probe.waiting_event.fn(tab.visit, "probe", None, html.wish_mark(7), {}, analysis, 0, [])]
    assert html.wish_mark(7) in said[0][mark] and "has its hands full" in said[0][mark]
    for place in places:
        place.leave()
    said = [*probe.waiting_event.fn(tab.visit, "probe", None, said[0][mark], {}, analysis, 0, [])]
    assert said[0][mark] == html.wish_mark(tab.visit.number)


def test_a_press_on_a_page_whose_answer_was_let_go_is_asked_for_again(probe, tab, monkeypatch):
    told = []
    monkeypatch.setattr(gr, "Info", lambda sentence, **_: told.append(sentence))
    tab.want(analysis := made_analysis())
    tab.visit.has(analysis)
    for press in (probe.pressed, probe.pressed_without):
        [*press.fn(tab.visit, None)]  # without an error: ``Held`` takes the wish up after it
    assert len(told) == 2 and "press once more" in told[0] and tab.visit.is_let_go and probe.calls == []


def test_a_tab_that_is_wanted_no_longer_says_nothing_of_a_line(probe, tab):
    tab.want(analysis := made_analysis())
    mark = probe.demo.blocks[probe.waiting_event["outputs"][1]]
    places = [probe.seats.enter() for _ in range(Settings().at_once)]
    steps = probe.waiting_event.fn(tab.visit, "probe", None, "", {}, analysis, 0, [])
    assert "You are next" in next(steps)[mark]
    tab.want(made_analysis())
    assert [step[mark] for step in steps if mark in step][-1] == ""
    assert not probe.calls
    for place in places:
        place.leave()


@pytest.mark.parametrize(("button", "where"), [("pressed_here", "status"), ("pressed", "at_the_edge")])
def test_a_button_says_how_long_it_waits_and_then_what_is_done(probe, tab, button, where):
    tab.want(analysis := made_analysis())
    status = getattr(probe, where)
    places = [probe.seats.enter() for _ in range(Settings().at_once + 1)]
    steps = getattr(probe, button).fn(tab.visit, analysis)
    assert "1 job before yours" in next(steps)[status]
    places.pop().leave()
    assert "You are next" in next(step[status] for step in steps if "1 job" not in step[status])
    assert not probe.calls
    for place in places:
        place.leave()
    shown = {}
    for step in steps:
        assert "You are next" not in step.get(status, "") or probe.words not in shown
        shown |= {one: value for one, value in step.items() if value != gr.skip()}
    assert shown[probe.words] == "pressed" and shown[status] == html.idle()


def test_a_button_that_is_cancelled_in_line_gives_its_place_up(probe, tab):
    tab.want(analysis := made_analysis())
    places = [probe.seats.enter() for _ in range(Settings().at_once)]
    steps = probe.pressed.fn(tab.visit, analysis)
    next(steps)
    steps.close()  # as Gradio does
    assert len(probe.seats.line) == 0 and not probe.calls
    for place in places:
        place.leave()


def test_a_button_of_a_clip_that_is_wanted_no_longer_says_nothing_more(probe, tab):
    tab.want(analysis := made_analysis())
    steps = probe.pressed.fn(tab.visit, analysis)
    assert "Asking the model" in next(steps)[probe.at_the_edge]
    tab.want(made_analysis())
    assert [*steps][-1] == {probe.at_the_edge: html.idle()}


def test_a_control_whose_tab_is_painted_says_beside_it_how_long_it_waits(probe, tab):
    """Under no veil, so that its Cancel button can be pressed."""
    tab.want(analysis := made_analysis())
    seen, mark = (probe.demo.blocks[number] for number in probe.following["outputs"][:2])
    shown, marked = ("another class",), html.wish_mark(tab.visit.number)
    places = [probe.seats.enter() for _ in range(Settings().at_once)]
    steps = probe.following.fn(tab.visit, "probe", shown, marked, {}, analysis, 3)
    assert "You are next" in next(steps)[probe.status]
    for place in places:
        place.leave()
    first = next(step for step in steps if seen in step)
    assert first[probe.status] == html.idle() and first[mark] == marked
    steps.close()
