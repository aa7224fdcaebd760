"""How it learned: the numbers on the page are those of this clip under this mask, and the pictures follow the frame."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from fake_line import FakeLine
from playwright.sync_api import Page, expect
from serving import Served, serve
from test_first_screen import settled

from videomae_demo.reconstruction import Reconstruction
from videomae_demo.settings import Settings
from videomae_demo.ui import build_demo
from videomae_demo.ui.tabs import TABS

PICTURES = "#masked-pictures .js-plotly-plot"


class RememberingLine(FakeLine):
    """Keeps what it reconstructed, so that a test can compare it with the page."""

    last: Reconstruction

    def reconstruct(self, *args: object, **choices: object) -> Reconstruction:
        self.last = super().reconstruct(*args, **choices)
        return self.last


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("clips")
    fake = RememberingLine(folder)
    demo = build_demo(fake.line(), Settings(), tabs={"masked": TABS["masked"]})
    yield Served(serve(demo, Settings(), allowed_paths=[str(folder)]), demo, fake)
    demo.close()


def numbers(page: Page) -> dict[str, float]:
    """Decibels by the name in front of them."""
    rows = page.locator("#masked-numbers tr")
    names = [re.split("with|from|a simple", row.inner_text())[0].strip() for row in rows.all()]
    return {
        name.splitlines()[0]: float(re.search(r"([\d.]+) dB", row.inner_text())[1])
        for name, row in zip(names, rows.all(), strict=True)
    }


def expect_numbers_of(page: Page, result: Reconstruction) -> None:
    share = f"{result.hidden.mean():.0%}".replace("%", " %")
    expect(page.locator("#masked-numbers .verdict")).to_have_text(re.compile(f"^{share} hidden"))
    expected = {
        "Reconstructed": result.own_psnr_db,
        "Nearest colour": result.nearest_fill_psnr_db,
        "Mean colour": result.mean_fill_psnr_db,
        "Truth borrowed": result.borrowed_psnr_db,
    }
    assert numbers(page) == {name: round(value, 1) for name, value in expected.items()}


def test_the_numbers_are_the_clips_own_and_follow_the_mask(visit, lab):
    page = visit(lab)
    settled(page, "move left, 93 %")
    page.wait_for_selector(f"{PICTURES} image")
    assert lab.fake.calls[-1] == "reconstruct bundled tube 0.75 0"
    expect_numbers_of(page, lab.fake.last)
    tubes = numbers(page)

    page.get_by_label("Random").check()
    expect(page.locator("#masked-numbers")).not_to_contain_text(f"{tubes['Nearest colour']:.1f} dB")
    assert lab.fake.calls[-1] == "reconstruct bundled random 0.75 0"
    expect_numbers_of(page, lab.fake.last)

    page.get_by_role("button", name="Hide other tokens").click()
    page.wait_for_function("(before) => document.querySelector('#masked-numbers').innerText !== before",
                           arg=page.locator("#masked-numbers").inner_text())  # fmt: skip
    assert lab.fake.calls[-1] == "reconstruct bundled random 0.75 1"
    expect_numbers_of(page, lab.fake.last)

    slider = page.locator("#mask-share input[type=range]")
    slider.focus()
    slider.press("End")
    expect(page.locator("#masked-numbers .verdict")).to_have_text(re.compile("^95 % hidden"))
    expect_numbers_of(page, lab.fake.last)


def test_the_pictures_follow_the_current_frame(visit, lab):
    page = visit(lab)
    settled(page, "move left, 93 %")
    page.wait_for_selector(f"{PICTURES} image")
    slider = page.locator("#frame input[type=range]")
    slider.focus()
    slider.press("End")
    page.wait_for_function(f"() => document.querySelector('{PICTURES}').layout.xaxis.range[0] === 15")
