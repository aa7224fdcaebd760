"""Compare: both sides stand at the same moment, and what is said of them is the pipeline's."""

from __future__ import annotations

import pytest
from on_page import settled
from playwright.sync_api import Page, expect

from videomae_demo import pipeline
from videomae_demo.explain import METHODS
from videomae_demo.figures.comparison import Side, difference_of, verdict
from videomae_demo.figures.words import answer_sentence


@pytest.fixture
def tab(visit, real) -> Page:
    page = visit(real.served)
    settled(page, "forwards, 67 %")
    page.get_by_role("tab", name="Compare", exact=True).click()
    expect(page.locator("#comparison .duel-side")).not_to_have_count(0)
    return page


def moments(page: Page) -> set[str]:
    return set(page.locator("#comparison .duel-side:not(.difference) .duel-when").all_text_contents())


def test_two_methods_then_two_models_at_one_moment(tab, real):
    tab.locator("#compare-kind input[value=method]").check()
    titles = [METHODS[method].title for method in ("rollout", "relevance")]
    expect(tab.locator("#comparison .duel-side h4")).to_have_text([*titles, "Difference"])
    analysis = pipeline.analyse(real.clip, model=real.model, methods=())
    left, right = (
        Side(METHODS[method].title, "", "", analysis, pipeline.explain(analysis, method))
        for method in ("rollout", "relevance")
    )
    expect(tab.locator("#compare-verdict")).to_contain_text(verdict(left, right, difference_of(left, right))[1])

    after = int(tab.locator("#frame input[type=range]").input_value())  # counts from 1
    tab.get_by_role("button", name="One frame on").click()
    times = analysis.frames.pts_seconds
    expect(tab.locator("#comparison .duel-when").first).to_have_text(
        f"frame {after + 1} of {len(times)} · {times[after]:.2f} s"
    )
    assert len(moments(tab)) == 1
    tab.locator("#comparison .duel-strip .film-strip").nth(1).hover(position={"x": 4, "y": 10})
    expect(tab.locator("#comparison .duel-when").nth(1)).to_contain_text("frame 1 of")
    assert len(moments(tab)) == 1

    tab.locator("#compare-kind input[value=model]").check()
    expect(tab.locator("#comparison .duel-side h4").nth(1)).to_have_text("VideoMAE motion · bundled")
    other = pipeline.analyse(real.clip, model="bundled", methods=())
    expect(tab.locator("#comparison .duel-answer").nth(1)).to_contain_text(answer_sentence(other.prediction))
