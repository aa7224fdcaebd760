"""Views that wait at the same time share a pass: nothing mixed up, none fails for another, given-up ones not run."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import pytest
from tiny import random_clip, tiny_classifier
from tolerances import TINY

from videomae_demo.models.shared_passes import SharedPasses


class Model:
    """Doubles numbers, in passes that can be held open."""

    def __init__(self, *, most: int = 4, kept: int = 8) -> None:
        self.turn = threading.Lock()
        self.passes = SharedPasses(
            self.run, turn=self.turn, most=most, num_bytes=lambda _: 1, kept_bytes=lambda: float(kept)
        )
        self.batches: list[list[int]] = []
        self.finished: list[list[int]] = []
        self.go_on = threading.Event()
        self.go_on.set()

    def run(self, views: np.ndarray, pause: Callable[[float], None]) -> list[int]:
        batch = views[:, 0].tolist()
        self.batches.append(batch)
        for step in range(1000):
            pause(step / 1000)
            if self.go_on.wait(0.01):
                break
        if 13 in batch:
            raise RuntimeError(f"no memory for {len(batch)}")
        self.finished.append(batch)
        return [2 * number for number in batch]

    def ask(self, number: int, on_progress=None) -> int:
        return self.passes.ask(str(number).encode(), np.array([number]), on_progress)

    def waits_for(self, *numbers: int) -> None:
        """Until all of these are waited for."""
        wanted = {str(number).encode() for number in numbers}
        deadline = time.monotonic() + 120
        while not wanted <= set(self.passes._wishes):
            assert time.monotonic() < deadline
            time.sleep(0.002)


@pytest.fixture
def pool():
    with ThreadPoolExecutor(16) as pool:
        yield pool


def hold_one(model: Model, pool: ThreadPoolExecutor) -> Future[int]:
    """Pass 0 is under way and does not end until ``go_on`` is set."""
    model.go_on.clear()
    held = pool.submit(model.ask, 0)
    deadline = time.monotonic() + 120
    while model.batches != [[0]]:
        assert time.monotonic() < deadline
        time.sleep(0.002)
    return held


def test_who_comes_first_goes_at_once_and_the_others_share_the_next_passes(pool):
    model = Model(most=4)
    held = hold_one(model, pool)
    asked = {}
    for number in range(1, 7):
        asked[number] = pool.submit(model.ask, number)
        model.waits_for(number)
    model.go_on.set()
    assert held.result(120) == 0
    assert {number: answer.result(120) for number, answer in asked.items()} == {n: 2 * n for n in range(1, 7)}
    assert model.batches == [[0], [1, 2, 3, 4], [5, 6]]


def test_equal_views_are_run_once_and_remembered_within_the_bound(pool):
    model = Model(kept=2)
    hold_one(model, pool)
    same = [pool.submit(model.ask, 5) for _ in range(6)]
    model.waits_for(5)
    model.go_on.set()
    assert [one.result(120) for one in same] == [10] * 6
    assert model.ask(5) == 10
    assert model.batches == [[0], [5]]
    model.ask(6)
    model.ask(7)  # 5 was used longest ago
    model.ask(5)
    assert model.batches == [[0], [5], [6], [7], [5]]


class Gone(BaseException):
    """The visitor left."""


def gives_up(event: threading.Event) -> Callable[[str, float | None], None]:
    def tell(text: str, share: float | None) -> None:
        if event.is_set():
            raise Gone

    return tell


def test_who_gives_up_while_waiting_is_never_run(pool):
    model = Model()
    hold_one(model, pool)
    gone = threading.Event()
    left = pool.submit(model.ask, 1, gives_up(gone))
    model.waits_for(1)
    gone.set()
    with pytest.raises(Gone):
        left.result(120)
    model.go_on.set()
    assert model.ask(2) == 4
    assert model.batches == [[0], [2]]


def test_a_pass_that_nobody_waits_for_ends_before_its_next_step(pool):
    model = Model()
    model.go_on.clear()
    gone = threading.Event()
    left = pool.submit(model.ask, 1, gives_up(gone))
    model.waits_for(1)
    gone.set()
    with pytest.raises(Gone):
        left.result(120)
    model.go_on.set()
    assert model.finished == []
    assert not model.turn.locked()
    assert model.ask(1) == 2  # it can be asked for again


def test_a_leader_who_gives_up_finishes_for_the_others(pool):
    model = Model()
    model.go_on.clear()
    gone, told = threading.Event(), threading.Event()

    def tell(text: str, share: float | None) -> None:
        if gone.is_set():
            told.set()
            raise Gone

    with model.turn:
        left = pool.submit(model.ask, 1, tell)
        model.waits_for(1)  # and leads, since nobody else does
        stays = pool.submit(model.ask, 2)
        model.waits_for(2)
    while model.batches != [[1, 2]]:
        time.sleep(0.002)
    gone.set()
    assert told.wait(30)
    model.go_on.set()
    with pytest.raises(Gone):
        left.result(120)
    assert stays.result(120) == 4
    assert model.finished == [[1, 2]]


def test_one_clips_failure_is_its_own(pool):
    model = Model()
    hold_one(model, pool)
    asked = {number: pool.submit(model.ask, number) for number in (12, 13, 14)}
    model.waits_for(12, 13, 14)
    model.go_on.set()
    assert asked[12].result(120) == 24 and asked[14].result(120) == 28
    with pytest.raises(RuntimeError, match="no memory for 1"):
        asked[13].result(120)
    with pytest.raises(RuntimeError):  # a failure is not remembered
        model.ask(13)


def test_the_device_may_be_taken_by_another_meanwhile(pool):
    model = Model()
    gone = threading.Event()
    with model.turn:
        left, stays = pool.submit(model.ask, 1, gives_up(gone)), pool.submit(model.ask, 2)
        model.waits_for(1, 2)
        gone.set()
        with pytest.raises(Gone):
            left.result(120)
        assert model.batches == []
    assert stays.result(120) == 4


@pytest.mark.parametrize("readout", ["mean", "token_0"])
def test_a_clip_among_others_leaves_what_it_leaves_alone(readout, pool):
    alone, shared = tiny_classifier(readout), tiny_classifier(readout)
    clips = [random_clip(alone.model, seed) for seed in range(5)]
    sizes: list[int] = []
    encode = shared.adapter.encode
    shared.adapter.encode = lambda states, *where: sizes.append(len(states)) or encode(states, *where)
    with shared.lock:
        outputs = [pool.submit(shared.forward, clip) for clip in clips]
        deadline = time.monotonic() + 120
        while len(shared._passes._wishes) < 5:
            assert time.monotonic() < deadline
            time.sleep(0.002)
    for clip, output in zip(clips, outputs, strict=True):
        expected, got = alone.forward(clip), output.result(120)
        np.testing.assert_allclose(got.logits, expected.logits, atol=TINY)
        np.testing.assert_allclose(got.tokens, expected.tokens, atol=TINY * expected.tokens.abs().max())
        for name in ("queries", "keys", "logsumexp"):
            for mine, other in zip(getattr(got.trace, name), getattr(expected.trace, name), strict=True):
                np.testing.assert_allclose(mine, other, atol=TINY * other.abs().max())
                assert mine.untyped_storage().nbytes() == mine.nbytes  # the batch's memory is not kept alive
    assert sizes == [5]
