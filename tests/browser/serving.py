"""A page that runs, for the fixtures and for tests that need one of their own."""

from __future__ import annotations

import os
from dataclasses import dataclass

import gradio as gr
from fake_line import FakeLine

from videomae_demo.settings import Settings
from videomae_demo.ui import launch_options

TIMEOUT_MS = int(os.environ.get("BROWSER_TIMEOUT_MS", "90000"))
"""A busy machine needs more."""


@dataclass
class Served:
    """A running page."""

    url: str
    demo: gr.Blocks
    fake: FakeLine | None = None


def serve(demo: gr.Blocks, settings: Settings, **options: object) -> str:
    """Start the page; its address."""
    _, url, _ = demo.launch(
        prevent_thread_lock=True, quiet=True, **{**launch_options(settings), "mcp_server": False, **options}
    )
    return url
