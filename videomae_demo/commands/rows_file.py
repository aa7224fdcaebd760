"""A row a clip, written as soon as it is known, by a run that may be ended at any time and goes on to the same file.

The rows are JSON lines. Beside them ``NAME.run.json`` says of which run they are. Rows come in whole batches: a run
that goes on drops the rows of a batch that was cut off and answers it again as a whole, because a number's last digits
depend on what else is in its batch.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import BadRequestError

Row = dict[str, Any]


class RowsFile:
    """The rows that are there, and where further ones go."""

    def __init__(
        self,
        path: Path,
        *,
        conditions: Mapping[str, object],
        keys: Sequence[Mapping[str, object]],
        batch_size: int,
        option: str,
    ) -> None:
        """Open, or begin, the file of a run under these conditions.

        Rows stay as far as they are of these clips in this order; what follows is dropped.

        Args:
            path: Of the rows.
            conditions: Whatever decides about the numbers, in terms of JSON.
            keys: One a clip, in order: what its row has to hold.
            batch_size: Clips that are answered at once.
            option: Of the command line, to choose another path by; for error messages.

        Raises:
            BadRequestError: the file is of a run under other conditions, is no file of rows, or cannot be written.
        """
        self.path = path
        self._option = option
        self._begin(json.loads(json.dumps({**conditions, "batch_size": batch_size})))
        rows = list(self._whole_rows())
        kept = 0
        while kept < min(len(rows), len(keys)) and keys[kept].items() <= rows[kept].items():
            kept += 1
        if kept < len(keys):
            kept = kept // batch_size * batch_size
        self.rows: list[Row] = rows[:kept]
        if kept < len(rows):
            self._write("".join(map(_line, self.rows)), "w")

    def add(self, rows: Iterable[Row]) -> None:
        """Write one batch."""
        rows = list(rows)
        self.rows += rows
        self._write("".join(map(_line, rows)), "a")

    def remove(self) -> None:
        """What the rows were for is written: nobody goes on from here."""
        self.path.unlink(missing_ok=True)
        self._beside.unlink(missing_ok=True)

    @property
    def _beside(self) -> Path:
        return self.path.with_name(f"{self.path.name}.run.json")

    def _begin(self, conditions: Row) -> None:
        beside = self._beside
        if not beside.exists():
            if self.path.exists() and self.path.stat().st_size:
                raise BadRequestError(
                    f"{self.path} is there already and is not of such a run. Give another {self._option}."
                )
            self._guarded(lambda: beside.write_text(_line(conditions), encoding="utf-8"))
            self._write("", "a")
            return
        try:
            found = json.loads(beside.read_text(encoding="utf-8") or "null")
        except (OSError, ValueError):
            found = None
        if found != conditions:
            raise BadRequestError(
                f"{self.path} is of a run under other settings. Remove it and {beside.name} to begin anew, or give"
                f" another {self._option}."
            )

    def _whole_rows(self) -> Iterator[Row]:
        if not self.path.exists():
            return
        text = self.path.read_bytes()
        whole = text[: text.rfind(b"\n") + 1]
        if whole != text:  # the run was ended in mid-line
            self._guarded(lambda: self.path.write_bytes(whole))
        try:
            yield from map(json.loads, filter(None, whole.decode("utf-8").split("\n")))
        except ValueError as error:
            raise BadRequestError(f"{self.path} holds no rows of such a run. Give another {self._option}.") from error

    def _write(self, text: str, mode: str) -> None:
        def write() -> None:
            with self.path.open(mode, encoding="utf-8", newline="\n") as file:
                file.write(text)

        self._guarded(write)

    def _guarded(self, write: Any) -> None:
        try:
            write()
        except OSError as error:
            raise BadRequestError(
                f"{self.path} cannot be written: name a place that can with {self._option}."
            ) from error


def packed(numbers: np.ndarray) -> Row:
    """Any shape of float32 in terms of JSON, to the last bit; ``unpacked`` is the way back."""
    return {"shape": list(numbers.shape), "float32": base64.b64encode(numbers.astype("<f4").tobytes()).decode("ascii")}


def unpacked(row: Mapping[str, Any]) -> np.ndarray:
    return np.frombuffer(base64.b64decode(row["float32"]), "<f4").astype(np.float32).reshape(row["shape"])


def _line(row: Mapping[str, object]) -> str:
    return json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n"
