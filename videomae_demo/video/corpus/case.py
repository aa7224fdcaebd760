"""The records of the corpus: one file, how it is made, and what is a right answer to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .burnt_number import SIZE


@dataclass(frozen=True)
class Truth:
    """What a player shows of a clip."""

    numbers: Sequence[int]
    """The burnt-in number of each shown frame."""
    seconds: Sequence[float]
    """When it is shown, from the first shown frame."""
    size: tuple[int, int] = SIZE
    """(width, height) as shown."""
    tolerance: float = 0.002
    """Seconds that the container's clock rounds by."""


@dataclass(frozen=True)
class Case:
    """One file of the corpus."""

    name: str
    make: Callable[[Path], Truth | None]
    """Writes the file; gives the truth where the file is valid."""
    codes: tuple[str, ...] = ()
    """Error codes that are right answers; a valid clip has none."""
    may_give_frames: bool = True
    """Whether frames are a right answer."""

    @property
    def kind(self) -> str:
        return "good" if not self.codes else "damaged" if self.may_give_frames else "hostile"
