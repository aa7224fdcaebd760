"""Compare: two clips, two methods or two models, side by side; and the clip among others."""

from __future__ import annotations

import gradio as gr

from ...page import Page
from .likeness import build_likeness
from .side_by_side import build_side_by_side


def build(page: Page, tab: gr.Tab) -> None:
    build_side_by_side(page, tab)
    build_likeness(page, tab)
