"""What a visitor still has when a map fails or is cancelled: the answer, the frames, and the next map."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_backend import FakeBackend
from on_page import ANSWER, settled
from playwright.sync_api import Page, expect
from serving import Served, serve

from videomae_demo.errors import BadRequestError
from videomae_demo.explain import METHODS
from videomae_demo.records import OnProgress
from videomae_demo.results import Analysis, Explanation, Target
from videomae_demo.settings import Settings
from videomae_demo.ui import build_demo

NO_SUM = "This model's answer is no such sum: choose another method."
DRAWN = "() => (document.querySelector('#stage .js-plotly-plot')?.data ?? []).map((trace) => trace.name)"


class MoodyBackend(FakeBackend):
    """One method has no map for this model, one fails, one never ends, and the hub is slow to answer."""

    def explain(self, analysis: Analysis, method: str, *, target: Target | None = None) -> Explanation:
        if method == "ledger":
            raise BadRequestError(NO_SUM)
        if method == "gradient_x_input":
            raise RuntimeError("/secret/path/grad.cc:42 failed")
        if method == "relevance":
            self.release.wait(60)
        self.calls.append(f"map of {analysis.clip_name}")
        return super().explain(analysis, method, target=target)

    def retry_hub(self, *, on_progress: OnProgress) -> object:
        self.release.wait(60)
        return super().retry_hub(on_progress=on_progress)


@pytest.fixture(scope="module")
def moody(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder: Path = tmp_path_factory.mktemp("clips")
    fake = MoodyBackend(folder)
    demo = build_demo(fake.backend(), Settings(), tabs={})
    yield Served(serve(demo, Settings(), allowed_paths=[str(folder)]), demo, fake)
    fake.release.set()
    demo.close()


@pytest.fixture
def page(visit, moody) -> Iterator[Page]:
    moody.fake.release.clear()
    page = visit(moody)
    settled(page, "move left, 93 %")
    yield page
    moody.fake.release.set()


def choose(page: Page, method: str) -> None:
    page.get_by_label("Method", exact=True).click()
    page.get_by_role("option", name=METHODS[method].title).click()


def expect_no_map(page: Page, sentence: str) -> None:
    expect(page.locator("#map-numbers [role=alert]")).to_contain_text(sentence)
    expect(page.locator("#status .busy")).to_have_count(0)
    page.wait_for_function(f"() => {{ const drawn = ({DRAWN})(); return drawn.length && !drawn.includes('map'); }}")


def test_a_map_that_fails_leaves_the_answer_and_the_frames(page, moody):
    choose(page, "ledger")
    expect_no_map(page, NO_SUM)
    expect(page.locator(ANSWER)).to_have_text("move left, 93 %")
    page.get_by_role("button", name="bounce").click()
    expect(page.locator(ANSWER)).to_have_text("bounce, 93 %")
    expect_no_map(page, NO_SUM)
    expect(page.locator("#facts")).to_contain_text("16 frames")
    expect(page.locator("#bars .bars path").first).to_be_attached()
    page.get_by_label("What the model really gets (64 px)").check()
    page.wait_for_function("() => !document.querySelector('#stage .js-plotly-plot').layout.shapes?.length")
    choose(page, "rollout")  # of the clip that was answered without a map
    settled(page, "bounce, 93 %")
    expect(page.locator("#map-numbers [role=alert]")).to_have_count(0)
    assert "map of bounce" in moody.fake.calls


def test_a_bug_in_a_map_shows_a_neutral_sentence_and_no_insides(page, caplog):
    choose(page, "gradient_x_input")
    expect_no_map(page, "Something went wrong on our side")
    expect(page.locator(ANSWER)).to_have_text("move left, 93 %")
    assert "grad.cc" not in page.content()
    assert "grad.cc:42" in caplog.text


def cancel(page: Page) -> None:
    page.locator("#cancel").click()
    expect(page.locator("#status .busy")).to_have_count(0)
    expect(page.locator("#cancel")).not_to_be_visible()
    page.wait_for_timeout(500)  # what still runs would say so again
    expect(page.locator("#status .busy")).to_have_count(0)


def test_cancelling_another_map_keeps_the_answer(page, moody):
    choose(page, "relevance")
    expect(page.locator("#status")).to_contain_text("Computing the map")
    cancel(page)
    expect(page.locator(ANSWER)).to_have_text("move left, 93 %")


def test_cancelling_the_map_of_a_new_clip_keeps_its_answer(page, moody):
    choose(page, "relevance")
    cancel(page)
    page.get_by_role("button", name="zoom in").click()
    expect(page.locator(ANSWER)).to_have_text("zoom in, 93 %")
    expect(page.locator("#status")).to_contain_text("Computing the map")
    cancel(page)
    expect(page.locator(ANSWER)).to_have_text("zoom in, 93 %")
    choose(page, "rollout")  # of the clip whose answer is on the page
    settled(page, "zoom in, 93 %")
    assert "map of zoom in" in moody.fake.calls


def test_asking_the_hub_again_can_be_cancelled(page, moody):
    page.locator("#model-fold > button").click()
    page.get_by_role("button", name="Try the hub again").click()
    expect(page.locator("#status")).to_contain_text("Asking the hub")
    cancel(page)
    expect(page.locator(ANSWER)).to_have_text("move left, 93 %")
