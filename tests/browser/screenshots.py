"""Pictures of the page in its states, for human eyes: a tool for whoever changes the page, not a test.

    python tests/browser/screenshots.py http://127.0.0.1:7860 FOLDER [--tab NAME]

The app must be running. Pictures are taken at 1280 and 390 pixels, light and dark.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

WAIT_MS = 90_000
VARIANTS = {"1280": (1280, 900, "light"), "1280-dark": (1280, 900, "dark"), "390": (390, 844, "light")}
VARIANTS["390-dark"] = (390, 844, "dark")
ANSWERED = """() => {
    const stage = document.querySelector('#stage .js-plotly-plot');
    const idle = !document.querySelector('#status .busy');
    const failed = document.querySelector("#answer [role=alert]");
    return idle && (failed || stage?.data?.some((trace) => trace.name === "map"));
}"""


def opened(browser: Browser, url: str, variant: str) -> Page:
    width, height, scheme = VARIANTS[variant]
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    page.set_default_timeout(WAIT_MS)
    page.goto(url)
    return page


def settled(page: Page) -> None:
    page.wait_for_function(ANSWERED)
    page.wait_for_timeout(600)  # late pictures: thumbnails, the player's first frame


def upload(page: Page, content: bytes, name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        with page.expect_file_chooser() as chosen:
            page.locator("#upload").click()
        chosen.value.set_files(path)
        page.wait_for_timeout(1500)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--tab", help="open this tab, by its title, before the picture is taken")
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=path, args=["--no-sandbox"]) as browser,
    ):
        for variant in VARIANTS:
            page = opened(browser, chosen.url, variant)
            page.wait_for_selector("#stage .js-plotly-plot")
            page.screenshot(path=chosen.folder / f"loading-{variant}.png")
            settled(page)
            if chosen.tab:
                page.get_by_role("tab", name=chosen.tab).click()
                page.wait_for_timeout(5000)
            page.screenshot(path=chosen.folder / f"page-{variant}.png", full_page=True)
            page.close()
        page = opened(browser, chosen.url, "1280")
        settled(page)
        page.get_by_label("What the model really gets").check()
        page.wait_for_timeout(1500)
        page.screenshot(path=chosen.folder / "model-view-1280.png")
        page.locator("#model-fold > button").click()
        page.wait_for_timeout(500)
        page.screenshot(path=chosen.folder / "model-fold-1280.png")
        page.locator("#model-fold > button").click()
        upload(page, b"this is no video", "holiday.mp4")
        settled(page)
        page.screenshot(path=chosen.folder / "error-1280.png")


if __name__ == "__main__":
    main()
