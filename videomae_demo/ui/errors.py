"""The one place where an error becomes a sentence for a visitor."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

import gradio as gr

from ..errors import DemoError
from ..happenings import tell
from ..words import _, later

UNEXPECTED = later("Something went wrong on our side; it has been noted. Try once more, or try another clip.")
log = logging.getLogger(__name__)


def sentence_for(error: Exception) -> str:
    """What a visitor reads. A ``DemoError`` says it itself; all else goes to the log and gets a neutral sentence."""
    tell("failed", code=error.code if isinstance(error, DemoError) else "internal")
    if isinstance(error, DemoError):
        return _(error.sentence)
    log.error("unexpected error on the page", exc_info=error)
    return _(UNEXPECTED)


def guarded(handler: Callable[..., Any]) -> Callable[..., Any]:
    """An event handler, function or generator, whose errors appear as a message on the page."""

    @wraps(handler)
    def call(*args: Any) -> Any:
        try:
            return handler(*args)
        except Exception as error:
            raise _shown(error) from error

    @wraps(handler)
    def generate(*args: Any) -> Iterator[Any]:
        try:
            yield from handler(*args)
        except Exception as error:
            raise _shown(error) from error

    return generate if inspect.isgeneratorfunction(handler) else call


def _shown(error: Exception) -> gr.Error:
    if isinstance(error, gr.Error):
        return error
    return gr.Error(sentence_for(error), title=_("That did not work"), duration=12, print_exception=False)
