"""The time lab: edit the film, ask again, and see whether motion matters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from ...figures.verdicts import motion_score_words, motion_verdict
from ...inputs.edits import EDITS, motion_score
from ...results import Analysis
from ...variants import Film, crop_pictures
from ...words import _, later, numeral
from ...words.unbroken import unbroken
from .. import html
from ..films import card, empty_card, film_list, labels_to_compare, strip_style
from ..page import AT_ONCE, EDITS_CONTROL, QUIET, Page, cancelling
from ..progress import reported
from ..visit import Visit

WORDS = later(
    "Each film below has the same clip in it, changed in one way. The model was asked again about each of them."
)
HOW_TO_READ = later(
    "The thin mark on a bar is the probability before the edit, the bar the one now. The score is the share of the "
    "probability that changes its class, averaged over the chosen edits that change nothing but time."
)
CANNOT_TELL = later(
    "Why the answer changes: an edited film is also one that nobody films, and the model may simply be lost in it."
)
PAINTED = "hide"
"""The edit whose choice is painted; the others are ticked."""
PAD_SIDE = 288
"""Pixels of the frames to paint on."""
LISTED = 4
"""Classes on each card."""
PAD = (Path(__file__).parents[1] / "pad.js").read_text(encoding="utf-8")


def build(page: Page, tab: gr.Tab) -> None:
    hidden: gr.State = gr.State(None)
    frozen: gr.State = gr.State(None)
    gr.HTML(f'<p class="words">{escape(_(WORDS))}</p>')
    with gr.Row():
        with gr.Column(scale=1, min_width=300):
            pad = gr.HTML(elem_id="pad", js_on_load=PAD)
        with gr.Column(scale=3, min_width=320):
            verdict = gr.HTML(elem_id="motion-verdict")
            edits = gr.CheckboxGroup(
                [(_(row.title), key) for key, row in EDITS.items() if key != PAINTED],
                value=[key for key in EDITS if key != PAINTED],
                label=_("Edits"),
                elem_id=EDITS_CONTROL,
            )
            with gr.Row(elem_classes="doing"):
                freeze = gr.Button(_("Freeze the frame on screen"), size="sm", elem_id="freeze")
                status = gr.HTML(html.idle())
                cancel = gr.Button(_("Cancel"), size="sm", elem_classes="cancel")
            gr.HTML(html.reading(HOW_TO_READ, CANNOT_TELL, about="edited-films"))
    cards = gr.HTML(elem_id="edited-films")
    outputs = [verdict, cards, status]

    def ask(
        analysis: Analysis, names: Sequence[str], at: int | None, cells: np.ndarray | None
    ) -> Iterator[dict[Any, Any]]:
        chosen = [name for name in EDITS if name in names or (name == PAINTED and cells is not None)]
        try:
            original, edited = yield from reported(
                lambda tell: (
                    page.backend.original(analysis),
                    page.backend.what_if(analysis, chosen, at=at, hidden=cells, on_progress=tell),
                ),
                status,
                _("Editing the film"),
            )
        except Exception:
            yield {status: html.idle()}
            raise
        yield {verdict: verdict_html(original, edited), cards: cards_html(original, edited), status: html.idle()}

    def refresh(analysis: Analysis, names: Sequence[str], frame: float) -> Iterator[dict[Any, Any]]:
        """A new clip: nothing is painted yet, and the frame on screen is the one to freeze."""
        at = min(int(frame), analysis.geometry.num_frames) - 1
        yield {pad: pad_html(analysis), hidden: None, frozen: at}
        yield from ask(analysis, names, at, None)

    def paint(analysis: Analysis, event: gr.EventData) -> Any:
        return painted_cells(event.cells, analysis.geometry.grid)

    following = page.on_analysis(
        tab, refresh, inputs=[edits, page.frame], outputs=[*outputs, pad, hidden, frozen], runs_model=True
    )
    (painting,) = page.on(tab, pad.click, paint, outputs=[hidden], trigger_mode="multiple")
    choosing = edits.input(choose, [page.visit, edits], page.reached, trigger_mode="always_last", **QUIET, **AT_ONCE)
    freezing = freeze.click(lambda frame: int(frame) - 1, page.frame, frozen, **QUIET)
    asked = page.on(
        tab,
        [choosing.then, painting.then, freezing.then],
        ask,
        inputs=[edits, frozen, hidden],
        outputs=outputs,
        runs_model=True,
    )
    cancelling(cancel, status, [*following, *asked])


def choose(visit: Visit, names: Sequence[str]) -> tuple[Any, ...]:
    """The address names the edits that are ticked; what is painted has no name."""
    visit.choose_edits(names)
    return visit.number, visit.step, *names


def painted_cells(cells: str, grid: tuple[int, int, int]) -> np.ndarray | None:
    """What the page sends, one character a cell, as (H', W') bool; None where nothing is painted.

    >>> painted_cells("0110", (8, 2, 2))
    array([[False,  True],
           [ True, False]])
    """
    _unused, rows, columns = grid
    mask = np.array([cell == "1" for cell in cells]).reshape(rows, columns)
    return mask if mask.any() else None


def verdict_html(original: Film, edited: dict[str, Film]) -> str:
    """The score and what it rests on, in words."""
    answers = {name: film.prediction for name, film in edited.items()}
    if not any(EDITS[name].changes_time_only for name in answers):
        return html.words(_("Choose Reverse, Shuffle or Freeze to see whether motion matters."))
    score = motion_score(original.prediction, answers)
    return (
        f'<div class="score"><strong>{numeral(score, ".2f")}</strong><div class="meter" style="--share:{score:.3f}">'
        f"<div><i></i></div><p><span>{escape(_('0: one picture would do'))}</span>"
        f"<span>{escape(_('1: order is all'))}</span></p></div></div>"
        f'<p class="finding">{unbroken(motion_verdict(original.prediction, answers))}</p>'
        f'<p class="words">{escape(motion_score_words(score))}</p>'
    )


def cards_html(original: Film, edited: dict[str, Film]) -> str:
    before = original.prediction
    labels = labels_to_compare(before, before, LISTED)
    rows = [card("original", _("As it is"), _("The frames that the answer above rests on."), original, labels)]
    for name, film in edited.items():
        sentence = _(EDITS[name].sentence)
        if name == "freeze":
            sentence = _("Frame number {indices} of the clip stands still.", indices=film.indices[0])
        labels = labels_to_compare(before, film.prediction, LISTED)
        rows.append(card(name, _(EDITS[name].title), sentence, film, labels, before=before))
    if PAINTED not in edited:
        rows.append(empty_card(PAINTED, _(EDITS[PAINTED].title), _("Paint over the frame to hide a part of it.")))
    return film_list(rows)


def pad_html(analysis: Analysis) -> str:
    """The model's crop with one button a token cell: drag to paint, or arrow keys and space."""
    _unused, rows, columns = analysis.geometry.grid
    pictures = crop_pictures(analysis.frames, analysis.model_input.crop_box, side=PAD_SIDE)
    buttons = "".join(
        f'<button type="button" aria-pressed="false" tabindex="{0 if row == column == 0 else -1}" '
        f'aria-label="{escape(_("Row {row}, column {column}", row=row + 1, column=column + 1))}"></button>'
        for row in range(rows)
        for column in range(columns)
    )
    return (
        f'<div class="pad" data-columns="{columns}"'
        f' style="--rows:{rows};--columns:{columns};{strip_style(pictures)}">'
        f'<div class="film-player"></div><div class="cells" role="group" '
        f'aria-label="{escape(_("Cells to hide: arrow keys move, space paints"))}">{buttons}</div></div>'
        f'<p class="pad-words"><span data-count role="status">'
        f"{escape(_('Paint over what nothing may be seen of'))}</span>"
        f'<button type="button" data-clear>{escape(_("Clear"))}</button></p>'
    )
