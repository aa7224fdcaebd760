"""Lessons: a guided tour. Each puts a clip on the page, asks for a guess, answers in that clip's numbers, and ends with
an exercise on a clip of the visitor's own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any

import gradio as gr
from gradio.context import get_blocks_context

from ....figures.words import answer_sentence
from ....lessons import STEPS, Lesson, in_language
from ....lessons.glossary import Term, as_html, list_html, read_glossary, with_terms
from ....lessons.room import Room
from ....results import Analysis
from ....words import _, later
from ....words.unbroken import unbroken
from ... import html
from ...errors import guarded
from ...page import AT_ONCE, EDITS_CONTROL, QUIET, Page, cancelling
from ...progress import reported
from ...visit import Visit, Wish
from .exercise import EXERCISE, build_exercise
from .paper import build_paper
from .room import build_room

if TYPE_CHECKING:
    from ....inputs.samples import Sample
    from ....lessons import LessonAnswer

STEP_CLICK = """
const root = document.documentElement;  // Escape puts a term's meaning away until something else is pointed at
document.addEventListener('keydown', (event) => event.key === 'Escape' && (root.dataset.quiet = ''));
for (const kind of ['pointermove', 'focusin']) document.addEventListener(kind, () => delete root.dataset.quiet);
element.addEventListener('click', (event) => {
  const pressed = event.target.closest('button[data-step]');
  if (pressed) trigger('click', { step: Number(pressed.dataset.step) });
});
"""
LESSON_TURNED = """
let turned = false;
document.addEventListener('click', ({ target }) => {
  if (target.closest?.('#lesson-turn button, [data-step]')) turned = true;
});
watch('value', () => {
  const heading = element.querySelector('h3');
  if (!turned || !heading) return;
  turned = false;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
  const { top } = heading.getBoundingClientRect();
  if (top < 0 || top > innerHeight / 2) document.querySelector('#tabs').scrollIntoView();
});
"""
"""What was pressed is gone, or far below: another lesson begins at its heading."""
WELCOME = later(
    "Each one puts a clip on the page, asks what you expect, and then computes the answer from that clip. At its end "
    "is an exercise: bring about something on a clip of your own, filmed with the camera or uploaded, and have it "
    "checked."
)
FOCUS_TAB = "() => document.querySelector('#tabs [role=tab][aria-selected=true]')?.focus()"
"""Where a visitor with a keyboard goes on after a button that is out of sight now."""
ANSWER = 1 + STEPS.index("answer")


def build(page: Page, tab: gr.Tab) -> None:
    samples, lessons = page.backend.samples, page.lessons
    terms = partial(read_glossary, page.settings.lessons or None)
    room = Room() if page.settings.room == "on" else None
    controls = controls_of(lessons)

    def said() -> list[Lesson]:
        """The lessons in the visitor's language."""
        return [in_language(one) for one in lessons]

    titles = {sibling.id: sibling.label for sibling in tab.parent.children}  # type: ignore[union-attr]

    step: gr.State = gr.State(None)
    turned_at: gr.State = gr.State(0.0)
    to_show: gr.State = gr.State(None)  # number of the wish whose address asks for the answer at once
    to_check: gr.State = gr.State(None)  # and of the one whose address asks for the exercise as well
    counted: gr.State = gr.State(())  # keys of the lessons whose guess was counted for the room
    steps = gr.HTML(steps_html(said(), None), elem_id="lesson-steps", js_on_load=STEP_CLICK)
    with gr.Row(elem_id="lesson-row"):
        with gr.Column(scale=3, min_width=320):
            words = gr.HTML(
                welcome_html(said(), samples), elem_id="lesson-words", js_on_load=STEP_CLICK + LESSON_TURNED
            )
        with gr.Column(scale=2, min_width=320, visible=False, elem_id="lesson-task") as task:
            clip = gr.HTML(elem_id="lesson-clip")
            guess = gr.Radio([], label=_("What do you expect?"), elem_id="lesson-guess")
            with gr.Row(elem_classes="doing"):
                ask = gr.Button(_("Reveal"), size="sm", variant="primary", interactive=False, elem_id="lesson-reveal")
                status = gr.HTML(html.idle())
                cancel = gr.Button(_("Cancel"), size="sm", elem_classes="cancel")
            found = gr.HTML(elem_id="lesson-found")
            see = gr.Button(_("See it"), size="sm", visible=False, elem_id="lesson-see")
    exercise = build_exercise(page, tab, lessons, terms, step, to_check)
    with gr.Row(elem_id="lesson-turn"):  # at the end, so that a thumb comes to the next lesson after this one
        back = gr.Button(_("◀ Back"), size="sm", interactive=False, elem_id="lesson-back")
        forth = gr.Button(_("Start"), size="sm", variant="primary", elem_id="lesson-next")
    if room is not None:
        build_room(room, lessons, step)
    with gr.Accordion(_("For the teacher"), open=False, visible=False, elem_id="lesson-notes") as notes_fold:
        notes = gr.HTML()
    build_paper(page, tab, lessons, terms)
    with gr.Accordion(_("Glossary"), open=False, elem_id="lesson-glossary"):
        gr.HTML(list_html(terms()))

    def turn_to(number: int) -> Wish:
        """A lesson's clip on the page; the lesson itself is opened with it."""
        lesson = lessons[number]
        if lesson.clip is not None:
            clip = Wish(lesson.title, path=str(lesson.clip))
        else:
            index, sample = sample_of(lesson, samples)
            clip = Wish(sample.title, path=str(sample.path), sample=index)
        method = lesson.method if lesson.method in page.backend.methods else None
        return replace(clip, lesson=number, method=method)

    def turn_by(visit: Visit, event: gr.EventData, number: int | None, *, steps: int) -> Wish:
        if visit.wish is not None and visit.wish.lesson is not None:
            number = visit.wish.lesson  # pressed before the last turn was painted
        return turn_to(0 if number is None else min(max(number + steps, 0), len(lessons) - 1))

    def follow(visit: Visit, turned: float, analysis: Analysis | None) -> dict[Any, Any]:
        """The clip on the page, with its answer once it is there; and the lesson that it came with."""
        wish = visit.wish
        if wish is None:
            return {turned_at: gr.skip()}
        sample = None if wish.sample is None else samples[wish.sample]
        answered = analysis is not None and visit.turn_about(analysis) is not None
        now = clip_html(sample, _answer(analysis) if analysis and answered else f"{_(wish.name)} …")
        shown: dict[Any, Any] = {clip: now, exercise.clip: now if wish.own else ""}
        if answered and wish.lesson is not None and wish.asked is not None:
            shown |= {state: wish.number for state, at in ((to_show, ANSWER), (to_check, EXERCISE)) if visit.step >= at}
        if turned == wish.number:
            return shown
        cleared = {found: "", see: gr.update(visible=False), exercise.found: ""}
        opened = {}
        if wish.lesson is not None:
            opened = _opened(wish.lesson)
        elif wish.asked is not None:
            opened = _closed()
        return {turned_at: wish.number, **shown, **cleared, **opened}

    def _closed() -> dict[Any, Any]:
        """An address without a lesson leads to the choice of one."""
        return {
            step: None,
            steps: steps_html(said(), None),
            words: welcome_html(said(), samples),
            back: gr.update(interactive=False),
            forth: gr.update(value=_("Start"), interactive=True),
            task: gr.update(visible=False),
            exercise.row: gr.update(visible=False),
        }

    def _opened(number: int) -> dict[Any, Any]:
        lesson = in_language(lessons[number])
        return {
            step: number,
            steps: steps_html(said(), number),
            words: lesson_html(lesson, number, len(lessons), terms()),
            back: gr.update(interactive=number > 0),
            forth: gr.update(value=_("Next lesson ▶"), interactive=number + 1 < len(lessons)),
            task: gr.update(visible=True),
            guess: gr.update(
                label=lesson.question, choices=[(text, place) for place, text in enumerate(lesson.guesses)], value=None
            ),
            ask: gr.update(interactive=False),
            see: gr.update(value=_("See it: {tab}", tab=_(titles[lesson.tab])), visible=False),
            status: html.idle(),
            notes_fold: gr.update(visible=bool(lesson.notes)),
            notes: as_html(lesson.notes),
            **exercise.closed(lesson),
        }

    def reveal(
        analysis: Analysis, visitor: Visit, number: int | None, guessed: int | None, before: tuple[str, ...]
    ) -> Iterator[dict[Any, Any]]:
        if number is None:
            return
        lesson = in_language(lessons[number])
        try:
            answer = yield from reported(
                lambda tell: lesson.answer(page.backend, analysis, tell), status, _("Asking the model")
            )
        except Exception:
            yield {status: html.idle()}
            raise
        if room is not None and guessed is not None and lesson.key not in before:
            room.add(lesson.key, guessed, guesses=len(lesson.guesses))
            before = (*before, lesson.key)
        visitor.reach(max(visitor.step, ANSWER))
        yield {
            found: found_html(lesson, guessed, answer, terms()),
            see: gr.update(visible=True),
            status: html.idle(),
            page.reached: (visitor.number, visitor.step),
            counted: before,
            **exercise.opened(lesson),
        }

    def set_up(visit: Visit, number: int, times: dict[str, int]) -> dict[Any, Any]:
        lesson = lessons[number]
        values = {name: control_value(controls[name], text) for name, text in lesson.controls.items()}
        if isinstance(named := values.get(EDITS_CONTROL), list):
            visit.choose_edits(named)
        return {
            **{controls[name]: value for name, value in values.items()},
            page.set_up: {**times, lesson.tab: times.get(lesson.tab, 0) + 1},
        }

    page.wishes([steps.click, words.click], lambda visit, event: turn_to(int(event.step)))
    for button, by in ((back, -1), (forth, 1)):
        page.wishes(button.click, partial(turn_by, steps=by), inputs=[step])
    gr.on(
        [page.wished.change, page.analysis.change],
        guarded(follow),
        [page.visit, turned_at, page.analysis],
        [
            *(turned_at, step, steps, words, back, forth, task, clip, guess, ask, found, see, status),
            *(to_show, to_check, notes_fold, notes, *exercise.outputs),
        ],
        trigger_mode="always_last",
        **QUIET,
        **AT_ONCE,
    )
    guess.input(lambda: gr.update(interactive=True), None, ask, queue=False, **QUIET)
    reveals: dict[str, Any] = {
        "inputs": [page.visit, step, guess, counted],
        "outputs": [found, see, status, page.reached, counted, exercise.row],
        "runs_model": True,
        "trigger_mode": "once",
    }
    not_yet = later("The model has not answered for this clip yet: try again in a moment.")
    revealing = page.on(tab, ask.click, reveal, without_answer=not_yet, **reveals)
    revealing += page.on(tab, to_show.change, reveal, **reveals)
    cancelling(cancel, status, revealing)
    calls = [call for key in {lesson.tab for lesson in lessons} for call in page.calls[key]]

    def set_up_at_once(visit: Visit, number: int | None, times: dict[str, int], *counts: int) -> dict[Any, Any]:
        """An address leads to the lesson's answer in the tab where it can be seen."""
        if number is None or visit.tab != lessons[number].tab:
            return {page.set_up: gr.skip()}
        due = page.calls[lessons[number].tab]
        called = {call: count + 1 for call, count in zip(calls, counts, strict=True) if call in due}
        edits = visit.edits
        updates = {**set_up(visit, number, times), **called}
        if edits is not None:  # the address names them itself
            visit.choose_edits(edits)
            updates.pop(controls.get(EDITS_CONTROL), None)
        return updates

    to_show.change(
        set_up_at_once,
        [page.visit, step, page.set_up, *calls],
        [*controls.values(), page.set_up, *calls],
        **QUIET,
        **AT_ONCE,
    )
    see.click(set_up, [page.visit, step, page.set_up], [*controls.values(), page.set_up], **QUIET).then(
        lambda number: gr.update(selected=lessons[number].tab), step, tab.parent, **QUIET
    ).then(None, None, None, js=FOCUS_TAB, **QUIET)


def sample_of(lesson: Lesson, samples: Sequence[Sample]) -> tuple[int, Sample]:
    """The first sample with the lesson's label, and its position; the first of all where there is none."""
    index = next((index for index, sample in enumerate(samples) if sample.label == lesson.sample), 0)
    return index, samples[index]


def controls_of(lessons: Sequence[Lesson]) -> dict[str, gr.components.Component]:
    """What lessons set in other tabs, by ``elem_id``.

    Raises:
        ValueError: a lesson sets what is not there, or to what it cannot be.
    """
    on_page = {block.elem_id: block for block in get_blocks_context().blocks.values()}  # type: ignore[union-attr]
    found = {}
    for lesson in lessons:
        for name, text in lesson.controls.items():
            control = on_page.get(name)
            if not isinstance(control, gr.components.Component):
                raise ValueError(
                    f"VIDEOMAE_LESSONS: lesson “{lesson.key}”: set {name}: there is no such control on the page."
                )
            try:
                value = control_value(control, text)
            except ValueError:
                raise ValueError(
                    f"VIDEOMAE_LESSONS: lesson “{lesson.key}”: set {name}: “{text}” is no number."
                ) from None
            offered = [choice for _unused, choice in getattr(control, "choices", ())]
            wrong = [one for one in (value if isinstance(value, list) else [value]) if offered and one not in offered]
            if wrong:
                listed = ", ".join(str(choice) for choice in offered)
                raise ValueError(
                    f"VIDEOMAE_LESSONS: lesson “{lesson.key}”: set {name}: “{wrong[0]}” is none of {listed}."
                )
            found[name] = control
    return found


def control_value(control: gr.components.Component, text: str) -> str | float | list[str]:
    """What a lesson's file says of a control, as that control takes it.

    >>> control_value(gr.CheckboxGroup(["a", "b"]), "a, b"), control_value(gr.Slider(0, 100), "75")
    (['a', 'b'], 75.0)
    """
    if isinstance(control, gr.CheckboxGroup):
        return [part.strip() for part in text.split(",")]
    return float(text) if isinstance(control, (gr.Slider, gr.Number)) else text


def welcome_html(lessons: Sequence[Lesson], samples: Sequence[Sample]) -> str:
    """The lessons to choose from, each with its clip and its question."""
    pictures = {sample.label: html.sample_picture(sample) for sample in samples}
    cards = "".join(
        f'<li><button type="button" data-step="{number}">'
        + (f'<img src="{pictures[lesson.sample]}" alt="">' if lesson.sample in pictures else "<i></i>")
        + f"<b>{number + 1} {escape(lesson.title)}</b><span>{escape(lesson.question)}</span></button></li>"
        for number, lesson in enumerate(lessons)
    )
    return (
        f'<div class="lesson"><h3>{escape(_("{n} short lessons, one clip each", n=len(lessons)))}</h3>'
        f"<p>{escape(_(WELCOME))}</p>"
        f'<ol class="lesson-cards" aria-label="{escape(_("Lessons to choose from"))}">{cards}</ol></div>'
    )


def steps_html(lessons: Sequence[Lesson], current: int | None) -> str:
    """The tour's lessons as buttons."""
    steps = "".join(
        f'<li><button type="button" data-step="{number}" aria-current="{"step" if number == current else "false"}">'
        f"<b>{number + 1}</b><span>{escape(lesson.title)}</span></button></li>"
        for number, lesson in enumerate(lessons)
    )
    return f'<ol class="steps" aria-label="{escape(_("Lessons"))}">{steps}</ol>'


def lesson_html(lesson: Lesson, number: int, count: int, terms: Sequence[Term]) -> str:
    place = _("Lesson {n} of {lessons}", n=number + 1, lessons=count)
    if lesson.minutes:
        place += " · " + _("about {minutes} minutes", minutes=lesson.minutes)
    sources = "; ".join(
        f'<a href="{escape(source.url)}" target="_blank" rel="noreferrer">{escape(source.title)}</a>'
        for source in lesson.sources
    )
    return (
        f'<div class="lesson"><p class="eyebrow">{escape(place)}</p>'
        f"<h3>{escape(lesson.title)}</h3>{with_terms(as_html(lesson.text), terms)}"
        f'<p class="words source">{sources}</p></div>'
    )


def clip_html(sample: Sample | None, words: str) -> str:
    picture = f'<img src="{html.sample_picture(sample)}" alt="">' if sample else ""
    now = escape(_("On the page now"))
    return f'<p class="lesson-clip" role="status">{picture}<span>{now}<b>{unbroken(words)}</b></span></p>'


def found_html(lesson: Lesson, guessed: int | None, finding: LessonAnswer, terms: Sequence[Term]) -> str:
    """Whether the guess held, the numbers that say so, and where to read on; without a guess, what would have held."""
    right = guessed == finding.guess
    guess = lesson.guesses[finding.guess]
    head = _("Your guess held") if right else _("Not on this clip: {guess}", guess=guess)
    if guessed is None:
        head = _("On this clip: {guess}", guess=guess)
    return (
        f'<div class="found{" right" if right else ""}" role="status"><h4>{escape(head)}</h4>'
        f'<p class="finding">{unbroken(finding.sentence)}</p>{with_terms(as_html(lesson.reveal), terms)}</div>'
    )


def _answer(analysis: Analysis) -> str:
    return f"{_(analysis.clip_name)}: {answer_sentence(analysis.prediction)}"
