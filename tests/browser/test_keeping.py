"""Pictures to keep: a figure as PNG and SVG at print size, with its caption, drawn by the browser alone."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from on_page import settled
from PIL import Image
from playwright.sync_api import Page, expect

from videomae_demo.report import citation

WIDTH = round(180 / 25.4 * 300)
CAPTION = 0.15
"""The lowest share of a picture, where only the caption is."""


def opened(page: Page, figure: str) -> None:
    """By keyboard, as the button is seen only when it is pointed at or focused."""
    page.locator(f"#{figure} > .keep").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".keep-dialog [data-part=png]")).to_be_enabled()


def saved(page: Page, kind: str, folder: Path) -> Path:
    with page.expect_download() as download:
        page.locator(f".keep-dialog [data-part={kind}]").click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_a_map_is_kept_with_clip_model_method_and_limits(visit, real, tmp_path):
    page = visit(real.served, dark=True)
    settled(page, "forwards, 67 %")
    opened(page, "stage")
    svg, png = saved(page, "svg", tmp_path), saved(page, "png", tmp_path)
    assert svg.stem == png.stem == "move-left-stage"

    picture = Image.open(png)
    assert picture.width == WIDTH
    assert round(picture.info["dpi"][0]) == 300
    root = ElementTree.parse(svg).getroot()
    assert root.get("width") == "180mm"
    caption = root.find("{http://www.w3.org/2000/svg}desc").text
    assert picture.info["Description"] == caption
    for part in ("Clip: move left", "Its answer: forwards, 67 %", "Frame 8 of 16", "Map: Attention rollout"):
        assert part in caption
    for part in ("How to read it: ", "What it cannot tell: ", "Abnar and Zuidema 2020", citation.plain()):
        assert part in caption
    drawn = " ".join(node.text for node in root.iter("{http://www.w3.org/2000/svg}text") if node.text)
    assert "What it cannot tell: " in drawn
    assert "image/webp" not in svg.read_text(encoding="utf-8")  # programs for print do not read it
    pixels = np.asarray(picture.convert("L"), float)
    assert pixels[: picture.height // 2].std() > 20  # the frame
    words = pixels[-round(CAPTION * picture.height) :]
    assert words.max() == 255 and words.min() < 120  # dark letters on white, on a dark page, too

    page.get_by_text("Cite it").click()
    expect(page.locator("[data-part=bibtex]")).to_have_text(re.compile("@misc.*@inproceedings", re.DOTALL))
    page.get_by_role("button", name="Copy as BibTeX").click()
    expect(page.locator("[data-part=copied]")).to_have_text(re.compile("Copied|Selected"))
    page.keyboard.press("Escape")
    expect(page.locator(".keep-dialog")).to_be_hidden()

    page.get_by_role("tab", name="What if").click()
    expect(page.locator("#edited-films .film")).to_have_count(9)
    opened(page, "edited-films")
    expect(page.locator(".keep-dialog [data-part=svg]")).to_be_disabled()  # it is no drawing of lines
    films = Image.open(saved(page, "png", tmp_path))
    assert films.width == WIDTH
    assert np.asarray(films.convert("L"), float)[: films.height // 2].std() > 20
