"""Why this and not that: the difference of two classes' logits, split over the clip's tokens, to the last digit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any

import gradio as gr

from ...errors import BadRequestError
from ...explain import Method, Sum
from ...figures import overlay_figure, placeholder
from ...figures.difference import HEIGHT, difference_figure
from ...figures.verdicts import odds_sentence, rounded_terms, sides, signed, sum_verdict
from ...results import Analysis, Explanation, Target
from ...words import _, class_name, later, numeral
from .. import html
from ..page import QUIET, Page

STAGE_HEIGHT = 380
WORDS = later("Choose two classes. What speaks for both cancels out; what is left tells them apart.")
OPACITY = 0.8
FIRST_METHOD = "ledger"
"""Needs no gradient, so that the tab opens at once."""


def build(page: Page, tab: gr.Tab) -> None:
    methods = page.backend.methods
    sums = {key: row.sum for key, row in methods.items() if row.sum}
    gr.HTML(f'<p class="words">{escape(_(WORDS))}</p>')
    with gr.Row(elem_id="why-classes"):
        label = gr.Dropdown([], label=_("Why this"), elem_id="why-this", min_width=180)
        against = gr.Dropdown([], label=_("and not that"), elem_id="why-that", min_width=180)
        method = gr.Dropdown(
            [(_(methods[key].title), key) for key in sums],
            value=FIRST_METHOD,
            label=_("Shared out by"),
            elem_id="why-method",
            min_width=180,
        )
        with gr.Column(min_width=200):
            swap = gr.Button(_("Exchange them"), size="sm")
            backwards = gr.Button(_("Take what it says to the reversed clip"), size="sm", elem_id="why-reversed")
    equation = gr.HTML(elem_id="why-equation")
    with gr.Row():
        with gr.Column(scale=2, min_width=300):
            stage = gr.Plot(
                placeholder(_("The map appears here."), height=STAGE_HEIGHT),
                show_label=False,
                label=_("The map of the difference"),
                elem_id="why-stage",
            )
        with gr.Column(scale=3, min_width=320):
            slices = gr.Plot(
                placeholder("", height=HEIGHT), show_label=False, label=_("What each slice adds"), elem_id="why-slices"
            )
            numbers = gr.HTML()
            words = gr.HTML(html.method_words(methods[FIRST_METHOD]), elem_id="why-words")
    outputs = [equation, stage, slices, numbers, words]

    def draw(
        analysis: Analysis, label_id: int | None, against_id: int | None, method_key: str, frame: float
    ) -> dict[Any, Any]:
        if label_id is None or against_id is None:
            return {equation: gr.skip()}
        try:
            difference, single = (
                page.backend.explain(analysis, method_key, target=target)
                for target in (Target(label_id, against_id), Target(label_id))
            )
        except BadRequestError as error:  # a model whose answer no such sum has, or one class twice
            return {
                equation: html.words(f"{_(error.sentence)}{another_way(methods, sums, method_key, analysis)}"),
                stage: placeholder(_("No map."), height=STAGE_HEIGHT),
                slices: placeholder("", height=HEIGHT),
                numbers: "",
                words: html.method_words(methods[method_key]),
            }
        names = analysis.prediction.labels
        labels = class_name(names[label_id]), class_name(names[against_id])
        shown = min(int(frame), analysis.geometry.num_frames) - 1
        return {
            equation: equation_html(
                difference,
                single.figures["logit"],
                labels,
                sums[method_key],
                temperature=analysis.prediction.temperature,
            ),
            stage: overlay_figure(analysis, difference, opacity=OPACITY, frame=shown).update_layout(
                height=STAGE_HEIGHT
            ),
            slices: difference_figure(analysis, difference, labels, frame=shown),
            numbers: table_html(difference, labels),
            words: html.method_words(methods[method_key]),
        }

    def refresh(analysis: Analysis, method_key: str, frame: float) -> Iterator[dict[Any, Any]]:
        ranked = analysis.prediction.top(len(analysis.prediction.labels))
        choices = [(class_name(name), label_id) for label_id, name, _share in ranked]
        first, second = ranked[0][0], ranked[min(1, len(ranked) - 1)][0]
        yield {
            label: gr.update(choices=choices, value=first),
            against: gr.update(choices=choices, value=second),
            **draw(analysis, first, second, method_key, frame),
        }

    def reversed_answer(analysis: Analysis, label_id: int | None) -> Any:
        if label_id is None:
            return gr.skip()
        other, name, _unused = page.backend.what_if(analysis, ["reverse"])["reverse"].prediction.top(1)[0]
        if other == label_id:
            gr.Info(
                _(
                    "Played backwards, the answer is “{label}” again: there is no other class to compare with.",
                    label=class_name(name),
                )
            )
            return gr.skip()
        return other

    page.on_analysis(tab, refresh, inputs=[method, page.frame], outputs=[label, against, *outputs], runs_model=True)
    swapping = swap.click(lambda this, that: (that, this), [label, against], [label, against], **QUIET)
    (reversing,) = page.on(tab, backwards.click, reversed_answer, inputs=[label], outputs=[against], runs_model=True)
    page.on(
        tab,
        [label.input, against.input, method.input, swapping.then, reversing.success],
        draw,
        inputs=[label, against, method, page.frame],
        outputs=outputs,
        runs_model=True,
    )


def another_way(methods: Mapping[str, Method], keys: Iterable[str], refused: str, analysis: Analysis) -> str:
    """What to choose where this way does not apply to the model; empty where it does, or none does."""
    others = [_(methods[key].title) for key in keys if not methods[key].why_not(analysis.model)]
    if not others or not methods[refused].why_not(analysis.model):
        return ""
    return " " + _("Choose “{method}” instead.", method=others[0])


def equation_html(
    difference: Explanation, logit: float, labels: tuple[str, str], words: Sum, *, temperature: float = 1.0
) -> str:
    """The sum with this clip's numbers: the rest, what speaks for either class, and the two logits it equals.

    Args:
        difference: the two classes' map, by a method whose maps sum to the logit.
        logit: of the first class.
        labels: of the two classes.
        words: that method's.
        temperature: what the model's logits are divided by before the softmax.
    """
    positive, negative = (float(parts.sum()) for parts in sides(difference.values))
    difference_of_logits = difference.figures["logit"]
    rest = difference_of_logits - positive - negative
    terms, total = rounded_terms([rest, positive, negative])
    this = round(logit, 2)
    label, against = labels
    other = round(this - total, 2)
    parts = (
        ("", signed(terms[0]), _(words.rest), ""),
        ("+", numeral(terms[1], ".2f"), _("patches for “{label}”", label=label), "for"),
        ("−", numeral(abs(terms[2]), ".2f"), _("patches for “{label}”", label=against), "against"),
        ("=", signed(total), _("difference"), "total"),
        ("=", numeral(this, ".2f"), _("logit of “{label}”", label=label), ""),
        (
            "−",
            numeral(other, ".2f") if other >= 0 else f"({signed(other)})",
            _("logit of “{label}”", label=against),
            "",
        ),
    )
    terms_html = "".join(
        f'<span class="term {kind}"><i>{sign}</i><b>{value}</b><small>{escape(what)}</small></span>'
        for sign, value, what, kind in parts
    )
    odds = odds_sentence(*labels, difference_of_logits, temperature=temperature)
    return (
        f'<p class="equation">{terms_html}</p><p class="finding">{escape(odds)}'
        f'</p><p class="words">{escape(sum_verdict(difference, *labels, words))}</p>'
    )


def table_html(difference: Explanation, labels: tuple[str, str]) -> str:
    positive, negative = sides(difference.values)
    rows = (
        (f"{index + 1}", signed(plus), signed(minus), signed(plus + minus))
        for index, (plus, minus) in enumerate(zip(positive, negative, strict=True))
    )
    head = (_("Slice"), _("For {label}", label=labels[0]), _("For {label}", label=labels[1]), _("Together"))
    return html.table(_("What each slice adds to the difference of the two logits"), head, rows)
