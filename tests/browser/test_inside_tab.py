"""Inside the model: the numbers on the stages, under the patches and in the atlas are this model's and this clip's."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from on_page import settled
from playwright.sync_api import Locator, Page, expect

from videomae_demo import pipeline
from videomae_demo.explain import inside as inside_model
from videomae_demo.explain.inside.records import Token
from videomae_demo.figures.anatomy import amount
from videomae_demo.figures.query_words import query_captions
from videomae_demo.figures.scales import displayed
from videomae_demo.figures.words import percent
from videomae_demo.results import Analysis


@pytest.fixture(scope="module")
def analysis(real) -> Analysis:
    return pipeline.analyse(real.clip, model=real.model, methods=())


@pytest.fixture(scope="module")
def inside(stay, real) -> Page:
    page = stay(real.served)
    settled(page, "forwards, 67 %")
    page.get_by_role("tab", name="Inside", exact=True).click()
    expect(page.locator("#matrices .matrix svg")).to_have_count(3)
    return page


def place(page: Page) -> list[int]:
    return [int(page.locator(f"#look-{name} input[type=number]").input_value()) for name in ("slice", "row", "column")]


def picture(page: Page, number: int) -> Locator:
    return page.locator("#look .picture").nth(number)


def press(page: Page, token: Token, rows: int = 8) -> None:
    """Point at the middle of a patch, and press."""
    target = picture(page, token.slice)
    box = target.bounding_box()
    target.click(position={
        "x": (token.column + 0.5) / rows * box["width"], "y": (token.row + 0.5) / rows * box["height"]
    })  # fmt: skip


def expect_look(page: Page, analysis: Analysis, token: Token, **options: object) -> None:
    """Place, captions and every single number against the pipeline's map."""
    one = pipeline.explain(analysis, "attention", token=token.index(analysis.geometry), **options)
    expect(page.locator("#look figcaption")).to_have_text(list(query_captions(one.values)))
    assert place(page) == [token.slice + 1, token.row + 1, token.column + 1]
    data = json.loads(page.locator("#look .tiles").get_attribute("data-tiles"))
    assert data["marked"] == [token.slice, token.row, token.column]
    # Written with three digits.
    np.testing.assert_allclose(data["values"], displayed(one).ravel(), rtol=6e-3)


def test_pointing_names_a_patchs_number(inside, analysis):
    token = Token(1, 4, 3)
    box = picture(inside, token.slice).bounding_box()
    picture(inside, token.slice).scroll_into_view_if_needed()
    picture(inside, token.slice).hover(position={"x": 3.5 / 8 * box["width"], "y": 4.5 / 8 * box["height"]})
    line = inside.locator("#look .readout")
    expect(line).to_contain_text("slice 2, row 5, column 4: ")
    first = Token(*(number - 1 for number in place(inside)))
    one = pipeline.explain(analysis, "attention", token=first.index(analysis.geometry), layer=0)
    said = float(re.search(r": ([\d.e-]+) times its share", line.inner_text())[1])
    # Written with three digits.
    assert said == pytest.approx(float(displayed(one)[1, 4, 3]), rel=6e-3)


def test_a_pressed_patch_shows_where_its_query_looks(inside, analysis):
    token = Token(5, 2, 6)
    press(inside, token)
    expect_look(inside, analysis, token, layer=0)
    tubelet = inside.locator('[data-detail="tubelet"]')
    expect(tubelet).to_contain_text("slice 6, row 3, column 7")

    inside.locator("#look-layer input[type=number]").fill("3")
    inside.locator("#look-layer input[type=number]").press("Enter")
    expect(inside.locator('[data-layer="2"]')).to_have_attribute("aria-pressed", "true")
    expect_look(inside, analysis, token, layer=2)
    inside.get_by_label("Head", exact=True).click()
    expect(inside.locator("[role=option]")).to_have_text([re.compile("Mean of all heads"), *[re.compile("Head")] * 2])
    inside.get_by_role("option", name="Head 2").click()
    expect_look(inside, analysis, token, layer=2, head=1)

    inside.locator("#look .tiles").focus()
    inside.keyboard.press("ArrowLeft")
    expect_look(inside, analysis, Token(5, 2, 5), layer=2, head=1)
    inside.keyboard.press("PageUp")
    expect_look(inside, analysis, Token(4, 2, 5), layer=2, head=1)


def test_the_stages_carry_this_models_numbers(inside, analysis):
    anatomy = inside_model.anatomy(analysis)
    expect(inside.locator('[data-stage="token"]')).to_contain_text("512 tokens of 32 numbers")
    expect(inside.locator('[data-stage="answer"]')).to_contain_text("67 %")
    inside.locator('[data-stage="answer"]').click()
    detail = inside.locator('[data-detail="answer"]')
    expect(detail).to_be_visible()
    expect(detail).to_contain_text(f"{amount(anatomy.parameters)} parameters")
    expect(detail).to_contain_text(f"{amount(anatomy.multiply_adds)} multiply-adds")
    expect(inside.locator('[data-detail="tubelet"]')).not_to_be_visible()
    inside.locator('[data-stage="layers"]').hover()
    mlp = next(part for part in anatomy.parts if part.key == "mlp")
    expect(inside.locator('[data-detail="layers"]')).to_be_visible()
    expect(inside.locator('[data-detail="layers"]')).to_contain_text(f"{amount(mlp.parameters)} parameters")


def test_every_slice_is_read_after_every_layer(inside, analysis):
    passage = inside_model.passage(analysis)
    cells = np.concatenate([passage.slice_answers, passage.answers[:, None]], axis=1)[::-1]  # the last layer on top
    labels = analysis.prediction.labels
    expected = [f"{labels[best.argmax()]}: {percent(float(best.max()))}" for row in cells for best in row]
    found = inside.locator("#slice-lens td")
    expect(found).to_have_count(len(expected))
    assert [cell.get_attribute("title") for cell in found.all()] == expected
    expect(inside.locator("#slice-lens .key li").first).to_have_text("Aforwards")


def test_the_atlas_and_the_answers_are_the_pipelines(inside, analysis):
    atlas = inside_model.attention_atlas(analysis)
    shares = [float(np.trace(layer.between_slices)) / 8 for layer in atlas]
    stays = [f"{100 * share:.0f} % stays in its slice" for share in shares]
    expect(inside.locator("#matrices button span")).to_have_text(stays)
    row = inside.locator("table", has_text="Attention, layer by layer").locator("tbody tr").nth(1).locator("td")
    assert row.nth(2).text_content() == ", ".join(f"{value:.2f}" for value in atlas[1].distance_in_space)
    inside.wait_for_selector("#lens .js-plotly-plot .scatterlayer .trace")
    name, drawn = inside.evaluate("""() => {
        const best = document.querySelector('#lens .js-plotly-plot').data[0];
        return [best.name, Array.from(best.y._inputArray ?? best.y)];
    }""")
    assert name == "forwards"
    # JSON carries float32 whole; six of its digits are compared.
    np.testing.assert_allclose(drawn, inside_model.passage(analysis).answers[:, 0], rtol=1e-5)
    inside.locator('[data-layer="1"]').click()
    expect(inside.locator("#look-layer input[type=number]")).to_have_value("2")
