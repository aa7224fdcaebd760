"""The real page in a real browser, on a line that a test controls or on the real one; nothing may leave the machine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from fake_backend import FakeBackend
from playwright.sync_api import Browser, Page, expect, sync_playwright
from serving import TIMEOUT_MS, Served, serve
from two_way_model import save_two_way_model

from videomae_demo.backend import real_backend
from videomae_demo.settings import Settings
from videomae_demo.ui import build_demo


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@dataclass
class Visitor:
    """A browser tab, and what it asked for that is not on this machine."""

    page: Page
    outside: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


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
            args=["--no-sandbox", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"],
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


@pytest.fixture
def visit(browser: Browser) -> Iterator[object]:
    """``visit(served, width=1280, dark=False)`` opens the page; afterwards nothing may have gone wrong or outside."""
    contexts = []
    visitors: list[Visitor] = []

    def open_page(served: Served, *, width: int = 1280, height: int = 900, dark: bool = False) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            permissions=["camera", "microphone"],
        )
        context.set_default_timeout(TIMEOUT_MS)
        contexts.append(context)
        page = context.new_page()
        visitor = Visitor(page)
        visitors.append(visitor)

        def guard(route: object, request: object) -> None:
            address = urlsplit(request.url)  # type: ignore[attr-defined]
            if address.scheme in ("http", "https", "ws", "wss") and address.hostname not in ("127.0.0.1", "localhost"):
                visitor.outside.append(request.url)  # type: ignore[attr-defined]
                route.abort()  # type: ignore[attr-defined]
            else:
                route.continue_()  # type: ignore[attr-defined]

        page.route("**/*", guard)
        page.on("pageerror", lambda error: visitor.problems.append(str(error)))
        page.goto(served.url)
        return page

    yield open_page
    for visitor in visitors:
        assert visitor.outside == []
        assert visitor.problems == []
    for context in contexts:
        context.close()


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
