"""Film cards: what is listed, what is marked, and that nothing from outside becomes markup."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
from made_records import made_prediction

from videomae_demo.ui.films import card, labels_to_compare, strip_style
from videomae_demo.variants import Film

LEFT, RIGHT = made_prediction(first=0, probability=0.9), made_prediction(first=1, probability=0.8)


def film(prediction=RIGHT) -> Film:
    return Film(np.zeros((4, 8, 8, 3), np.uint8), (3, 2, 1, 0), (0.3, 0.2, 0.1, 0.0), prediction)


def test_the_old_answer_comes_first_and_then_the_likeliest_new_ones():
    assert labels_to_compare(LEFT, RIGHT, 3) == (0, 1, 2)
    assert labels_to_compare(RIGHT, RIGHT, 2) == (1, 0)


def test_a_card_has_both_probabilities_of_each_class_and_says_that_the_answer_changed():
    html = card("reverse", "Reverse", "Backwards.", film(), (0, 1), before=LEFT)
    assert 'class="film changed"' in html
    assert re.findall(r"--after:([\d.]+)", html) == [f"{RIGHT.probabilities[i]:.4f}" for i in (0, 1)]
    assert re.findall(r"--before:([\d.]+)", html) == [f"{LEFT.probabilities[i]:.4f}" for i in (0, 1)]
    assert 'aria-label="Frames 3, 2, 1, 0"' in html
    assert 'class="film"' in card("mirror", "Mirror", "", film(LEFT), (0,), before=LEFT)


def test_a_card_with_nothing_to_compare_has_one_number_a_class():
    html = card("uniform", "Uniform", "", film(), (0, 1))
    assert "→" not in html
    assert "changed" not in html


def test_labels_are_text():
    hostile = replace(RIGHT, labels=("<img src=x onerror=alert(1)>", *RIGHT.labels[1:]))
    assert "<img" not in card("x", "<b>", "<i>", film(hostile), (0,), before=hostile)


def test_the_style_sheet_gets_the_strip_and_its_length():
    style = strip_style(np.zeros((6, 8, 8, 3), np.uint8))
    assert style.startswith("--film:url(data:image/webp;base64,")
    assert style.endswith(";--count:6")
