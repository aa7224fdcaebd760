"""Lessons: a step puts its clip on the page, takes a guess, answers in the pipeline's own numbers, and opens a tab."""

from __future__ import annotations

import pytest
from on_page import settled, upload
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
    fill = tour.locator("#stage .cbfill").first.evaluate("bar => bar.style.fill")
    assert fill.startswith('url("#')  # of this page whatever its address is now, so that the colours stay

    tour.get_by_role("button", name=f"See it: {TABS[LESSON.tab].title}").click()
    opened = tour.get_by_role("tab", name=TABS[LESSON.tab].title)
    expect(opened).to_have_attribute("aria-selected", "true")
    expect(opened).to_be_focused()
    edits = LESSON.controls["edits"].split(", ")
    for name in edits:
        expect(tour.locator(f"#edited-films [data-film='{name}']")).to_be_visible()
    expect(tour.locator("#edited-films .film")).to_have_count(2 + len(edits))


def test_by_keyboard_from_the_step_to_the_exercise_at_the_end(tour, tmp_path, real):
    """Tab, Enter and space alone; a term's meaning comes with the focus and goes with Escape."""
    press = tour.keyboard.press

    def go_to(selector: str) -> None:
        """By Tab, from where the focus is."""
        for _ in range(60):
            if tour.evaluate("(selector) => document.activeElement.matches(selector)", selector):
                return
            press("Tab")
        raise AssertionError(f"no way to {selector} by Tab")

    tour.get_by_role("tab", name="Lessons").focus()
    go_to("#lesson-words [data-step='1']")
    press("Enter")
    expect(tour.locator("#lesson-words h3")).to_have_text(LESSONS[1].title)
    go_to("#lesson-words .term")
    expect(tour.locator("#lesson-words .meaning").first).to_be_visible()
    press("Escape")
    expect(tour.locator("#lesson-words .meaning").first).to_be_hidden()
    expect(tour.locator("#lesson-clip b")).to_have_text("move left: forwards, 67 %")
    go_to("#lesson-guess input")
    press("Tab")  # Gradio makes each choice a group of its own, so that arrows do not lead from one to the next
    press("Space")
    expect(tour.get_by_role("button", name="Reveal")).to_be_enabled()
    go_to("#lesson-reveal")
    press("Enter")
    expect(tour.locator("#lesson-found h4")).to_have_text("Your guess held")
    expect(tour.locator("#lesson-exercise")).to_contain_text("On a clip of your own")
    go_to("#lesson-check")
    press("Enter")
    expect(tour.locator("#lesson-checked h4")).to_contain_text("on one of the page’s clips. Now one of yours")

    own = tmp_path / "mine.mp4"
    own.write_bytes(real.clip.read_bytes())
    # as “Record one” leaves it, which leads to the camera far above
    tour.evaluate("document.querySelector('#lesson-own').dataset.recording = ''; scrollTo(0, 0)")
    upload(tour, own)
    expect(tour.locator("#lesson-own b")).to_have_text("mine.mp4: forwards, 67 %")
    expect(tour.locator("#lesson-own")).to_be_in_viewport()
    expect(tour.locator("#lesson-clip b")).to_have_text("mine.mp4: forwards, 67 %")
    expect(tour.locator("#lesson-checked .found")).to_have_count(0)
    tour.locator("#lesson-check").focus()
    press("Enter")
    expect(tour.locator("#lesson-checked h4")).to_contain_text("n your clip: ")
    expect(tour.locator("#lesson-checked .finding")).to_contain_text("tokens")

    go_to("#lesson-glossary button")
    press("Enter")
    expect(tour.locator("#lesson-glossary .glossary dt").first).to_be_visible()


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
