"""Is the map any good? Maps side by side, measured against chance, checked for sanity, and tried by hand."""

from __future__ import annotations

import gradio as gr

from ...page import Page
from .against_chance import build_test
from .by_hand import build_canvas
from .side_by_side import build_contest


def build(page: Page, tab: gr.Tab) -> None:
    methods = build_contest(page, tab)
    build_test(page, tab, methods)
    build_canvas(page, tab)
