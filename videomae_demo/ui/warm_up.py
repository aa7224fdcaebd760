"""The first sample in advance: the first visitor finds weights loaded and an answer."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

from ..backend import Backend
from ..results import answer_target
from ..settings import Settings
from .first_screen.answering import choices
from .serving.health import Health
from .visit import Wish


def warm_up(backend: Backend, settings: Settings, health: Health) -> None:
    """Send the first sample down the line, in the background; the server is ready when it has its answer."""
    threading.Thread(target=health.keep, args=[checks(backend, settings)], name="warm-up", daemon=True).start()


def checks(backend: Backend, settings: Settings) -> Callable[[], None]:
    """What ``Health.keep`` calls: at first to fill the backend's memory, later past it, to ask the model itself."""
    again = False

    def check() -> None:
        nonlocal again
        for sample in backend.samples[:1]:
            wish = Wish(sample.title, model=settings.model)
            if again:
                from .. import pipeline

                chosen = partial(pipeline.prepare, device=settings.device, dtype=settings.dtype, settings=settings)
                pipeline.classify(chosen(sample.path, **choices(wish)))
            else:
                answered = backend.classify(backend.prepare(sample.path, **choices(wish)))
                again = True
                backend.explain(answered, next(iter(backend.methods)), target=answer_target(answered.prediction))

    return check
