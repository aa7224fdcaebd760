"""The answer as sentences: clear, close, and never more digits than are known."""

from dataclasses import replace

import numpy as np
import pytest
from made_records import made_analysis, made_map, made_prediction

from videomae_demo.figures.words import (
    UNFAMILIAR,
    answer_sentence,
    facts_line,
    familiarity_sentence,
    importance_sentence,
    is_close_call,
    percent,
)
from videomae_demo.results import Familiarity, Prediction


def prediction(*probabilities):
    values = np.array(probabilities, np.float32)
    return Prediction(values, np.log(np.maximum(values, 1e-9)), tuple(f"class {i}" for i in range(len(values))))


def test_a_clear_answer_names_one_class():
    assert answer_sentence(made_prediction(probability=0.931)) == "move left, 93 %"


@pytest.mark.parametrize(
    ("probabilities", "gap"),
    [((0.41, 0.39, 0.2), "by 2 points"), ((0.405, 0.395, 0.2), "by 1 point"), ((0.4, 0.4, 0.2), "by less than one")],
)
def test_a_close_call_says_so_and_names_both(probabilities, gap):
    sentence = answer_sentence(prediction(*probabilities))
    assert sentence.startswith("No clear answer") and gap in sentence
    assert "class 0" in sentence and "class 1" in sentence


STRANGE = replace(made_prediction(probability=0.931), familiar=Familiarity(-1.0))


def test_a_clip_that_is_unlike_what_was_learned_gets_no_class_in_the_headline():
    assert answer_sentence(STRANGE) == UNFAMILIAR
    assert "move left, 93 %" in familiarity_sentence(STRANGE)


@pytest.mark.parametrize(("score", "words"), [(None, "cannot tell"), (0.5, "is like those")])
def test_it_is_said_whether_the_clip_is_like_what_was_learned(score, words):
    prediction = replace(made_prediction(probability=0.931), familiar=Familiarity(score))
    assert answer_sentence(prediction) == "move left, 93 %"
    assert familiarity_sentence(prediction).startswith("One of 8 classes")
    assert words in familiarity_sentence(prediction)


def test_one_class_alone_is_no_close_call():
    assert not is_close_call(prediction(1.0))
    assert answer_sentence(prediction(1.0)) == "class 0, 100 %"


@pytest.mark.parametrize(
    ("probability", "text"),
    [(0.0, "0 %"), (0.00002, "< 0.1 %"), (0.0041, "0.4 %"), (0.5, "50 %"), (0.99999, "> 99.9 %"), (1.0, "100 %")],
)
def test_percent_never_rounds_to_certainty(probability, text):
    assert percent(probability) == text


def test_the_facts_line_has_units():
    assert facts_line(made_analysis()) == "16 frames · 2.4 s · one view · 41 ms on cpu"


def test_the_map_in_words_names_its_strongest_slice_and_token():
    sentence = importance_sentence(made_map(), tubelet_size=2)
    assert sentence.startswith("Slice 3 of 8 (frames 5 to 6) stands out with 1.78 times its share")
