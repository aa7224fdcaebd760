"""The tour in the visitor's language: a folder a language beside the English files, ``tour/de/1_sampling.md``.

A translated file has the English one's header, but for its title, and the same headings and outcomes. A lecturer's own
lessons are in whatever language they were written in.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from ..words import SOURCE, language
from .lesson import Lesson
from .reading import LESSONS, TOUR, read_lesson


def in_language(lesson: Lesson) -> Lesson:
    """The lesson's words in the current language; itself where there are none."""
    english, said = _tour(language()).get(lesson.key, (None, lesson))
    if lesson != english:
        return lesson
    order = [said.outcomes.index(outcome) for outcome in lesson.outcomes]  # guesses keep their numbers
    exercise = lesson.exercise and said.exercise and replace(lesson.exercise, text=said.exercise.text)
    return replace(
        lesson,
        title=said.title,
        text=said.text,
        question=said.question,
        guesses=tuple(said.guesses[place] for place in order),
        reveal=said.reveal,
        exercise=exercise,
        notes=said.notes,
        sources=said.sources,
    )


@lru_cache
def _tour(key: str) -> dict[str, tuple[Lesson, Lesson]]:
    """By key: each lesson in English and in a language, as far as there is one."""
    folder = TOUR / key
    if key == SOURCE or not folder.is_dir():
        return {}
    said = (read_lesson(path) for path in sorted(folder.glob("[0-9]*.md")))
    english = {lesson.key: lesson for lesson in LESSONS}
    return {lesson.key: (english[lesson.key], lesson) for lesson in said}
