"""How it learned: the numbers on the page are those of this clip under this mask, and the pictures follow the frame."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from fake_backend import FakeBackend
from on_page import settled
from playwright.sync_api import Page, expect
from serving import TIMEOUT_MS, Served, served_tab

from videomae_demo.models.reconstruction import Reconstruction
from videomae_demo.records import OnProgress
from videomae_demo.results import Analysis
from videomae_demo.ui.progress import Cancelled

PICTURES = "#masked-pictures .js-plotly-plot"


class RememberingLine(FakeBackend):
    """Keeps what it reconstructed, so that a test can compare it with the page; takes very long over ``shake``."""

    last: Reconstruction

    def reconstruct(self, analysis: Analysis, *, on_progress: OnProgress, **choices: object) -> Reconstruction:
        if analysis.clip_name == "shake":
            self.paint_slowly(on_progress)
        self.last = super().reconstruct(analysis, on_progress=on_progress, **choices)
        return self.last

    def paint_slowly(self, on_progress: OnProgress) -> None:
        try:
            for step in range(1200):
                on_progress("Painting slowly", step / 1200)
                time.sleep(0.05)
        except Cancelled:
            self.calls.append("cancelled")
            raise


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    yield from served_tab("masked", RememberingLine(tmp_path_factory.mktemp("clips")))


def numbers(page: Page) -> dict[str, float]:
    """Decibels by the name in front of them, read in one go: the table may be replaced at any moment."""
    rows = page.evaluate(
        "() => [...document.querySelectorAll('#masked-numbers tr')].map("
        "(row) => [row.cells[0].firstChild.textContent, row.cells[1].textContent])"
    )
    return {name: float(decibels.removesuffix(" dB")) for name, decibels in rows}


def expect_reconstruction(page: Page, lab: Served, call: str) -> None:
    """Wait until the page shows the numbers of this very call."""
    deadline = time.monotonic() + TIMEOUT_MS / 1000
    while lab.fake.calls[-1] != call or numbers(page) != numbers_of(lab.fake.last):
        assert time.monotonic() < deadline, (lab.fake.calls[-1], numbers(page), numbers_of(lab.fake.last))
        page.wait_for_timeout(100)
    share = f"{lab.fake.last.hidden.mean():.0%}".replace("%", " %")
    expect(page.locator("#masked-numbers .verdict")).to_have_text(re.compile(f"^{share} hidden"))


def numbers_of(result: Reconstruction) -> dict[str, float]:
    expected = {
        "Reconstructed": result.own_psnr_db,
        "Nearest colour": result.nearest_fill_psnr_db,
        "Mean colour": result.mean_fill_psnr_db,
        "Truth borrowed": result.borrowed_psnr_db,
    }
    return {name: round(value, 1) for name, value in expected.items()}


def test_the_numbers_are_the_clips_own_and_follow_the_mask(visit, lab):
    page = visit(lab)
    settled(page, "move left, 93 %")
    page.wait_for_selector(f"{PICTURES} image")
    expect_reconstruction(page, lab, "reconstruct bundled tube 0.75 0")
    page.get_by_label("Random").check()
    expect_reconstruction(page, lab, "reconstruct bundled random 0.75 0")
    page.get_by_role("button", name="Hide other tokens").click()
    expect_reconstruction(page, lab, "reconstruct bundled random 0.75 1")
    slider = page.locator("#mask-share input[type=range]")
    slider.focus()
    slider.press("End")
    expect_reconstruction(page, lab, "reconstruct bundled random 0.95 1")


def test_the_pictures_follow_the_current_frame(visit, lab):
    page = visit(lab)
    settled(page, "move left, 93 %")
    page.wait_for_selector(f"{PICTURES} image")
    slider = page.locator("#frame input[type=range]")
    slider.focus()
    slider.press("End")
    page.locator(PICTURES).scroll_into_view_if_needed()  # what is out of sight follows when it comes into sight
    page.wait_for_function(f"() => document.querySelector('{PICTURES}').layout.xaxis.range[0] === 15")


def test_what_a_new_clip_started_can_be_cancelled(visit, lab):
    page = visit(lab)
    settled(page, "move left, 93 %")
    page.wait_for_selector(f"{PICTURES} image")
    page.get_by_role("button", name="shake").click()
    doing = page.locator("#tabs .doing")
    expect(doing.locator(".busy")).to_contain_text("Painting slowly")
    doing.get_by_role("button", name="Cancel").click()
    expect(doing.get_by_role("button", name="Cancel")).not_to_be_visible()
    page.wait_for_timeout(500)  # what still runs would say so again
    expect(doing.locator(".busy")).to_have_count(0)
    assert "cancelled" in lab.fake.calls
    page.get_by_role("button", name="bounce").click()
    settled(page, "bounce, 93 %")
    expect_reconstruction(page, lab, "reconstruct bundled tube 0.75 0")
