"""Inside the model: the way from clip to answer in real numbers, and where a token's query looks."""

from __future__ import annotations

import gradio as gr

from ...page import Page
from .atlas import build_atlas
from .query import build_query
from .way import build_way


def build(page: Page, tab: gr.Tab) -> None:
    stages = build_way(page, tab)
    build_atlas(page, tab, *build_query(page, tab, stages))
