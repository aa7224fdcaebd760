"""axe, the accessibility checker, on every tab of the shipped page, in every language; and no word is left out."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import Page, expect
from pseudo_language import spoken, unmarked
from serving import Served, serve

from videomae_demo.backend import real_backend
from videomae_demo.settings import Settings
from videomae_demo.ui import build_demo
from videomae_demo.ui.tabs import TABS
from videomae_demo.words import LANGUAGES, _, use

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
OF_GRADIO = ("footer",)
"""Parts of the page that are not ours to mend."""
SERIOUS = """async ({within, excluded}) => {
    const where = {...(within && {include: [[within]]}), exclude: excluded.map((part) => [part])};
    const found = await axe.run(where, {resultTypes: ['violations']});
    return found.violations
        .filter((violation) => ['serious', 'critical'].includes(violation.impact))
        .flatMap((violation) => violation.nodes.map((node) => `${violation.id}: ${node.html.slice(0, 200)}`));
}"""


OF_GRADIO_ALONE = re.compile(
    r"range slider for |number input for |play-pause-replay-button$|Adjust volume$|full-screen$|Löschen$"
)
"""What Gradio says in English, whatever the language."""
TEXTS = (Path(__file__).parent / "texts.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def shipped() -> Iterator[Served]:
    settings = Settings(model="bundled")
    demo = build_demo(real_backend(settings), settings)
    yield Served(serve(demo, settings), demo)
    demo.close()


def open_tab(page: Page, title: str) -> None:
    """On a phone the row scrolls sideways to it."""
    tab = page.get_by_role("tab", name=title, exact=True)
    tab.click()
    expect(tab).to_have_attribute("aria-selected", "true")
    expect(tab).to_be_in_viewport(ratio=0.9)


def lasting_violations(page: Page, within: str | None = None) -> list[str]:
    """What is still wrong when the tab has come to rest: colours fade in, and a list is pale until it is filled.

    Args:
        within: the part of the page that is looked at, as a selector; by default all of it.
    """
    found: list[str] = ["not looked yet"]
    deadline = time.monotonic() + 120
    while found and time.monotonic() < deadline:
        page.wait_for_timeout(500)
        found = page.evaluate(SERIOUS, {"within": within, "excluded": OF_GRADIO})
    return found


LOOKS = {"en": (1280, False), "de": (390, True), "es": (1280, True), "zh": (390, False)}
"""Width, and whether dark: by language, so that each is seen once."""


@pytest.mark.parametrize("key", LANGUAGES)
def test_no_tab_has_a_serious_violation(visit, shipped, key):
    width, dark = LOOKS.get(key, (1280, False))
    page = visit(replace(shipped, url=f"{shipped.url}?lang={key}"), width=width, dark=dark)
    expect(page.locator("#answer h2")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", LANGUAGES[key].locale)
    page.evaluate(AXE)
    with use(key):
        titles = [_(row.title) for row in TABS.values()]
    for title in titles:
        open_tab(page, title)
        expect(page.locator("#status .busy")).to_have_count(0)
        # What stands above the tabs is looked at once.
        assert lasting_violations(page, None if title == titles[0] else "#tabs") == [], title
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), title  # no word is too long


def test_no_word_is_left_out(visit, shipped, tmp_path):
    with spoken(tmp_path) as key:
        page = visit(replace(shipped, url=f"{shipped.url}?lang={key}"))
        expect(page.locator("#answer h2:not(.quiet)")).to_be_visible()
        left_out = {}
        for name, row in TABS.items():
            open_tab(page, f"⟦{row.title}⟧")
            expect(page.locator(".status.busy:visible")).to_have_count(0)
            page.wait_for_timeout(1000)  # a tab paints when its answer is there, and says nothing before
            expect(page.locator(".status.busy:visible")).to_have_count(0)
            texts = [text for text in page.evaluate(TEXTS) if not OF_GRADIO_ALONE.match(text)]
            left_out[name] = sorted({f"{unmarked(text)} (in “{text[:100]}”)" for text in texts if unmarked(text)})
        assert {name: found for name, found in left_out.items() if found} == {}


def test_a_violation_would_be_seen(visit, shipped):
    page = visit(shipped)
    page.wait_for_selector("#tabs")
    page.evaluate(AXE)
    for place, within in (("#tabs", "#tabs"), ("body", None)):
        page.evaluate(
            """(place) => document.querySelector(place)
                .append(Object.assign(document.createElement('button'), {className: 'nameless'}))""",
            place,
        )
        found = page.evaluate(SERIOUS, {"within": within, "excluded": OF_GRADIO})
        assert any("nameless" in one for one in found), place  # and it would stay
