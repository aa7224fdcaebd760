"""Lessons: a step puts its clip on the page, takes a guess, answers in the pipeline's own numbers, and opens a tab."""

from __future__ import annotations

import pytest
from on_page import settled
from playwright.sync_api import Page, expect

from videomae_demo import pipeline
from videomae_demo.backend import real_backend
from videomae_demo.lessons import LESSONS, LessonAnswer
from videomae_demo.settings import Settings
from videomae_demo.ui.tabs import TABS

NUMBER, LESSON = next((number, lesson) for number, lesson in enumerate(LESSONS) if lesson.key == "time")
"""The one whose sample the small page has."""


@pytest.fixture
def tour(visit, real) -> Page:
    page = visit(real.served)
    settled(page, "forwards, 67 %")
    page.get_by_role("tab", name="Lessons").click()
    expect(page.locator("#lesson-words")).to_contain_text(f"{len(LESSONS)} short lessons")
    return page


def test_a_lesson_from_its_step_to_the_tab_that_it_opens(tour, real):
    step = tour.get_by_role("button", name=LESSON.title)
    step.focus()
    tour.keyboard.press("Enter")
    expect(step).to_have_attribute("aria-current", "step")
    expect(tour.locator("#lesson-words h3")).to_have_text(LESSON.title)
    expect(tour.locator("#lesson-clip b")).to_have_text("move left: forwards, 67 %")
    expect(tour.get_by_role("button", name="move left")).to_have_attribute("aria-pressed", "true")

    reveal = tour.get_by_role("button", name="Reveal")
    expect(reveal).to_be_disabled()
    expect(tour.locator("#lesson-found .found")).to_have_count(0)
    tour.get_by_label(LESSON.guesses[0]).check()
    reveal.click()

    analysis = pipeline.analyse(real.clip, model=real.model, methods=())
    finding = LESSON.answer(real_backend(Settings(model=real.model)), analysis, lambda text, share: None)
    assert finding == LessonAnswer(1, finding.sentence)
    assert finding.sentence.startswith("As it is: forwards, 67 %. Reverse: backwards, 67 %.")
    expect(tour.locator("#lesson-found .finding")).to_have_text(finding.sentence)
    expect(tour.locator("#lesson-found h4")).to_have_text(f"Not on this clip: {LESSON.guesses[1]}")
    tour.get_by_label(LESSON.guesses[1]).check()
    reveal.click()
    expect(tour.locator("#lesson-found h4")).to_have_text("Your guess held")

    tour.get_by_role("button", name=f"See it: {TABS[LESSON.tab].title}").click()
    opened = tour.get_by_role("tab", name=TABS[LESSON.tab].title)
    expect(opened).to_have_attribute("aria-selected", "true")
    expect(opened).to_be_focused()
    edits = LESSON.controls["edits"].split(", ")
    for name in edits:
        expect(tour.locator(f"#edited-films [data-film='{name}']")).to_be_visible()
    expect(tour.locator("#edited-films .film")).to_have_count(2 + len(edits))


def test_the_lessons_settings_reach_a_tab_that_was_open_before(tour):
    tour.get_by_role("tab", name="What if").click()
    expect(tour.locator("#edited-films .film")).to_have_count(9)
    tour.get_by_role("tab", name="Lessons").click()
    tour.get_by_role("button", name=LESSON.title).click()
    tour.get_by_label(LESSON.guesses[0]).check()
    tour.get_by_role("button", name="Reveal").click()
    tour.get_by_role("button", name="See it: What if").click()
    expect(tour.locator("#edited-films .film")).to_have_count(5)


def test_a_lesson_fits_a_phone(tour):
    tour.get_by_role("button", name=LESSON.title).click()
    expect(tour.locator("#lesson-words h3")).to_have_text(LESSON.title)
    tour.set_viewport_size({"width": 390, "height": 844})
    expect(tour.locator("#lesson-steps .steps span").first).to_have_css("position", "absolute")  # numbers alone
    assert tour.evaluate("document.documentElement.scrollWidth") <= 390
