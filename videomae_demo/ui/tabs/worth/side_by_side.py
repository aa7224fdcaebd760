"""One row a method, one picture a slice, all on one scale."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from typing import Any

import gradio as gr

from ....backend import Backend
from ....errors import BadRequestError
from ....figures.scales import slice_importance
from ....figures.worth import side_by_side
from ....records import OnProgress
from ....results import Analysis, Explanation
from ....words import _, later, numeral
from ... import html
from ...page import Page, cancelling
from ...progress import reported
from .class_shown import chosen as target_of

HOW_TO_READ = later(
    "One row a method, one picture a slice, all on one scale; at the end of the row, its importance over time. The "
    "class is the one chosen at the map above."
)
COMPARED = ("rollout", "relevance", "ledger")


def build_contest(page: Page, tab: gr.Tab) -> gr.CheckboxGroup:
    """The section, and the control that chooses its methods."""
    gr.HTML(html.section(_("Side by side")) + html.reading(HOW_TO_READ, about="contest"))
    titles = [(_(row.title), key) for key, row in page.backend.methods.items()]
    methods = gr.CheckboxGroup(titles, value=list(COMPARED), label=_("Methods to compare"), elem_id="worth-methods")
    with gr.Row(elem_classes="doing"):
        status = gr.HTML(html.idle())
        cancel = gr.Button(_("Cancel"), size="sm", elem_classes="cancel")
    contest = gr.HTML(elem_id="contest", min_height=330)
    numbers = gr.HTML()

    def compare(analysis: Analysis, label_id: int | None, keys: Sequence[str]) -> Iterator[dict[Any, Any]]:
        if not keys:
            yield {contest: html.words(_("Choose a method to see its map.")), numbers: ""}
            return
        try:
            maps = yield from explained(page.backend, analysis, keys, label_id, status)
        except Exception:
            yield {status: html.idle()}
            raise
        refused = "".join(html.words(_(refusal)) for refusal in refusals(page.backend, analysis, keys))
        yield {contest: side_by_side(analysis, maps) + refused, numbers: _map_table(maps), status: html.idle()}

    outputs = [contest, numbers, status]
    following = page.on_analysis(tab, compare, about=[page.target], inputs=[methods], outputs=outputs, runs_model=True)
    comparing = page.on(tab, methods.input, compare, inputs=[page.target, methods], outputs=outputs, runs_model=True)
    cancelling(cancel, status, [*following, *comparing])
    return methods


def explained(
    backend: Backend, analysis: Analysis, keys: Sequence[str], label_id: int | None, status: gr.HTML
) -> Generator[dict[Any, Any], None, dict[str, Explanation]]:
    """The methods' maps by title, telling how far it is; without those that do not apply to the model.

    Raises:
        BadRequestError: none applies.
    """
    chosen = [(key, row) for key, row in backend.methods.items() if key in keys and not row.why_not(analysis.model)]
    if not chosen:
        raise BadRequestError(" ".join(refusals(backend, analysis, keys)))

    def step(tell: OnProgress) -> dict[str, Explanation]:
        maps = {}
        for number, (key, row) in enumerate(chosen):
            tell(later("Computing {method}", method=row.title), number / len(chosen))
            maps[_(row.title)] = backend.explain(analysis, key, target=target_of(label_id))
        return maps

    return (yield from reported(step, status, _("Computing the maps")))


def refusals(backend: Backend, analysis: Analysis, keys: Sequence[str]) -> list[str]:
    """One sentence for each chosen method that does not apply to the model."""
    sentences = (row.why_not(analysis.model) for key, row in backend.methods.items() if key in keys)
    return [sentence for sentence in sentences if sentence]


def _map_table(maps: dict[str, Explanation]) -> str:
    slices = range(1, 1 + len(next(iter(maps.values())).values))
    rows = ((title, *(numeral(value, ".2f") for value in slice_importance(one))) for title, one in maps.items())
    return html.table(
        _("Importance of each slice, by method"), (_("Method"), *(_("Slice {slice}", slice=n) for n in slices)), rows
    )
