"""The report that ``explain --out`` writes, opened from disk without a network."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from made_records import made_analysis, made_faithfulness, made_map
from playwright.sync_api import Browser, Page, expect

from videomae_demo.report.downloads import write_folder
from videomae_demo.report.export import analysis_json


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    maps = (replace(made_map(), faithfulness=made_faithfulness()), made_map(method="ledger", signed=True))
    folder = tmp_path_factory.mktemp("report")
    write_folder(made_analysis(explanations=maps), folder)
    return folder


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    yield page
    page.close()


def test_it_opens_offline_with_living_figures_and_the_numbers_of_the_json(report, page: Page):
    requests: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto((report / "report.html").as_uri())
    for figure in ("stage-figure", "timeline-figure", "bars-figure", "figure-ledger", "faithfulness-figure"):
        expect(page.locator(f"#{figure} .main-svg").first).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("move left, 93 %")

    carried = json.loads(page.locator("#analysis").text_content() or "")
    assert carried == json.loads((report / "analysis.json").read_text())
    assert carried["predictions"] == analysis_json(made_analysis())["predictions"]

    expect(page.locator("#frame-caption")).to_contain_text("Frame 8 of 16")  # before anybody moves
    slider = page.get_by_role("slider", name="Frame")
    slider.focus()
    page.keyboard.press("Home")
    expect(page.locator("#frame-caption")).to_contain_text("Frame 1 of 16 · 0.08 s")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#frame-caption")).to_contain_text("Frame 2 of 16")
    page.wait_for_function("document.querySelector('#stage-figure').layout.xaxis.range[0] === 1")
    assert [url for url in requests if not url.startswith(("file:", "data:", "blob:"))] == []
    assert errors == []


def test_nothing_is_cut_off_on_a_phone(report, page: Page):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto((report / "report.html").as_uri())
    expect(page.locator("#timeline-figure .main-svg").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
