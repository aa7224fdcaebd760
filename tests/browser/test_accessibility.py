"""axe, the accessibility checker, on every tab of the page as it is shipped: no serious violation of our own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import Page, expect
from serving import Served, serve

from videomae_demo.backend import real_backend
from videomae_demo.settings import Settings
from videomae_demo.ui import build_demo
from videomae_demo.ui.tabs import TABS

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
OF_GRADIO = ("footer",)
"""Parts of the page that are not ours to mend."""
SERIOUS = """async (excluded) => {
    const found = await axe.run({exclude: excluded.map((part) => [part])}, {resultTypes: ['violations']});
    return found.violations
        .filter((violation) => ['serious', 'critical'].includes(violation.impact))
        .flatMap((violation) => violation.nodes.map((node) => `${violation.id}: ${node.html.slice(0, 200)}`));
}"""


@pytest.fixture(scope="module")
def shipped() -> Iterator[Served]:
    settings = Settings(model="bundled")
    demo = build_demo(real_backend(settings), settings)
    yield Served(serve(demo, settings), demo)
    demo.close()


def open_tab(page: Page, title: str) -> None:
    """Through the menu of those that do not fit on a phone, too."""
    expect(page.get_by_role("tab").first).to_be_visible()  # the row is laid out: what is not in it is in the menu
    tab = page.get_by_role("tab", name=title, exact=True)
    if not tab.is_visible():
        page.locator(".overflow-menu > button").click()
        page.locator(".overflow-dropdown button", has_text=title).click()
    else:
        tab.click()
    expect(page.get_by_role("tab", name=title, exact=True)).to_have_attribute("aria-selected", "true")


def lasting_violations(page: Page) -> list[str]:
    """What is still wrong when the tab has come to rest: colours fade in, and a list is pale until it is filled."""
    found: list[str] = ["not looked yet"]
    deadline = time.monotonic() + 30
    while found and time.monotonic() < deadline:
        page.wait_for_timeout(500)
        found = page.evaluate(SERIOUS, OF_GRADIO)
    return found


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_no_tab_has_a_serious_violation(visit, shipped, width, dark):
    page = visit(shipped, width=width, dark=dark)
    expect(page.locator("#answer h2")).to_be_visible()
    page.evaluate(AXE)
    for row in TABS.values():
        open_tab(page, row.title)
        expect(page.locator("#status .busy")).to_have_count(0)
        assert lasting_violations(page) == [], row.title


def test_a_violation_would_be_seen(visit, shipped):
    page = visit(shipped)
    page.evaluate(AXE)
    page.evaluate("document.body.append(Object.assign(document.createElement('button'), {id: 'nameless'}))")
    assert any("nameless" in found for found in page.evaluate(SERIOUS, OF_GRADIO))  # and it would stay
