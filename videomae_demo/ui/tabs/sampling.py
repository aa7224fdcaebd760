"""The sampling microscope: which frames each rule takes from the clip, and what the model says to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
import plotly.graph_objects as go

from ...figures import placeholder
from ...figures.sampling import ROW_HEIGHT, sampling_figure
from ...figures.verdicts import agreement_verdict
from ...figures.words import between
from ...records import SamplingPlan, Window
from ...results import Analysis
from ...variants import RULES, Film, plan_rule
from ...words import _, later, listed, numeral
from ...words.unbroken import unbroken
from .. import html
from ..films import card, empty_card, film_list
from ..page import Page, cancelling
from ..progress import reported

WORDS = later("Each rule takes other frames of the same clip, and the model never sees the rest.")
HOW_TO_READ = later(
    "Each dot is a frame that the rule takes. Drag the shaded window, or move the sliders, and let go: every rule "
    "takes its frames from there."
)
CANNOT_TELL = later("Which rule is right: each made another film, and each answer is right or wrong about that film.")
SLOW = "official"
"""The rule that asks the model fifteen times; it is asked only where it is wanted."""
LISTED = 5
STEP_SECONDS = 0.05
DRAG = (Path(__file__).parents[1] / "window.js").read_text(encoding="utf-8")


def build(page: Page, tab: gr.Tab) -> None:
    gr.HTML(f'<p class="words">{escape(_(WORDS))}</p>', js_on_load=DRAG)
    with gr.Row():
        with gr.Column(scale=3, min_width=320):
            picture = gr.Plot(
                placeholder(_("The rules appear here."), height=ROW_HEIGHT * len(RULES) + 44),
                show_label=False,
                label=_("Frames that each rule takes"),
                elem_id="rules",
            )
            gr.HTML(html.reading(HOW_TO_READ, CANNOT_TELL, about="rules"))
            numbers = gr.HTML()
        with gr.Column(scale=2, min_width=300):
            verdict = gr.HTML(elem_id="rules-verdict")
            start = gr.Slider(0, 1, 0, step=STEP_SECONDS, label=_("Window starts at second"), elem_id="window-start")
            length = gr.Slider(
                0, 1, 1, step=STEP_SECONDS, label=_("Seconds that the window lasts"), elem_id="window-length"
            )
            official = gr.Checkbox(False, label=_("Ask about the official test's 15 views, too"), elem_id="official")
            with gr.Row(elem_classes="doing"):
                status = gr.HTML(html.idle())
                cancel = gr.Button(_("Cancel"), size="sm", elem_classes="cancel")
    cards = gr.HTML(elem_id="rule-films")
    outputs = [picture, numbers, verdict, cards, status]

    def ask(analysis: Analysis, start_seconds: float, seconds: float, all_rules: bool) -> Iterator[dict[Any, Any]]:
        """The marks at once, the answers as they come."""
        window = chosen_window(start_seconds, seconds, analysis.clip.duration_seconds)
        plans = {key: plan_rule(analysis, key, window) for key in RULES}
        yield {picture: draw(analysis, plans, window), numbers: table_html(plans)}
        answers: dict[str, Film] = {}
        try:
            for key, rule in RULES.items():
                if key == SLOW and not all_rules:
                    continue
                answers[key] = yield from reported(
                    lambda tell, key=key: page.backend.by_rule(analysis, key, window, on_progress=tell),  # type: ignore[misc]
                    status,
                    _(rule.title),
                )
        except Exception:  # not in a finally: a generator that is closed must not yield
            yield {status: html.idle()}
            raise
        yield {
            verdict: verdict_html(answers),
            cards: film_list(_card(key, plans[key], answers.get(key)) for key in RULES),
            status: html.idle(),
        }

    def refresh(analysis: Analysis, all_rules: bool) -> Iterator[dict[Any, Any]]:
        duration, window = round(analysis.clip.duration_seconds, 2), analysis.window
        seconds = min(window.end_seconds or duration, duration) - window.start_seconds
        yield {
            start: gr.update(maximum=duration, value=window.start_seconds),
            length: gr.update(minimum=STEP_SECONDS, maximum=duration, value=seconds),
        }
        yield from ask(analysis, window.start_seconds, seconds, all_rules)

    following = page.on_analysis(tab, refresh, inputs=[official], outputs=[*outputs, start, length], runs_model=True)
    asked = page.on(
        tab,
        [start.release, length.release, official.input],
        ask,
        inputs=[start, length, official],
        outputs=outputs,
        runs_model=True,
    )
    cancelling(cancel, status, [*following, *asked])


def chosen_window(start_seconds: float, seconds: float, duration_seconds: float) -> Window:
    """The window that the sliders mean; one that reaches the clip's end has none of its own.

    >>> chosen_window(1.0, 5.0, 4.0)
    Window(start_seconds=1.0, end_seconds=None)
    """
    end = start_seconds + seconds
    return Window(start_seconds, None if end > duration_seconds - STEP_SECONDS / 2 else end)


def draw(analysis: Analysis, plans: Mapping[str, Sequence[SamplingPlan]], window: Window) -> go.Figure:
    answered = analysis.plans[analysis.shown].indices
    used = next((_(RULES[key].title) for key, (first, *_unused) in plans.items() if first.indices == answered), None)
    return sampling_figure(
        analysis.clip, {_(RULES[key].title): views for key, views in plans.items()}, used=used, window=window
    )


def verdict_html(answers: Mapping[str, Film]) -> str:
    said = {_(RULES[key].title).split(":")[0].split("：")[0]: film.prediction for key, film in answers.items()}
    return f'<p class="finding">{unbroken(agreement_verdict(said))}</p>'


def table_html(plans: Mapping[str, Sequence[SamplingPlan]]) -> str:
    rows = (
        (
            _("{rule}, clip {n}", rule=_(RULES[key].title), n=number + 1) if len(clips) > 1 else _(RULES[key].title),
            listed(map(str, plan.indices)),
            listed(numeral(time, ".2f") for time in plan.pts_seconds),
        )
        for key, views in plans.items()
        for clips in [list({plan.indices: plan for plan in views}.values())]
        for number, plan in enumerate(clips)
    )
    return html.table(_("Frames that each rule takes"), (_("Rule"), _("Frame numbers"), _("Seconds")), rows)


def _card(key: str, plans: Sequence[SamplingPlan], film: Film | None) -> str:
    rule = RULES[key]
    if film is None:
        return empty_card(key, _(rule.title), _("Fifteen views: tick the box above to ask about them."))
    times = [time for plan in plans for time in plan.pts_seconds]
    sentence = _("{rule} Here: {times}.", rule=_(rule.sentence), times=between(min(times), max(times)))
    labels = [label_id for label_id, *_name in film.prediction.top(LISTED)]
    return card(key, _(rule.title), sentence, film, labels)
