"""Long steps: what they say arrives, what they return comes back, and a visitor who leaves stops them."""

import contextvars
import threading

import pytest

from videomae_demo.errors import BadRequestError
from videomae_demo.ui.progress import Cancelled, watched


def drained(generator):
    """What it yielded, without the ticks that repeat, and what it returned."""
    said = []
    while True:
        try:
            text = next(generator)
        except StopIteration as done:
            return said, done.value
        if text and (not said or said[-1] != text):
            said.append(text)


def test_texts_arrive_in_order_and_the_value_comes_back():
    heard = threading.Event()

    def step(tell):
        tell("decoding", None)
        tell("downloading", 0.25)
        assert heard.wait(20)
        return 42

    running, said = watched(step), []
    while "downloading (25%)" not in said:
        said.append(next(running))
    heard.set()
    assert said[0] == "decoding" and drained(running)[1] == 42


def test_a_step_that_says_much_is_told_now_and_then():
    def step(tell):
        for number in range(1000):
            tell(f"number {number}", None)

    said, _ = drained(watched(step))
    assert said[0] == "number 0" and len(said) < 500


def test_an_error_is_raised_in_the_visitors_own_call():
    def step(tell):
        raise BadRequestError("no such class")

    with pytest.raises(BadRequestError, match="no such class"):
        drained(watched(step))


def test_a_silent_step_can_be_cancelled_between_two_ticks():
    release = threading.Event()
    running = watched(lambda tell: release.wait(20))
    next(running)  # it yields although the step says nothing
    running.close()
    release.set()


def test_closing_stops_the_step_at_its_next_report():
    told, ended, outcome = threading.Event(), threading.Event(), []

    def step(tell):
        try:
            while True:
                tell("computing", None)
                told.set()
        except Cancelled:
            outcome.append("cancelled")
        finally:
            ended.set()

    running = watched(step)
    next(running)
    assert told.wait(20)
    running.close()
    assert ended.wait(20) and outcome == ["cancelled"]


def test_the_visitors_context_goes_along():
    visitor = contextvars.ContextVar("visitor", default="nobody")
    visitor.set("Ada")
    assert drained(watched(lambda tell: visitor.get()))[1] == "Ada"
