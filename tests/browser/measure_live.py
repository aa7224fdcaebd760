"""How fast Live answers in a browser with a made camera, alone and while another visitor uploads: a tool, not a test.

    python tests/browser/measure_live.py http://127.0.0.1:7860 [--seconds 20] [--clip FILE] [--picture FILE]

The app must be running. For each of both it prints the answers a second, as counted and as the page says; how far an
answer is behind the camera, and of that the request and the model's part, as median (least to most); and the machine's
load.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import av
from playwright.sync_api import Page, sync_playwright

CLIPS = Path(__file__).parents[2] / "assets" / "clips"
SIZE = (320, 240)
FPS = 30
FACTS = re.compile(r"([\d.]+) answers a second · (\d+) ms behind .* (\d+) frames of ([\d.]+) s · (\d+) ms on")
REQUESTS = """() => {
  const entries = performance.getEntriesByType("resource").filter((entry) => entry.name.includes("/live?"));
  performance.clearResourceTimings();
  return entries.map((entry) => [entry.duration, entry.responseStart - entry.requestStart]);
}"""
ANSWERED = "(wish) => document.querySelector('#answer [data-wish]')?.dataset.wish !== wish && \
!document.querySelector('#answer .waiting')"


def write_film(clip: Path, film: Path) -> None:
    """The clip as Chromium's made camera plays it, again and again: raw pictures in a YUV4MPEG2 file."""
    width, height = SIZE
    with av.open(str(clip)) as container, film.open("wb") as out:
        out.write(f"YUV4MPEG2 W{width} H{height} F{FPS}:1 Ip A1:1 C420mpeg2\n".encode())
        for frame in container.decode(video=0):
            picture = frame.reformat(width, height, "yuv420p").to_ndarray()
            out.write(b"FRAME\n" + picture.tobytes())


def readings(page: Page, seconds: float, other: Page | None) -> Iterator[tuple[float, ...]]:
    """What the page says every half second; meanwhile the other visitor uploads one clip after another."""
    ends, wish = time.monotonic() + seconds, None
    while time.monotonic() < ends:
        if other and (wish is None or other.evaluate(ANSWERED, wish)):
            wish = other.evaluate("() => document.querySelector('#answer [data-wish]')?.dataset.wish ?? ''")
            with other.expect_file_chooser() as chosen:
                other.locator("#upload").click()
            chosen.value.set_files(CLIPS / "door.mp4")
        page.wait_for_timeout(500)
        said = FACTS.search(page.locator(".live-facts").inner_text())
        if said:
            yield tuple(map(float, said.groups()))


def line(name: str, values: Sequence[float], unit: str, digits: int = 0) -> str:
    if not values:
        return f"  {name}: nothing"
    middle, least, most = (f"{value:.{digits}f}" for value in (statistics.median(values), min(values), max(values)))
    return f"  {name}: {middle} {unit} ({least} to {most}; n={len(values)})"


def report(title: str, page: Page, seconds: float, other: Page | None = None) -> None:
    page.evaluate(REQUESTS)  # what was before does not count
    begun = time.monotonic()
    rows = list(readings(page, seconds, other))
    requests = page.evaluate(REQUESTS)
    took = time.monotonic() - begun
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"{title}: {len(requests)} answers in {took:.1f} s, {len(requests) / took:.1f} a second (load {load})")
    print(line("answers a second, as the page says", [row[0] for row in rows], "", 1))
    print(line("behind the camera", [row[1] for row in rows], "ms"))
    print(line("of that, the request", [both[0] for both in requests], "ms"))
    print(line("of that, the model and its map", [row[4] for row in rows], "ms"))
    print(line("different frames", [row[2] for row in rows], ""), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("--seconds", type=float, default=20.0, help="of each of both")
    parser.add_argument("--clip", type=Path, default=CLIPS / "boat.mp4", help="what the made camera films")
    parser.add_argument("--picture", type=Path, help="where a picture of the tab goes")
    chosen = parser.parse_args()
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        film = Path(folder) / "film.y4m"
        write_film(chosen.clip, film)
        options = ["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
        with playwright.chromium.launch(
            executable_path=path, args=[*options, f"--use-file-for-fake-video-capture={film}"]
        ) as browser:
            page, other = (browser.new_context(viewport={"width": 1280, "height": 900}).new_page() for _ in range(2))
            for one in (other, page):
                one.set_default_timeout(90_000)
                one.goto(chosen.url)
                one.wait_for_selector("#answer h2:not(.waiting)")
            page.get_by_role("tab", name="Live", exact=True).click()
            page.locator(".live-start").click()
            page.wait_for_function("() => document.querySelector('.live-facts').textContent.includes('a second')")
            page.wait_for_timeout(5000)  # the rate is counted over the last five seconds
            report("Alone", page, chosen.seconds)
            report("While another visitor uploads", page, chosen.seconds, other)
            if chosen.picture:
                page.locator("#tabs").screenshot(path=chosen.picture)


if __name__ == "__main__":
    main()
