"""Take it away: the files that the page offers are this clip's, and the report opens anywhere with the same numbers."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError

import numpy as np
import pytest
from fake_backend import FakeBackend
from on_page import settled
from playwright.sync_api import Browser, Page, expect
from serving import TIMEOUT_MS, Served, served_tab

from videomae_demo.report.downloads import FILES


@pytest.fixture(scope="module")
def counter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    yield from served_tab("report", FakeBackend(tmp_path_factory.mktemp("clips")))


def download(page: Page, name: str, folder: Path) -> Path:
    with page.expect_download() as coming:
        page.locator(f"#take-{name.replace('.', '-')}").click()
    assert coming.value.suggested_filename == name
    coming.value.save_as(folder / name)
    return folder / name


def make(page: Page) -> None:
    page.get_by_role("button", name="Make the files").click()
    expect(page.get_by_role("button", name="report.html · ")).to_be_enabled()


def test_the_files_are_the_clips_own_and_the_report_says_the_same_offline(visit, counter, browser: Browser, tmp_path):
    page = visit(counter)
    settled(page, "move left, 93 %")
    expect(page.locator("#take-report-html")).to_be_disabled()
    page.get_by_label("Ledger of the logit").check()
    make(page)
    assert counter.fake.calls[-1] == "take_away move left rollout ledger"
    for name in FILES:
        download(page, name, tmp_path)

    record = json.loads((tmp_path / "analysis.json").read_text())
    assert record["predictions"][0]["label"] == "move left"
    with np.load(tmp_path / "maps.npz") as maps:
        assert {name: list(values.shape) for name, values in maps.items()} == {
            name: one["shape"] for name, one in record["explanations"].items()
        }
        assert set(maps) == {"rollout", "ledger"}

    context = browser.new_context(offline=True)
    context.set_default_timeout(TIMEOUT_MS)
    asked: list[str] = []
    problems: list[str] = []
    report = context.new_page()
    report.on("request", lambda request: asked.append(request.url))
    report.on("pageerror", lambda error: problems.append(str(error)))
    report.goto((tmp_path / "report.html").as_uri())
    figures = report.locator(".js-plotly-plot")
    assert figures.count() == report.locator(".plotly-graph-div").count() == 4  # bars, frames, and each map in time
    for number in range(figures.count()):
        expect(figures.nth(number).locator(".main-svg").first).to_be_visible()
        assert figures.nth(number).evaluate("(one) => one._fullData.filter((trace) => trace.visible).length") > 0
    assert json.loads(report.locator("#analysis").text_content() or "") == record
    bars = report.locator("#bars-figure").evaluate(
        "(one) => Array.from(one._fullData.find((trace) => trace.name === 'probability').x)"
    )
    assert bars == pytest.approx([row["probability"] for row in record["predictions"]], rel=1e-6)
    rows = report.locator("table", has_text="Number in the clip").locator("tbody tr")
    taken = record["sampling"]["views"][0]
    assert [int(row.locator("td").nth(2).inner_text()) for row in rows.all()] == taken["indices"]
    report.locator("#frame input").focus()
    report.keyboard.press("End")
    expect(report.locator("#frame-caption")).to_contain_text(f"Frame {len(taken['indices'])} of")
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    assert problems == []
    context.close()


def test_another_clip_or_choice_takes_the_old_files_back(visit, counter):
    page = visit(counter)
    settled(page, "move left, 93 %")
    make(page)
    page.get_by_label("Ledger of the logit").check()
    expect(page.locator("#take-report-html")).to_be_disabled()
    make(page)
    page.get_by_role("button", name="bounce").click()
    settled(page, "bounce, 93 %")
    expect(page.locator("#take-report-html")).to_be_disabled()
    make(page)
    assert counter.fake.calls[-1] == "take_away bounce rollout ledger"


def test_without_a_map_the_page_says_what_to_do(visit, counter):
    page = visit(counter)
    settled(page, "move left, 93 %")
    page.get_by_label("Attention rollout").uncheck()
    page.get_by_role("button", name="Make the files").click()
    expect(page.get_by_text("choose at least one method")).to_be_visible()


def test_no_other_folder_is_within_reach(counter, tmp_path):
    (tmp_path / "analysis.json").write_text("{}")
    with pytest.raises(HTTPError, match=r"40[34]"):
        urllib.request.urlopen(f"{counter.url}gradio_api/file={tmp_path / 'analysis.json'}")
