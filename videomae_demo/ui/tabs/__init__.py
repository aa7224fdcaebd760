"""The tabs under the first screen: one file each, one row here. ``ui/__init__`` says how to write one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import gradio as gr

from ...words import later
from ..page import Page
from . import compare, inside, lessons, live, masked, over_time, report, sampling, time_lab, where, why, worth


@dataclass(frozen=True)
class TabRow:
    """One tab."""

    title: str
    build: Callable[[Page, gr.Tab], None]
    """Lays the tab out inside the open ``gr.Tab`` and wires it."""


TABS: dict[str, TabRow] = {
    "sampling": TabRow(later("Sampling"), sampling.build),
    "timeline": TabRow(later("Over time"), over_time.build),
    "compare": TabRow(later("Compare"), compare.build),
    "inside": TabRow(later("Inside"), inside.build),
    "time": TabRow(later("What if"), time_lab.build),
    "why": TabRow(later("Why not …"), why.build),
    "worth": TabRow(later("Is the map any good?"), worth.build),
    "where": TabRow(later("Where it knows"), where.build),
    "masked": TabRow(later("How it learned"), masked.build),
    "live": TabRow(later("Live"), live.build),
    "lessons": TabRow(later("Lessons"), lessons.build),
    "report": TabRow(later("Take it away"), report.build),
}
"""By key, in the order of the page; a lesson opens a tab by its key."""
