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
    def step(tell):
        tell("decoding", None)
        tell("downloading", 0.25)
        return 42

    assert drained(watched(step)) == (["decoding", "downloading (25%)"], 42)


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
