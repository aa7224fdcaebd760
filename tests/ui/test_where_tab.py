"""Where does it know: what the tab says of a clip, of a model without probes, and of a cut that cannot be trusted."""

import inspect
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from made_probes import made_readings, made_study
from made_records import made_analysis, made_prediction

from videomae_demo.inputs.scenery import SWAPS
from videomae_demo.ui.tabs.where import patching, probes, scenery
from videomae_demo.variants import Film, Swapped


def film(probability: float) -> Film:
    pictures = np.zeros((16, 8, 8, 3), np.uint8)
    return Film(pictures, tuple(range(16)), tuple(map(float, range(16))), made_prediction(probability=probability))


@pytest.fixture
def swapped() -> Swapped:
    shares = (0.02, 0.8, 0.7, 0.1)
    return Swapped({key: film(share) for key, share in zip(SWAPS, shares, strict=True)}, 0.12, None)


def test_the_verdict_names_each_films_share(swapped):
    words = scenery.verdict_html(film(0.93), swapped).replace("&nbsp;", " ")
    assert "move left: 93 % as it is, 2 % for the scenery alone" in words
    assert "80 % before grey, 70 % elsewhere, 10 % standing still there" in words
    assert "12 % of the picture" in words and "failure" not in words


def test_doubt_comes_first(swapped):
    words = scenery.verdict_html(film(0.93), replace(swapped, doubt="The camera moves."))
    assert words.startswith('<p class="failure">The camera moves.')


def test_a_card_a_film(swapped):
    cards = scenery.cards_html(film(0.93), swapped)
    assert [key in cards for key in (f'data-film="{name}"' for name in ("whole", *SWAPS))] == [True] * 5


def test_scores_are_told_to_screen_readers():
    tables = probes.score_tables(made_readings(made_analysis()).probes)
    assert tables.count("<table") == 5 and "0.90 (0.85 to 0.95)" in tables


class Stub:
    """A page that keeps what a section registers."""

    def __init__(self, **functions):
        self.backend = SimpleNamespace(samples=[], **functions)
        self.analysis = SimpleNamespace(change=None)
        self.refresh = None

    def on_analysis(self, tab, refresh, **_):
        self.refresh = refresh
        return []


def refreshed(build, **functions):
    """What a section shows of a new clip."""
    import gradio as gr

    page = Stub(**functions)
    with gr.Blocks():
        build(page, None)
    shown = page.refresh(made_analysis())
    return list(shown.values()) if not inspect.isgenerator(shown) else [value for step in shown for value in step]


def test_a_model_without_probes_is_told_so():
    finding, scores = refreshed(probes.build_probes, readings=lambda analysis: None)
    assert "no probes for this model" in finding
    assert "No probes" in scores.layout.annotations[0].text


def test_a_model_with_probes_has_its_cards():
    finding, cards, scores, numbers = refreshed(probes.build_probes, readings=made_readings)
    assert "finding" in finding and cards.count("layer-card") > 3
    assert len(scores.data) == 15 and "<table" in numbers


def test_the_tables_stand_under_their_names():
    drawn = patching._table("Many clips", "a < b", made_study())
    assert "<h4>Many clips</h4>" in drawn and "a &lt; b" in drawn and "<svg" in drawn
    assert "<td>What layer 2 adds</td><td>70</td>" in drawn
