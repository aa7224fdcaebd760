"""The first sample in advance: the first visitor finds weights loaded and an answer."""

from __future__ import annotations

import logging
import threading

from ..backend import Backend
from ..results import answer_target
from ..settings import Settings
from .first_screen.answering import choices
from .visit import Wish

log = logging.getLogger(__name__)


def warm_up(backend: Backend, settings: Settings) -> None:
    """Send the first sample down the line, in the background."""

    def run() -> None:
        try:
            for sample in backend.samples[:1]:
                ready = backend.prepare(sample.path, **choices(Wish(sample.title, model=settings.model)))
                answered = backend.classify(ready)
                backend.explain(answered, next(iter(backend.methods)), target=answer_target(answered.prediction))
        except Exception as error:  # the visitor's own attempt says it on the page
            log.warning("the first sample could not be answered in advance: %s", error)

    threading.Thread(target=run, name="warm-up", daemon=True).start()
