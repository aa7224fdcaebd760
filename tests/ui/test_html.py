"""Words on the page: the right ones, and nothing from outside is markup."""

from dataclasses import replace

from made_records import made_analysis, made_map, made_prediction

from videomae_demo.explain import METHODS
from videomae_demo.results import Familiarity
from videomae_demo.ui import html


def test_the_answer_says_that_it_is_one_of_a_list():
    text = html.answer(made_analysis())
    assert "move left, 93 %" in text and "One of 8 classes" in text
    assert 'class="answer unsure"' in html.answer(made_analysis(prediction=made_prediction(probability=0.36)))


def test_an_unfamiliar_clip_has_its_headline_and_keeps_its_classes_small():
    strange = replace(made_prediction(probability=0.93), familiar=Familiarity(-2.0))
    text = html.answer(made_analysis(prediction=strange))
    headline, _, caveat = text.partition("</h2>")
    assert "Unlike what this model learned: no answer" in headline and "move left" not in headline
    assert 'class="answer"' in headline  # the largest letters
    assert "move left, 93 %" in caveat


def test_labels_names_and_errors_are_escaped():
    bad = "<script>alert(1)</script>"
    labels = (bad, "b", "c")
    shown = [
        html.answer(made_analysis(prediction=made_prediction(labels=labels))),
        html.prediction_table(made_analysis(prediction=made_prediction(labels=labels))),
        html.failed_answer(bad),
        html.failed_map(bad),
        html.waiting_answer(bad),
        html.status(bad),
        html.model_card(replace(made_analysis().model, reason=bad, knows=bad, licence=bad, revision=bad)),
        html.table(bad, (bad,), ((bad,),)),
    ]
    assert not [text for text in shown if "<script" in text]


def test_the_model_card_says_why_what_and_under_which_licence():
    card = html.model_card(replace(made_analysis().model, revision="488eb9a0565f257b"))
    assert "The hub is out of reach" in card and "Licence: Apache-2.0 · revision 488eb9a0" in card


def test_every_method_has_its_two_sentences_on_the_page():
    for method in METHODS.values():
        words = html.method_words(method)
        assert "How to read it" in words and "What it cannot tell" in words


def test_the_maps_table_has_a_row_a_slice_with_its_number():
    text = html.map_table(made_analysis(), made_map())
    assert text.count("<tr>") == 1 + 8
    assert "<td>5 to 6</td>" in text and "<td>1.78</td>" in text


def test_status_is_a_live_region_that_is_empty_when_idle():
    assert 'role="status"' in html.idle() and "busy" not in html.idle()
    assert html.status("") == html.idle()
    assert "busy" in html.status("Decoding")


def test_a_part_that_was_given_up_before_it_was_painted_says_nothing_of_waiting():
    painted = html.wish_mark(3)
    assert html.given_up_mark(html.waiting_mark(painted, "You are next")) == painted
    assert html.given_up_mark("") == html.given_up_mark(None) == '<i data-waits=""></i>'
    assert html.without_waiting(html.given_up_mark("")) == ""
