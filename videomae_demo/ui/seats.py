"""Seats at the model for whoever's event is running: the page's and the programs' way into the line."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from anyio import CapacityLimiter, to_thread
from gradio.context import LocalContext

from ..settings import Settings
from .serving.line import Line, Place, Visitor
from .serving.rates import address_of

Value = TypeVar("Value")

POLL_SECONDS = 0.05


class Seats:
    """One page's line, and who stands in it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.line = Line(
            settings.at_once,
            longest=settings.queue_size,
            each=settings.jobs_each,
            per_minute=settings.jobs_per_minute,
            each_per_minute=settings.jobs_per_minute_each,
        )

    def enter(self, kind: str = "") -> Place:
        """A place for the visitor whose event this is.

        Args:
            kind: as in ``Line.enter``.

        Raises:
            BusyError: as ``Line.enter``.
        """
        return self.line.enter(self._visitor(), kind=kind)

    async def run(self, work: Callable[[], Value], *, kind: str = "", counted: bool = True) -> Value:
        """What the work returns, done in a thread once there is a seat; waiting takes no thread.

        Raises:
            BusyError: as ``Line.enter``.
        """
        with self.line.enter(self._visitor(), kind=kind, counted=counted) as place:
            while not place.wait(0):
                await asyncio.sleep(POLL_SECONDS)
            return await to_thread.run_sync(work, limiter=CapacityLimiter(1))

    def _visitor(self) -> Visitor:
        request = LocalContext.request.get(None)
        if request is None or request.request is None:  # called from Python, by a test for one
            return Visitor("")
        asked = request.request
        address = address_of(asked.client, asked.headers, self._settings.proxies)
        return Visitor(request.session_hash or address, address)
