"""The real page in a real browser, on a line that a test controls or on the real one; nothing may leave the machine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from fake_backend import FakeBackend
from playwright.sync_api import Browser, Error, Page, Request, WebSocket, expect, sync_playwright
from serving import TIMEOUT_MS, Served, serve
from two_way_model import save_two_way_model

from videomae_demo.backend import real_backend
from videomae_demo.settings import Settings
from videomae_demo.ui import build_demo

HERE = ("127.0.0.1", "localhost")
"""All other names and addresses are unknown to the browser."""
TESTS_PER_TAB = 8
"""A tab's process grows with every page: after forty it was at 1.3 GB, and slow."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@dataclass
class Visitor:
    """A browser tab, and what it asked for that is not on this machine."""

    page: Page
    used: int = 1
    """How many tests the tab has been used in, this one included."""
    outside: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def note_address(self, asked: Request | WebSocket) -> None:
        address = urlsplit(asked.url)
        if address.scheme in ("http", "https", "ws", "wss") and address.hostname not in HERE:
            self.outside.append(asked.url)

    def note_error(self, error: Error) -> None:
        self.problems.append(str(error))

    def arrive(self) -> None:
        self.page.on("request", self.note_address)
        self.page.on("websocket", self.note_address)
        self.page.on("pageerror", self.note_error)

    def leave(self) -> None:
        """As if the tab were closed: whatever the page could remember is gone."""
        self.page.evaluate("localStorage.clear(); sessionStorage.clear()")
        self.page.goto("about:blank")
        self.page.remove_listener("request", self.note_address)
        self.page.remove_listener("websocket", self.note_address)
        self.page.remove_listener("pageerror", self.note_error)
        self.page.context.clear_cookies()
        self.page.context.clear_permissions()
        self.page.mouse.move(0, 0)


@pytest.fixture(scope="session", autouse=True)
def _offline() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_ANALYTICS_ENABLED", "False")
        yield


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=TIMEOUT_MS)
    installed = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    path = os.environ.get("CHROMIUM") or next(filter(None, installed), None)
    # None is the browser that `playwright install chromium` downloads.
    # Some machines run tests as root, in which Chromium's sandbox does not start.
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(
            executable_path=path,
            args=[
                "--no-sandbox",
                "--use-fake-ui-for-media-stream",
                "--use-fake-device-for-media-stream",
                "--host-resolver-rules=MAP * ~NOTFOUND" + "".join(f", EXCLUDE {name}" for name in HERE),
            ],
        ) as browser,
    ):
        yield browser


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The first screen alone, on a fake backend."""
    folder = tmp_path_factory.mktemp("clips")
    fake = FakeBackend(folder)
    settings = Settings()
    demo = build_demo(fake.backend(), settings, tabs={})
    yield Served(serve(demo, settings, allowed_paths=[str(folder)]), demo, fake)
    demo.close()


@dataclass(frozen=True)
class RealBackend:
    """What the page on the real backend was made from: a test asks the same of the pipeline, and compares."""

    clip: Path
    model: str
    """A folder."""
    served: Served


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealBackend]:
    """The page on the real backend, with one clip and a small model that can tell it from its reversal."""
    folder = tmp_path_factory.mktemp("real")
    samples = FakeBackend(folder).samples[:1]
    model = str(save_two_way_model(folder / "model", samples[0].path))
    settings = Settings(model=model)
    demo = build_demo(replace(real_backend(settings), samples=samples), settings)
    yield RealBackend(samples[0].path, model, Served(serve(demo, settings, allowed_paths=[str(folder)]), demo))
    demo.close()


@pytest.fixture(scope="session")
def left_tabs() -> list[tuple[Page, int]]:
    """Tabs that tests have left, each in a context of its own, and in how many tests they have been used.

    The second page of a tab costs half the time of the first: its scripts, Plotly's 4.6 MB among them, stay compiled.
    """
    return []


@contextmanager
def visits(browser: Browser, left_tabs: list[tuple[Page, int]]) -> Iterator[Callable[..., Page]]:
    """``visit(served, width=1280, dark=False)`` opens the page; afterwards nothing may have gone wrong or outside."""
    visitors: list[Visitor] = []

    def open_page(served: Served, *, width: int = 1280, height: int = 900, dark: bool = False) -> Page:
        page, used = left_tabs.pop() if left_tabs else (browser.new_context().new_page(), 0)
        page.set_default_timeout(TIMEOUT_MS)
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme="dark" if dark else "light", reduced_motion="reduce")
        page.context.grant_permissions(["camera", "microphone"])
        visitor = Visitor(page, used + 1)
        visitor.arrive()
        visitors.append(visitor)
        page.goto(served.url)
        return page

    yield open_page
    for visitor in visitors:
        if visitor.used < TESTS_PER_TAB:
            visitor.leave()
            left_tabs.append((visitor.page, visitor.used))
        else:
            visitor.page.context.close()
    for visitor in visitors:
        assert visitor.outside == []
        assert visitor.problems == []


@pytest.fixture
def visit(browser: Browser, left_tabs: list[tuple[Page, int]]) -> Iterator[Callable[..., Page]]:
    """For one test."""
    with visits(browser, left_tabs) as visit:
        yield visit


@pytest.fixture(scope="module")
def stay(browser: Browser, left_tabs: list[tuple[Page, int]]) -> Iterator[Callable[..., Page]]:
    """For all tests of a file, in their order: a page takes seconds to come up. What a test asks of the page it sets
    itself, or finds as the page opens because those before leave that alone."""
    with visits(browser, left_tabs) as visit:
        yield visit


@pytest.fixture(autouse=True)
def _rested(request: pytest.FixtureRequest) -> Iterator[None]:
    """Each test starts with a fake backend that has seen nothing and holds nothing back."""
    if "served" in request.fixturenames:
        fake = request.getfixturevalue("served").fake
        fake.calls.clear()
        fake.release.clear()
        yield
        fake.release.set()
    else:
        yield
