"""Where it knows, drawn: every number of the records is in the figure, the cards and the table."""

import re

import numpy as np
from made_probes import CLASS_NAMES, made_patching, made_probes, made_readings, made_study
from made_records import made_analysis, made_prediction

from videomae_demo.explain.where.probes import PROBES
from videomae_demo.figures.where import (
    appears_sentence,
    class_read,
    layer_cards,
    patching_svg,
    patching_words,
    probe_figure,
    probe_table,
)


def test_each_probe_has_a_panel_with_both_controls():
    figure = probe_figure(made_probes())
    assert len(figure.data) == 3 * len(PROBES)
    mine = [trace for trace in figure.data if trace.name == "this model"]
    assert all(trace.y == (0.1, 0.5, 0.9) for trace in mine)
    np.testing.assert_allclose(mine[0].error_y.array, 0.05)
    headings = {re.sub("<.*?>", "", note.text).split(",")[0] for note in figure.layout.annotations}
    assert headings == {probe.title for probe in PROBES.values()}


def test_a_card_a_layer_says_what_is_read_there():
    analysis = made_analysis()
    readings = made_readings(analysis)
    cards = layer_cards(analysis, readings)
    assert cards.count('class="layer-card"') == 3
    assert cards.count('title="slice 8') == 3
    for layer in range(3):
        assert class_read(readings, layer)[0] in CLASS_NAMES
    assert "Before layer 1" in cards and "After layer 2" in cards


def test_the_sentence_says_from_which_layer_on():
    analysis = made_analysis(prediction=made_prediction(first=0))
    readings = made_readings(analysis)

    def reads(*right: bool) -> str:
        for layer, is_right in enumerate(right):
            readings.values["class"][layer, 0] = (0.9, 0.1) if is_right else (0.1, 0.9)
        return appears_sentence(analysis, readings)

    assert reads(False, True, True) == (
        "move left can be read off this clip from layer 1 on; before, it reads move right."
    )
    assert "from layer 2 on" in reads(True, False, True)
    assert "before any layer" in reads(True, True, True)
    assert "a probe is another reader" in reads(True, True, False)


def test_the_table_of_exchanges_has_a_cell_each():
    found = made_patching(slices=5)
    drawn = patching_svg(found.slices, found.additions)
    assert drawn.count("<rect") == 3 * 5 + 2
    assert "after layer 2, slice 5: 60 %" in drawn
    assert "before layer 1, slice 1: −10 %" in drawn
    assert "what layer 2 adds: 70 %" in drawn


def test_a_long_heading_takes_the_lines_that_it_needs(monkeypatch):
    found = made_patching(slices=5)
    short = patching_svg(found.slices, found.additions)
    monkeypatch.setattr("videomae_demo.figures.where._", lambda message, **values: "one two and three four and five")
    drawn = patching_svg(found.slices, found.additions)
    lines = re.findall(r'<text x="[\d.]+" y="([\d.]+)"[^>]*class="name">(one two|and three|four and|five)<', drawn)
    assert [words for _height, words in lines] == ["one two", "and three", "four and", "five"]
    top = min(float(y) for y in re.findall(r'<rect x="[\d.]+" y="([\d.]+)"', drawn))
    assert all(float(height) < top for height, _words in lines)
    assert top > min(float(y) for y in re.findall(r'<rect x="[\d.]+" y="([\d.]+)"', short))


def test_the_study_in_words():
    words = patching_words(made_study())
    assert "Mean of 100 rendered clips" in words and "at most ±4" in words
    assert "number 8 after layer 2: 60" in words
    assert "either way by at most 6 for a slice and 7 for a layer" in words


def test_the_table_of_scores_has_a_row_a_probe_and_control():
    table = probe_table(made_probes())
    assert len(table.splitlines()) == 2 + 3 * len(PROBES) + 2
    assert table.count("**0.90** (0.85 to 0.95)") == len(PROBES)
