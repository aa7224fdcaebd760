"""What a visitor sees on the page, for tests to wait for and to read."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from playwright.sync_api import Page, TimeoutError, expect

ANSWER = "#answer h2"
MAP = "#stage .js-plotly-plot .hm image"
DRAWN = "document.querySelector('#stage .js-plotly-plot')?.data?.some((trace) => trace.name === 'map')"
SETTLED = f"""(answer) => document.querySelector('#answer h2')?.textContent.trim() === answer
    && !document.querySelector('#status .busy') && {DRAWN}"""


def settled(page: Page, answer: str) -> None:
    """Wait until the answer stands and the map is drawn over the frames."""
    with suppress(TimeoutError):  # in vain: what is there instead is told below
        page.wait_for_function(SETTLED, arg=answer)  # looks at each picture; ``expect`` comes to look once a second
    expect(page.locator(ANSWER)).to_have_text(answer)
    expect(page.locator("#status .busy")).to_have_count(0)
    page.wait_for_function(DRAWN)


def bars(page: Page, name: str) -> dict[str, float]:
    """Label -> probability, from the bars of one card."""
    rows = page.locator(f"[data-film='{name}'] tr").all()
    return {
        row.get_attribute("data-label"): float(row.locator(".bar i").get_attribute("style").removeprefix("--after:"))
        for row in rows
    }


def upload(page: Page, path: Path) -> None:
    with page.expect_file_chooser() as chosen:
        page.locator("#upload").click()
    chosen.value.set_files(path)
