"""Where does a patch look? One query's attention in one layer, by one head or by all."""

from __future__ import annotations

from html import escape
from typing import Any

import gradio as gr
import numpy as np

from ....explain.inside.records import Passage, Token
from ....figures.anatomy import stage_cards
from ....figures.query_words import query_captions, query_sentence
from ....figures.scales import displayed, scale_of
from ....figures.tiles import TILES_SCRIPT, legend, tiles
from ....figures.words import percent
from ....results import Analysis
from ....words import _, later, numeral
from ... import html
from ...page import Page

MEAN = "mean"
ALL_HEADS = later("Mean of all heads")
BY_KEYBOARD = later(
    "The clip's slices with the attention of the chosen patch. Arrow keys move the patch, page up and page down change "
    "the slice."
)


def build_query(page: Page, tab: gr.Tab, stages: gr.HTML) -> tuple[gr.Slider, gr.State]:
    """The section; gives the control that chooses its layer, and a state that changes with the layer that is shown.

    Args:
        stages: follow the chosen patch, too.
    """
    backend = page.backend
    gr.HTML(
        html.section(
            _("Where does a patch look?"),
            _("Press a patch. Its token asks all others; colour shows whom it listens to."),
        )
    )
    with gr.Row(elem_classes="inside-look"):
        with gr.Column(scale=3, min_width=320):
            script = TILES_SCRIPT.read_text(encoding="utf-8")
            picture = gr.HTML(elem_id="look", min_height=300, js_on_load=script)
        with gr.Column(scale=1, min_width=240):
            layer = gr.Slider(1, 2, value=1, step=1, label=_("Layer"), elem_id="look-layer")
            head = gr.Dropdown([(_(ALL_HEADS), MEAN)], value=MEAN, label=_("Head"), elem_id="look-head")
            place = [
                gr.Slider(1, 8, value=4, step=1, label=name, elem_id=f"look-{key}")
                for key, name in (("slice", _("Slice")), ("row", _("Row")), ("column", _("Column")))
            ]
            sentence = gr.HTML(elem_id="look-sentence", min_height=120)
    gr.HTML(html.method_words(backend.methods["attention"]))

    def refresh(analysis: Analysis, layer_number: int) -> dict[Any, Any]:
        anatomy, passage = backend.anatomy(analysis), backend.passage(analysis)
        token = busiest_token(passage, analysis)
        at = min(int(layer_number), anatomy.num_layers) - 1
        heads = [
            (_(ALL_HEADS), MEAN),
            *((_("Head {number}", number=number + 1), str(number)) for number in range(anatomy.num_heads)),
        ]
        return {
            layer: gr.update(maximum=anatomy.num_layers, value=at + 1),
            head: gr.update(choices=heads, value=MEAN),
            **places(analysis, token),
            **looked(analysis, token, at, MEAN),
        }

    def look(analysis: Analysis, layer_number: int, head_name: str, *place: int) -> dict[Any, Any]:
        sizes = analysis.geometry.grid
        token = Token(*(min(int(number), size) - 1 for number, size in zip(place, sizes, strict=True)))
        return looked(analysis, token, int(layer_number) - 1, head_name)

    def pick(analysis: Analysis, layer_number: int, head_name: str, event: gr.EventData) -> dict[Any, Any]:
        token = Token(*(int(number) for number in event.token))
        return {**places(analysis, token), **looked(analysis, token, int(layer_number) - 1, head_name)}

    def looked(analysis: Analysis, token: Token, at: int, head_name: str) -> dict[Any, Any]:
        anatomy, passage = backend.anatomy(analysis), backend.passage(analysis)
        one = None if head_name == MEAN else int(head_name)
        seen = backend.explain(analysis, "attention", layer=at, head=one, token=token.index(analysis.geometry))
        values, scale = displayed(seen), scale_of(seen)
        return {
            stages: stage_cards(analysis, anatomy, passage, token),
            picture: tiles(
                analysis,
                values,
                scale,
                captions=query_captions(values),
                marked=(token.slice, token.row, token.column),
                unit=_("times its share"),
                label=_(BY_KEYBOARD),
            )
            + legend(scale),
            sentence: f'<p class="look">{escape(query_sentence(values, token))}</p>' + _slice_table(values),
            shown_layer: at,
        }

    def places(analysis: Analysis, token: Token) -> dict[Any, Any]:
        return {
            control: gr.update(value=number + 1, maximum=size)
            for control, number, size in zip(
                place, (token.slice, token.row, token.column), analysis.geometry.grid, strict=True
            )
        }

    shown_layer = gr.State(None)
    shown = [stages, picture, sentence, shown_layer]
    page.on_analysis(tab, refresh, inputs=[layer], outputs=[layer, head, *place, *shown], runs_model=True)
    looking = [layer.change, head.input, *(control.input for control in place)]
    page.on(tab, looking, look, inputs=[layer, head, *place], outputs=shown)
    page.on(tab, picture.select, pick, inputs=[layer, head], outputs=[*shown, *place], trigger_mode="multiple")
    return layer, shown_layer


def busiest_token(passage: Passage, analysis: Analysis) -> Token:
    """The token that the layers changed most in direction: a livelier first example than an empty corner."""
    before, after = passage.embedded, passage.final
    cosine = (before * after).sum(axis=1) / (np.linalg.norm(before, axis=1) * np.linalg.norm(after, axis=1) + 1e-9)
    return Token(*(int(number) for number in np.unravel_index(int(cosine.argmin()), analysis.geometry.grid)))


def _slice_table(values: np.ndarray) -> str:
    rows = (
        (str(number + 1), percent(part.sum() / values.sum()), numeral(part.max(), ".2f"))
        for number, part in enumerate(values)
    )
    head = (_("Slice"), _("Share of the attention"), _("Largest, times its share"))
    return html.table(_("Attention of the chosen patch, slice by slice"), head, rows)
