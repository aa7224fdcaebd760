"""The visitor takes patches away, or lets a map choose them, and the model answers without."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr
import numpy as np

from ....explain.checks import most_relevant
from ....figures.scales import displayed, scale_of
from ....figures.tiles import TILES_SCRIPT, legend, tiles
from ....figures.worth import removal_result
from ....results import Analysis
from ....words import _, later
from ... import html
from ...page import Page
from .class_shown import chosen as target_of
from .class_shown import shown as target_shown
from .side_by_side import COMPARED

MOST, LEAST = "most", "least"
BY_KEYBOARD = later(
    "The clip's slices. Draw to take patches away; by keyboard, arrow keys move, page up and page down change the "
    "slice, space takes a patch away or gives it back."
)


def build_canvas(page: Page, tab: gr.Tab) -> None:
    backend = page.backend
    by_title = [(_(row.title), key) for key, row in backend.methods.items()]
    gr.HTML(
        html.section(
            _("Try it yourself"),
            _(
                "Draw over the pictures to take patches away from the model, or let a method choose. Can you change "
                "the answer with fewer patches than the map?"
            ),
        )
    )
    with gr.Row():
        with gr.Column(scale=3, min_width=320):
            canvas = gr.HTML(
                elem_id="worth-canvas", min_height=300, js_on_load=TILES_SCRIPT.read_text(encoding="utf-8")
            )
        with gr.Column(scale=2, min_width=260):
            result = gr.HTML(elem_id="worth-result", min_height=214)
            guide = gr.Dropdown(by_title, value=COMPARED[0], label=_("Map under the pictures"), elem_id="worth-guide")
            share = gr.Slider(
                0, 100, value=0, step=5, label=_("Let it remove, % of the patches"), elem_id="worth-share"
            )
            order = gr.Radio(
                [(_("strongest first"), MOST), (_("weakest first"), LEAST)],
                value=MOST,
                label=_("Which"),
                elem_id="worth-order",
            )
            through = gr.Checkbox(False, label=_("My brush goes through all slices"), elem_id="worth-through")
            reset = gr.Button(_("Give all patches back"), size="sm", elem_id="worth-reset")
    removed: gr.State = gr.State(None)

    def painted(analysis: Analysis, guide_key: str, label_id: int | None, gone: np.ndarray, through_time: bool) -> str:
        one = backend.explain(analysis, guide_key, target=target_of(label_id))
        scale = scale_of(one)
        return tiles(
            analysis,
            displayed(one),
            scale,
            unit=_(one.unit) if one.signed else _("times its share"),
            removed=gone,
            through_time=through_time,
            label=_(BY_KEYBOARD),
        ) + legend(scale)

    def after_removal(analysis: Analysis, label_id: int | None, gone: np.ndarray, at_random: np.ndarray | None) -> str:
        whole = backend.answer_without(analysis, np.zeros_like(gone))
        now = backend.answer_without(analysis, gone)
        label = target_shown(analysis, label_id).label_id
        return removal_result(
            label=analysis.prediction.labels[label],
            before=float(whole[label]),
            after=float(now[label]),
            at_random=None if at_random is None else [float(row[label]) for row in at_random],
            removed=int(gone.sum()),
            num_tokens=gone.size,
            answer_now=(analysis.prediction.labels[int(now.argmax())], float(now.max())),
        )

    def tell_result(analysis: Analysis, label_id: int | None, gone: np.ndarray) -> Iterator[dict[Any, Any]]:
        """The visitor's own patches at once, as many at random a moment later."""
        yield {result: after_removal(analysis, label_id, gone, None), removed: gone}
        if gone.any():
            at_random = backend.answers_without_random(analysis, int(gone.sum()))
            yield {result: after_removal(analysis, label_id, gone, at_random)}

    def give_back(analysis: Analysis, label_id: int | None, guide_key: str, tube: bool) -> Iterator[dict[Any, Any]]:
        """All patches are there: also what a new clip or class begins with."""
        nothing = np.zeros(analysis.geometry.grid, bool)
        yield {
            share: 0,
            removed: nothing,
            canvas: painted(analysis, guide_key, label_id, nothing, tube),
            result: after_removal(analysis, label_id, nothing, None),
        }

    def paint(analysis: Analysis, label_id: int | None, event: gr.EventData) -> Iterator[dict[Any, Any]]:
        gone = np.zeros(analysis.geometry.grid, bool)
        gone.flat[[int(token) for token in event.removed]] = True
        yield from tell_result(analysis, label_id, gone)

    def choose(
        analysis: Analysis, label_id: int | None, guide_key: str, percentage: float, which: str, tube: bool
    ) -> Iterator[dict[Any, Any]]:
        one = backend.explain(analysis, guide_key, target=target_of(label_id))
        gone = most_relevant(one.values, percentage / 100, least=which == LEAST)
        yield {canvas: painted(analysis, guide_key, label_id, gone, tube)}
        yield from tell_result(analysis, label_id, gone)

    def repaint(analysis: Analysis, label_id: int | None, guide_key: str, tube: bool, gone: np.ndarray | None) -> Any:
        return gr.skip() if gone is None else painted(analysis, guide_key, label_id, gone, tube)

    everything = [share, removed, canvas, result]
    page.on_analysis(tab, give_back, about=[page.target], inputs=[guide, through], outputs=everything, runs_model=True)
    chosen, drawn = [page.target, guide], [canvas, result, removed]
    page.on(tab, canvas.input, paint, inputs=[page.target], outputs=drawn[1:], runs_model=True, trigger_mode="multiple")
    page.on(
        tab,
        [share.input, order.input],
        choose,
        inputs=[*chosen, share, order, through],
        outputs=drawn,
        runs_model=True,
    )
    page.on(
        tab,
        [guide.input, through.input],
        repaint,
        inputs=[*chosen, through, removed],
        outputs=[canvas],
        runs_model=True,
    )
    page.on(tab, reset.click, give_back, inputs=[*chosen, through], outputs=everything, runs_model=True)
