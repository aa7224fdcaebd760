"""Where does it know? What can be read off each layer, what turns the answer, and how much of it is scenery."""

from __future__ import annotations

import gradio as gr

from ...page import Page
from .patching import build_patching
from .probes import build_probes
from .scenery import build_scenery


def build(page: Page, tab: gr.Tab) -> None:
    build_probes(page, tab)
    build_patching(page, tab)
    build_scenery(page, tab)
