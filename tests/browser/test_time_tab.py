"""What if: every card shows what the pipeline says about that edit, the score follows, and a region can be painted."""

from __future__ import annotations

import re

import numpy as np
import pytest
from on_page import bars, settled
from playwright.sync_api import Page, expect

from videomae_demo import pipeline, variants
from videomae_demo.inputs.edits import EDITS, motion_score
from videomae_demo.results import Analysis, Prediction

TIME_ONLY = [name for name, row in EDITS.items() if row.changes_time_only]
TICKED = [name for name in EDITS if name != "hide"]


@pytest.fixture(scope="module")
def lab(stay, real) -> Page:
    page = stay(real.served)
    settled(page, "forwards, 67 %")
    page.get_by_role("tab", name="What if").click()
    expect(page.locator("#edited-films .film")).to_have_count(len(EDITS) + 1)
    return page


@pytest.fixture(scope="module")
def analysis(real) -> Analysis:
    return pipeline.analyse(real.clip, model=real.model, methods=())


def by_label(prediction: Prediction) -> dict[str, float]:
    return {label: round(float(p), 4) for label, p in zip(prediction.labels, prediction.probabilities, strict=True)}


def test_every_card_shows_the_answer_to_its_edit(lab, analysis):
    expected = variants.edited_films(analysis, TICKED, at=7)
    for name, film in expected.items():
        assert bars(lab, name) == by_label(film.prediction), name
        strip = lab.locator(f"[data-film='{name}'] .film-strip")
        expect(strip).to_have_attribute("aria-label", "Frames " + ", ".join(map(str, film.indices)))
    assert bars(lab, "original") == by_label(analysis.prediction)
    score = motion_score(analysis.prediction, {name: film.prediction for name, film in expected.items()})
    expect(lab.locator(".score strong")).to_have_text(f"{score:.2f}")
    reversed_share = expected["reverse"].prediction.top(1)[0][2]
    expect(lab.locator("#motion-verdict .finding")).to_contain_text(
        f"Played backwards, “forwards” (67 %) becomes “backwards” ({reversed_share:.0%}".replace("%", " %")
    )
    expect(lab.locator("[data-film='reverse']")).to_have_class("film changed")


def test_films_follow_the_frame_and_the_reversed_one_runs_backwards(lab):
    """A strip's picture is shifted by the frame's share of the strip, in every card alike."""
    for number in (1, 6, 16):
        lab.locator("#frame input[type=range]").fill(str(number))
        place = f"{100 * (number - 1) / 15:g}"
        for name in ("original", "reverse"):
            player = lab.locator(f"[data-film='{name}'] .film-player")
            # Chromium's versions print another number of digits.
            expect(player).to_have_css("background-position-x", re.compile(rf"^{re.escape(place)}\d*%$"))


def test_a_region_is_painted_by_keyboard_and_by_pointer(lab, analysis):
    cells = lab.locator("#pad .cells button")
    rows, columns = analysis.geometry.grid[1:]
    expect(cells).to_have_count(rows * columns)
    cells.first.focus()
    for key in ("Space", "ArrowDown", "Space"):
        lab.keyboard.press(key)
    hidden = np.zeros((rows, columns), bool)
    hidden[:2, 0] = True
    expect_hidden(lab, analysis, hidden)

    first, last = (cells.nth(number).bounding_box() for number in (4 * columns + 2, 4 * columns + 5))
    lab.mouse.move(first["x"] + 5, first["y"] + 5)
    lab.mouse.down()
    lab.mouse.move(last["x"] + 5, last["y"] + 5, steps=12)
    lab.mouse.up()
    hidden[4, 2:6] = True
    expect_hidden(lab, analysis, hidden)

    lab.locator("#pad [data-clear]").click()
    expect(lab.locator("[data-film='hide']")).to_have_class("film film-empty")


def test_the_frame_on_screen_can_be_frozen_and_edits_left_out(lab, analysis):
    lab.locator("#frame input[type=range]").fill("3")
    lab.get_by_role("button", name="Freeze the frame on screen").click()
    expect(lab.locator("[data-film='freeze'] header p")).to_have_text(
        f"Frame number {analysis.frames.indices[2]} of the clip stands still."
    )
    frozen = variants.edited_films(analysis, ["freeze"], at=2)["freeze"].prediction
    assert bars(lab, "freeze") == by_label(frozen)
    for name in TICKED:
        if name != "freeze":
            lab.locator("#edits").get_by_label(EDITS[name].title).uncheck()
    expect(lab.locator("#edited-films .film")).to_have_count(3)  # as it is, frozen, and the one to paint
    expect(lab.locator(".score strong")).to_have_text(f"{motion_score(analysis.prediction, {'freeze': frozen}):.2f}")


def expect_hidden(page: Page, analysis: Analysis, hidden: np.ndarray) -> None:
    expected = by_label(variants.edited_films(analysis, ["hide"], hidden=hidden)["hide"].prediction)
    expect(page.locator("#pad [data-count]")).to_have_text(f"{hidden.sum()} of {hidden.size} cells hidden")
    bar = page.locator("[data-film='hide'] tr[data-label='forwards'] .bar i")
    expect(bar).to_have_attribute("style", f"--after:{expected['forwards']:.4f}")
    assert bars(page, "hide") == expected
