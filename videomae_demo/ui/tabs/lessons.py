"""Lessons: a guided tour. Each step puts a clip on the page, asks for a guess, and answers in that clip's numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any

import gradio as gr
from gradio.context import get_blocks_context

from ...figures.words import answer_sentence
from ...lessons import LESSONS, STEPS, Lesson
from ...lessons.glossary import as_html
from ...results import Analysis
from .. import html
from ..errors import guarded
from ..page import AT_ONCE, QUIET, Page, cancelling
from ..progress import reported
from ..visit import Visit, Wish

if TYPE_CHECKING:
    from ...inputs.samples import Sample
    from ...lessons import LessonAnswer

STEP_CLICK = """
element.addEventListener('click', (event) => {
  const pressed = event.target.closest('button[data-step]');
  if (pressed) trigger('click', { step: Number(pressed.dataset.step) });
});
"""
WELCOME = (
    f"<h3>{len(LESSONS)} short lessons, one clip each</h3><p>Each one puts a clip on the page, asks what you expect, "
    "and then computes the answer from that clip. Try the same question on a clip of your own: upload it at any time, "
    "and guess again.</p>"
)
CONTROLS = tuple(dict.fromkeys(name for lesson in LESSONS for name in lesson.controls))
"""Element ids of what lessons set in other tabs."""
ANSWER = 1 + STEPS.index("answer")


def build(page: Page, tab: gr.Tab) -> None:
    samples = page.backend.samples
    on_page = {block.elem_id: block for block in get_blocks_context().blocks.values()}  # type: ignore[union-attr]
    controls = {name: on_page[name] for name in CONTROLS}
    titles = {sibling.id: sibling.label for sibling in tab.parent.children}  # type: ignore[union-attr]

    step: gr.State = gr.State(None)
    turned_at: gr.State = gr.State(0.0)
    to_show: gr.State = gr.State(None)  # number of the wish whose address asks for the answer at once
    steps = gr.HTML(steps_html(None), elem_id="lesson-steps", js_on_load=STEP_CLICK)
    with gr.Row(elem_id="lesson-row"):
        with gr.Column(scale=3, min_width=320):
            words = gr.HTML(welcome_html(samples), elem_id="lesson-words", js_on_load=STEP_CLICK)
            with gr.Row(elem_id="lesson-turn"):
                back = gr.Button("◀ Back", size="sm", interactive=False, elem_id="lesson-back")
                forth = gr.Button("Start", size="sm", variant="primary", elem_id="lesson-next")
        with gr.Column(scale=2, min_width=320, visible=False, elem_id="lesson-task") as task:
            clip = gr.HTML(elem_id="lesson-clip")
            guess = gr.Radio([], label="What do you expect?", elem_id="lesson-guess")
            with gr.Row(elem_classes="doing"):
                ask = gr.Button("Reveal", size="sm", variant="primary", interactive=False, elem_id="lesson-reveal")
                status = gr.HTML(html.idle())
                cancel = gr.Button("Cancel", size="sm", elem_classes="cancel")
            found = gr.HTML(elem_id="lesson-found")
            see = gr.Button("See it", size="sm", visible=False, elem_id="lesson-see")

    def turn_to(number: int) -> Wish:
        """A lesson's clip on the page; the lesson itself is opened with it."""
        index, sample = sample_of(LESSONS[number], samples)
        return Wish(sample.title, path=str(sample.path), sample=index, lesson=number)

    def turn_by(visit: Visit, event: gr.EventData, number: int | None, *, steps: int) -> Wish:
        if visit.wish is not None and visit.wish.lesson is not None:
            number = visit.wish.lesson  # pressed before the last turn was painted
        return turn_to(0 if number is None else min(max(number + steps, 0), len(LESSONS) - 1))

    def follow(visit: Visit, turned: float, analysis: Analysis | None) -> dict[Any, Any]:
        """The clip on the page, with its answer once it is there; and the lesson that it came with."""
        wish = visit.wish
        if wish is None:
            return {turned_at: gr.skip()}
        sample = None if wish.sample is None else samples[wish.sample]
        answered = analysis is not None and visit.turn_about(analysis) is not None
        shown: dict[Any, Any] = {
            clip: clip_html(sample, _answer(analysis) if analysis and answered else f"{wish.name} …")
        }
        if answered and wish.lesson is not None and wish.asked is not None and visit.step > 1:
            shown[to_show] = wish.number
        if turned == wish.number:
            return shown
        opened = {}
        if wish.lesson is not None:
            opened = _opened(LESSONS[wish.lesson], wish.lesson)
        elif wish.asked is not None:
            opened = _closed()
        return {turned_at: wish.number, **shown, found: "", see: gr.update(visible=False), **opened}

    def _closed() -> dict[Any, Any]:
        """An address without a lesson leads to the choice of one."""
        return {
            step: None,
            steps: steps_html(None),
            words: welcome_html(samples),
            back: gr.update(interactive=False),
            forth: gr.update(value="Start", interactive=True),
            task: gr.update(visible=False),
        }

    def _opened(lesson: Lesson, number: int) -> dict[Any, Any]:
        return {
            step: number,
            steps: steps_html(number),
            words: lesson_html(lesson, number),
            back: gr.update(interactive=number > 0),
            forth: gr.update(value="Next lesson ▶", interactive=number + 1 < len(LESSONS)),
            task: gr.update(visible=True),
            guess: gr.update(
                label=lesson.question, choices=[(text, place) for place, text in enumerate(lesson.guesses)], value=None
            ),
            ask: gr.update(interactive=False),
            see: gr.update(value=f"See it: {titles[lesson.tab]}", visible=False),
            status: html.idle(),
        }

    def reveal(analysis: Analysis, visitor: Visit, number: int | None, guessed: int | None) -> Iterator[dict[Any, Any]]:
        if number is None:
            return
        lesson = LESSONS[number]
        try:
            answer = yield from reported(
                lambda tell: lesson.answer(page.backend, analysis, tell), status, "Asking the model"
            )
        except Exception:
            yield {status: html.idle()}
            raise
        visitor.reach(ANSWER)
        yield {
            found: found_html(lesson, guessed, answer),
            see: gr.update(visible=True),
            status: html.idle(),
            page.reached: (visitor.number, ANSWER),
        }

    def set_up(number: int, times: dict[str, int]) -> dict[Any, Any]:
        lesson = LESSONS[number]
        return {
            **{controls[name]: control_value(controls[name], text) for name, text in lesson.controls.items()},
            page.set_up: {**times, lesson.tab: times.get(lesson.tab, 0) + 1},
        }

    page.wishes([steps.click, words.click], lambda visit, event: turn_to(int(event.step)))
    for button, by in ((back, -1), (forth, 1)):
        page.wishes(button.click, partial(turn_by, steps=by), inputs=[step])
    gr.on(
        [page.wished.change, page.analysis.change],
        guarded(follow),
        [page.visit, turned_at, page.analysis],
        [turned_at, step, steps, words, back, forth, task, clip, guess, ask, found, see, status, to_show],
        trigger_mode="always_last",
        **QUIET,
        **AT_ONCE,
    )
    guess.input(lambda: gr.update(interactive=True), None, ask, queue=False, **QUIET)
    reveals: dict[str, Any] = {
        "inputs": [page.visit, step, guess],
        "outputs": [found, see, status, page.reached],
        "runs_model": True,
        "trigger_mode": "once",
    }
    not_yet = "The model has not answered for this clip yet: try again in a moment."
    revealing = page.on(tab, ask.click, reveal, without_answer=not_yet, **reveals)
    revealing += page.on(tab, to_show.change, reveal, **reveals)
    cancelling(cancel, status, revealing)
    calls = [call for key in {lesson.tab for lesson in LESSONS} for call in page.calls[key]]

    def set_up_at_once(visit: Visit, number: int | None, times: dict[str, int], *counts: int) -> dict[Any, Any]:
        """An address leads to the lesson's answer in the tab where it can be seen."""
        if number is None or visit.tab != LESSONS[number].tab:
            return {page.set_up: gr.skip()}
        due = page.calls[LESSONS[number].tab]
        called = {call: count + 1 for call, count in zip(calls, counts, strict=True) if call in due}
        return {**set_up(number, times), **called}

    to_show.change(
        set_up_at_once,
        [page.visit, step, page.set_up, *calls],
        [*controls.values(), page.set_up, *calls],
        **QUIET,
        **AT_ONCE,
    )
    see.click(set_up, [step, page.set_up], [*controls.values(), page.set_up], **QUIET).then(
        lambda number: gr.Tabs(selected=LESSONS[number].tab), step, tab.parent, **QUIET
    )


def sample_of(lesson: Lesson, samples: Sequence[Sample]) -> tuple[int, Sample]:
    """The first sample with the lesson's label, and its position."""
    return next((index, sample) for index, sample in enumerate(samples) if sample.label == lesson.sample)


def control_value(control: gr.components.Component, text: str) -> str | float | list[str]:
    """What a lesson's file says of a control, as that control takes it.

    >>> control_value(gr.CheckboxGroup(["a", "b"]), "a, b"), control_value(gr.Slider(0, 100), "75")
    (['a', 'b'], 75.0)
    """
    if isinstance(control, gr.CheckboxGroup):
        return [part.strip() for part in text.split(",")]
    return float(text) if isinstance(control, (gr.Slider, gr.Number)) else text


def welcome_html(samples: Sequence[Sample]) -> str:
    """The lessons to choose from, each with its clip and its question."""
    pictures = {sample.label: html.sample_picture(sample) for sample in samples}
    cards = "".join(
        f'<li><button type="button" data-step="{number}">'
        + (f'<img src="{pictures[lesson.sample]}" alt="">' if lesson.sample in pictures else "<i></i>")
        + f"<b>{number + 1} {escape(lesson.title)}</b><span>{escape(lesson.question)}</span></button></li>"
        for number, lesson in enumerate(LESSONS)
    )
    return (
        f'<div class="lesson">{WELCOME}<ol class="lesson-cards" aria-label="Lessons to choose from">{cards}</ol></div>'
    )


def steps_html(current: int | None) -> str:
    """The tour's steps as buttons."""
    steps = "".join(
        f'<li><button type="button" data-step="{number}" aria-current="{"step" if number == current else "false"}">'
        f"<b>{number + 1}</b><span>{escape(lesson.title)}</span></button></li>"
        for number, lesson in enumerate(LESSONS)
    )
    return f'<ol class="steps" aria-label="Lessons">{steps}</ol>'


def lesson_html(lesson: Lesson, number: int) -> str:
    sources = "; ".join(
        f'<a href="{escape(source.url)}" target="_blank" rel="noreferrer">{escape(source.title)}</a>'
        for source in lesson.sources
    )
    return (
        f'<div class="lesson"><p class="eyebrow">Lesson {number + 1} of {len(LESSONS)}</p>'
        f"<h3>{escape(lesson.title)}</h3>{as_html(lesson.text)}"
        f'<p class="words source">{sources}</p></div>'
    )


def clip_html(sample: Sample | None, words: str) -> str:
    picture = f'<img src="{html.sample_picture(sample)}" alt="">' if sample else ""
    return f'<p class="lesson-clip" role="status">{picture}<span>On the page now<b>{escape(words)}</b></span></p>'


def found_html(lesson: Lesson, guessed: int | None, finding: LessonAnswer) -> str:
    """Whether the guess held, the numbers that say so, and where to read on; without a guess, what would have held."""
    right = guessed == finding.guess
    head = "Your guess held" if right else f"Not on this clip: {lesson.guesses[finding.guess]}"
    if guessed is None:
        head = f"On this clip: {lesson.guesses[finding.guess]}"
    return (
        f'<div class="found{" right" if right else ""}" role="status"><h4>{escape(head)}</h4>'
        f'<p class="finding">{escape(finding.sentence)}</p><p class="words">{escape(lesson.reveal)}</p></div>'
    )


def _answer(analysis: Analysis) -> str:
    return f"{analysis.clip_name}: {answer_sentence(analysis.prediction)}"
