"""What a class guessed, as counts: no names, no accounts, nothing on disk, and gone when the room has been empty."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

EMPTY_AFTER = 3 * 3600.0
"""Seconds without an answer after which a question's counts begin anew: another class is in the room."""
MOST_QUESTIONS = 200
"""Questions that are counted at once; the one that was answered longest ago gives way."""


class Room:
    """Counts by question and guess; for many threads at once."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._counts: dict[str, tuple[float, tuple[int, ...]]] = {}

    def add(self, question: str, guess: int, *, guesses: int) -> None:
        """One more answer.

        Args:
            question: which one, by any name.
            guess: position of the one that was chosen, in [0, guesses).
            guesses: how many there are to choose from.
        """
        if not 0 <= guess < guesses:
            raise ValueError(f"{guess = }, {guesses = }")
        with self._lock:
            before = self._of(question, guesses)
            after = tuple(number + (place == guess) for place, number in enumerate(before))
            self._counts.pop(question, None)  # what was answered last stands last
            self._counts[question] = self._clock(), after
            while len(self._counts) > MOST_QUESTIONS:
                self._counts.pop(next(iter(self._counts)))

    def counts(self, question: str, *, guesses: int) -> tuple[int, ...]:
        """How often each guess was chosen."""
        with self._lock:
            return self._of(question, guesses)

    def _of(self, question: str, guesses: int) -> tuple[int, ...]:
        since, numbers = self._counts.get(question, (0.0, ()))
        stale = self._clock() - since > EMPTY_AFTER
        return (0,) * guesses if stale or len(numbers) != guesses else numbers
