"""The live tab: what it says of an answer, and what it takes for a camera's picture."""

from __future__ import annotations

import base64
import io
from dataclasses import replace

import numpy as np
import pytest
from gradio.data_classes import ImageData
from made_records import made_map, made_prediction
from PIL import Image

from videomae_demo.errors import BadRequestError
from videomae_demo.figures.words import UNFAMILIAR
from videomae_demo.live import LiveAnswer
from videomae_demo.records import CropBox
from videomae_demo.results import Familiarity
from videomae_demo.ui import camera
from videomae_demo.ui.tabs.live import said, told

ANSWER = LiveAnswer(made_prediction(), made_map(), CropBox(0.125, 0, 0.875, 1), 1.9, 16, 0.08, "cpu")


def uri(kind: str, size: tuple[int, int] = (32, 24), mime: str = "image/jpeg") -> str:
    buffer = io.BytesIO()
    Image.new("RGB", size, (200, 10, 10)).save(buffer, kind)
    return f"data:{mime};base64," + base64.b64encode(buffer.getvalue()).decode()


def test_an_answer_is_told_as_the_headline_tells_it():
    message = said(ANSWER, 0.05)
    assert message["headline"] == "move left, 93 %" and message["known"]
    assert message["classes"][0] == ["move left", 0.93]
    assert message["map"].startswith("data:image/png") and message["crop"] == [0.125, 0, 0.875, 1]


def test_what_is_unlike_anything_learned_gets_no_answer():
    prediction = replace(made_prediction(), familiar=Familiarity(-1.0))
    message = said(replace(ANSWER, prediction=prediction), 0.05)
    assert message["headline"] == UNFAMILIAR and not message["known"]


def test_a_model_without_a_cheap_map_still_answers():
    assert said(replace(ANSWER, explanation=None), 0.0)["map"] is None


def test_labels_are_escaped_on_their_way_to_the_page():
    prediction = replace(made_prediction(), labels=("<b>'\"", *made_prediction().labels[1:]))
    text = told(said(replace(ANSWER, prediction=prediction), 0.0))
    assert "<b>" not in text and text.count('"') == 2


def test_a_jpeg_is_a_frame():
    frame = camera.frame_of(uri("JPEG"))
    assert frame.shape == (24, 32, 3) and frame.dtype == np.uint8
    assert abs(int(frame[0, 0, 0]) - 200) < 6


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://example.org/a.jpg",
        "file:///etc/passwd",
        uri("PNG", mime="image/png"),
        uri("PNG"),  # says that it is a JPEG
        camera.KIND + "!!!!",
        uri("JPEG")[:-40],
        uri("JPEG", (4000, 3000)),
        camera.KIND + "A" * camera.MOST_BYTES,
    ],
)
def test_nothing_else_is_opened(url):
    with pytest.raises(BadRequestError):
        camera.frame_of(url)


def test_a_path_is_never_opened(tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "a.jpg")
    component = camera.Camera(sources=["webcam"], streaming=True)
    assert component.preprocess(ImageData(path=str(tmp_path / "a.jpg"))) == ""
    assert component.preprocess(None) == ""
