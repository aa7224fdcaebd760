"""The line before the model: who is next, for how long one waits, and when nobody more is let in.

First come, first served, with two exceptions. A visitor who has as many jobs at work as one may have is passed over
until one of them is done, so that ten requests of one visitor do not hold up the next one's single request. And an
address that has its share of the seats is passed over while others wait: a school class behind one address has all that
nobody else wants, but a visitor from elsewhere waits neither for the whole class nor for a flood.
"""

from __future__ import annotations

import heapq
import itertools
import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ...errors import BusyError
from ...happenings import tell
from ...words import _, later, ngettext
from .rates import Rate

LEARNS = 0.1
"""Share of the newest job in the mean of how long jobs of its kind take."""
ENOUGH = 3
"""Jobs that must have ended before anybody is told how long it will take; of a kind, before its own mean counts."""
SHARE_OF_ADDRESS = 0.5
"""The most that one address may have of the line, and of the seats while others wait, however many visitors it calls
itself: others shall get in, too."""
PLAN_SECONDS = 0.2
"""How old a plan may be that who waits is told of; all who wait ask several times a second."""

STOPPING = later("This server is being restarted. Please try again in a minute.")


@dataclass(frozen=True)
class Visitor:
    """Who asks."""

    session: str
    """One open page, or one program."""
    address: str = ""
    """Where it asks from; many may share one."""


@dataclass
class Usual:
    """How long jobs take of late."""

    seconds: float = 0.0
    ended: int = 0

    def learn(self, seconds: float) -> None:
        self.seconds += max(LEARNS, 1 / (self.ended + 1)) * (seconds - self.seconds)
        self.ended += 1


@dataclass(eq=False)
class Place:
    """One job's place in the line, from ``Line.enter`` until ``leave``."""

    line: Line
    visitor: Visitor
    entered: float
    kind: str = ""
    """What is done; jobs of a kind take about as long as each other."""
    seated: float | None = field(default=None, init=False)
    """When the job began; None while it waits."""

    def wait(self, seconds: float) -> bool:
        """Whether it has its seat, now or within so many seconds.

        Raises:
            BusyError: the line was closed meanwhile.
        """
        return self.line._wait(self, seconds)

    def leave(self) -> None:
        """The job is done, or nobody wants it any more. A second time it does nothing."""
        self.line._leave(self)

    @property
    def ahead(self) -> int:
        """Jobs that wait and will begin before this one."""
        return self.line._ahead(self)

    @property
    def seconds_left(self) -> float | None:
        """How long it will wait from now on, if jobs go on to take as long as of late; None while that is not known."""
        return self.line._seconds_left(self)

    @property
    def sentence(self) -> str:
        """For whoever waits."""
        ahead, seconds = self.ahead, self.seconds_left
        place = ngettext("{n} job before yours", "{n} jobs before yours", ahead) if ahead else _("You are next")
        return place if seconds is None or seconds <= 1 else _("{place}: {time}", place=place, time=about(seconds))

    def __enter__(self) -> Place:
        return self

    def __exit__(self, *_unused: object) -> None:
        self.leave()


class Line:
    """Seats at the model, and the line of those who wait for one; for many threads at once."""

    def __init__(
        self,
        seats: int,
        *,
        longest: int = 1_000_000,
        each: int = 1_000_000,
        per_minute: float = 1e9,
        each_per_minute: float = 1e9,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """
        Args:
            seats: jobs that are at work at the same time.
            longest: jobs that may wait.
            each: jobs of one visitor that are at work at the same time.
            per_minute: jobs that one address may ask for.
            each_per_minute: jobs that one visitor may ask for.
        """
        self._rate, self._rate_of_each = Rate(per_minute, clock=clock), Rate(each_per_minute, clock=clock)
        self._seats, self._longest, self._each, self._clock = seats, longest, each, clock
        self._changed = threading.Condition()
        self._waiting: list[Place] = []
        self._seated: list[Place] = []
        self._latest: list[Place] = []
        self._plan: tuple[float, dict[Place, float]] | None = None
        self._closed = False
        self._of_all = Usual()
        self._of_kind: dict[str, Usual] = {}

    def __len__(self) -> int:
        """Jobs that wait."""
        return len(self._waiting)

    @property
    def at_work(self) -> int:
        """Jobs that have a seat."""
        return len(self._seated)

    def enter(self, visitor: Visitor, *, kind: str = "", counted: bool = True) -> Place:
        """A place at the end of the line; a seat at once where one is free.

        Args:
            visitor: Who asks.
            kind: What for: a name from the program, never a visitor's words.
            counted: Whether it is one of the jobs that may be asked for in a minute.

        Raises:
            BusyError: the line, or this address's part of it, is full; or this visitor or address asks too often.
        """
        if counted:
            self._count(visitor)
        with self._changed:
            place = Place(self, visitor, self._clock(), kind)
            self._waiting.append(place)
            self._plan = None
            self._seat()
            if place.seated is None:
                reason = self._full(visitor)
                if reason is not None:
                    why, sentence = reason
                    self._waiting.remove(place)
                    tell("refused", why=why)
                    raise BusyError(sentence)
        return place

    def _count(self, visitor: Visitor) -> None:
        if wait := self._rate_of_each.take(visitor.session):
            tell("refused", why="too often")
            raise BusyError(
                later("You have asked for very much in a short time. Please try again in {time}.", time=about(wait))
            )
        if wait := self._rate.take(visitor.address):
            tell("refused", why="too often")
            raise BusyError(
                later(
                    "Your address has asked for very much in a short time. Please try again in {time}.",
                    time=about(wait),
                )
            )

    def close(self) -> None:
        """Nobody is seated any more; who waits hears so."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _full(self, visitor: Visitor) -> tuple[str, str] | None:
        waiting = len(self._waiting) - 1
        seconds = self._seconds_left(self._waiting[-1])
        when = later("in a few minutes") if seconds is None else later("in {time}", time=about(seconds))
        if waiting >= self._longest:
            return "full", later(
                "This server has its hands full (jobs waiting: {jobs}). Please come back {when}.",
                jobs=waiting,
                when=when,
            )
        same = sum(one.visitor.address == visitor.address for one in self._waiting) - 1
        if visitor.address and same >= max(self._longest * SHARE_OF_ADDRESS, 1):
            return (
                "full of one address",
                later(
                    "As many jobs from your address are waiting as one address may have here ({jobs}). Please try "
                    "again {when}.",
                    jobs=same,
                    when=when,
                ),
            )
        return None

    def _wait(self, place: Place, seconds: float) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: place.seated is not None or self._closed, seconds)
            if place.seated is None and self._closed:
                raise BusyError(STOPPING)
            return place.seated is not None

    def _leave(self, place: Place) -> None:
        with self._changed:
            self._plan = None
            if place in self._waiting:
                self._waiting.remove(place)
            elif place in self._seated:
                self._seated.remove(place)
                took = self._clock() - (place.seated or 0.0)
                for usual in (self._of_all, self._of_kind.setdefault(place.kind, Usual())):
                    usual.learn(took)
            else:
                return
            self._seat()

    def _seat(self) -> None:
        while len(self._seated) < self._seats and not self._closed:
            place = self._next(self._waiting, self._seated, self._latest)
            if place is None:
                return
            self._waiting.remove(place)
            self._seated.append(place)
            self._latest, self._plan = [place], None
            place.seated = self._clock()
            tell("waited", seconds=place.seated - place.entered)
            self._changed.notify_all()

    def _next(self, waiting: Sequence[Place], seated: Sequence[Place], latest: Sequence[Place]) -> Place | None:
        """Of those who wait, who gets a seat that is free; None where nobody may.

        Args:
            seated: who is at work.
            latest: who was seated last, where nobody is at work any more: with one seat, addresses take turns.
        """
        of_session = Counter(one.visitor.session for one in seated)
        may_sit = [one for one in waiting if of_session[one.visitor.session] < self._each]
        of_address = Counter(one.visitor.address for one in seated or latest)
        most = max(self._seats * SHARE_OF_ADDRESS, 1)
        modest = (one for one in may_sit if not one.visitor.address or of_address[one.visitor.address] < most)
        return next(modest, may_sit[0] if may_sit else None)

    def _ahead(self, place: Place) -> int:
        with self._changed:
            return [*self._begin(), place].index(place)

    def _seconds_left(self, place: Place) -> float | None:
        with self._changed:
            if place not in self._waiting:
                return 0.0
            if self._of_all.ended < ENOUGH:
                return None
            return max(self._begin()[place] - self._clock(), 0.0)

    def _begin(self) -> dict[Place, float]:
        """When each who waits will begin, in the order in which they will, if jobs take as long as of late."""
        now = self._clock()
        if self._plan is None or now - self._plan[0] > PLAN_SECONDS:
            self._plan = now, self._planned(now)
        return self._plan[1]

    def _planned(self, now: float) -> dict[Place, float]:
        waiting, seated, latest = [*self._waiting], [*self._seated], self._latest
        begin: dict[Place, float] = {}
        count = itertools.count()
        # Those at work have what is left of a job of usual length, a late one some of it.
        ends = []
        for one in seated:
            usual = self._usual(one)
            ends.append((now + max(usual - (now - (one.seated or now)), usual / 4), next(count), one))
        heapq.heapify(ends)
        at = now
        while waiting:
            place = self._next(waiting, seated, latest) if len(seated) < self._seats else None
            if place is None:
                at, _number, done = heapq.heappop(ends)
                seated.remove(done)
                continue
            waiting.remove(place)
            seated.append(place)
            latest, begin[place] = [place], at
            heapq.heappush(ends, (at + self._usual(place), next(count), place))
        return begin

    def _usual(self, place: Place) -> float:
        own = self._of_kind.get(place.kind, self._of_all)
        return (own if own.ended >= ENOUGH else self._of_all).seconds


def about(seconds: float) -> str:
    """In words, as exact as it is known.

    >>> about(0.4), about(8), about(33), about(200)
    ('a second', 'about 10 seconds', 'about 35 seconds', 'about 4 minutes')
    """
    if seconds <= 1:
        return later("a second")
    if seconds <= 90:
        return later("about {seconds} seconds", seconds=5 * math.ceil(seconds / 5))
    return later("about {minutes} minutes", minutes=math.ceil(seconds / 60))
