"""The end of a lesson: something to bring about on a clip of one's own, checked by computation on that clip."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr

from ....lessons import STEPS, Found, Lesson, in_language
from ....lessons.glossary import Term, as_html, with_terms
from ....lessons.kinds import outcome_words
from ....results import Analysis
from ....words import _, later
from ....words.unbroken import unbroken
from ... import html
from ...page import QUIET, Page, cancelling
from ...progress import reported
from ...visit import Visit

HOW = later("Upload or record it here, wait for the model’s answer, then check it.")
EXERCISE = 1 + STEPS.index("exercise")
UPLOAD = "() => document.querySelector('#upload')?.click()"
RECORD = """() => {
  document.querySelector('#clip')?.scrollIntoView({ block: 'center' });
  document.querySelector('#record')?.click();
  document.querySelector('#lesson-own').dataset.recording = '';
}"""
"""The page's own ways to bring a clip, which are far above the end of a lesson on a phone."""
RECORDED = """
watch('value', () => {
  const place = document.querySelector('#lesson-own');
  if (place.dataset.recording === undefined) return;
  delete place.dataset.recording;
  setTimeout(() => element.querySelector('b') && place.scrollIntoView({ block: 'center' }), 300);
});
"""
"""And back to the exercise, where the clip's answer stands as soon as it is there."""


@dataclass(frozen=True)
class ExercisePart:
    """What stands under the answer once it is there."""

    row: gr.Row
    words: gr.HTML
    clip: gr.HTML
    """The visitor's own, once it is on the page: where the page says so otherwise is out of sight here."""
    found: gr.HTML
    terms: Callable[[], Sequence[Term]]
    """In the visitor's language."""

    @property
    def outputs(self) -> list[Any]:
        return [self.row, self.words, self.clip, self.found]

    def closed(self, lesson: Lesson) -> dict[Any, Any]:
        """The lesson's own, to come when its question is answered."""
        text = exercise_html(lesson, self.terms())
        return {self.row: gr.update(visible=False), self.words: text, self.found: ""}

    def opened(self, lesson: Lesson) -> dict[Any, Any]:
        return {self.row: gr.update(visible=lesson.exercise is not None)}


def build_exercise(
    page: Page,
    tab: gr.Tab,
    lessons: Sequence[Lesson],
    terms: Callable[[], Sequence[Term]],
    step: gr.State,
    to_check: gr.State,
) -> ExercisePart:
    """The part, with its buttons wired.

    Args:
        step: the position of the lesson that is open, or None.
        to_check: changes when the clip is to be checked without the button.
    """
    with gr.Row(visible=False, elem_id="lesson-exercise") as row:
        with gr.Column(scale=3, min_width=320):
            words = gr.HTML()
        with gr.Column(scale=2, min_width=320):
            with gr.Row(elem_id="lesson-bring"):
                upload = gr.Button(_("Upload a clip"), size="sm", elem_id="lesson-upload")
                record = gr.Button(_("Record one"), size="sm", elem_id="lesson-record")
            clip = gr.HTML(elem_id="lesson-own", js_on_load=RECORDED)
            with gr.Row(elem_classes="doing"):
                check = gr.Button(_("Check my clip"), size="sm", variant="primary", elem_id="lesson-check")
                status = gr.HTML(html.idle())
                cancel = gr.Button(_("Cancel"), size="sm", elem_classes="cancel")
            found = gr.HTML(elem_id="lesson-checked")
    upload.click(None, None, None, js=UPLOAD, **QUIET)
    record.click(None, None, None, js=RECORD, **QUIET)

    def checked(analysis: Analysis, visitor: Visit, number: int | None) -> Iterator[dict[Any, Any]]:
        lesson = None if number is None else in_language(lessons[number])
        if lesson is None or lesson.exercise is None:
            return
        ask = lesson.exercise.ask
        try:
            answer = yield from reported(
                lambda tell: ask.answer(page.backend, analysis, tell), status, _("Asking the model")
            )
        except Exception:
            yield {status: html.idle()}
            raise
        own = visitor.wish is not None and visitor.wish.own
        visitor.reach(EXERCISE)
        yield {
            found: checked_html(lesson, answer, own=own),
            status: html.idle(),
            page.reached: (visitor.number, visitor.step),
        }

    checks: dict[str, Any] = {
        "inputs": [page.visit, step],
        "outputs": [found, status, page.reached],
        "runs_model": True,
        "trigger_mode": "once",
    }
    not_yet = later("The model has not answered for this clip yet: try again in a moment.")
    checking = page.on(tab, check.click, checked, without_answer=not_yet, **checks)
    checking += page.on(tab, to_check.change, checked, **checks)  # nobody pressed anything: nobody is told
    cancelling(cancel, status, checking)
    return ExercisePart(row, words, clip, found, terms)


def exercise_html(lesson: Lesson, terms: Sequence[Term]) -> str:
    if lesson.exercise is None:
        return ""
    return (
        f"<h4>{escape(_('On a clip of your own'))}</h4>{with_terms(as_html(lesson.exercise.text), terms)}"
        f'<p class="words how">{escape(_(HOW))}</p>'
    )


def checked_html(lesson: Lesson, answer: Found, *, own: bool) -> str:
    """Whether the clip does what the exercise asks for, and the numbers that say so.

    Args:
        own: whether the clip is the visitor's, not one of the page's.
    """
    exercise = lesson.exercise
    assert exercise is not None
    reached = answer.outcome in exercise.goals
    same = dict(zip(lesson.outcomes, lesson.guesses, strict=True)) if exercise.ask == lesson.ask else {}
    came_to = same.get(answer.outcome) or outcome_words(exercise.ask.kind, answer.outcome)
    head = _("Not yet. On your clip: {outcome}", outcome=came_to)
    if reached:
        head = _("Done, on your clip: {outcome}", outcome=came_to)
    if not own:
        head = _("{outcome}, on one of the page’s clips. Now one of yours", outcome=came_to)
    return (
        f'<div class="found{" right" if reached and own else ""}" role="status"><h4>{escape(head)}</h4>'
        f'<p class="finding">{unbroken(answer.sentence)}</p></div>'
    )
