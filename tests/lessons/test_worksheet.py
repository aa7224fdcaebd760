"""Lessons on paper."""

import re

from made_records import made_analysis

from videomae_demo.lessons import LESSONS, LessonAnswer
from videomae_demo.lessons.glossary import read_glossary
from videomae_demo.lessons.worksheet import worksheet_html

CLIPS = {lesson.key: made_analysis(clip_name="<our clip>") for lesson in LESSONS}
ANSWERS = {lesson.key: LessonAnswer(1, f"Numbers of {lesson.key}.") for lesson in LESSONS}


def sheet(**options: object) -> str:
    return worksheet_html(LESSONS, read_glossary(), clips=CLIPS, **options)


def test_a_students_sheet_asks_and_does_not_tell():
    html = sheet()
    assert html.count('<section class="lesson">') == html.count("<figure>") == len(LESSONS)
    assert html.count("<li>") == sum(len(lesson.guesses) for lesson in LESSONS)
    assert 'class="held"' not in html and "Numbers of" not in html and "For the teacher" not in html
    assert "Name" in html and "move left, 93 %" not in html


def test_the_teachers_copy_has_answers_and_notes():
    html = sheet(answers=ANSWERS)
    assert html.count('class="held"') == len(LESSONS)
    assert all(f"Numbers of {lesson.key}." in html for lesson in LESSONS)
    assert "in class" in html


def test_it_is_one_file_that_asks_for_nothing_and_shows_names_as_text():
    html = sheet()
    assert not re.findall(r'(?:src|href)="(?!data:)', html)
    assert "<our clip>" not in html and "&lt;our clip&gt;" in html
    assert "@page" in html and "$" not in html


def test_lessons_may_be_few_and_without_a_clip():
    html = worksheet_html(LESSONS[:1], read_glossary(), clips={})
    assert html.count('<section class="lesson">') == 1 and "<figure>" not in html
    assert "1 lesson," in html
