"""Lessons on paper: a worksheet with this class's clips, and the teacher's copy with answers and notes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from html import escape
from typing import Any

import gradio as gr

from ....errors import BadRequestError
from ....lessons import Lesson, LessonAnswer, in_language
from ....lessons.glossary import Term
from ....lessons.worksheet import worksheet_html
from ....records import OnProgress, Window
from ....report.downloads import PrivateFolder
from ....results import Analysis
from ....words import _, later
from ... import html
from ...page import Page, cancelling
from ...progress import reported

OF_LESSON, ON_PAGE = "lesson", "page"
WORDS = later(
    "One file, which opens in any browser and prints on A4, or is saved as PDF by the browser’s own print. The "
    "teacher’s copy has the answers, computed on its clips, and the notes; maps to be tested take a while."
)


def build_paper(page: Page, tab: gr.Tab, lessons: Sequence[Lesson], terms: Callable[[], Sequence[Term]]) -> None:
    """A fold with what to put on it, and the file."""
    with gr.Accordion(_("A worksheet to print"), open=False, elem_id="lesson-paper"):
        gr.HTML(f'<p class="words">{escape(_(WORDS))}</p>')
        chosen = gr.CheckboxGroup(
            [(f"{number}. {in_language(lesson).title}", lesson.key) for number, lesson in enumerate(lessons, 1)],
            value=[lesson.key for lesson in lessons],
            label=_("Lessons"),
            elem_id="paper-lessons",
        )
        with gr.Row():
            clips = gr.Radio(
                [(_("Each lesson’s own clip"), OF_LESSON), (_("The clip on the page, in all of them"), ON_PAGE)],
                value=OF_LESSON,
                label=_("Clips"),
                elem_id="paper-clips",
            )
            teacher = gr.Checkbox(False, label=_("Teacher’s copy, with answers and notes"), elem_id="paper-teacher")
        with gr.Row(elem_classes="doing"):
            make = gr.Button(_("Make the worksheet"), size="sm", elem_id="paper-make")
            status = gr.HTML(html.idle())
            cancel = gr.Button(_("Cancel"), size="sm", elem_classes="cancel")
        file = gr.DownloadButton("worksheet.html", size="sm", visible=False, elem_id="paper-file")

    def written(
        analysis: Analysis, keys: Sequence[str], whose: str, with_answers: bool, model: str
    ) -> Iterator[dict[Any, Any]]:
        wanted = [in_language(lesson) for lesson in lessons if lesson.key in keys]
        if not wanted:
            raise BadRequestError(later("There is nothing to put on paper: choose at least one lesson."))

        def work(tell: OnProgress) -> str:
            seen = {one.key: analysis if whose == ON_PAGE else _of_lesson(page, one, model, tell) for one in wanted}
            answers: dict[str, LessonAnswer] | None = {} if with_answers else None
            for number, one in enumerate(wanted):
                if answers is not None:
                    tell(later("Answering “{lesson}”", lesson=one.title), number / len(wanted))
                    answers[one.key] = one.answer(page.backend, seen[one.key], tell)
            return worksheet_html(wanted, terms(), clips=seen, answers=answers)

        try:
            text = yield from reported(work, status, _("Laying it out"))
        except Exception:
            yield {status: html.idle()}
            raise
        folder = PrivateFolder()  # it goes with this generator, when the page has its copy
        path = folder.path / ("teachers-copy.html" if with_answers else "worksheet.html")
        path.write_text(text, encoding="utf-8")
        yield {
            file: gr.update(label=_("Download {file}", file=path.name), value=str(path), visible=True),
            status: html.idle(),
        }

    making = page.on(
        tab,
        make.click,
        written,
        inputs=[chosen, clips, teacher, page.model],
        outputs=[file, status],
        runs_model=True,
        without_answer=_("The model has not answered yet: try again in a moment."),
        trigger_mode="once",
    )
    cancelling(cancel, status, making)


def _of_lesson(page: Page, lesson: Lesson, model: str, tell: OnProgress) -> Analysis:
    """The lesson's own clip, seen and answered as the page would."""
    path, name = lesson.clip, lesson.title
    if path is None:
        sample = next(one for one in page.backend.samples if one.label == lesson.sample)
        path, name = sample.path, sample.title
    tell(later("Looking at {clip}", clip=name), None)
    choices = {
        "clip_name": name,
        "model": model,
        "sampling": "auto",
        "window": Window(),
    }  # as the first screen has them
    return page.backend.classify(page.backend.prepare(path, on_progress=tell, **choices))
