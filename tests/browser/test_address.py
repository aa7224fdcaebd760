"""Whoever opens an address sees what its sender sees; Back and Forward lead through it without a new page."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from fake_backend import FakeBackend, playable_clip
from on_page import upload
from playwright.sync_api import Page, Route, expect
from serving import Served, serve
from two_way_model import save_two_way_model

from videomae_demo.backend import real_backend
from videomae_demo.settings import Settings
from videomae_demo.ui import build_demo

SETTLED = """() => {
    const mark = (place) => document.querySelector(place)?.dataset.wish;
    const stage = document.querySelector('#stage .js-plotly-plot');
    const open = [...document.querySelectorAll('#tabs [role=tabpanel]')].find((one) => one.checkVisibility());
    // not yet, where a tab is on its way for the first time
    const painted = (mark) => mark.querySelector('[data-wish]');
    return !document.querySelector('.status.busy, .waiting') && open && !open.dataset.veiled
        && [...open.querySelectorAll('.about-wish')].every(painted)
        && window.wishes <= Number(mark('#answer [data-wish]'))
        && Number(document.querySelector('[data-place]')?.dataset.followed) === window.followed
        && stage?.data?.some((trace) => trace.name === 'map');
}"""
PICTURE = """() => {
    const stage = document.querySelector('#stage .js-plotly-plot');
    const open = [...document.querySelectorAll('#tabs [role=tabpanel]')].find((one) => one.checkVisibility());
    const map = stage.data.find((trace) => trace.name === 'map');
    if (!map) return null; // another clip is on its way
    // without how long the machine took
    const untimed = (text) => text.replace(/\\d+ ms/g, '').trim();
    const said = (place) => [...document.querySelectorAll(place)].map((one) => untimed(one.innerText));
    return {
        clip: [...document.querySelectorAll('[data-sample]')].findIndex((one) => one.ariaPressed === 'true'),
        answer: said('#answer h2, #facts'),
        map: JSON.stringify(map.z ?? map.source),
        frame: stage.layout.xaxis.range[0] + 1,
        caption: said('#frame-caption'),
        chosen: [...document.querySelectorAll('#controls input')].map((one) => one.value),
        window: document.querySelector('#timeline .js-plotly-plot').data.find((one) => one.name === 'window').x,
        tab: document.querySelector('[role=tab][aria-selected=true]').dataset.tabId,
        panel: untimed(open.innerText),
    };
}"""

ASKED = """() => {
    performance.setResourceTimingBufferSize(100_000);
    return performance.getEntriesByType('resource').filter((one) => one.name.includes('/queue/join')).length;
}"""
"""How many events have joined."""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """All of the page, three samples, and a model so small that it answers at once."""
    folder = tmp_path_factory.mktemp("address")
    samples = FakeBackend(folder).samples[:3]
    settings = Settings(model=str(save_two_way_model(folder / "model", samples[0].path)))
    demo = build_demo(replace(real_backend(settings), samples=samples), settings)
    yield Served(serve(demo, settings, allowed_paths=[str(folder)]), demo)
    demo.close()


def picture(page: Page) -> dict[str, object]:
    """What is on the page once two looks at it, a moment apart, show the same and nothing was asked in between."""
    last = None
    for _ in range(100):
        page.wait_for_function(SETTLED)
        seen = page.evaluate(PICTURE), page.evaluate(ASKED)
        if seen[0] is not None and seen == last:
            return seen[0]
        last = seen
        page.wait_for_timeout(700)
    raise AssertionError("the page does not come to rest")


def at(served: Served, query: str) -> Served:
    return Served(served.url.rstrip("/") + "/" + query, served.demo)


def query_of(page: Page) -> str:
    return urlsplit(page.url).query


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_label(label, exact=True).first.click()
    page.get_by_role("option", name=option).click()


def take(page: Page, rule: str) -> None:
    page.get_by_role("button", name="Which frames").click()
    choose(page, "Rule", rule)
    page.get_by_role("button", name="Which frames").click()


def look_from(page: Page, start: str, end: str) -> None:
    page.get_by_role("button", name="Which frames").click()
    page.get_by_label("From second").fill(start)
    page.get_by_label("To second").fill(end)
    page.get_by_role("button", name="Look again").click()
    page.get_by_role("button", name="Which frames").click()


def guess(page: Page) -> None:
    page.locator("#lesson-guess input").first.check()
    page.get_by_role("button", name="Reveal").click()


WAY: list[tuple[str, Callable[[Page], None]]] = [
    ("clip=move-right", lambda page: page.locator("button[data-sample='1']").click()),
    ("clip=move-right&tab=why", lambda page: page.locator("[role=tab][data-tab-id=why]").click()),
    ("frame=9", lambda page: page.locator("#forth").click()),
    ("start=0.5&end=1.5", lambda page: look_from(page, "0.5", "1.5")),
    ("sampling=dense", lambda page: take(page, "Dense")),
    ("tab=lessons&", lambda page: page.locator("[role=tab][data-tab-id=lessons]").click()),
    ("lesson=time", lambda page: page.get_by_role("button", name="Does it need to see time pass?").click()),
    ("step=2", guess),
    ("step=3", lambda page: page.locator("#lesson-check").click()),
    ("tab=time", lambda page: page.locator("#lesson-see").click()),
    ("edit=reverse,freeze", lambda page: page.locator("#edits").get_by_label("Shuffle").uncheck()),
    ("method=relevance", lambda page: choose(page, "Method", "Relevance for the class")),
    ("class=1", lambda page: choose(page, "Class to explain", "backwards")),
]
OPENED = ("sampling=dense", "lesson=time", "step=3", "class=1")
"""Of the addresses on the way, those that are opened: the last ones before something of them goes, so that each part
is in one of them. Any parts together are read as they were written: ``tests/ui/test_address.py``."""
PATIENCE = 8
GUESSED = re.compile(r"^(Your guess held|Not on this clip: .*|On this clip: .*)$", re.MULTILINE)
"""What a lesson says to the visitor who guessed; all are told the same of the clip."""


def test_an_address_that_was_written_on_the_way_opens_the_same_picture(visit, small):
    sender = visit(small)
    picture(sender)
    written: dict[str, tuple[str, dict[str, object]]] = {}
    for part, move in WAY:
        move(sender)
        sender.wait_for_function("(part) => location.search.includes(part)", arg=part)
        written[part] = sender.url, picture(sender)
    assert len({url for url, _ in written.values()}) == len(WAY) >= 10
    keys = {key for part in OPENED for key in parse_qs(urlsplit(written[part][0]).query)}
    assert keys == {key for part, _ in WAY for key in parse_qs(part)}

    # One after the other: clips of two pages would share a pass of the model, which rounds otherwise.
    page = visit(Served("about:blank", small.demo))
    for url, seen in (written[part] for part in OPENED):
        page.goto(url, wait_until="commit")
        seen["panel"] = GUESSED.sub("", str(seen["panel"]))
        for _ in range(PATIENCE):  # a lesson's answer is asked for once the clip's is there
            there = picture(page)
            there["panel"] = GUESSED.sub("", str(there["panel"]))
            if there == seen:
                break
        assert {key: (there[key], was) for key, was in seen.items() if there[key] != was} == {}, url
        assert page.url == url


def test_a_class_that_was_chosen_for_one_answer_is_not_for_the_next(visit, small):
    (listed,) = (block._id for block in small.demo.blocks.values() if getattr(block, "label", "") == "Class to explain")
    heard = [event for event in small.demo.fns.values() if (listed, "input") in event.targets]
    (number,) = (event._id for event in heard if [one.stateful for one in event.outputs] == [True])
    page = visit(at(small, "?clip=move-left&method=relevance"))
    picture(page)
    asked: list[Route] = []

    def hold_the_second(route: Route) -> None:
        if json.loads(route.request.post_data or "{}").get("fn_index") == number:
            asked.append(route)
        if not asked or route is not asked[-1] or len(asked) != 2:
            route.continue_()

    page.get_by_label("Class to explain", exact=True).first.click()
    page.keyboard.press("Escape")
    page.get_by_label("Class to explain", exact=True).first.blur()
    picture(page)
    assert "class=" not in query_of(page)  # the list was only looked into

    page.route("**/queue/join*", hold_the_second)
    choose(page, "Class to explain", "backwards")
    page.wait_for_function("location.search.includes('class=1')")
    for _ in range(100):  # Gradio says once more what is chosen, as the list loses the focus
        if len(asked) == 2:
            break
        page.wait_for_timeout(100)
    look_from(page, "0.5", "1.5")
    page.wait_for_function("location.search.includes('start=0.5')")
    seen = picture(page)
    with page.expect_response(lambda response: "/queue/join" in response.url):
        asked[1].continue_()
    page.unroute("**/queue/join*")
    assert picture(page)["map"] == seen["map"]
    assert query_of(page) == "clip=move-left&method=relevance&start=0.5&end=1.5"


def test_back_and_forward_lead_through_it_and_to_a_clip_of_ones_own(visit, small, tmp_path):
    page = visit(small)
    page.evaluate("window.same = true")
    playable_clip(tmp_path / "mine.mp4")

    def own() -> None:
        upload(page, tmp_path / "mine.mp4")
        expect(page.locator("button[aria-pressed='true'][data-sample]")).to_have_count(0)

    seen = [(page.url, picture(page))]
    for move in (
        lambda: page.locator("button[data-sample='1']").click(),
        own,
        lambda: page.locator("[role=tab][data-tab-id=time]").click(),
        lambda: page.locator("button[data-sample='2']").click(),
    ):
        move()
        page.wait_for_function("(url) => location.href !== url", arg=seen[-1][0])
        seen.append((page.url, picture(page)))
    assert "clip=" not in seen[2][0] and seen[3][0].endswith("?tab=time")
    there = [seen[3], seen[2], seen[1], seen[0], seen[1], seen[2], seen[3], seen[4]]
    for go, (url, before) in zip([page.go_back] * 4 + [page.go_forward] * 4, there, strict=True):
        go()
        assert picture(page) == before, url
        assert page.url == url
    page.go_back()
    assert picture(page) == seen[3][1]
    asked = []
    page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    page.get_by_label("Language", exact=True).select_option("de")  # in which no address names that clip
    assert ["without your own clip" in message for message in asked] == [True]
    expect(page.get_by_label("Language", exact=True)).to_have_value("en")
    assert page.url == seen[3][0] and page.evaluate("window.same")


def test_what_is_wrong_is_said_and_the_rest_is_there(visit, small):
    page = visit(
        at(
            small,
            "?clip=move-rihgt&tab=time&method=relevance&class=77&frame=99&model=<b>x</b>&edit=mirorr&hide=samples",
        )
    )
    there = picture(page)
    assert (there["clip"], there["tab"], there["frame"]) == (0, "time", 8)
    notice = page.get_by_role("alert")
    for words in (
        "clip=move-rihgt: there is none of this name; “move-right” perhaps?",
        "class=77: this model has 4 classes, counted from 0.",
        "frame=99: this model gets 16 frames.",
        "model=<b>x</b>: there is none of this name",
        "edit=mirorr: there is none of this name; “mirror” perhaps?",
    ):
        expect(notice).to_contain_text(words)
    expect(page.locator("#samples")).not_to_be_visible()
    assert query_of(page) == "clip=move-left&tab=time&method=relevance&hide=samples"
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy link").click()
    page.wait_for_function("document.querySelector('#copy-link').dataset.said === 'yes'")
    assert page.evaluate("navigator.clipboard.readText()") == page.url
    page.locator("#forth").click()
    page.wait_for_function("location.search.includes('frame=9')")
    look_from(page, "0.5", "1.5")
    expect(page.locator(".notice")).to_have_count(0)  # it was about where the visitor came from


def test_a_page_that_a_restarted_server_knows_no_more_is_opened_anew(visit, small, tmp_path, monkeypatch):
    page = visit(at(small, "?clip=move-right&tab=why"))
    before = picture(page)
    looked = "() => document.dispatchEvent(new Event('visibilitychange'))"
    restarted = 2**20  # of a number that browsers round

    def expect_to_stay() -> None:
        page.evaluate(looked)
        page.wait_for_timeout(500)
        assert page.evaluate("window.same")

    page.evaluate("window.same = true")
    with page.expect_response("**/app_id"):
        expect_to_stay()  # the server is the one that made it
    monkeypatch.setattr(small.demo, "app_id", small.demo.app_id + restarted)
    page.evaluate(looked)
    page.wait_for_function("!window.same && document.readyState === 'complete'")
    assert picture(page)["map"] == before["map"]
    assert query_of(page) == "clip=move-right&tab=why"

    playable_clip(tmp_path / "mine.mp4")
    upload(page, tmp_path / "mine.mp4")
    page.wait_for_function("window.videomaeOwnClip()")
    page.evaluate("window.same = true")
    monkeypatch.setattr(small.demo, "app_id", small.demo.app_id + restarted)
    expect_to_stay()  # no address names that clip: what is seen of it is all there is
