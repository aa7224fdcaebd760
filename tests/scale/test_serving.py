"""A page whose models are elsewhere: a dead replica is replaced by another, who gives up takes the question back."""

from __future__ import annotations

import pytest

from videomae_demo.scale import serving
from videomae_demo.scale.elsewhere import ANSWERS


@pytest.fixture(autouse=True)
def exceptions():
    """Ray's; not imported before a test needs them, as in ``test_own_cluster.py``."""
    return pytest.importorskip("ray.exceptions", reason="the extra scale is not installed")


class Reply:
    def __init__(self, *said: object) -> None:
        self.said = list(said)
        self.cancelled = False

    def result(self, timeout_s: float | None = None) -> object:
        value = self.said.pop(0)
        if isinstance(value, Exception):
            raise value
        return value

    def cancel(self) -> None:
        self.cancelled = True


class Handle:
    """A deployment's: each call gets the next of these replies."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies)
        self.asked: list[tuple] = []
        self.answers = self.run = self

    def remote(self, *args: object) -> Reply:
        self.asked.append(args)
        return self.replies.pop(0)


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(serving, "TICK_SECONDS", 0.0)


def test_a_dead_replicas_question_is_asked_again(exceptions):
    handle = Handle(Reply(exceptions.RayActorError()), Reply(exceptions.RayActorError()), Reply("answer"))
    assert serving.asker(handle)(ANSWERS, ("model", "cpu", "float32", "views", 0), {}) == "answer"
    assert handle.asked == [(("model", "cpu", "float32", "views"),)] * 3


def test_replicas_that_keep_dying_are_an_error_in_the_end(exceptions):
    handle = Handle(*(Reply(exceptions.RayActorError()) for _ in range(serving.MOST_TRIES)))
    with pytest.raises(exceptions.RayActorError):
        serving.asker(handle)("module:function", (), {})
    assert handle.replies == []


def test_the_functions_own_error_is_not_asked_again():
    handle = Handle(Reply(ValueError("nonsense")))
    with pytest.raises(ValueError, match="nonsense"):
        serving.asker(handle)("module:function", (1,), {"option": 2})
    assert handle.asked == [("module:function", (1,), {"option": 2})]


def test_the_functions_own_lateness_is_its_error_too(exceptions):
    late = exceptions.RayTaskError("run", "trace", TimeoutError("no frame in time")).as_instanceof_cause()
    assert isinstance(late, TimeoutError)
    told = []
    with pytest.raises(TimeoutError, match="trace"):
        serving.asker(Handle(Reply(late, "asked again")))(
            "module:function", (), {"on_progress": lambda *_: told.append(1)}
        )
    assert not told


def test_who_gives_up_takes_the_question_back():
    reply = Reply(TimeoutError(), TimeoutError(), "too late")
    told = []

    def tell(text: str, share: float | None) -> None:
        told.append(text)
        if len(told) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        serving.asker(Handle(reply))(ANSWERS, (1, 2, 3, 4, 5), {"on_progress": tell})
    assert reply.cancelled and reply.said == ["too late"]
