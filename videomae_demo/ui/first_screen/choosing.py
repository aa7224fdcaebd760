"""A visitor wants another clip, or the same one looked at otherwise: everything that makes a wish.

An event here changes ``Page.wished`` and paints nothing; ``answering`` takes the wish up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from ...inputs.hub_clips import HUB_CLIPS
from ...words import _, later
from .. import html
from ..errors import guarded
from ..page import AT_ONCE, COUNT_WISH, QUIET, Page
from ..progress import reported
from ..visit import Visit, Wish
from .layout import AUTO, FirstScreen


def wire_choice(screen: FirstScreen, page: Page) -> None:
    """Samples, the visitor's own clips, clips from the hub, and another look at the one that is there."""
    samples = page.backend.samples

    def sample(index: int) -> Wish:
        return Wish(samples[index].title, path=str(samples[index].path), sample=index)

    page.wishes(screen.samples.click, lambda visit, event: sample(event.index))
    page.wishes(screen.samples.select, lambda visit, event: Wish(HUB_CLIPS[event.index].title, hub_clip=event.index))
    page.wishes(screen.upload.upload, _own_clip, inputs=[screen.upload])
    page.wishes(screen.video.upload, partial(_own_clip, in_player=True), inputs=[screen.video])
    page.wishes(screen.video.stop_recording, _recording, inputs=[screen.video])
    screen.record.click(None, None, None, js="() => window.videomae.record()", **QUIET)
    page.wishes(
        [page.model.input, page.sampler.input, screen.start.submit, screen.end.submit, screen.again.click],
        _look_again,
        inputs=[screen.start, screen.end],
    )
    screen.samples.input(lambda: None, None, None, **QUIET, **AT_ONCE)  # does nothing, but is heard: see wishes.js
    _wire_retry(screen, page)


def _own_clip(visit: Visit, event: gr.EventData, path: str | None, *, in_player: bool = False) -> Wish | None:
    return Wish(Path(path).name, path=path, in_player=in_player) if path else None


def _recording(visit: Visit, event: gr.EventData, path: str | None) -> Wish | None:
    """The browser calls every recording ``sample.webm``, or ``.mp4``: that says nothing, and they are told apart."""
    number = 1 + sum(clip.recorded for clip in visit.own_clips)
    return Wish(later("Camera recording {n}", n=number), path=path, in_player=True, recorded=True) if path else None


def _look_again(visit: Visit, event: gr.EventData, start: float | None, end: float | None) -> Wish | None:
    # An empty number field becomes 0 in the browser once it is seen; a window that ends at 0 means nothing else.
    return visit.wish and replace(
        visit.wish, start_seconds=start or 0.0, end_seconds=end or None, lesson=None, method=None, asked=None
    )


def _wire_retry(screen: FirstScreen, page: Page) -> None:
    """Ask the hub once more, and the model that then answers about the clip on the page."""

    def ask_hub(visit: Visit, number: float, sampler: str) -> Iterator[dict[Any, Any]]:
        def steps() -> Any:
            yield {screen.status: html.status(_("Asking the hub"))}
            try:
                identity = yield from reported(
                    lambda tell: page.backend.retry_hub(on_progress=tell),
                    screen.status,
                    _("Asking the hub"),
                    seats=page.seats,
                    kind="hub",
                )
            except Exception:
                yield {screen.status: html.idle()}
                raise
            yield {page.model: AUTO, screen.model_card: html.model_card(identity), screen.status: html.idle()}
            again = visit.wish and replace(visit.wish, number=number, model=AUTO, sampler=sampler)
            if again and visit.make(replace(again, method=None, asked=None)):
                yield {page.wished: number}

        yield from visit.paint(visit.turn(), steps(), cancelled=lambda: {screen.status: html.idle()})
        yield {screen.status: gr.skip()}

    screen.retry.click(
        guarded(ask_hub),
        [page.visit, page.number, page.sampler],
        [screen.status, page.model, screen.model_card, page.wished],
        js=COUNT_WISH,
        **QUIET,
        **AT_ONCE,
    )
