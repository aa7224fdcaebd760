"""What a lesson is: a text, a question that the clip at hand answers, and an exercise on a clip of one's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from .kinds import Ask

if TYPE_CHECKING:
    from ..backend import Backend
    from ..records import OnProgress
    from ..results import Analysis

STEPS = ("question", "answer", "exercise")
"""What each lesson comes to, one after the other; the page's address counts them from 1."""


@dataclass(frozen=True)
class LessonAnswer:
    """The answer to a lesson's question, on one clip, by one model."""

    guess: int
    """Position among the lesson's guesses of the one that held."""
    sentence: str
    """One or two sentences with the numbers that decide it."""


@dataclass(frozen=True)
class Source:
    """Where a statement comes from."""

    title: str
    url: str


@dataclass(frozen=True)
class Exercise:
    """An open question, and something to bring about on a clip of one's own, which is then computed."""

    text: str
    """Markdown."""
    ask: Ask
    goals: tuple[str, ...]
    """The outcomes to reach; any of them will do."""


@dataclass(frozen=True)
class Lesson:
    """One lesson of the tour. Texts are Markdown."""

    key: str
    """Its name in addresses; it never changes."""
    title: str
    sample: str | None
    """The label of the sample clip that the lesson puts on the page; None where it brings a clip of its own."""
    clip: Path | None
    """That clip of its own."""
    tab: str
    """The key of the tab where the answer can be seen, in ``ui.tabs.TABS``."""
    text: str
    question: str
    ask: Ask
    guesses: tuple[str, ...]
    """Answers to choose from; which one holds is for ``answer`` to say."""
    outcomes: tuple[str, ...]
    """By position of the guess: the outcome of ``ask`` that it stands for."""
    reveal: str
    """Where to look for the answer, and what it means."""
    exercise: Exercise | None
    notes: str = ""
    """For the teacher."""
    sources: tuple[Source, ...] = ()
    method: str | None = None
    """The map on the first screen, a key of ``METHODS``; None leaves the visitor's."""
    minutes: int | None = None
    """How long it takes in class."""
    controls: Mapping[str, str] = field(default_factory=dict)
    """How the lesson sets the opened tab: values of its controls, by the ``elem_id`` that each has on the page."""

    @property
    def steps(self) -> tuple[str, ...]:
        """``STEPS``, the last one left out where there is no exercise."""
        return STEPS if self.exercise else STEPS[:2]

    def answer(self, backend: Backend, analysis: Analysis, tell: OnProgress) -> LessonAnswer:
        """The answer on the clip that is on the page, in its own numbers."""
        found = self.ask.answer(backend, analysis, tell)
        return LessonAnswer(self.outcomes.index(found.outcome), found.sentence)
