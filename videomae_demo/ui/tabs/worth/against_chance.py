"""Patches are really left out in a map's order, beside copies of it elsewhere; and two checks of the map's sanity."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

import gradio as gr

from ....errors import BadRequestError
from ....explain.checks import Sanity
from ....figures import placeholder
from ....figures.words import percent
from ....figures.worth import CURVES_HEIGHT, class_note, faithfulness_figure, verdicts
from ....records import OnProgress
from ....results import Analysis, Explanation, Faithfulness
from ....words import _, class_name, later
from ... import html
from ...page import QUIET, Page, cancelling
from ...progress import reported
from .class_shown import shown as target_shown
from .side_by_side import explained

HOW_TO_READ = later(
    "Patches are really left out of the model, and the class's probability is followed; grey is what random orders do. "
    "Any smooth map beats those, so below each dot is the same map in another place. Turned about the middle of the "
    "frame it keeps all that a map can have for nothing: one that is ahead of all of these knows something of this "
    "clip."
)
CANNOT_TELL = later(
    "Whether you would find the map plausible; and a model that gets few patches sees a clip unlike those it was "
    "trained on. “Not shown” is not “no”: a map may be right where its copies are, too."
)
NO_TEST = later("Press “Test these methods”:<br>the curves appear here.")


def build_test(page: Page, tab: gr.Tab, methods: gr.CheckboxGroup) -> None:
    backend = page.backend
    titles = {key: row.title for key, row in backend.methods.items()}
    gr.HTML(
        html.section(_("Put them to the test"))
        + html.reading(HOW_TO_READ, CANNOT_TELL, about="worth-curves worth-verdicts")
    )
    with gr.Row(elem_classes="doing"):
        test = gr.Button(_("Test these methods"), size="sm", variant="primary", elem_id="worth-test")
        status = gr.HTML(html.idle())
        cancel = gr.Button(_("Cancel"), size="sm", elem_id="worth-cancel", elem_classes="cancel")
    curves = gr.Plot(
        placeholder(_(NO_TEST), height=CURVES_HEIGHT),
        show_label=False,
        label=_("What leaving patches out does"),
        elem_id="worth-curves",
    )
    judged = gr.HTML(elem_id="worth-verdicts", min_height=150)
    numbers = gr.HTML()

    def put_to_test(analysis: Analysis, label_id: int | None, keys: Sequence[str]) -> Iterator[dict[Any, Any]]:
        if not keys:
            raise BadRequestError(later("There is nothing to test: choose at least one method above."))
        maps = yield from explained(backend, analysis, keys, label_id, status)
        target = target_shown(analysis, label_id)

        def measure(tell: OnProgress) -> tuple[Explanation, ...]:
            return backend.measure(analysis, tuple(maps.values()), target=target, on_progress=tell)

        done = yield from reported(measure, status, _("Leaving patches out"))
        measured = {_(titles[one.method]): one.faithfulness for one in done if one.faithfulness}
        label = class_name(analysis.prediction.labels[target.label_id])
        about = (
            f'<p class="words" data-note="{escape(class_note(label))}">{escape(_("About “{label}”", label=label))}</p>'
        )
        figure = faithfulness_figure(measured)
        figure.layout.meta["note"] = class_note(label)
        yield {
            curves: figure,
            judged: about + verdicts(measured, {}),
            numbers: _curve_table(measured),
        }
        checks: dict[str, Sanity] = {}
        for one in done:

            def check(tell: OnProgress, method: str = one.method) -> Sanity:
                return backend.sanity(analysis, method, target=target)

            title = _(titles[one.method])
            checks[title] = yield from reported(check, status, _("Checking {method}", method=title))
            yield {judged: about + verdicts(measured, checks)}

    def restful(*args: Any) -> Iterator[dict[Any, Any]]:
        """An idle status at the end, also where it fails."""
        try:
            yield from put_to_test(*args)
        except Exception:
            yield {status: html.idle()}
            raise
        yield {status: html.idle()}

    # No test yet of a new clip or class: everything goes back to how it was built.
    page.on_analysis(
        tab, lambda *_unused: {status: html.idle()}, about=[page.target], outputs=[curves, judged, numbers, status]
    )
    testing = page.on(
        tab,
        test.click,
        restful,
        inputs=[page.target, methods],
        outputs=[curves, judged, numbers, status],
        runs_model=True,
        trigger_mode="once",
    )
    # A test of what is no longer shown would write its curves under the new maps.
    for happened in (page.analysis.change, page.chosen[page.target].then):
        happened(None, cancels=testing, **QUIET)
    cancelling(cancel, status, testing)


def _curve_table(measured: Mapping[str, Faithfulness]) -> str:
    rows = []
    for title, one in measured.items():
        for name, curve in ((_("strongest first"), one.deletion), (_("weakest first"), one.insertion)):
            rows.append((title, name, *(percent(float(value)) for value in curve)))
    first = next(iter(measured.values()))
    for number, curve in enumerate(first.random):
        rows.append((_("Random order {number}", number=number + 1), "", *(percent(float(value)) for value in curve)))
    head = (
        _("Method"),
        _("Removed"),
        *(_("{share} removed", share=percent(1 - float(share))) for share in first.kept_shares),
    )
    return html.table(_("Probability of the class as patches are left out"), head, rows)
