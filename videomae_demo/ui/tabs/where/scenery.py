"""Background swap: how much of the answer is scenery, and how much is what moves before it?"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from ....figures.words import percent
from ....inputs.scenery import SWAPS
from ....results import Analysis
from ....variants import Film, Swapped
from ....words import _, class_name, later
from ....words.unbroken import unbroken
from ... import html
from ...films import card, film_list, labels_to_compare
from ...page import Page, cancelling
from ...progress import reported

WORDS = later(
    "What stays the same over time is taken for scenery, what differs from it for the mover; the model is asked about "
    "each without the other."
)
HOW_TO_READ = later(
    "If the scenery alone keeps the answer, the answer is scenery. If the mover keeps it before grey and elsewhere, "
    "but not when it stands still there, the answer is its motion."
)
CANNOT_TELL = later(
    "More than the cut allows: scenery is the median of the frames, which fails when the camera moves and keeps what "
    "stays in its place for half the clip, such as the middle of something that grows or turns. And a frayed cut-out "
    "is a film that nobody films: that alone may cost probability."
)
LISTED = 4
"""Classes on each card."""


def build_scenery(page: Page, tab: gr.Tab) -> None:
    samples = page.backend.samples
    gr.HTML(html.section(_("Scenery and mover apart"), _(WORDS)))
    verdict = gr.HTML(elem_id="scenery-verdict", min_height=60)
    with gr.Row(elem_classes="doing"):
        lender = gr.Dropdown(
            [(_(sample.title), number) for number, sample in enumerate(samples)],
            value=len(samples) - 1,
            label=_("Elsewhere is the scenery of"),
            elem_id="lender",
        )
        status = gr.HTML(html.idle())
        cancel = gr.Button(_("Cancel"), size="sm", elem_classes="cancel")
    gr.HTML(html.reading(HOW_TO_READ, CANNOT_TELL, about="scenery-films"))
    cards = gr.HTML(elem_id="scenery-films", min_height=300)

    def ask(analysis: Analysis, number: int) -> Iterator[dict[Any, Any]]:
        other = Path(samples[number].path)
        try:
            original, swapped = yield from reported(
                lambda tell: (
                    page.backend.original(analysis),
                    page.backend.scenery(analysis, other, on_progress=tell),
                ),
                status,
                _("Taking scenery and mover apart"),
            )
        except Exception:
            yield {status: html.idle()}
            raise
        yield {verdict: verdict_html(original, swapped), cards: cards_html(original, swapped), status: html.idle()}

    asked = page.on_analysis(tab, ask, about=[lender], outputs=[verdict, cards, status], runs_model=True)
    cancelling(cancel, status, asked)


def verdict_html(original: Film, swapped: Swapped) -> str:
    """What each film leaves of the answer's probability; and where the cut cannot be trusted, that first."""
    label_id, label, before = original.prediction.top(1)[0]
    left = {key: percent(float(film.prediction.probabilities[label_id])) for key, film in swapped.films.items()}
    sentence = _(
        "{label}: {before} as it is, {scenery} for the scenery alone; for the mover {grey} before grey, {elsewhere} "
        "elsewhere, {still} standing still there.",
        label=class_name(label),
        before=percent(before),
        scenery=left["scenery"],
        grey=left["grey"],
        elsewhere=left["elsewhere"],
        still=left["elsewhere_still"],
    )
    doubt = f'<p class="failure">{escape(_(swapped.doubt))}</p>' if swapped.doubt else ""
    moving = _("{share} of the picture counts as moving.", share=percent(swapped.moving_share))
    return f'{doubt}<p class="finding">{unbroken(sentence)}</p><p class="words">{escape(moving)}</p>'


def cards_html(original: Film, swapped: Swapped) -> str:
    before = original.prediction
    rows = [card("whole", _("As it is"), _("Scenery and mover."), original, labels_to_compare(before, before, LISTED))]
    for key, film in swapped.films.items():
        labels = labels_to_compare(before, film.prediction, LISTED)
        rows.append(card(key, _(SWAPS[key].title), _(SWAPS[key].sentence), film, labels, before=before))
    return film_list(rows)
