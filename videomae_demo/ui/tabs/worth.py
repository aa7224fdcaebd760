"""Is the map any good? Maps side by side, measured against chance, checked for sanity, and tried by hand."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from ...errors import BadRequestError
from ...explain.checks import Sanity, most_relevant
from ...figures import placeholder
from ...figures.scales import displayed, scale_of, slice_importance
from ...figures.tiles import legend, tiles
from ...figures.words import percent
from ...figures.worth import CURVES_HEIGHT, faithfulness_figure, removal_result, side_by_side, verdicts
from ...records import OnProgress
from ...results import Analysis, Explanation, Target
from .. import html
from ..errors import guarded
from ..page import MODEL_QUEUE, QUIET, Page, cancelling
from ..progress import reported

TILES_SCRIPT = Path(__file__).parents[1] / "tiles.js"
COMPARED = ("rollout", "relevance", "ledger")
MOST, LEAST = "most", "least"
LATEST = {**QUIET, **MODEL_QUEUE, "trigger_mode": "always_last"}


def build(page: Page, tab: gr.Tab) -> None:
    backend = page.backend
    titles = {key: row.title for key, row in backend.methods.items()}
    by_title = [(title, key) for key, title in titles.items()]

    gr.HTML(
        '<h3 class="section">Side by side</h3>'
        '<p class="words"><b>How to read it</b> One row a method, one picture a slice, all on one scale; at the end of '
        "the row, its importance over time. The class is the one chosen at the map above.</p>"
    )
    methods = gr.CheckboxGroup(by_title, value=list(COMPARED), label="Methods to compare", elem_id="worth-methods")
    contest = gr.HTML(elem_id="contest", min_height=330)
    contest_numbers = gr.HTML()

    gr.HTML(
        '<h3 class="section">Put them to the test</h3>'
        '<p class="words"><b>How to read it</b> Patches are really left out of the model, a tenth at a time, and the '
        "class's probability is followed. Grey is what random orders do: a map inside the grey is worth no more than "
        "chance.</p>"
        '<p class="words"><b>What it cannot tell</b> Whether you would find the map plausible; and a model that gets '
        "few patches sees a clip unlike those it was trained on.</p>"
    )
    with gr.Row(elem_classes="doing"):
        test = gr.Button("Test these methods", size="sm", variant="primary", elem_id="worth-test")
        status = gr.HTML(html.idle())
        cancel = gr.Button("Cancel", size="sm", elem_id="worth-cancel", elem_classes="cancel")
    curves = gr.Plot(
        placeholder("Press “Test these methods”: the curves appear here.", height=CURVES_HEIGHT),
        show_label=False,
        label="What leaving patches out does",
        elem_id="worth-curves",
    )
    judged = gr.HTML(elem_id="worth-verdicts", min_height=150)
    curve_numbers = gr.HTML()

    gr.HTML(
        '<h3 class="section">Try it yourself</h3>'
        '<p class="words">Draw over the pictures to take patches away from the model, or let a method choose. Can you '
        "change the answer with fewer patches than the map?</p>"
    )
    with gr.Row():
        with gr.Column(scale=3, min_width=320):
            canvas = gr.HTML(
                elem_id="worth-canvas", min_height=300, js_on_load=TILES_SCRIPT.read_text(encoding="utf-8")
            )
        with gr.Column(scale=2, min_width=260):
            result = gr.HTML(elem_id="worth-result", min_height=214)
            guide = gr.Dropdown(by_title, value=COMPARED[0], label="Map under the pictures", elem_id="worth-guide")
            share = gr.Slider(0, 100, value=0, step=5, label="Let it remove, % of the patches", elem_id="worth-share")
            order = gr.Radio(
                [("strongest first", MOST), ("weakest first", LEAST)], value=MOST, label="Which", elem_id="worth-order"
            )
            through = gr.Checkbox(False, label="My brush goes through all slices", elem_id="worth-through")
            reset = gr.Button("Give all patches back", size="sm", elem_id="worth-reset")
    removed: gr.State = gr.State(None, time_to_live=3600)

    def explained(
        analysis: Analysis, chosen: Sequence[str], label_id: int | None
    ) -> Generator[dict[Any, Any], None, dict[str, Explanation]]:
        """The chosen methods' maps by title, telling how far it is."""

        def step(tell: OnProgress) -> dict[str, Explanation]:
            maps = {}
            for number, key in enumerate(k for k in backend.methods if k in chosen):
                tell(f"Computing {titles[key]}", number / len(chosen))
                maps[titles[key]] = backend.explain(analysis, key, target=_target(label_id))
            return maps

        return (yield from reported(step, status, "Computing the maps"))

    def compare(analysis: Analysis | None, chosen: Sequence[str], label_id: int | None) -> Iterator[dict[Any, Any]]:
        if analysis is None:
            return
        if not chosen:
            yield {contest: '<p class="words">Choose a method to see its map.</p>', contest_numbers: ""}
            return
        maps = yield from explained(analysis, chosen, label_id)
        yield {contest: side_by_side(analysis, maps), contest_numbers: _map_table(maps)}

    def refresh(
        analysis: Analysis, label_id: int | None, chosen: Sequence[str], guide_key: str, tube: bool
    ) -> Iterator[dict[Any, Any]]:
        """A new clip or class: maps side by side, no test yet, all patches there."""
        nothing = np.zeros(analysis.geometry.grid, bool)
        yield {
            curves: placeholder("Press “Test these methods”: the curves appear here.", height=CURVES_HEIGHT),
            judged: "",
            curve_numbers: "",
            share: 0,
            removed: nothing,
            canvas: painted(analysis, guide_key, label_id, nothing, tube),
            result: after_removal(analysis, label_id, nothing, None),
        }
        yield from compare(analysis, chosen, label_id)

    def put_to_test(analysis: Analysis | None, chosen: Sequence[str], label_id: int | None) -> Iterator[dict[Any, Any]]:
        if analysis is None:
            return
        if not chosen:
            raise BadRequestError("There is nothing to test: choose at least one method above.")
        maps = yield from explained(analysis, chosen, label_id)
        target = _shown_target(analysis, label_id)

        def measure(tell: OnProgress) -> tuple[Explanation, ...]:
            return backend.measure(analysis, tuple(maps.values()), target=target, on_progress=tell)

        done = yield from reported(measure, status, "Leaving patches out")
        measured = {titles[one.method]: one.faithfulness for one in done if one.faithfulness}
        about = f'<p class="words">About “{escape(analysis.prediction.labels[target.label_id])}”</p>'
        yield {
            curves: faithfulness_figure(measured),
            judged: about + verdicts(measured, {}),
            curve_numbers: _curve_table(measured),
        }
        checks: dict[str, Sanity] = {}
        for one in done:

            def check(tell: OnProgress, method: str = one.method) -> Sanity:
                return backend.sanity(analysis, method, target=target)

            title = titles[one.method]
            checks[title] = yield from reported(check, status, f"Checking {title}")
            yield {judged: about + verdicts(measured, checks)}

    def restful(handler: Callable[..., Iterator[dict[Any, Any]]]) -> Callable[..., Iterator[dict[Any, Any]]]:
        """The same handler, with an idle status at its end, also where it fails."""

        def run(*args: Any) -> Iterator[dict[Any, Any]]:
            try:
                yield from handler(*args)
            except Exception:
                yield {status: html.idle()}
                raise
            yield {status: html.idle()}

        return run

    def painted(analysis: Analysis, guide_key: str, label_id: int | None, gone: np.ndarray, through_time: bool) -> str:
        one = backend.explain(analysis, guide_key, target=_target(label_id))
        scale = scale_of(one)
        return tiles(
            analysis,
            displayed(one),
            scale,
            unit=one.unit if one.signed else "times its share",
            removed=gone,
            through_time=through_time,
            label="The clip's slices. Draw to take patches away; by keyboard, arrow keys move, page up and page down "
            "change the slice, space takes a patch away or gives it back.",
        ) + legend(scale)

    def after_removal(analysis: Analysis, label_id: int | None, gone: np.ndarray, at_random: np.ndarray | None) -> str:
        whole = backend.answer_without(analysis, np.zeros_like(gone))
        now = backend.answer_without(analysis, gone)
        label = _shown_target(analysis, label_id).label_id
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

    def paint(analysis: Analysis | None, label_id: int | None, event: gr.EventData) -> Iterator[dict[Any, Any]]:
        if analysis is None:
            return
        gone = np.zeros(analysis.geometry.grid, bool)
        gone.flat[[int(token) for token in event.removed]] = True
        yield from tell_result(analysis, label_id, gone)

    def choose(
        analysis: Analysis | None, label_id: int | None, guide_key: str, percentage: float, which: str, tube: bool
    ) -> Iterator[dict[Any, Any]]:
        if analysis is None:
            return
        one = backend.explain(analysis, guide_key, target=_target(label_id))
        gone = most_relevant(one.values, percentage / 100, least=which == LEAST)
        yield {canvas: painted(analysis, guide_key, label_id, gone, tube)}
        yield from tell_result(analysis, label_id, gone)

    def repaint(
        analysis: Analysis | None, label_id: int | None, guide_key: str, tube: bool, gone: np.ndarray | None
    ) -> Any:
        if analysis is None or gone is None:
            return gr.skip()
        return painted(analysis, guide_key, label_id, gone, tube)

    def give_back(
        analysis: Analysis | None, label_id: int | None, guide_key: str, tube: bool
    ) -> Iterator[dict[Any, Any]]:
        if analysis is None:
            return
        nothing = np.zeros(analysis.geometry.grid, bool)
        yield {share: 0, canvas: painted(analysis, guide_key, label_id, nothing, tube)}
        yield from tell_result(analysis, label_id, nothing)

    following = page.on_analysis(
        tab,
        restful(refresh),
        about=[page.target],
        inputs=[methods, guide, through],
        outputs=[contest, contest_numbers, curves, judged, curve_numbers, share, removed, canvas, result, status],
        runs_model=True,
    )
    about = [page.analysis, page.target]
    comparing = methods.input(
        guarded(restful(compare)), [page.analysis, methods, page.target], [contest, contest_numbers, status], **LATEST
    )
    testing = test.click(
        guarded(restful(put_to_test)),
        [page.analysis, methods, page.target],
        [curves, judged, curve_numbers, status],
        **QUIET,
        **MODEL_QUEUE,
    )
    # A test of what is no longer shown would write its curves under the new maps.
    gr.on([page.analysis.change, page.target.input], None, cancels=[testing], **QUIET)
    cancelling(cancel, status, [*following, comparing, testing])
    canvas.input(guarded(paint), about, [result, removed], **LATEST)
    for happened in (share.input, order.input):
        happened(guarded(choose), [*about, guide, share, order, through], [canvas, result, removed], **LATEST)
    for happened in (guide.input, through.input):
        happened(guarded(repaint), [*about, guide, through, removed], canvas, **LATEST)
    reset.click(guarded(give_back), [*about, guide, through], [share, canvas, result, removed], **LATEST)


def _target(label_id: int | None) -> Target | None:
    return None if label_id is None else Target(label_id)


def _shown_target(analysis: Analysis, label_id: int | None) -> Target:
    return Target(analysis.prediction.top(1)[0][0] if label_id is None else label_id)


def _map_table(maps: dict[str, Explanation]) -> str:
    slices = range(1, 1 + len(next(iter(maps.values())).values))
    rows = ((title, *(f"{value:.2f}" for value in slice_importance(one))) for title, one in maps.items())
    return html.table("Importance of each slice, by method", ("Method", *(f"Slice {n}" for n in slices)), rows)


def _curve_table(measured: Any) -> str:
    rows = []
    for title, one in measured.items():
        for name, curve in (("strongest first", one.deletion), ("weakest first", one.insertion)):
            rows.append((title, name, *(percent(float(value)) for value in curve)))
    first = next(iter(measured.values()))
    for number, curve in enumerate(first.random):
        rows.append((f"Random order {number + 1}", "", *(percent(float(value)) for value in curve)))
    head = ("Method", "Removed", *(f"{percent(1 - float(share))} removed" for share in first.kept_shares))
    return html.table("Probability of the class as patches are left out", head, rows)
