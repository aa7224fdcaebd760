"""The guided tour: its lessons, and what each question comes to on the clip at hand.

lesson     what a lesson is, and its three steps
tour/      the lessons that come with the program, a file each, and the glossary
translated the same in the visitor's language
reading    files -> lessons, with a sentence for what is wrong in one
kinds      the table of what can be asked
answers    how each is computed
glossary   the terms behind the words
worksheet  lessons on paper
room       what a class guessed, as counts
"""

from .answers import Found
from .lesson import STEPS, Exercise, Lesson, LessonAnswer, Source
from .reading import LESSONS, read_lessons
from .translated import in_language

__all__ = ["LESSONS", "STEPS", "Exercise", "Found", "Lesson", "LessonAnswer", "Source", "in_language", "read_lessons"]
