"""How often is it right? Top-1 and top-5 over a list of labelled clips, with intervals, and resumable."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..errors import BadRequestError
from ..results import Proportion


@dataclass(frozen=True)
class LabelledClip:
    """One row of the manifest."""

    path: str
    """As written there."""
    label: str
    """A class's label or number, as written there."""


@dataclass(frozen=True)
class Outcome:
    """What became of one row; one line of the progress file."""

    path: str
    label: str
    rank: int | None = None
    """Where the right class stands among the probabilities, from 1; None where the clip failed."""
    code: str | None = None
    """The error's code, where the clip failed."""
    message: str | None = None


def top_k_accuracy(outcomes: Iterable[Outcome], k: int) -> Proportion:
    """The share of clips, of those that were answered, whose right class is among the k likeliest."""
    ranks = [outcome.rank for outcome in outcomes if outcome.rank is not None]
    return Proportion(sum(rank <= k for rank in ranks), len(ranks))


def read_manifest(path: Path) -> tuple[LabelledClip, ...]:
    """The rows of a CSV file with the columns ``path`` and ``label``.

    Raises:
        BadRequestError: no such file, other columns, a row without either, or no row.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            if missing := {"path", "label"} - set(reader.fieldnames or ()):
                raise BadRequestError(f"{path.name} has no column {' or '.join(sorted(missing))}: expected path,label.")
            rows = tuple(LabelledClip((row["path"] or "").strip(), (row["label"] or "").strip()) for row in reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadRequestError(f"The manifest {path} cannot be read: expected a CSV file with path,label.") from error
    if not rows or not all(row.path and row.label for row in rows):
        raise BadRequestError(f"{path.name} has no row, or a row without a path or a label.")
    return rows


class ProgressFile:
    """What is done already: a JSON line for the settings, then one an outcome, written as soon as it is known."""

    def __init__(self, path: Path, settings: dict[str, object]) -> None:
        """Open, or begin, the file of an evaluation under these settings.

        Raises:
            BadRequestError: the file belongs to an evaluation under other settings, or is none at all.
        """
        self.path = path
        self.outcomes: list[Outcome] = []
        if not path.exists():
            self._append(settings)
            return
        lines = list(_whole_lines(path))
        if not lines or lines[0] != json.loads(json.dumps(settings)):
            raise BadRequestError(
                f"{path} is of an evaluation under other settings. Remove it to begin anew, or give another --state."
            )
        self.outcomes = [Outcome(**line) for line in lines[1:]]

    def add(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
        self._append(asdict(outcome))

    def of(self, clips: Iterable[LabelledClip]) -> list[Outcome]:
        """The outcomes of these rows; what the manifest held once and no longer does is left out."""
        rows = {(clip.path, clip.label) for clip in clips}
        return [outcome for outcome in self.outcomes if (outcome.path, outcome.label) in rows]

    def left(self, clips: Iterable[LabelledClip]) -> list[LabelledClip]:
        """The rows without an outcome; a row that stands twice in the manifest wants two."""
        done = [(outcome.path, outcome.label) for outcome in self.outcomes]
        left = []
        for clip in clips:
            if (clip.path, clip.label) in done:
                done.remove((clip.path, clip.label))
            else:
                left.append(clip)
        return left

    def _append(self, record: dict[str, object]) -> None:
        try:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(record, ensure_ascii=False) + "\n")
        except OSError as error:
            raise BadRequestError(f"{self.path} cannot be written: name a place that can with --state.") from error


def _whole_lines(path: Path) -> Iterator[dict[str, Any]]:
    text = path.read_text(encoding="utf-8")
    whole = text[: text.rfind("\n") + 1]
    if whole != text:
        path.write_text(whole, encoding="utf-8")  # the run was ended in mid-line: that clip is done again
    try:
        yield from map(json.loads, filter(None, whole.split("\n")))
    except json.JSONDecodeError as error:
        raise BadRequestError(f"{path} is no progress file of an evaluation: name another with --state.") from error
