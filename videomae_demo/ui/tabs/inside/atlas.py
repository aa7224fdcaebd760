"""The atlas of attention: all layers between slices, and how far each head looks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr

from ....explain.inside.records import LayerAttention, uniform_distances
from ....figures import placeholder
from ....figures.atlas import DISTANCE_HEIGHT, distance_figure, own_slice_words, slice_matrices
from ....results import Analysis
from ....words import _, listed, numeral
from ... import html
from ...page import QUIET, Page

LAYER_CLICK = """
element.addEventListener('click', (event) => {
  const pressed = event.target.closest('button[data-layer]');
  if (pressed) trigger('click', { layer: Number(pressed.dataset.layer) });
});
"""


def build_atlas(page: Page, tab: gr.Tab, layer: gr.Slider, shown_layer: gr.State) -> None:
    """The section.

    Args:
        layer: the chosen layer, which is marked here and can be chosen here.
        shown_layer: changes with it.
    """
    gr.HTML(
        html.section(_("Atlas of attention"))
        + html.reading(
            _(
                "One square a layer: each row is a slice that asks, each column a slice that answers. A dark diagonal "
                "stays at its own moment; a dark column is a moment that all others ask for. Press a layer to use it "
                "above."
            ),
            about="matrices",
        )
    )
    with gr.Row():
        with gr.Column(scale=1, min_width=420):
            matrices = gr.HTML(elem_id="matrices", min_height=250, js_on_load=LAYER_CLICK)
        with gr.Column(scale=1, min_width=420):
            distances = gr.Plot(
                placeholder(_("How far each head looks appears here."), height=DISTANCE_HEIGHT),
                show_label=False,
                label=_("How far heads look"),
                elem_id="distances",
            )
    gr.HTML(
        html.reading(
            _(
                "One dot a head: the mean distance between a patch and what it looks at. The dotted line is attention "
                "spread evenly over the clip; dots far below it look nearby."
            ),
            _(
                "Attention says where information may come from, not what is made of it, and a mean hides that some "
                "patches look far and others near."
            ),
            about="distances",
        )
    )
    numbers = gr.HTML()

    def mark_layer(analysis: Analysis, layer_number: int) -> dict[Any, Any]:
        found = page.backend.atlas(analysis)
        at = min(int(layer_number), len(found)) - 1
        return {
            matrices: slice_matrices(found, chosen=at),
            distances: distance_figure(found, uniform_distances(analysis.geometry), chosen=at),
        }

    def refresh(analysis: Analysis, layer_number: int) -> dict[Any, Any]:
        return {**mark_layer(analysis, layer_number), numbers: _atlas_table(page.backend.atlas(analysis))}

    page.on_analysis(tab, refresh, inputs=[layer], outputs=[matrices, distances, numbers], runs_model=True)
    page.on(tab, shown_layer.change, mark_layer, inputs=[layer], outputs=[matrices, distances], runs_model=True)
    matrices.click(_layer_pressed, None, layer, **QUIET)


def _layer_pressed(event: gr.EventData) -> int:
    return int(event.layer) + 1


def _atlas_table(atlas: Sequence[LayerAttention]) -> str:
    rows = (
        (
            str(number + 1),
            own_slice_words(layer.between_slices),
            listed(numeral(value, ".2f") for value in layer.distance_in_space),
            listed(numeral(value, ".2f") for value in layer.distance_in_time),
        )
        for number, layer in enumerate(atlas)
    )
    return html.table(
        _("Attention, layer by layer"),
        (_("Layer"), _("Own slice"), _("Distance in space of each head, in patches"), _("Distance in time, in slices")),
        rows,
    )
