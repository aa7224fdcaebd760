"""Where does it know: without probes it says so; the exchanges and the films are the pipeline's."""

from __future__ import annotations

import pytest
from on_page import bars, settled
from playwright.sync_api import Page, expect

from videomae_demo import pipeline, variants
from videomae_demo.explain import where
from videomae_demo.inputs.scenery import SWAPS


@pytest.fixture
def tab(visit, real) -> Page:
    page = visit(real.served)
    settled(page, "forwards, 67 %")
    page.get_by_role("tab", name="Where it knows").click()
    expect(page.locator("#scenery-films [data-film]")).to_have_count(1 + len(SWAPS))
    return page


def test_exchanges_and_films_are_the_pipelines(tab, real):
    expect(tab.locator("#probe-finding")).to_contain_text("There are no probes for this model")
    expect(tab.locator("#patching-many")).to_contain_text("no such table for this model")
    analysis = pipeline.analyse(real.clip, model=real.model, methods=())

    tab.locator("#patch").click()
    found = where.patched(analysis)
    expected = [*found.slices.ravel(), *found.additions]
    expect(tab.locator("#patching-clip g text")).to_have_count(len(expected))
    cells = [int(text.replace("−", "-")) for text in tab.locator("#patching-clip g text").all_text_contents()]
    # Two runs in batches of the same size: they may differ by rounding at the last digit that is shown.
    assert max(abs(cell - 100 * effect) for cell, effect in zip(cells, expected, strict=True)) < 0.51

    swapped = variants.scenery_films(analysis, real.clip)
    for key, film in swapped.films.items():
        for label, share in bars(tab, key).items():
            expected_share = float(film.prediction.probabilities[film.prediction.labels.index(label)])
            assert share == pytest.approx(expected_share, abs=1e-3)
