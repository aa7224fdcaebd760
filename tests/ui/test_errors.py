"""One place where an error becomes a sentence."""

import logging

import gradio as gr
import pytest

from videomae_demo.errors import ClipError
from videomae_demo.ui.errors import UNEXPECTED, guarded, sentence_for


def test_a_visitors_error_says_its_own_sentence(caplog):
    assert sentence_for(ClipError("empty", "The file is empty.")) == "The file is empty."
    assert not caplog.records


def test_a_bug_is_logged_and_its_text_stays_inside(caplog):
    with caplog.at_level(logging.ERROR):
        assert sentence_for(RuntimeError("/secret/path")) == UNEXPECTED
    assert "/secret/path" in caplog.text and "/secret" not in UNEXPECTED


def test_functions_and_generators_are_guarded_alike():
    def function(value):
        raise ClipError("empty", "The file is empty.")

    def generator(value):
        yield value
        raise ClipError("empty", "The file is empty.")

    with pytest.raises(gr.Error, match="The file is empty"):
        guarded(function)(1)
    running = guarded(generator)(1)
    assert next(running) == 1
    with pytest.raises(gr.Error, match="The file is empty"):
        next(running)


def test_a_guarded_generator_can_be_closed():
    closed = []

    @guarded
    def generator():
        try:
            yield 1
        finally:
            closed.append(True)

    running = generator()
    next(running)
    running.close()
    assert closed == [True]
