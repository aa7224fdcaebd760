"""What happens when: the heat map is the sliding windows', and a press puts that moment on the first screen."""

from __future__ import annotations

import numpy as np
import pytest
from on_page import ANSWER, settled
from playwright.sync_api import Page, expect

from videomae_demo import pipeline
from videomae_demo.figures.words import answer_sentence
from videomae_demo.records import Window
from videomae_demo.sliding import clip_timeline
from videomae_demo.ui.tabs.over_time import at_first

HEAT = "#over-time .js-plotly-plot"


@pytest.fixture
def opened(visit, real) -> Page:
    page = visit(real.served)
    settled(page, "forwards, 67 %")
    page.get_by_role("tab", name="Over time").click()
    page.wait_for_function(f"() => document.querySelector('{HEAT}')?.layout?.meta?.kind === 'over_time'")
    return page


def chosen(page: Page) -> Window:
    """The window that is marked in the heat map, once one is."""
    mark = f"document.querySelector('{HEAT}').layout.shapes?.find((one) => one.name === 'chosen')"
    page.wait_for_function(f"() => {mark}")
    shape = page.evaluate(f"() => {mark}")
    return Window(shape["x0"], shape["x1"])


def test_the_heat_map_is_the_windows_and_a_press_looks_at_one(opened, real):
    clip = pipeline.analyse(real.clip, model=real.model, methods=()).clip
    seconds, every = at_first(clip.duration_seconds)
    expected = clip_timeline(real.clip, model=real.model, window_seconds=seconds, step_seconds=every)
    shown = opened.evaluate(f"() => document.querySelector('{HEAT}').layout.meta")
    assert shown["starts"] == [span.start_seconds for span in expected.spans]
    first = expected.leading_classes(1)[0]
    row = opened.evaluate(f"() => Array.from(document.querySelector('{HEAT}').data[0].z[0])")
    np.testing.assert_allclose(row, expected.probabilities[:, first], atol=1e-4)

    heat = opened.locator(HEAT)
    heat.scroll_into_view_if_needed()
    box = heat.bounding_box()
    opened.mouse.click(box["x"] + 0.7 * box["width"], box["y"] + 14)
    window = chosen(opened)
    assert window in expected.spans
    alone = pipeline.analyse(real.clip, model=real.model, window=window, methods=())
    settled(opened, answer_sentence(alone.prediction))


def test_a_moment_of_the_list_is_pressed_by_keyboard(opened, real):
    button = opened.locator("#moments button").first
    start, end = (float(button.get_attribute(f"data-{name}")) for name in ("start", "end"))
    button.focus()
    opened.keyboard.press("Enter")
    alone = pipeline.analyse(real.clip, model=real.model, window=Window(start, end), methods=())
    assert chosen(opened) == Window(start, end)
    expect(opened.locator(ANSWER)).to_have_text(answer_sentence(alone.prediction))


def test_a_finer_step_is_asked_for_by_the_slider(opened, real):
    step = opened.locator("#moment-step input[type=range]")
    step.fill("0.1")
    step.dispatch_event("pointerup")
    opened.wait_for_function(f"() => document.querySelector('{HEAT}').layout.meta.starts?.[1] < 0.11", timeout=60_000)
