"""Is the map any good: curves, badges and the visitor's own removals are what the pipeline says of the same clip."""

from __future__ import annotations

import json

import numpy as np
import pytest
from on_page import settled
from playwright.sync_api import Page, expect

from videomae_demo import pipeline
from videomae_demo.explain import METHODS, checks
from videomae_demo.explain.checks import most_relevant
from videomae_demo.figures.scales import slice_importance
from videomae_demo.figures.words import percent
from videomae_demo.figures.worth import contest_numbers
from videomae_demo.results import Analysis, Target
from videomae_demo.words import numeral

METHODS_SHOWN = ("rollout", "relevance", "ledger")


@pytest.fixture(scope="module")
def analysis(real) -> Analysis:
    return pipeline.analyse(real.clip, model=real.model, methods=METHODS_SHOWN)


@pytest.fixture
def worth(visit, real) -> Page:
    page = visit(real.served)
    settled(page, "forwards, 67 %")
    page.get_by_role("tab", name="Is the map any good?").click()
    expect(page.locator("#contest .contest-row")).to_have_count(3)
    return page


def expect_removal(page: Page, analysis: Analysis, gone: np.ndarray) -> None:
    """Headline, count and the random reference against the pipeline."""
    after = float(checks.answer_without(analysis, gone)[0])
    expect(page.locator("#worth-result .headline")).to_have_text(f"forwards 67 % → {percent(after)}")
    expect(page.locator("#worth-result .words")).to_contain_text(f"Without {gone.sum()} of 512 patches")
    expect(page.locator("#worth-result .chance")).to_contain_text("Without as many at random")


def test_maps_stand_side_by_side_with_their_numbers(worth, analysis):
    expect(worth.locator(".contest-row b")).to_have_text([METHODS[key].title for key in METHODS_SHOWN])
    expect(worth.locator(".contest-row").first.locator(".mini")).to_have_count(8)
    rows = worth.locator("table", has_text="Importance of each slice").locator("tbody tr")
    for key, row in zip(METHODS_SHOWN, rows.all(), strict=True):
        expected = [numeral(value, ".2f") for value in slice_importance(analysis.explanations[key])]
        assert row.locator("td").all_text_contents()[1:] == expected
    worth.locator("#worth-methods").get_by_label("Chance").check()
    expect(worth.locator("#contest .contest-row")).to_have_count(4)


def test_curves_and_badges_are_the_pipelines(worth, analysis):
    worth.locator("#worth-test").click()
    expect(worth.locator("#worth-verdicts .badge", has_text="Changes with")).to_have_count(6)
    expect(worth.locator("#worth-verdicts .badge", has_text="with the class").first).to_contain_text("class: no")
    measured = pipeline.measure_faithfulness(analysis, analysis.explanations.values())
    cards = worth.locator(".verdict-card")
    for number, one in enumerate(measured):
        curves, asked = one.faithfulness, checks.sanity_checks(analysis, one.method)
        card = cards.nth(number)
        expect(card).to_contain_text(curves.verdict)
        expect(card).to_contain_text(f"Area without strongest {curves.deletion_auc:.2f}")
        expect(card).to_contain_text(contest_numbers(curves))
        expect(card.locator(".copy")).to_have_count(2 * 19)
        expect(card).to_contain_text(f"similarity {numeral(asked.random_weights.similarity, '.2f')}")
    worth.wait_for_function("() => document.querySelector('#worth-curves .js-plotly-plot')?.data?.length === 8")
    drawn = worth.evaluate("""() => document.querySelector('#worth-curves .js-plotly-plot').data
        .filter((one) => one.name !== 'random orders').map((one) => Array.from(one.y._inputArray ?? one.y))""")
    expected = [one.faithfulness.deletion for one in measured] + [one.faithfulness.insertion for one in measured]
    # JSON carries float32 whole; the probabilities were computed twice, in batches of the same size.
    np.testing.assert_allclose(drawn, expected, atol=1e-5)
    expect(worth.locator("#worth-cancel")).not_to_be_visible()


def explain_class(page: Page, label: str) -> None:
    page.get_by_label("Class to explain").click()
    page.get_by_role("option", name=label).click()


def expect_maps(page: Page, analysis: Analysis, label_id: int) -> None:
    """The first slice's importance in each row is that of this class."""
    rows = page.locator("table", has_text="Importance of each slice").locator("tbody tr")
    for number, key in enumerate(METHODS_SHOWN):
        of_class = pipeline.explain(analysis, key, target=Target(label_id))
        expect(rows.nth(number).locator("td").nth(1)).to_have_text(numeral(slice_importance(of_class)[0], ".2f"))


def test_another_class_starts_the_tab_anew(worth, analysis):
    worth.get_by_label("Method", exact=True).click()
    worth.get_by_role("option", name=METHODS["ledger"].title).click()
    worth.locator("#worth-test").click()
    expect(worth.locator("#worth-verdicts")).to_contain_text("About “forwards”")
    expect(worth.locator("#worth-verdicts .badge", has_text="Changes with")).to_have_count(6)
    share = worth.locator("#worth-share input[type=number]")
    share.fill("30")
    share.press("Enter")
    expect(worth.locator("#worth-result .words")).to_contain_text("of 512 patches")

    explain_class(worth, "backwards")
    before = percent(float(analysis.prediction.probabilities[1]))
    expect(worth.locator("#worth-result .headline")).to_have_text(f"backwards {before} → {before}")
    expect(worth.locator("#worth-result .words")).to_have_text("All patches are there: nothing is removed yet.")
    expect(worth.locator("#worth-verdicts .verdict-card")).to_have_count(0)
    expect(worth.locator("#worth-curves")).not_to_be_visible()  # no empty box waits for a test
    expect(share).to_have_value("0")
    assert json.loads(worth.locator("#worth-canvas .tiles").get_attribute("data-tiles"))["removed"] == []
    expect_maps(worth, analysis, 1)

    worth.get_by_role("tab", name="Sampling").click()
    explain_class(worth, "forwards")
    worth.get_by_role("tab", name="Is the map any good?").click()
    expect(worth.locator("#worth-result .headline")).to_have_text("forwards 67 % → 67 %")
    expect_maps(worth, analysis, 0)


def test_painted_patches_are_left_out(worth, analysis):
    tile = worth.locator("#worth-canvas .picture").nth(3)
    tile.scroll_into_view_if_needed()
    box = tile.bounding_box()
    across = [box["x"] + (column + 0.5) / 8 * box["width"] for column in (2, 3, 4)]
    height = box["y"] + 4.5 / 8 * box["height"]
    worth.mouse.move(across[0], height)
    worth.mouse.down()
    for x in across[1:]:
        worth.mouse.move(x, height)
    worth.mouse.up()
    gone = np.zeros(analysis.geometry.grid, bool)
    gone[3, 4, 2:5] = True
    expect_removal(worth, analysis, gone)

    worth.locator("#worth-canvas .tiles").focus()
    worth.keyboard.press("ArrowDown")  # from the patch where the stroke began
    worth.keyboard.press(" ")
    gone[3, 5, 2] = True
    expect_removal(worth, analysis, gone)
    worth.get_by_role("button", name="Give all patches back").click()
    expect(worth.locator("#worth-result .words")).to_have_text("All patches are there: nothing is removed yet.")
    expect(worth.locator("#worth-result .headline")).to_have_text("forwards 67 % → 67 %")


def test_a_method_removes_its_strongest_or_weakest(worth, analysis):
    share = worth.locator("#worth-share input[type=number]")
    share.fill("30")
    share.press("Enter")
    strongest = most_relevant(analysis.explanations["rollout"].values, 0.3)
    expect_removal(worth, analysis, strongest)
    data = json.loads(worth.locator("#worth-canvas .tiles").get_attribute("data-tiles"))
    assert data["removed"] == np.flatnonzero(strongest).tolist()
    worth.get_by_label("weakest first").check()
    expect_removal(worth, analysis, most_relevant(analysis.explanations["rollout"].values, 0.3, least=True))
