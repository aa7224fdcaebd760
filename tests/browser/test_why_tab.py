"""Why this and not that: the printed sum is the difference of the two logits, and the map is the pipeline's."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fake_backend import FakeBackend
from on_page import settled
from playwright.sync_api import Page, expect
from serving import Served, serve
from tiny import save_hub_layout, tiny_model
from two_way_model import LABELS

from videomae_demo import pipeline
from videomae_demo.backend import real_backend
from videomae_demo.explain import METHODS
from videomae_demo.figures.verdicts import sides, signed
from videomae_demo.results import Target
from videomae_demo.settings import Settings
from videomae_demo.ui import build_demo
from videomae_demo.ui.tabs import TABS


@pytest.fixture(scope="module")
def why(stay, real) -> Page:
    page = stay(real.served)
    settled(page, "forwards, 67 %")
    page.get_by_role("tab", name=TABS["why"].title).click()
    expect(page.locator(".equation")).to_be_visible()
    return page


def printed(page: Page) -> list[float]:
    """The numbers of the sum: constant, for, against, difference, and the two logits, each as printed."""
    return [float(text.strip("()").replace("−", "-")) for text in page.locator(".equation b").all_inner_texts()]


def expect_sum(page: Page, real, label: int, against: int, method: str = "ledger") -> None:
    """The page's numbers against the pipeline's."""
    analysis = pipeline.analyse(real.clip, model=real.model, methods=())
    logits = analysis.prediction.logits
    expect(page.locator(".equation small").nth(4)).to_have_text(f"logit of “{LABELS[label]}”")
    expect(page.locator(".equation small").nth(5)).to_have_text(f"logit of “{LABELS[against]}”")
    constant, positive, negative, total, this, other = printed(page)
    assert round(constant + positive - negative, 2) == total == round(this - other, 2)
    # Two decimals, of which one may give way so that the printed terms add up.
    assert total == pytest.approx(logits[label] - logits[against], abs=0.011)
    assert this == pytest.approx(logits[label], abs=0.011)

    difference = pipeline.explain(analysis, method, target=Target(label, against))
    plus, minus = sides(difference.values)
    rows = page.locator("table", has_text="What each slice adds").locator("tbody tr")
    for number in range(len(plus)):
        cells = rows.nth(number).locator("td")
        expect(cells.nth(1)).to_have_text(signed(plus[number]))
        expect(cells.nth(2)).to_have_text(signed(minus[number]))
    # Drawn a moment after the words. JSON carries float32 whole; six of its digits are compared.
    page.wait_for_function(
        """(expected) => {
            const figure = document.querySelector('#why-slices .js-plotly-plot');
            const side = figure?.data?.find((one) => one.name === 'for');
            const drawn = Array.from(side?.y?._inputArray ?? side?.y ?? []);
            return drawn.length === expected.length
                && drawn.every((value, slice) => Math.abs(value - expected[slice]) <= 1e-5 * Math.abs(expected[slice]));
        }""",
        arg=[float(value) for value in plus],
    )


def test_the_first_two_classes_are_compared_at_first(why, real):
    ranked = pipeline.analyse(real.clip, model=real.model, methods=()).prediction.top(2)
    expect_sum(why, real, ranked[0][0], ranked[1][0])


def test_the_figures_follow_the_frame(why):
    why.locator("#why-slices").scroll_into_view_if_needed()
    for number in (2, 15):
        why.evaluate("(frame) => window.videomae.show(frame - 1)", number)
        why.wait_for_function(
            """(number) => {
                const figure = document.querySelector('#why-slices .js-plotly-plot');
                const mark = figure.layout.shapes.find((shape) => shape.name === 'mark-frame');
                return Math.floor(mark.x0) + 1 === number;
            }""",
            arg=number,
        )


def test_another_way_to_share_the_same_difference_out(why, real):
    why.locator("#why-method input").click()
    why.get_by_role("option", name=METHODS["attn_lrp"].title).click()
    expect(why.locator(".equation small").first).to_have_text(METHODS["attn_lrp"].sum.rest)
    expect(why.get_by_text(METHODS["attn_lrp"].how_to_read)).to_be_visible()
    ranked = pipeline.analyse(real.clip, model=real.model, methods=()).prediction.top(2)
    expect_sum(why, real, ranked[0][0], ranked[1][0], "attn_lrp")
    why.locator("#why-method input").click()
    why.get_by_role("option", name=METHODS["ledger"].title).click()
    expect(why.locator(".equation small").first).to_have_text(METHODS["ledger"].sum.rest)


def test_one_class_twice_is_told_in_words(why):
    why.locator("#why-that input").click()
    why.get_by_role("option", name="forwards", exact=True).click()
    expect(why.locator("#why-equation .finding")).to_contain_text("cannot be compared with itself")


def test_the_answer_to_the_reversed_clip_and_its_exchange(why, real):
    why.get_by_role("button", name="Take what it says to the reversed clip").click()
    expect(why.locator("#why-that input")).to_have_value("backwards")
    expect_sum(why, real, 0, 1)
    expect(why.locator("#why-equation .finding")).to_have_text(
        "“forwards” gets 20 times the probability of “backwards” (e to the power of 3.00)."
    )
    why.get_by_role("button", name="Exchange them").click()
    expect(why.locator("#why-this input")).to_have_value("backwards")
    expect_sum(why, real, 1, 0)


def test_a_model_that_reads_one_token_is_told_why_it_has_no_sum(visit, tmp_path):
    model = tiny_model("token_0", num_frames=16, image_size=64, patch_size=8, hidden_size=32)
    settings = Settings(model=str(save_hub_layout(model, tmp_path / "model")))
    samples = FakeBackend(tmp_path).samples[:1]
    demo = build_demo(replace(real_backend(settings), samples=samples), settings, tabs={"why": TABS["why"]})
    page = visit(Served(serve(demo, settings, allowed_paths=[str(tmp_path)]), demo))
    page.get_by_role("tab", name=TABS["why"].title).click()
    expect(page.locator("#why-equation .finding")).to_contain_text("does not apply to this model")
    demo.close()
