"""The patching of many clips as one table, in a file beside the checkpoint."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from .probes import checkpoint_digest
from .records import Patching, PatchingStudy

FILE = "patching.json"


def summarise(pairs: Sequence[tuple[Patching, Patching]], command: str) -> PatchingStudy:
    """Means and their intervals, clip by clip the same weight.

    Args:
        pairs: For each of two or more clips, patched from its reversal and from another clip of its class.
    """

    def stacked(which: int, name: str) -> np.ndarray:
        return np.stack([getattr(pair[which], name) for pair in pairs]).astype(np.float64)

    slices, additions = stacked(0, "slices"), stacked(0, "additions")
    spread = max(values.std(axis=0, ddof=1).max() for values in (slices, additions))
    return PatchingStudy(
        slices=slices.mean(axis=0).astype(np.float32),
        additions=additions.mean(axis=0).astype(np.float32),
        half_width=float(student(len(pairs) - 1) * spread / len(pairs) ** 0.5),
        control_slices=stacked(1, "slices").mean(axis=0).astype(np.float32),
        control_additions=stacked(1, "additions").mean(axis=0).astype(np.float32),
        clips=len(pairs),
        command=command,
    )


def student(freedom: int) -> float:
    """The 97.5 % quantile of Student's t, by its expansion around the normal one (Abramowitz and Stegun 26.7.5).

    >>> [round(student(freedom), 2) for freedom in (7, 30, 99)]
    [2.36, 2.04, 1.98]
    """
    z = 1.959963984540054
    first, second = (z**3 + z) / 4, (5 * z**5 + 16 * z**3 + 3 * z) / 96
    return z + first / freedom + second / freedom**2


_TABLES = ("slices", "additions", "control_slices", "control_additions")


def save(folder: Path, study: PatchingStudy) -> None:
    """Write the file beside the checkpoint."""
    record = {
        "command": study.command,
        "checkpoint": checkpoint_digest(folder),
        "clips": study.clips,
        "half_width": round(study.half_width, 4),
        **{name: np.round(getattr(study, name).astype(float), 4).tolist() for name in _TABLES},
    }
    (folder / FILE).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def load(folder: Path) -> PatchingStudy | None:
    """The study beside a checkpoint; None where there is none, or it was made with other weights."""
    if not (folder / FILE).is_file():
        return None
    record = json.loads((folder / FILE).read_text(encoding="utf-8"))
    if record.pop("checkpoint") != checkpoint_digest(folder):
        return None
    tables = {name: np.array(record[name], np.float32) for name in _TABLES}
    return PatchingStudy(**{**record, **tables})
