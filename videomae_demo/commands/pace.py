"""How far a long run is, how fast, and how long it will still take: a line on stderr."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from typing import TextIO

ON_A_TERMINAL, ELSEWHERE = 0.5, 15.0
"""Seconds between two reports: a terminal's line is overwritten, a log grows."""


class Pace:
    """Counts what is done."""

    def __init__(
        self,
        total: int,
        what: str,
        *,
        done: int = 0,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start the clock.

        Args:
            total: How many there are.
            what: Their name, in the plural.
            done: How many an earlier run has done: they do not count for the rate.
        """
        self._total, self._what, self._before, self._done = total, what, done, done
        self._stream = stream or sys.stderr
        self._clock = clock
        self._start = self._told = clock()

    def add(self, count: int) -> None:
        """So many more are done."""
        self._done += count
        now = self._clock()
        every = ON_A_TERMINAL if self._stream.isatty() else ELSEWHERE
        if now - self._told >= every or self._done >= self._total:
            self._told = now
            self._tell()

    def sentence(self) -> str:
        """``"120 of 1000 clips, 12.3 a second, 1 min 12 s left"``."""
        seconds = self._clock() - self._start
        rate = (self._done - self._before) / seconds if seconds > 0 else 0.0
        text = f"{self._done} of {self._total} {self._what}, {_figures(rate)} a second"
        if self._done < self._total and rate > 0:
            text += f", {duration((self._total - self._done) / rate)} left"
        return text

    def _tell(self) -> None:
        ended = self._done >= self._total
        if self._stream.isatty():
            print(f"\r\x1b[K{self.sentence()}", end="\n" if ended else "", file=self._stream, flush=True)
        else:
            print(self.sentence(), file=self._stream, flush=True)


def with_time_left(
    stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic
) -> Callable[[str, float | None], None]:
    """An ``OnProgress`` that adds the rate and the time left to steps that tell their share, and thins them out."""
    place = stream or sys.stderr
    started: list[tuple[float, float]] = []
    told = [-math.inf]

    def tell(text: str, share: float | None) -> None:
        now = clock()
        if share is None:
            print(text, file=place, flush=True)
            return
        if not started:
            started.append((now, share))
        if now - told[0] < (ON_A_TERMINAL if place.isatty() else ELSEWHERE) and share < 1:
            return
        told[0] = now
        begin, first = started[0]
        if share > first:
            text += f", {duration((now - begin) / (share - first) * (1 - share))} left"
        if place.isatty():
            print(f"\r\x1b[K{text}", end="\n" if share >= 1 else "", file=place, flush=True)
        else:
            print(text, file=place, flush=True)

    return tell


def duration(seconds: float) -> str:
    """In the two largest units.

    >>> [duration(seconds) for seconds in (3.4, 72, 7300)]
    ['3 s', '1 min 12 s', '2 h 1 min']
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def _figures(rate: float) -> str:
    return f"{rate:.0f}" if rate >= 100 else f"{rate:.1f}" if rate >= 1 else f"{rate:.2f}"
