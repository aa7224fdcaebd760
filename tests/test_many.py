"""Many clips: the order, the batches, the numbers, and what a bad clip does to the others."""

from __future__ import annotations

import threading
import time
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from clips import counting_frames, write_clip
from tiny import save_hub_layout, tiny_model

from videomae_demo import many, pipeline
from videomae_demo.errors import ClipError
from videomae_demo.results import Analysis

BATCH_TOLERANCE = 1e-5
"""Of a probability in float32: matrix products of another size round otherwise."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("many")
    save_hub_layout(tiny_model(num_frames=8), folder / "model")
    for number in range(5):
        write_clip(folder / f"{number}.mp4", np.roll(counting_frames(20), 4 * number, axis=0))
    (folder / "bad.mp4").write_text("no video")
    return folder


def names(folder: Path) -> list[tuple[str, Path]]:
    return [(name, folder / f"{name}.mp4") for name in ("0", "1", "bad", "2", "gone", "3", "4")]


@pytest.mark.parametrize("batch_size", [1, 2, 3, 16])
@pytest.mark.parametrize("views", ["1x1", "2x3"])
def test_answers_are_those_of_one_clip_at_a_time_in_order(folder: Path, batch_size: int, views: str):
    line = {"model": str(folder / "model"), "views": views}
    batches = list(many.analyse_many(names(folder), batch_size=batch_size, **line))
    assert [len(batch) for batch in batches] == [min(batch_size, 7 - at) for at in range(0, 7, batch_size)]
    for (name, path), answer in zip(names(folder), chain(*batches), strict=True):
        if name in ("bad", "gone"):
            assert isinstance(answer, ClipError)
            continue
        assert isinstance(answer, Analysis)
        alone = pipeline.analyse(path, methods=(), **line)
        assert answer.clip_name == name
        assert answer.plans == alone.plans
        np.testing.assert_allclose(
            answer.prediction.probabilities, alone.prediction.probabilities, atol=BATCH_TOLERANCE, rtol=0
        )


def test_going_on_from_a_whole_batch_gives_the_same_bits(folder: Path):
    line = {"model": str(folder / "model")}
    whole = list(many.analyse_many(names(folder), batch_size=3, **line))
    rest = list(many.analyse_many(names(folder)[3:], batch_size=3, **line))
    for one, other in zip(chain(*whole[1:]), chain(*rest), strict=True):
        if isinstance(one, Analysis):
            np.testing.assert_array_equal(one.prediction.probabilities, other.prediction.probabilities)


def test_a_model_that_fails_fails_its_batch_only(folder: Path, monkeypatch: pytest.MonkeyPatch):
    answers, calls = pipeline.classify_many, []

    def fails_once(prepared):
        calls.append(len(prepared))
        if len(calls) == 1:
            raise RuntimeError("full")
        return answers(prepared)

    monkeypatch.setattr(pipeline, "classify_many", fails_once)
    batches = list(many.analyse_many(names(folder), batch_size=3, model=str(folder / "model")))
    assert [type(answer).__name__ for answer in batches[0]] == ["RuntimeError", "RuntimeError", "ClipError"]
    assert isinstance(batches[1][0], Analysis)


def test_the_analyses_keep_no_pictures(folder: Path):
    ((answer,),) = many.analyse_many(names(folder)[:1], batch_size=1, model=str(folder / "model"))
    assert answer.frames.rgb.nbytes == answer.model_input.view_rgb.nbytes == 0


def test_no_more_than_allowed_is_computed_ahead():
    started, lock = [], threading.Lock()

    def work(number: int) -> int:
        with lock:
            started.append(number)
        return number

    results = many.ahead(work, 20, threads=3, most=4)
    assert next(results).result() == 0
    deadline = time.monotonic() + 120
    while len(started) < 5 and time.monotonic() < deadline:
        time.sleep(0.001)
    assert sorted(started) == list(range(5))
    assert [future.result() for future in results] == list(range(1, 20))


def test_a_loop_that_is_left_stops_the_threads():
    threads = set(threading.enumerate())
    results = many.ahead(lambda number: number, 10**4, threads=3, most=2)
    next(results)
    results.close()
    for thread in set(threading.enumerate()) - threads:
        thread.join(timeout=120)
        assert not thread.is_alive()
