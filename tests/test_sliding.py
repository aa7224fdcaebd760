"""A timeline is what classifying each window by itself says, from one pass over the clip."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
from clips import counting_frames, number_of, write_clip
from hypothesis import given
from hypothesis import strategies as st
from tiny import save_hub_layout, tiny_model

from videomae_demo import pipeline, sliding, video
from videomae_demo.errors import BadRequestError
from videomae_demo.records import Window
from videomae_demo.sliding import clip_timeline, slide

BATCH_TOLERANCE = 1e-5
"""Of a probability in float32: matrix products of another size round otherwise."""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(save_hub_layout(tiny_model(num_frames=8), tmp_path_factory.mktemp("sliding")))


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """28 frames, 10 a second."""
    return write_clip(tmp_path_factory.mktemp("film") / "film.mkv", counting_frames(28))


@pytest.mark.parametrize("batch_size", [1, 3])
@pytest.mark.parametrize(("window", "step"), [(1.0, 0.5), (0.8, 1.1), (5.0, 5.0)])
@pytest.mark.parametrize(("views", "sampling"), [("1x1", "uniform"), ("2x3", "dense")])
def test_each_window_is_answered_as_by_itself(film, model, batch_size, window, step, views, sampling):
    line = {"model": model, "views": views, "sampling": sampling}
    found = clip_timeline(film, window_seconds=window, step_seconds=step, batch_size=batch_size, **line)
    assert len(found.spans) > 1 or window == 5.0
    for number, span in enumerate(found.spans):
        alone = pipeline.analyse(film, window=span, methods=(), **line)
        np.testing.assert_allclose(
            found.probabilities[number], alone.prediction.probabilities, atol=BATCH_TOLERANCE, rtol=0
        )


def test_a_part_of_the_clip(film, model):
    found = clip_timeline(film, window_seconds=0.5, window=Window(1.0, 2.2), model=model)
    assert [(span.start_seconds, span.end_seconds) for span in found.spans] == [(1.0, 1.5), (1.5, 2.0)]


def test_progress_is_told_and_an_answer_may_not_come(film, model):
    told = []
    clip_timeline(film, window_seconds=0.5, model=model, batch_size=2, on_progress=lambda *step: told.append(step))
    shares = [share for text, share in told if text.endswith("windows")]
    assert shares == sorted(shares) and shares[0] == 0 and shares[-1] == 1 and len(shares) == 4


def test_who_cancels_leaves_no_process_and_no_thread(film, model):
    video.warm_up()
    clip_timeline(film, window_seconds=1.0, model=model)
    before = {child.pid for child in psutil.Process().children()}

    class Cancelled(BaseException):
        pass

    def cancel(text: str, share: float | None) -> None:
        if share:
            raise Cancelled

    with pytest.raises(Cancelled):
        clip_timeline(film, window_seconds=0.3, model=model, batch_size=1, on_progress=cancel)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        left = {child.pid for child in psutil.Process().children()} - before
        if not left and not any(thread.name == "videomae-buffered" for thread in threading.enumerate()):
            return
        time.sleep(0.01)
    pytest.fail(f"left behind: {left}, {threading.enumerate()}")


@given(duration=st.floats(0.05, 50), window=st.floats(0.05, 60), step=st.floats(0.05, 60), start=st.floats(0, 0.04))
def test_windows_lie_in_the_clip_at_even_steps(duration, window, step, start):
    spans = slide(Window(start), duration, window_seconds=window, step_seconds=step)
    assert spans[0].start_seconds == start
    for number, span in enumerate(spans):
        assert span.start_seconds == pytest.approx(start + number * step)
        assert span.start_seconds < span.end_seconds <= duration
        assert span.end_seconds - span.start_seconds <= window + 1e-9
    missed = duration - (spans[-1].start_seconds + step)
    assert missed <= max(sliding.SHORTEST_SHARE * window, 1e-9) + 1e-9


@pytest.mark.parametrize("choice", [{"step_seconds": 1e-5}, {"window": Window(9.0)}, {"window_seconds": 0.0}])
def test_what_cannot_be_is_said(film, model, choice):
    with pytest.raises(BadRequestError):
        clip_timeline(film, model=model, **choice)


def test_a_stream_gives_the_frames_that_decode_gives(film):
    clip = video.probe(film)
    numbers = [0, 3, 4, 17, 27]
    streamed = list(video.stream(clip, numbers))
    assert [(number, found) for number, found, _ in streamed] == [(number, number) for number in numbers]
    assert [number_of(rgb) for _, _, rgb in streamed] == numbers
    assert list(video.stream(clip, [])) == []
    for wrong in ([3, 3], [4, 2], [28], [-1]):
        with pytest.raises(ValueError, match="ascending"):
            next(video.stream(clip, wrong))
