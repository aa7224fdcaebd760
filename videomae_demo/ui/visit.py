"""What one visitor wants to see now: the last wish wins, always and as a whole.

A page is painted by many events, each in a thread of its own, and visitors press faster than models answer. So nobody
paints just because an event ran. A painter paints for one wish, in one area of the page, and only as long as that wish
is the visitor's last one. An area is painted for one wish at a time: who paints for an older one stops before its next
stroke, and the next painter begins when that has been sent. What a visitor sees is then always about one clip.

No Gradio here: ``page.Page`` connects this to events.
"""

from __future__ import annotations

import itertools
import threading
import time
import weakref
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ..results import Analysis

Update = TypeVar("Update")

FIRST_SCREEN = "first screen"
"""The area above the tabs; each tab is an area by its own key."""
PATIENCE_SECONDS = 10.0
"""How long a painter waits for one that does not come back; that one finds itself out of date when it does."""
LOOK_SECONDS = 0.1


@dataclass(frozen=True)
class Wish:
    """A clip, and how to look at it."""

    name: str
    """The clip's name as the visitor knows it."""
    number: int = 0
    """Counted in the visitor's browser: what was pressed later has the larger number, whatever arrives first."""
    path: str | None = None
    """Its file; None for a clip that is yet to be fetched from the hub."""
    sample: int | None = None
    """Position in ``Backend.samples``; None for the visitor's own clip."""
    hub_clip: int | None = None
    """Position in ``HUB_CLIPS``."""
    in_player: bool = False
    """Whether the visitor dropped or recorded it in the player itself."""
    model: str = "auto"
    """``auto``, or as ``Backend.models`` has it."""
    sampler: str = "auto"
    """``auto``, or a key of ``Backend.samplers``."""
    start_seconds: float = 0.0
    end_seconds: float | None = None
    """None is the clip's end."""
    lesson: int | None = None
    """The lesson that put it on the page; None outside the tour."""


@dataclass(frozen=True)
class Turn:
    """For whom somebody paints, and where."""

    area: str
    wish: int
    """A wish's number."""
    look: int | None = None
    """A look's number, where what is painted depends on how the visitor looks at the clip; see ``Visit.look_anew``."""
    part: str = ""
    """Painters of different parts of one area take turns too; those of one part do not wait for each other."""
    since: int = field(default=0, compare=False)
    """When it was asked for, on the visit's own clock: what is cancelled later than that stops."""


class Visit:
    """One visitor's last wish, and who may paint for it; for many threads at once."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._clock = itertools.count(1)
        self._wish: Wish | None = None
        self._made_at = 0
        self._claimed: set[str] = set()
        self._finished: set[str] = set()
        self._shown: weakref.ref[Analysis] | None = None
        self._look = self._looked_at = 0
        self._cancelled_at = 0
        self._painting: dict[str, tuple[Turn, int]] = {}

    def __deepcopy__(self, memo: dict[int, Any]) -> Visit:
        return Visit()  # Gradio copies a state's first value for every visitor

    @property
    def wish(self) -> Wish | None:
        return self._wish

    @property
    def number(self) -> int:
        """Of the last wish; 0 before the first one."""
        return self._wish.number if self._wish else 0

    def make(self, wish: Wish) -> bool:
        """Want this from now on; False where something was pressed later than this."""
        with self._changed:
            if self._wish is not None and wish.number <= self._wish.number:
                return False
            self._wish, self._shown, self._made_at = wish, None, next(self._clock)
            self._claimed, self._finished = set(), set()
            self._look, self._looked_at = self._look + 1, self._made_at
            self._changed.notify_all()
            return True

    def claim(self, step: str, *, after: str | None = None) -> Wish | None:
        """The last wish, for the first who wants to do this step for it; None for everybody else.

        Args:
            after: a step that must have been finished before, by ``finish``.
        """
        with self._changed:
            if self._wish is None or step in self._claimed or (after is not None and after not in self._finished):
                return None
            self._claimed.add(step)
            return self._wish

    def finish(self, step: str, wish: Wish) -> None:
        with self._changed:
            if wish == self._wish:
                self._finished.add(step)

    def show(self, analysis: Analysis, wish: Wish) -> None:
        """This is the wish's answer: whatever is painted about it from now on is painted for that wish."""
        with self._changed:
            if wish == self._wish:
                self._shown = weakref.ref(analysis)

    @property
    def answered(self) -> bool:
        """Whether the last wish has its answer."""
        return self._shown is not None

    def look_anew(self) -> None:
        """The visitor wants another map of the same clip: who draws the one before stops."""
        with self._changed:
            self._look, self._looked_at = self._look + 1, next(self._clock)

    def cancel(self) -> None:
        """Stop what is being done now."""
        with self._changed:
            self._cancelled_at = next(self._clock)

    def turn_for(self, wish: Wish, part: str) -> Turn:
        """To paint what a wish brings to the first screen."""
        return Turn(FIRST_SCREEN, wish.number, part=part, since=self._made_at)

    def turn_now(self, area: str) -> Turn:
        """To paint something that does not depend on the clip, until another one is wanted."""
        with self._changed:
            return Turn(area, self.number, since=next(self._clock))

    def turn_about(self, analysis: Analysis | None, area: str) -> Turn | None:
        """To paint about an answer, in an area; None where that answer is no longer on the page."""
        with self._changed:
            if analysis is None or self._wish is None or self._shown is None or self._shown() is not analysis:
                return None
            return Turn(area, self._wish.number, since=next(self._clock))

    def turn_to_look(self, analysis: Analysis | None) -> Turn | None:
        """To paint the map of an answer; None where that answer is no longer on the page."""
        turn = self.turn_about(analysis, FIRST_SCREEN)
        return turn and Turn(FIRST_SCREEN, turn.wish, self._look, "map", self._looked_at)

    def is_current(self, turn: Turn) -> bool:
        return turn.wish == self.number and turn.look in (None, self._look)

    def is_cancelled(self, turn: Turn) -> bool:
        return self._cancelled_at > turn.since

    def paint(
        self,
        turn: Turn,
        steps: Generator[Update, None, None],
        *,
        nothing: Update,
        cancelled: Callable[[], Update | None] | None = None,
    ) -> Generator[Update, None, None]:
        """The updates, as long as they are wanted.

        Args:
            nothing: an update that changes nothing. It is the last one always: at the end of a generator Gradio sends
                what it yielded last once more, and by then the page may be about something else.
            cancelled: what to paint instead of the rest once the visitor cancels; None, or without it, to go on.
        """
        if not self._enter(turn):
            steps.close()
            yield nothing
            return
        try:
            for update in steps:
                if not self.is_current(turn):
                    break
                if cancelled is not None and self.is_cancelled(turn) and (instead := cancelled()) is not None:
                    yield instead
                    break
                yield update
            yield nothing
        finally:
            steps.close()
            self._leave(turn)

    def _enter(self, turn: Turn) -> bool:
        """Wait until nobody paints this area for another turn; False where the turn is out of date by then."""
        patience = time.monotonic() + PATIENCE_SECONDS
        with self._changed:
            while self.is_current(turn):
                painting, painters = self._painting.get(turn.area, (turn, 0))
                if painting == turn or not painters or time.monotonic() > patience:
                    self._painting[turn.area] = (turn, painters + 1 if painting == turn else 1)
                    return True
                self._changed.wait(LOOK_SECONDS)
            return False

    def _leave(self, turn: Turn) -> None:
        with self._changed:
            painting, painters = self._painting.get(turn.area, (turn, 0))
            if painting == turn:  # somebody who lost patience may have taken over
                self._painting[turn.area] = (turn, painters - 1)
            self._changed.notify_all()
