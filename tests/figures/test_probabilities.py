"""The bars: the right numbers, whole names, and a height that does not change from clip to clip."""

from dataclasses import replace

from made_records import made_prediction

from videomae_demo.figures import probability_bars
from videomae_demo.figures.probabilities import LABEL_WIDTH
from videomae_demo.results import Familiarity


def trace(figure, name):
    return next(trace for trace in figure.data if trace.name == name)


def test_bars_are_the_likeliest_classes_in_order_with_their_numbers_at_the_end():
    prediction = made_prediction(first=3, probability=0.6)
    figure = probability_bars(prediction, top_k=3)
    assert list(trace(figure, "probability").x) == [probability for _, _, probability in prediction.top(3)]
    assert trace(figure, "percent").text[0] == "60 %"
    assert [note.text for note in figure.layout.annotations] == [label for _, label, _ in prediction.top(3)]


def test_no_bar_stands_out_where_the_classes_mean_nothing():
    strange = replace(made_prediction(), familiar=Familiarity(-1.0))
    colours = trace(probability_bars(strange), "probability").marker.color
    assert len(set(colours)) == 1
    assert len(set(trace(probability_bars(made_prediction()), "probability").marker.color)) == 2


def test_a_long_name_wraps_and_is_whole():
    name = "pretending to put something on a surface but it does not stay there and falls down instead"
    figure = probability_bars(made_prediction(labels=(name, "b", "c", "d", "e", "f")))
    lines = figure.layout.annotations[0].text.split("<br>")
    assert len(lines) > 1 and max(map(len, lines)) <= LABEL_WIDTH
    assert " ".join(lines) == name


def test_names_are_text_and_not_markup():
    figure = probability_bars(made_prediction(labels=("<b>bold</b>", "b", "c")), top_k=2)
    assert "<b>" not in figure.layout.annotations[0].text


def test_the_height_is_the_same_for_every_clip():
    heights = {probability_bars(made_prediction(first=first)).layout.height for first in range(8)}
    assert len(heights) == 1


def test_fewer_classes_than_bars():
    figure = probability_bars(made_prediction(labels=("yes", "no")), top_k=5)
    assert len(trace(figure, "probability").x) == 2
