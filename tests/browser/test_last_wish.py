"""The last wish wins, as a whole: however fast clips are pressed, all of the page is about one clip at every moment."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path

import gradio as gr
import numpy as np
import pytest
from fake_backend import FakeBackend
from made_records import LABELS
from on_page import upload
from playwright.sync_api import Page, expect
from serving import Served, serve

from videomae_demo.records import OnProgress
from videomae_demo.results import Analysis, Explanation
from videomae_demo.settings import Settings
from videomae_demo.ui import build_demo, streams
from videomae_demo.ui.tabs import TabRow

WATCH = """() => {
  const label = (id) => document.querySelector(`${id} .js-plotly-plot`);
  const kind = (figure) => figure?.layout?.meta?.kind === 'placeholder' ? null : figure?.layout?.meta?.wish ?? null;
  window.look = () => {
    const answer = document.querySelector('#answer [data-wish]');
    if (!answer) return null;
    const bars = label('#bars');
    const panel = document.querySelector('#tabs [role=tabpanel]');
    const film = document.querySelector('#clip video')?.src;
    return {
      wish: Number(answer.dataset.wish),
      headline: answer.querySelector('h2').textContent,
      bars: bars?.layout?.meta?.kind === 'placeholder' ? null
        : (bars?.layout?.annotations?.find((one) => !one.text.includes('%'))?.text ?? null),
      barsWish: kind(bars), stageWish: kind(label('#stage')), timelineWish: kind(label('#timeline')),
      film: film ? decodeURIComponent(film.split('/').pop()) : null,
      pressed: document.querySelector('#samples [aria-pressed=true] span')?.textContent ?? null,
      tab: panel?.inert ? null : document.querySelector('#told')?.textContent ?? null,
    };
  };
  window.seen = new Map();
  const note = () => {
    const now = window.look();
    if (now) window.seen.set(JSON.stringify(now), now);
    requestAnimationFrame(note);
  };
  note();
}"""
PRESS = """async ([places, gap]) => {
  for (const place of places) {
    document.querySelector(`button[data-sample='${place}']`).click();
    await new Promise((resolve) => setTimeout(resolve, gap));
  }
}"""


class UnevenBackend(FakeBackend):
    """Every stage takes another time for every clip, so that what was asked for first is often done last."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.pace = 0.0
        """Seconds that a stage takes at most."""
        self.draw = random.Random(0)

    def _work(self, tell: OnProgress | None = None) -> None:
        until = time.monotonic() + self.draw.random() * self.pace
        while time.monotonic() < until:
            time.sleep(0.01)
            if tell:
                tell("Working", None)

    def prepare(self, path: Path, *, on_progress: OnProgress, **choices: object) -> Analysis:
        self._work(on_progress)
        return super().prepare(path, on_progress=on_progress, **choices)

    def classify(self, ready: Analysis, *, on_progress: OnProgress) -> Analysis:
        self._work(on_progress)
        return super().classify(ready, on_progress=on_progress)

    def explain(self, analysis: Analysis, method: str, **options: object) -> Explanation:
        self._work()
        return super().explain(analysis, method, **options)

    def answer_without(self, analysis: Analysis, left_out: np.ndarray) -> np.ndarray:
        self._work()
        return np.zeros(1)


def build_told(page, tab) -> None:
    """A tab that says which clip it is about, after some work."""
    told = gr.HTML()

    def refresh(analysis: Analysis) -> Iterator[dict[gr.HTML, str]]:
        page.backend.answer_without(analysis, np.zeros(1))
        yield {told: f"<p id='told'>{analysis.clip_name}</p>"}

    page.on_analysis(tab, refresh, outputs=[told], runs_model=True)


@pytest.fixture(scope="module")
def uneven(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("clips")
    fake = UnevenBackend(folder)
    demo = build_demo(fake.backend(), Settings(), tabs={"told": TabRow("Told", build_told)})
    yield Served(serve(demo, Settings(), allowed_paths=[str(folder)]), demo, fake)
    demo.close()


@pytest.fixture
def watched(visit, uneven) -> Page:
    uneven.fake.pace = 0.0
    page = visit(uneven)
    page.wait_for_function("() => document.querySelector('#told')")
    page.evaluate(WATCH)
    return page


def clip_of(headline: str) -> str:
    """The clip that a headline is about: waiting for it, or with its answer."""
    return headline.removesuffix(" …").split(",")[0].removesuffix(".mp4").replace("-", " ")


def mixtures(page: Page) -> list[dict]:
    """What was on the page at some moment and was not about one clip."""
    bad = []
    for now in page.evaluate("[...window.seen.values()]"):
        clip = clip_of(now["headline"])
        parts = {now["bars"], now["pressed"], now["tab"] and clip_of(now["tab"])}
        parts.add(now["film"] and clip_of(Path(now["film"]).name))
        wishes = {now["barsWish"], now["stageWish"], now["timelineWish"]} - {None}
        if parts - {None, clip} or wishes - {now["wish"]}:
            bad.append(now)
    return bad


def at_rest(page: Page, clip: str, *, pressed: bool = True) -> None:
    """Wait until the page is whole and about this clip; every part of it."""
    expect(page.locator("#answer h2")).to_have_text(f"{clip}, 93 %")
    page.wait_for_function(
        """(clip) => {
            const now = window.look();
            const drawn = document.querySelector('#stage .js-plotly-plot')?.data?.some((one) => one.name === 'map');
            return drawn && now.bars === clip && now.tab && now.film
              && [now.barsWish, now.stageWish, now.timelineWish].every((wish) => wish === now.wish);
        }""",
        arg=clip,
    )
    expect(page.locator("#status .busy")).to_have_count(0)
    now = page.evaluate("window.look()")
    assert now["pressed"] == (clip if pressed else None), now
    assert clip_of(now["tab"]) == clip and clip_of(Path(now["film"]).name) == clip, now


@pytest.mark.parametrize("pace", [0.0, 0.3])
def test_five_samples_pressed_one_after_the_other(watched, uneven, pace):
    uneven.fake.pace = pace
    for gap in (0, 30, 120, 400):
        draw = random.Random(gap)
        for _ in range(2):
            places = [draw.randrange(len(LABELS)) for _ in range(5)]
            watched.evaluate(PRESS, [places, gap])
            at_rest(watched, LABELS[places[-1]])
        assert mixtures(watched) == [], gap


def test_an_upload_among_presses_is_as_late_as_it_was_chosen(watched, uneven, tmp_path):
    uneven.fake.pace = 0.2
    own = tmp_path / "zoom-in.mp4"
    own.write_bytes(uneven.fake.samples[0].path.read_bytes())
    for place in (4, 1):
        upload(watched, own)
        watched.evaluate(PRESS, [[place], 0])  # the upload ends after this, and was wished for before
        at_rest(watched, LABELS[place])
        watched.evaluate(PRESS, [[2, 3], 20])
        upload(watched, own)
        at_rest(watched, "zoom in", pressed=False)
    assert mixtures(watched) == []


def test_another_method_in_mid_answer_draws_its_own_map(watched, uneven):
    uneven.fake.pace = 0.4
    watched.evaluate(PRESS, [[3], 0])
    watched.get_by_label("Method", exact=True).click()
    watched.get_by_role("option", name="Centre of the frame").click()
    watched.evaluate(PRESS, [[5], 0])
    at_rest(watched, LABELS[5])
    last = [call for call in uneven.fake.calls if call.startswith("explain")][-1]
    assert last.startswith("explain center")
    assert mixtures(watched) == []


def test_what_does_not_come_through_is_done_later(watched, uneven, monkeypatch):
    """A wish that is not taken up, as where Gradio closes the connection in the moment in which an event joins; presses
    without a network; and one after the stream on which the page hears was cut off."""
    monkeypatch.setattr(streams, "KEPT_SECONDS", 600)  # the stream is open when it is cut off
    watched.evaluate("window.wishes += 1")
    with watched.expect_request(lambda request: "/queue/join" in request.url, timeout=30_000):
        pass

    at_rest(watched, LABELS[0])
    watched.evaluate("window.same = true")
    watched.context.set_offline(True)
    try:
        watched.evaluate(PRESS, [[3, 4], 50])
        expect(watched.locator("#unsent [role=alert]")).to_contain_text("No connection to the server.")
        watched.wait_for_timeout(500)
        expect(watched.locator(".toast-body")).to_have_count(0)
    finally:
        watched.context.set_offline(False)
    at_rest(watched, LABELS[4])
    expect(watched.locator("#unsent [role=alert]")).to_have_count(0)

    with watched.expect_event("requestfailed", lambda request: "/queue/data" in request.url):
        for line in [*uneven.demo.server.server_state.connections]:
            line.loop.call_soon_threadsafe(line.transport.abort)
    watched.evaluate(PRESS, [[5], 0])
    at_rest(watched, LABELS[5])
    expect(watched.locator(".toast-body")).to_have_count(0)
    assert watched.evaluate("window.same")
    assert mixtures(watched) == []
