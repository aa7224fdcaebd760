"""The guided tour: its texts as data (``tour``), and what each question comes to on the clip at hand (``answers``)."""

from .answers import LessonAnswer
from .tour import LESSONS, Lesson, Source

__all__ = ["LESSONS", "Lesson", "LessonAnswer", "Source"]
