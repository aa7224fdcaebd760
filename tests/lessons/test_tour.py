"""The lessons that come with the program, and the glossary."""

import pytest

from videomae_demo.inputs.samples import SAMPLES
from videomae_demo.lessons import LESSONS, STEPS, read_lessons
from videomae_demo.lessons.glossary import _read, mentioned, read_glossary
from videomae_demo.lessons.reading import TOUR, read_lesson
from videomae_demo.ui.tabs import TABS

TRANSLATED = sorted(folder for folder in TOUR.iterdir() if (folder / "glossary.md").exists())


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.key)
def test_a_lesson_is_short_asks_and_names_its_sources(lesson):
    assert 60 <= len(lesson.text.split()) <= 130
    assert 2 <= len(lesson.guesses) <= 4
    assert len(set(lesson.guesses)) == len(lesson.guesses)
    assert lesson.sources and lesson.notes and lesson.minutes
    assert all(source.url.startswith("https://") for source in lesson.sources)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.key)
def test_a_lessons_clip_and_tab_are_there(lesson):
    assert lesson.sample in {sample.label for sample in SAMPLES}
    assert lesson.tab in set(TABS) - {"lessons"}
    assert read_lessons(tabs=set(TABS) - {"lessons"}) == LESSONS


def test_keys_and_steps_are_those_that_addresses_have():
    """Links to them stand in lecture notes: none of these goes, and none changes."""
    keys = ("sampling", "tokens", "rollout", "class_specific", "time", "faithful", "masked")
    assert tuple(lesson.key for lesson in LESSONS)[: len(keys)] == keys
    assert STEPS == ("question", "answer", "exercise")


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.key)
def test_each_ends_with_an_exercise_that_can_be_reached_and_missed(lesson):
    exercise = lesson.exercise
    assert lesson.steps == STEPS
    assert exercise is not None and "?" in exercise.text
    assert 0 < len(set(exercise.goals)) < len(exercise.ask.outcomes)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.key)
def test_a_lesson_never_claims_that_a_model_looks(lesson):
    """A map shows where information flowed under a method's assumptions, not what anybody looked at."""
    assert "looks at" not in f"{lesson.text} {lesson.reveal}"


def test_every_term_of_the_glossary_stands_in_a_lesson():
    texts = [text for one in LESSONS for text in (one.text, one.question, one.reveal, one.notes, one.exercise.text)]
    terms = read_glossary()
    assert [term.name for term in terms if term not in mentioned(texts, terms)] == []


@pytest.mark.parametrize("folder", TRANSLATED, ids=lambda folder: folder.name)
def test_another_language_has_the_same_lessons(folder):
    assert {path.name for path in folder.glob("*.md")} == {path.name for path in TOUR.glob("*.md")}
    for one in sorted(TOUR.glob("[0-9]*.md")):
        english, other = read_lesson(one), read_lesson(folder / one.name)
        for part in ("key", "sample", "clip", "tab", "ask", "outcomes", "sources", "method", "minutes", "controls"):
            assert getattr(other, part) == getattr(english, part), f"{folder.name}/{one.name}: {part}"
        assert (other.exercise.ask, other.exercise.goals) == (english.exercise.ask, english.exercise.goals)
        assert other.notes and len(set(other.guesses)) == len(english.guesses)


@pytest.mark.parametrize("folder", TRANSLATED, ids=lambda folder: folder.name)
def test_another_language_has_the_same_terms_and_uses_them(folder):
    terms = _read(folder / "glossary.md")
    assert len(terms) == len(_read(TOUR / "glossary.md"))
    lessons = [read_lesson(path) for path in folder.glob("[0-9]*.md")]
    texts = [text for one in lessons for text in (one.text, one.question, one.reveal, one.notes, one.exercise.text)]
    assert [term.name for term in terms if term not in mentioned(texts, terms)] == []
