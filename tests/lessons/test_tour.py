import pytest

from videomae_demo.inputs.samples import SAMPLES
from videomae_demo.lessons.tour import LESSONS
from videomae_demo.ui.tabs import TABS


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.key)
def test_a_lesson_is_short_asks_and_names_its_sources(lesson):
    assert 60 <= len(lesson.text.split()) <= 120
    assert lesson.question.endswith("?")
    assert 2 <= len(lesson.guesses) <= 4
    assert len(set(lesson.guesses)) == len(lesson.guesses)
    assert lesson.reveal
    assert lesson.sources
    assert all(source.url.startswith("https://") for source in lesson.sources)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.key)
def test_a_lessons_clip_and_tab_are_there(lesson):
    assert lesson.sample in {sample.label for sample in SAMPLES}
    assert lesson.tab in set(TABS) - {"lessons"}


def test_the_tour_is_ordered_and_every_lesson_has_its_own_key():
    assert len({lesson.key for lesson in LESSONS}) == len(LESSONS) >= 6
    assert LESSONS[0].key == "sampling"


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.key)
def test_a_lesson_never_claims_that_a_model_looks(lesson):
    """A map shows where information flowed under a method's assumptions, not what anybody looked at."""
    assert "looks at" not in f"{lesson.text} {lesson.reveal}"
