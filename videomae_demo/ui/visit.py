"""What one visitor wants to see now: the last wish wins, always and as a whole.

A page is painted by many events, each in a thread of its own, and visitors press faster than models answer. So nobody
paints just because an event ran. A painter paints for one wish, in one area of the page, and stops before its next
stroke when that wish is no longer the visitor's last one.

Gradio's browser part may apply what two events sent in another order than they sent it. So each area of the page has
one event that paints it anew, which runs once at a time, and whose next run takes up whatever is wanted by then: the
first screen's is in ``first_screen/painting.py``, a tab's in ``page.Page.on_analysis``. What other events of a tab
paint carries its wish's number with it; where that is not the headline's, the tab lies under a veil, and is painted
anew.

No Gradio here: ``page.Page`` connects this to events.
"""

from __future__ import annotations

import itertools
import threading
import weakref
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from ..results import Analysis

Update = TypeVar("Update")

OWN_CLIPS_KEPT = 12
"""Of a visitor's own clips; their files are deleted after a while, wherever they are listed."""
SOON = 2.0**-10
"""How much later a wish is that is made anew; the browser counts in whole numbers."""
OWN_KEPT = 16
"""Clips of the visitor's own that Back leads to."""


@dataclass(frozen=True)
class Asked:
    """What an address asks for that only an answer can grant, and what it asked for in vain."""

    label_id: int | None = None
    """The class to explain."""
    frame: int | None = None
    """1 to T."""
    refused: tuple[str, ...] = ()
    """A sentence for each."""
    taken_up: bool = False
    """Whether no address asks, but an answer is computed once more that the visitor had: the frame stays."""


@dataclass(frozen=True)
class Wish:
    """A clip, and how to look at it."""

    name: str
    """The clip's name as the visitor knows it."""
    number: float = 0
    """Counted in the visitor's browser: what was pressed later has the larger number, whatever arrives first."""
    path: str | None = None
    """Its file; None for a clip that is yet to be fetched from the hub."""
    sample: int | None = None
    """Position in ``Backend.samples``; None for the visitor's own clip."""
    hub_clip: int | None = None
    """Position in ``HUB_CLIPS``."""
    in_player: bool = False
    """Whether the visitor dropped or recorded it in the player itself."""
    recorded: bool = False
    """Whether it came from the visitor's camera."""
    model: str = "auto"
    """``auto``, or as ``Backend.models`` has it."""
    sampler: str = "auto"
    """``auto``, or a key of ``Backend.samplers``."""
    start_seconds: float = 0.0
    end_seconds: float | None = None
    """None is the clip's end."""
    lesson: int | None = None
    """The lesson that put it on the page; None outside the tour."""
    step: int = 1
    """How far into that lesson, as in ``lessons.STEPS``, counted from 1."""
    method: str | None = None
    """The map that the lesson begins with, a key of ``Backend.methods``; None leaves the visitor's."""
    asked: Asked | None = None
    """Where an address made the wish: what else that asks for."""

    @property
    def own(self) -> bool:
        """Whether it is a clip that no address names: the visitor's own, or one from the hub."""
        return self.sample is None and self.lesson is None


@dataclass(frozen=True)
class Look:
    """How the visitor looks at a clip: which map of it."""

    method: str
    """A key of ``Backend.methods``."""
    label_id: int | None = None
    """The class to explain; None is the model's own answer."""


@dataclass(frozen=True)
class Turn:
    """What somebody paints for."""

    wish: float
    """A wish's number."""
    look: Look | None = None
    """Where what is painted depends on it."""
    since: int = 0
    """When it was asked for, on the visit's own clock: what is cancelled later than that stops."""


class Visit:
    """One visitor's last wish, its answer, and how it is looked at; for many threads at once."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._clock = itertools.count(1)
        self._wish: Wish | None = None
        self._own_clips: dict[str, Wish] = {}
        self._look: Look | None = None
        self._shown: weakref.ref[Analysis] | None = None
        self._cancelled_at = 0
        self._own: dict[float, Wish] = {}
        self._tab: str | None = None
        self._on_the_way: str | None = None
        self._lesson: int | None = None
        self._step = 1
        self._followed = 0.0
        self._edits: tuple[str, ...] | None = None
        self._was_had = False
        self._is_let_go = False

    def __deepcopy__(self, memo: dict[int, Any]) -> Visit:
        return Visit()  # Gradio copies a state's first value for every visitor

    @property
    def wish(self) -> Wish | None:
        return self._wish

    @property
    def own_clips(self) -> tuple[Wish, ...]:
        """The clips that this visitor brought, each as it was wished for last; the oldest first."""
        with self._lock:
            return tuple(self._own_clips.values())

    @property
    def number(self) -> float:
        """Of the last wish; 0 before the first one."""
        return self._wish.number if self._wish else 0

    @property
    def look(self) -> Look | None:
        """None before the visitor chose anything."""
        return self._look

    @property
    def answered(self) -> bool:
        """Whether the last wish has its answer."""
        return self._shown is not None

    @property
    def is_let_go(self) -> bool:
        """Whether it had one that the server let go."""
        return self._is_let_go

    @property
    def tab(self) -> str | None:
        """The key of the tab that is open, or that an address has asked for; None before there is one."""
        return self._tab

    @property
    def lesson(self) -> int | None:
        """The lesson that is open, whatever clip is on the page."""
        return self._lesson

    @property
    def step(self) -> int:
        """How far into the lesson, from 1."""
        return self._step

    @property
    def followed(self) -> float:
        """How often an address was followed: at load, and by Back and Forward."""
        return self._followed

    @property
    def edits(self) -> tuple[str, ...] | None:
        """What is ticked under “What if”; None before anybody chose."""
        return self._edits

    def choose_edits(self, names: Sequence[str] | None) -> None:
        """The visitor, a lesson or an address wants these edits."""
        self._edits = None if names is None else tuple(names)

    def follow_address(self, count: float) -> bool:
        """The browser follows its address for the ``count``-th time; False where it has followed a later one."""
        with self._lock:
            if count <= self._followed:
                return False
            self._followed = count
            return True

    def make(self, wish: Wish) -> bool:
        """Want this from now on; False where something was wished for later than this."""
        with self._lock:
            if self._wish is not None and wish.number <= self._wish.number:
                return False
            self._wish, self._shown, self._was_had, self._is_let_go = wish, None, False, False
            if wish.path is not None and wish.sample is None:
                self._own_clips[wish.path] = wish
                while len(self._own_clips) > OWN_CLIPS_KEPT:
                    del self._own_clips[next(iter(self._own_clips))]
            self._forget_class()
            if wish.method is not None:
                self._look = Look(wish.method)
            if wish.lesson is not None or wish.asked is not None:
                self._lesson, self._step = wish.lesson, wish.step
            if wish.own:
                self._own[wish.number] = wish
                while len(self._own) > OWN_KEPT:
                    self._own.pop(min(self._own))
            return True

    def own_clip(self, number: float) -> Wish | None:
        """The wish for a clip that no address names, by its number: Back leads to it while this visit lasts."""
        return self._own.get(number)

    def reach(self, step: int) -> None:
        """The visitor has come to this step of the open lesson."""
        self._step = step

    def go_to_tab(self, key: str | None) -> None:
        """An address asks for this tab: until it is open, what else opens is not where the visitor is."""
        with self._lock:
            self._on_the_way = key if key != self._tab else None
            self._tab = key

    def tab_opened(self, key: str) -> None:
        """The page shows this tab now; as a page comes up, its first tab opens even where another one is asked for."""
        with self._lock:
            if self._on_the_way in (None, key):
                self._on_the_way, self._tab = None, key

    def renew(self) -> float:
        """Take the last wish up anew, from the start, before anything that is wished for later; its new number."""
        with self._lock:
            if self._wish is not None:
                self.make(replace(self._wish, number=self._wish.number + SOON))
            return self.number

    def let_go(self) -> None:
        """The server needs the memory that the answer takes: nothing is painted about it until the wish is taken up."""
        with self._lock:
            self._shown, self._was_had, self._is_let_go = None, False, True

    def has(self, analysis: Analysis | None) -> None:
        """What the page has now: without the answer that it had, that was let go, whoever did it.

        Gradio does where the connection to a page is lost for minutes, as when a laptop sleeps.
        """
        with self._lock:
            if analysis is None and self._was_had:
                self.let_go()
            elif analysis is not None and self._shown is not None and self._shown() is analysis:
                self._was_had = True

    def take_up(self) -> bool:
        """Renew the wish whose answer was let go, with what was chosen since: map, class, step of a lesson.

        Returns:
            False where no answer was let go.
        """
        with self._lock:
            if self._wish is None or not self._is_let_go:
                return False
            lesson, step, look = self._lesson, self._step, self._look
            asked = Asked(label_id=look.label_id if look else None, taken_up=True)
            self.make(replace(self._wish, number=self._wish.number + SOON, method=None, asked=asked))
            self._lesson, self._step = lesson, step
            return True

    def show(self, analysis: Analysis, wish: Wish, *, label_id: int | None = None) -> None:
        """This is the wish's answer: whatever is painted about it from now on is painted for that wish.

        Args:
            label_id: the class that the wish's address asks for; None is the answer's own.
        """
        with self._lock:
            if wish == self._wish:
                self._shown = weakref.ref(analysis)
                self._look = self._look and replace(self._look, label_id=label_id)

    def choose_method(self, method: str) -> Look:
        """The visitor wants a map by another method: who draws the one before stops."""
        with self._lock:
            self._look = Look(method, self._look.label_id if self._look else None)
            return self._look

    def choose_class(self, label_id: int | None) -> Look | None:
        """The visitor wants a map for another class: who draws the one before stops."""
        with self._lock:
            self._look = self._look and replace(self._look, label_id=label_id)
            return self._look

    def _forget_class(self) -> None:
        # Another clip has other likely classes; one that was chosen meanwhile was chosen for the clip before.
        self._look = self._look and replace(self._look, label_id=None)

    def cancel(self) -> None:
        """Stop what is being done now."""
        with self._lock:
            self._cancelled_at = next(self._clock)

    def turn(self, *, look: Look | None = None) -> Turn:
        """To paint for the last wish, from now on."""
        with self._lock:
            return Turn(self.number, look, next(self._clock))

    def turn_about(self, analysis: Analysis | None) -> Turn | None:
        """To paint about an answer; None where that answer is no longer on the page."""
        with self._lock:
            if analysis is None or self._shown is None or self._shown() is not analysis:
                return None
            return self.turn()

    def is_current(self, turn: Turn) -> bool:
        with self._lock:
            return turn.wish == self.number and turn.look in (None, self._look)

    def is_cancelled(self, turn: Turn) -> bool:
        return self._cancelled_at > turn.since

    def paint(
        self,
        turn: Turn,
        steps: Generator[Update, None, None],
        *,
        cancelled: Callable[[], Update | None] | None = None,
    ) -> Generator[Update, None, bool]:
        """The updates, as long as they are wanted; returns whether all of them were.

        Args:
            cancelled: what to paint instead of the rest once the visitor cancels; None, or without it, to go on.
        """
        try:
            for update in steps:
                if not self.is_current(turn):
                    return False
                if cancelled is not None and self.is_cancelled(turn) and (instead := cancelled()) is not None:
                    yield instead
                    return False
                yield update
            return True
        finally:
            steps.close()
