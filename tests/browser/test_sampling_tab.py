"""The sampling microscope: marks are the plans' frames, answers are the pipeline's, and the window moves both."""

from __future__ import annotations

import pytest
from on_page import bars, settled
from playwright.sync_api import Page, expect

from videomae_demo import pipeline, variants
from videomae_demo.records import Window
from videomae_demo.results import Analysis
from videomae_demo.variants import RULES


@pytest.fixture(scope="module")
def microscope(stay, real) -> Page:
    page = stay(real.served)
    settled(page, "forwards, 67 %")
    page.get_by_role("tab", name="Sampling").click()
    expect(page.locator("#rule-films .film")).to_have_count(len(RULES))
    return page


@pytest.fixture(scope="module")
def analysis(real) -> Analysis:
    return pipeline.analyse(real.clip, model=real.model, methods=())


def marks(page: Page, title: str) -> list[list[int]]:
    """Frame numbers of each clip that a rule takes."""
    return page.evaluate(
        """(title) => document.querySelector('#rules .js-plotly-plot').data
            .filter((trace) => trace.name === title).map((trace) => Array.from(trace.customdata))""",
        title,
    )


def band(page: Page) -> tuple[float, float]:
    shape = page.evaluate(
        "() => document.querySelector('#rules .js-plotly-plot').layout.shapes.find((one) => one.name === 'window')"
    )
    return shape["x0"], shape["x1"]


def expect_window(page: Page, analysis: Analysis, window: Window) -> None:
    """Marks and answers of every asked rule are those of this window."""
    first = variants.plan_rule(analysis, "uniform", window)[0].indices
    page.wait_for_function(
        """([title, first]) => String(document.querySelector('#rules .js-plotly-plot').data
            .find((trace) => trace.name === title).customdata) === String(first)""",
        arg=[RULES["uniform"].title, list(first)],
    )
    expect(page.locator("#rule-films [data-film='uniform'] .film-strip")).to_have_attribute(
        "aria-label", "Frames " + ", ".join(map(str, first))
    )
    for key, rule in RULES.items():
        clips = list(dict.fromkeys(plan.indices for plan in variants.plan_rule(analysis, key, window)))
        assert marks(page, rule.title) == [list(indices) for indices in clips], key
        if key == "official":
            continue
        expected = variants.rule_film(analysis, key, window).prediction
        shown = bars(page, key)
        assert shown == {label: round(p, 4) for _, label, p in expected.top(5)}, key
        assert list(shown) == [label for _, label, _ in expected.top(5)], key


def test_each_rule_shows_its_frames_and_the_answer_to_them(microscope, analysis):
    expect_window(microscope, analysis, Window())
    expect(microscope.locator("#rules")).to_contain_text("Uniform: the whole clip (used for the answer)")
    expect(microscope.locator("#rule-films [data-film='official']")).to_have_class("film film-empty")


def test_the_official_test_is_asked_on_demand(microscope, analysis):
    microscope.get_by_label("Ask about the official test's 15 views, too").check()
    expect(microscope.locator("#rule-films [data-film='official'] table")).to_be_visible()
    expected = variants.rule_film(analysis, "official", Window()).prediction
    assert bars(microscope, "official") == {label: round(p, 4) for _, label, p in expected.top(5)}


def test_the_window_is_set_by_keyboard_and_dragged_on_the_figure(microscope, analysis):
    length = microscope.locator("#window-length input[type=range]")
    length.focus()
    microscope.keyboard.press("Home")
    for _ in range(10):
        microscope.keyboard.press("PageUp")  # a tenth of the range each, in Chromium
    seconds = float(length.input_value())
    length.fill("1")  # one second
    length.dispatch_event("pointerup")
    expect_window(microscope, analysis, Window(0.0, 1.0))
    assert seconds > 1.0
    assert band(microscope) == pytest.approx((0.0, 1.0))

    plot = microscope.locator("#rules .js-plotly-plot")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    at = box["y"] + 40
    microscope.mouse.move(box["x"] + 0.1 * box["width"], at)
    microscope.mouse.down()
    microscope.mouse.move(box["x"] + 0.4 * box["width"], at, steps=8)
    start = float(microscope.locator("#window-start input[type=range]").input_value())
    assert 0.3 < start < 0.9
    assert band(microscope) == pytest.approx((start, start + 1.0))  # before it is let go
    microscope.mouse.up()
    expect_window(microscope, analysis, Window(start, round(start + 1.0, 6)))
