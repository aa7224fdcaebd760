"""A page that runs, for the fixtures and for tests that need one of their own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

import gradio as gr
from fake_backend import FakeBackend

from videomae_demo.settings import Settings
from videomae_demo.ui import build_demo, launch_options
from videomae_demo.ui.tabs import TABS

TIMEOUT_MS = int(os.environ.get("BROWSER_TIMEOUT_MS", "90000"))
"""A busy machine needs more."""


@dataclass
class Served:
    """A running page."""

    url: str
    demo: gr.Blocks
    fake: FakeBackend | None = None


def serve(demo: gr.Blocks, settings: Settings, **options: object) -> str:
    """Start the page; its address."""
    _, url, _ = demo.launch(
        prevent_thread_lock=True, quiet=True, **{**launch_options(settings), "mcp_server": False, **options}
    )
    return url


def served_tab(key: str, fake: FakeBackend) -> Iterator[Served]:
    """The first screen and one tab, on a fake backend; for a fixture."""
    demo = build_demo(fake.backend(), Settings(), tabs={key: TABS[key]})
    yield Served(serve(demo, Settings(), allowed_paths=[str(fake.folder)]), demo, fake)
    demo.close()
