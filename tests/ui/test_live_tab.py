"""The camera: what is taken for its pictures, what is said of an answer, and how its address answers."""

from __future__ import annotations

import io
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from made_records import made_map, made_prediction
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

from videomae_demo.errors import BadRequestError, ModelUnavailableError
from videomae_demo.figures.words import UNFAMILIAR
from videomae_demo.live import LiveAnswer, Wanted
from videomae_demo.records import CropBox
from videomae_demo.results import Familiarity
from videomae_demo.settings import Settings
from videomae_demo.ui.camera import MOST_FRAMES, MOST_PIXELS, camera_route, frames_of, said
from videomae_demo.ui.seats import Seats

ANSWER = LiveAnswer(made_prediction(), made_map(), CropBox(0.125, 0, 0.875, 1), 0.08, "cpu")


def picture(kind: str = "JPEG", size: tuple[int, int] = (32, 64)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, (200, 10, 10)).save(buffer, kind)
    return buffer.getvalue()


def test_an_answer_is_told_as_the_headline_tells_it():
    message = said(ANSWER)
    assert message["headline"] == "move left, 93 %" and message["known"]
    assert message["classes"][0] == ["move left", 0.93, "93 %"]
    assert message["map"].startswith("data:image/png") and message["crop"] == [0.125, 0, 0.875, 1]


def test_what_is_unlike_anything_learned_gets_no_answer():
    prediction = replace(made_prediction(), familiar=Familiarity(-1.0))
    message = said(replace(ANSWER, prediction=prediction))
    assert message["headline"] == UNFAMILIAR and not message["known"]


def test_a_model_without_a_cheap_map_still_answers():
    assert said(replace(ANSWER, explanation=None))["map"] is None


def test_frames_lie_one_above_another():
    levels = np.repeat(np.array([[0], [80], [160], [240]], np.uint8), 16, axis=0)
    buffer = io.BytesIO()
    Image.fromarray(np.broadcast_to(levels[..., None], (64, 32, 3))).save(buffer, "JPEG")
    frames = frames_of(buffer.getvalue(), "4", "1.5")
    assert frames.rgb.shape == (4, 16, 32, 3) and frames.decoder == "camera"
    np.testing.assert_allclose(frames.rgb.mean(axis=(1, 2, 3)), [0, 80, 160, 240], atol=2)
    assert frames.pts_seconds == (0, 0.5, 1, 1.5)


@pytest.mark.parametrize(
    ("jpeg", "frames", "seconds"),
    [
        (picture("PNG"), "4", "2"),
        (picture()[:-40], "4", "2"),
        (b"", "4", "2"),
        (b"http://example.org/a.jpg", "4", "2"),
        (picture(), "3", "2"),  # 64 rows are not three frames
        (picture(), "0", "2"),
        (picture(), "-1", "2"),
        (picture(), "four", "2"),
        (picture(), "4", "nan"),
        (picture(), "4", "soon"),
        (picture(size=(2, MOST_FRAMES + 1)), str(MOST_FRAMES + 1), "2"),
        (picture(size=(MOST_PIXELS // 2000 + 1, 2000)), "4", "2"),
    ],
)
def test_nothing_else_is_opened(jpeg, frames, seconds):
    with pytest.raises(BadRequestError):
        frames_of(jpeg, frames, seconds)


class Line:
    """The route alone, on a backend that answers what it is told to."""

    def __init__(self, answer: object) -> None:
        self.asked: list[object] = []
        app = Starlette(routes=[camera_route(Settings())])
        blocks = SimpleNamespace(backend=SimpleNamespace(live=self.live), seats=Seats(Settings()))
        app.get_blocks = lambda: blocks
        self.client, self.answer, self.blocks = TestClient(app), answer, blocks

    def live(self, frames: object, model: str) -> object:
        self.asked.append((frames, model))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def ask(self, body: bytes = b"", **query: object) -> dict[str, object]:
        return self.client.post("/gradio_api/live", params=query, content=body).json()


def test_a_question_without_frames_hears_what_is_wanted():
    line = Line(Wanted(16, 112))
    assert line.ask() == {"wanted": {"num_frames": 16, "short_side": 112}}
    assert line.asked == [(None, "auto")]


def test_frames_are_answered_and_the_seat_is_free_again():
    line = Line(ANSWER)
    assert line.ask(picture(), frames=4, seconds=1.9, model="bundled", session="a")["headline"] == "move left, 93 %"
    (frames, model), *_ = line.asked
    assert len(frames.rgb) == 4 and model == "bundled"
    assert line.blocks.seats.line.at_work == 0


def test_what_goes_wrong_is_a_sentence():
    assert line_says(ModelUnavailableError("The model is away.")) == "The model is away."
    assert "noted" in line_says(RuntimeError("secret"))
    line = Line(ANSWER)
    assert "model" in line.ask(model="/etc")["failed"] and not line.asked
    assert "start the camera again" in line.ask(b"nothing", frames=4, seconds=1)["failed"] and not line.asked


def line_says(error: Exception) -> object:
    return Line(error).ask(picture(), frames=4, seconds=1)["failed"]
