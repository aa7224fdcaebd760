"""Clips placed by likeness: a picture each, lines to the nearest, and words that do not say more than the numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from videomae_demo.figures.likeness import LISTED, likeness_figure, likeness_words
from videomae_demo.likeness import Neighbourhood, PlacedClip, neighbourhood
from videomae_demo.ui.tabs.compare.likeness import nearest_html


@pytest.fixture
def found() -> Neighbourhood:
    features = np.random.default_rng(1).standard_normal((9, 6)).astype(np.float32)
    picture = np.zeros((8, 8, 3), np.uint8)
    return neighbourhood(
        [PlacedClip(f"<{number}>", row, picture, own=number == 2) for number, row in enumerate(features)]
    )


def test_a_picture_a_clip_inside_the_figure(found):
    figure = likeness_figure(found)
    pictures = figure.layout.images
    assert len(pictures) == 9
    assert all(picture.x >= 0 and picture.x + picture.sizex <= 1 for picture in pictures)
    assert all(picture.y <= 1 and picture.y - picture.sizey >= 0 for picture in pictures)
    assert len(figure.layout.shapes) == 2  # this clip, and the visitor's other one


def test_lines_lead_to_the_nearest_in_all_directions(found):
    figure = likeness_figure(found)
    (dots,) = (trace for trace in figure.data if trace.name == "clips")
    ends = {(trace.x[1], trace.y[1]) for trace in figure.data if trace.name == "nearest"}
    expected = np.argsort(found.distances[0])[1 : LISTED + 1]
    assert ends == {(dots.x[place], dots.y[place]) for place in expected}
    assert "<0>" not in dots.customdata[0]


def test_the_words_tell_the_nearest_and_what_the_picture_holds(found):
    (clip, distance), *_ = found.nearest(1)
    first, second = likeness_words(replace(found, missing=("a.mp4",)))
    assert clip.name in first and f"{distance:.2f}" in first and f"{found.usual_distance:.2f}" in first
    assert f"{sum(found.shares):.0%}".replace("%", " %") in second and "a.mp4" in second


def test_a_clip_unlike_all_others_is_said_to_be():
    features = np.array([[0, 0, 1.0], [1, 0.1, 0], [1, 0, 0], [1, -0.1, 0]])
    picture = np.zeros((8, 8, 3), np.uint8)
    found = neighbourhood([PlacedClip(str(number), row, picture) for number, row in enumerate(features)])
    assert "resembles none of them" in likeness_words(found)[0]


def test_the_nearest_are_listed_with_their_distances(found):
    text = nearest_html(found)
    assert text.count("<li>") == LISTED and "&lt;" in text and "<0>" not in text
