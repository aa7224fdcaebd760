"""The tabs under the first screen: one file each, one row here. ``ui/__init__`` says how to write one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import gradio as gr

from ..page import Page
from . import compare, inside, lessons, live, masked, over_time, report, sampling, time_lab, where, why, worth


@dataclass(frozen=True)
class TabRow:
    """One tab."""

    title: str
    build: Callable[[Page, gr.Tab], None]
    """Lays the tab out inside the open ``gr.Tab`` and wires it."""


TABS: dict[str, TabRow] = {
    "sampling": TabRow("Sampling", sampling.build),
    "timeline": TabRow("Over time", over_time.build),
    "compare": TabRow("Compare", compare.build),
    "inside": TabRow("Inside", inside.build),
    "time": TabRow("What if", time_lab.build),
    "why": TabRow("Why not …", why.build),
    "worth": TabRow("Is the map any good?", worth.build),
    "where": TabRow("Where it knows", where.build),
    "masked": TabRow("How it learned", masked.build),
    "live": TabRow("Live", live.build),
    "lessons": TabRow("Lessons", lessons.build),
    "report": TabRow("Take it away", report.build),
}
"""By key, in the order of the page; a lesson opens a tab by its key."""
