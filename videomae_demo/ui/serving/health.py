"""Whether this server lives, and whether it can answer: two questions, two addresses.

``/livez`` is 200 as long as the process serves requests; when it is not, restart it. ``/healthz`` is 200 while a model
answers: not before the first sample has its answer, not while the server's own check fails, not once it is about to
stop; when it is not, send visitors elsewhere and wait.

What visitors send cannot make a server unready. Three unexpected errors in a row only make it ask its own model again,
on its own sample; that answer counts.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Literal

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

State = Literal["starting", "ready", "failing", "stopping"]

SUSPICIOUS = 3
"""Unexpected errors in a row after which the server asks its own model again."""
RETRY_SECONDS = 10.0
"""Between two checks while the last one failed."""

log = logging.getLogger(__name__)


class Health:
    """One server's state; for many threads at once."""

    def __init__(self) -> None:
        self._state: State = "starting"
        self._failures = 0
        self._lock = threading.Lock()
        self._doubt = threading.Event()

    @property
    def state(self) -> State:
        return self._state

    def passed(self) -> None:
        """The server's own model answered."""
        self._become("ready")

    def did_not_pass(self) -> None:
        """It did not."""
        self._become("failing")

    def stop(self) -> None:
        """No more visitors from now on."""
        self._become("stopping")
        self._doubt.set()

    def hear(self, what: str, values: dict[str, float | str]) -> None:
        """A listener of ``happenings``."""
        with self._lock:
            if what == "answered":
                self._failures = 0
            elif what == "failed" and values["code"] == "internal":
                self._failures += 1
                if self._failures >= SUSPICIOUS:
                    self._failures = 0
                    self._doubt.set()

    def keep(self, check: Callable[[], object]) -> None:
        """Check now, again in a while as long as that fails, and whenever there is doubt; until ``stop``."""
        while self._state != "stopping":
            self._doubt.clear()
            try:
                check()
                self.passed()
            except Exception as error:
                self.did_not_pass()
                log.warning("the model does not answer: %s", error)
            self._doubt.wait(None if self._state == "ready" else RETRY_SECONDS)

    def _become(self, state: State) -> None:
        with self._lock:
            if self._state != "stopping":
                self._state = state


def health_routes(health: Health) -> list[Route]:
    """The two addresses."""

    async def live(_: Request) -> JSONResponse:
        return JSONResponse({"status": "alive"})

    async def ready(_: Request) -> JSONResponse:
        state = health.state
        return JSONResponse({"status": state}, status_code=200 if state == "ready" else 503)

    return [Route("/livez", live), Route("/healthz", ready)]
