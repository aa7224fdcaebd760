"""Inside the model: the way from clip to answer in real numbers, and where a token's query looks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from ...explain.inside.records import Anatomy, Passage, Token, uniform_distances
from ...figures import placeholder
from ...figures.anatomy import stage_cards
from ...figures.atlas import (
    ANSWERS_HEIGHT,
    DISTANCE_HEIGHT,
    answers_figure,
    distance_figure,
    own_slice_words,
    slice_matrices,
)
from ...figures.query_words import look_captions, look_sentence
from ...figures.scales import displayed, scale_of
from ...figures.tiles import legend, tiles
from ...figures.words import percent
from ...results import Analysis
from .. import html
from ..errors import guarded
from ..page import QUIET, Page

SCRIPTS = Path(__file__).parents[1]
LAYER_CLICK = """
element.addEventListener('click', (event) => {
  const pressed = event.target.closest('button[data-layer]');
  if (pressed) trigger('click', { layer: Number(pressed.dataset.layer) });
});
"""
MEAN = "mean"


def build(page: Page, tab: gr.Tab) -> None:
    backend = page.backend
    gr.HTML('<h3 class="section">From clip to answer</h3>')
    stages = gr.HTML(elem_id="stages", min_height=330, js_on_load=(SCRIPTS / "stages.js").read_text(encoding="utf-8"))
    gr.HTML(
        '<h3 class="section">When does the answer form?</h3>'
        '<p class="words"><b>How to read it</b> What the classifier would say if it read the tokens earlier, after 0, '
        "1, 2 … layers: the line of the answer rises where the layers make up their mind.</p>"
        '<p class="words"><b>What it cannot tell</b> The classifier was trained to read the last layer only; earlier '
        "readings are ours, not the model's.</p>"
    )
    answers = gr.Plot(
        placeholder("", height=ANSWERS_HEIGHT), show_label=False, label="The answer, layer by layer", elem_id="lens"
    )

    gr.HTML(
        '<h3 class="section">Where does a patch look?</h3>'
        '<p class="words">Press a patch. Its token asks all others; colour shows whom it listens to.</p>'
    )
    with gr.Row(elem_classes="inside-look"):
        with gr.Column(scale=3, min_width=320):
            picture = gr.HTML(
                elem_id="look", min_height=300, js_on_load=(SCRIPTS / "tiles.js").read_text(encoding="utf-8")
            )
        with gr.Column(scale=1, min_width=240):
            layer = gr.Slider(1, 2, value=1, step=1, label="Layer", elem_id="look-layer")
            head = gr.Dropdown([("Mean of all heads", MEAN)], value=MEAN, label="Head", elem_id="look-head")
            place = [
                gr.Slider(1, 8, value=4, step=1, label=name, elem_id=f"look-{name.lower()}")
                for name in ("Slice", "Row", "Column")
            ]
            sentence = gr.HTML(elem_id="look-sentence", min_height=120)
    gr.HTML(html.method_words(backend.methods["attention"]))

    gr.HTML(
        '<h3 class="section">Atlas of attention</h3>'
        '<p class="words"><b>How to read it</b> One square a layer: each row is a slice that asks, each column a slice '
        "that answers. A dark diagonal stays at its own moment; a dark column is a moment that all others ask for. "
        "Press a layer to use it above.</p>"
    )
    with gr.Row():
        with gr.Column(scale=1, min_width=320):
            matrices = gr.HTML(elem_id="matrices", min_height=250, js_on_load=LAYER_CLICK)
        with gr.Column(scale=1, min_width=320):
            distances = gr.Plot(
                placeholder("How far each head looks appears here.", height=DISTANCE_HEIGHT),
                show_label=False,
                label="How far heads look",
            )
    gr.HTML(
        '<p class="words"><b>How to read it</b> One dot a head: the mean distance between a patch and what it looks at.'
        " The dotted line is attention spread evenly over the clip; dots far below it look nearby.</p>"
        '<p class="words"><b>What it cannot tell</b> Attention says where information may come from, not what is made '
        "of it, and a mean hides that some patches look far and others near.</p>"
    )
    numbers = gr.HTML()
    inside: gr.State = gr.State(None, time_to_live=3600)
    atlas: gr.State = gr.State(None, time_to_live=3600)

    def refresh(analysis: Analysis, *chosen: Any) -> Any:
        """The stages and the patch at once, the atlas when it is there."""
        anatomy, passage = backend.anatomy(analysis), backend.passage(analysis)
        token = busiest_token(passage, analysis)
        at = min(int(chosen[0]), anatomy.num_layers) - 1
        heads = [
            ("Mean of all heads", MEAN),
            *((f"Head {number + 1}", str(number)) for number in range(anatomy.num_heads)),
        ]
        yield {
            inside: (anatomy, passage),
            layer: gr.update(maximum=anatomy.num_layers, value=at + 1),
            head: gr.update(choices=heads, value=MEAN),
            answers: answers_figure(passage.answers, analysis.prediction.labels),
            **_place_updates(analysis, token),
            **_looked(analysis, anatomy, passage, token, at, None),
        }
        found = backend.atlas(analysis)
        uniform = uniform_distances(analysis.geometry)
        yield {
            atlas: (found, uniform),
            matrices: slice_matrices(found, chosen=at),
            distances: distance_figure(found, uniform, chosen=at),
            numbers: _atlas_table(found),
        }

    def look(analysis: Analysis, known: Any, layer_number: int, head_name: str, *place: int) -> Any:
        if known is None:
            return {inside: gr.skip()}
        slices, rows, columns = analysis.geometry.grid
        token = Token(
            *(min(int(number), size) - 1 for number, size in zip(place, (slices, rows, columns), strict=True))
        )
        anatomy, passage = known
        return _looked(
            analysis, anatomy, passage, token, int(layer_number) - 1, None if head_name == MEAN else int(head_name)
        )

    def pick(analysis: Analysis, known: Any, layer_number: int, head_name: str, event: gr.EventData) -> Any:
        if known is None:
            return {inside: gr.skip()}
        anatomy, passage = known
        token = Token(*(int(number) for number in event.token))
        at, one = int(layer_number) - 1, None if head_name == MEAN else int(head_name)
        return {**_place_updates(analysis, token), **_looked(analysis, anatomy, passage, token, at, one)}

    def _looked(
        analysis: Analysis, anatomy: Anatomy, passage: Passage, token: Token, at: int, one: int | None
    ) -> dict[Any, Any]:
        seen = backend.explain(analysis, "attention", layer=at, head=one, token=token.index(analysis.geometry))
        values, scale = displayed(seen), scale_of(seen)
        words = look_sentence(values, token)
        return {
            stages: stage_cards(analysis, anatomy, passage, token),
            picture: tiles(
                analysis,
                values,
                scale,
                captions=look_captions(values),
                marked=(token.slice, token.row, token.column),
                unit="times its share",
                label="The clip's slices with the attention of the chosen patch. Arrow keys move the patch, page up "
                "and page down change the slice.",
            )
            + legend(scale),
            sentence: f'<p class="look">{words}</p>'
            + html.table(
                "Attention of the chosen patch, slice by slice",
                ("Slice", "Share of the attention", "Largest, times its share"),
                (
                    (str(number + 1), percent(part.sum() / values.sum()), f"{part.max():.2f}")
                    for number, part in enumerate(values)
                ),
            ),
        }

    def _place_updates(analysis: Analysis, token: Token) -> dict[Any, Any]:
        return {
            control: gr.update(value=number + 1, maximum=size)
            for control, number, size in zip(
                place, (token.slice, token.row, token.column), analysis.geometry.grid, strict=True
            )
        }

    def choose_layer(event: gr.EventData) -> int:
        return int(event.layer) + 1

    def mark_layer(analysis: Analysis, known: Any, layer_number: int) -> Any:
        if known is None:
            return gr.skip(), gr.skip()
        found, uniform = known
        at = int(layer_number) - 1
        return slice_matrices(found, chosen=at), distance_figure(found, uniform, chosen=at)

    page.on_analysis(
        tab,
        refresh,
        inputs=[layer],
        outputs=[inside, atlas, layer, head, *place, stages, answers, picture, sentence, matrices, distances, numbers],
        runs_model=True,
    )
    chosen = [inside, layer, head]
    shown = [inside, stages, picture, sentence]
    looking = [layer.change, head.input, *(control.input for control in place)]
    page.on(tab, looking, look, inputs=[*chosen, *place], outputs=shown)
    page.on(tab, layer.change, mark_layer, inputs=[atlas, layer], outputs=[matrices, distances])
    page.on(tab, picture.select, pick, inputs=chosen, outputs=[*shown, *place], trigger_mode="multiple")
    matrices.click(guarded(choose_layer), None, layer, **QUIET)


def busiest_token(passage: Passage, analysis: Analysis) -> Token:
    """The token that the layers changed most in direction: a livelier first example than an empty corner."""
    before, after = passage.embedded, passage.final
    cosine = (before * after).sum(axis=1) / (np.linalg.norm(before, axis=1) * np.linalg.norm(after, axis=1) + 1e-9)
    return Token(*(int(number) for number in np.unravel_index(int(cosine.argmin()), analysis.geometry.grid)))


def _atlas_table(atlas: Any) -> str:
    rows = (
        (
            str(number + 1),
            own_slice_words(layer.between_slices),
            ", ".join(f"{value:.2f}" for value in layer.distance_in_space),
            ", ".join(f"{value:.2f}" for value in layer.distance_in_time),
        )
        for number, layer in enumerate(atlas)
    )
    return html.table(
        "Attention, layer by layer",
        ("Layer", "Own slice", "Distance in space of each head, in patches", "Distance in time, in slices"),
        rows,
    )
