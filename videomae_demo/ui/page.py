"""What the parts of the page share: the clip's analysis, the current frame, and how a tab follows them."""

from __future__ import annotations

import inspect
import itertools
import weakref
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import gradio as gr
from gradio.events import Dependency

from ..backend import Backend
from ..results import Analysis
from ..settings import Settings
from . import html
from .errors import guarded

MODEL_QUEUE: dict[str, Any] = {"concurrency_id": "model", "concurrency_limit": 2}
"""Keywords of every event that runs the model: they share one short queue, so that a busy page stays fair."""
QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
"""Keywords of every event of the page: no part of the public API, and no spinner over what is already drawn."""
_attempts = itertools.count()


def cancelling(button: gr.Button, status: gr.HTML, events: Sequence[Dependency]) -> None:
    """Let the button cancel the events, and the status line end with them.

    It ends when an event is over, not when the button is pressed: what the event said last may come after the press.
    """
    button.click(None, None, None, cancels=[*events], **QUIET)
    for event in events:
        event.failure(html.idle, None, status, queue=False, **QUIET)  # Gradio counts a cancelled event as failed


@dataclass(frozen=True)
class ClipRequest:
    """A visitor's wish to see a clip; putting a new one into ``Page.request`` starts the line."""

    path: str
    name: str
    """The file's name as the visitor knows it."""
    sample: int | None = None
    """Position in ``Backend.samples``; None for the visitor's own clip."""
    in_player: bool = False
    """Whether ``Page.video`` shows the visitor's own clip already, because it was dropped or recorded there."""
    attempt: int = field(default_factory=lambda: next(_attempts))
    """Makes every wish a new one, also for the same clip under other settings."""


@dataclass(frozen=True, eq=False)
class Page:
    """The shared components of one page; a tab reads them as inputs of its events."""

    backend: Backend
    settings: Settings
    request: gr.State
    """ClipRequest | None: which clip is wanted. Write a new one to put another clip on the page."""
    analysis: gr.State
    """Analysis | None: what is on the page now. Read it; only the first screen writes it."""
    frame: gr.Slider
    """The current frame, 1 to T; moves by keyboard, pointer and play, and marks all figures."""
    model: gr.Dropdown
    """``auto`` or a key of ``Backend.models``."""
    sampler: gr.Dropdown
    """``auto`` or a key of ``Backend.samplers``."""
    start: gr.Number
    """Start of the window in seconds; with ``end``, None for the clip's end."""
    end: gr.Number
    method: gr.Dropdown
    """A key of ``Backend.methods``."""
    target: gr.Dropdown
    """The label id that class-specific methods explain."""
    video: gr.Video
    """The clip's player; a tab that puts a clip on the page sets it, too."""
    selected_tab: gr.State
    """The key of the tab that is open."""
    set_up: gr.State
    """dict[str, int]: how often the tour has set each tab's controls, by the tab's key; a tab then draws again."""

    def on_analysis(
        self,
        tab: gr.Tab,
        refresh: Callable[..., Any],
        *,
        about: Sequence[gr.Dropdown] = (),
        inputs: Sequence[gr.components.Component] = (),
        outputs: Sequence[gr.components.Component],
        runs_model: bool = False,
    ) -> list[Dependency]:
        """Call ``refresh(analysis, *about, *inputs)`` when the tab is open and has not shown this analysis yet.

        That is: when the tab is opened after a new analysis, or after the tour has set its controls, and when a new
        analysis arrives while it is open. A tab that nobody opens costs nothing.

        Args:
            refresh: a function or a generator that returns (yields) the values of ``outputs``; its errors become
                messages on the page. A generator may yield dicts, component to value.
            about: controls whose change by the visitor counts like a new analysis: all that the tab shows is about
                their values.
            runs_model: whether it waits in the model's queue.

        Returns:
            The events, for a Cancel button: see ``cancelling``.
        """
        key = tab.id
        seen = gr.State(None)

        def follow(
            selected: str,
            shown: tuple[Any, ...] | None,
            set_up: dict[str, int],
            analysis: Analysis | None,
            *values: Any,
        ) -> Iterator[Any]:
            # Weak: what a tab has shown must not outlive the time that the page keeps an analysis.
            wanted = analysis and (weakref.ref(analysis), set_up.get(key, 0), *values[: len(about)])
            if analysis is None or selected != key or shown == wanted:
                yield tuple(gr.skip() for _ in range(len(outputs) + 1))
                return
            result = refresh(analysis, *values)
            for update in result if inspect.isgenerator(result) else (result,):
                if isinstance(update, dict):
                    yield {seen: wanted, **update}
                else:
                    yield (wanted, *(update if len(outputs) > 1 else (update,)))

        event: dict[str, Any] = {
            "fn": guarded(follow),
            "inputs": [self.selected_tab, seen, self.set_up, self.analysis, *about, *inputs],
            "outputs": [seen, *outputs],
            **QUIET,
            **(MODEL_QUEUE if runs_model else {}),
        }
        return [
            tab.select(lambda: key, None, self.selected_tab, queue=False, **QUIET).then(**event),
            gr.on([self.analysis.change, *(control.input for control in about)], trigger_mode="always_last", **event),
        ]
