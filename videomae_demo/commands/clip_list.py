"""Which clips are meant: files, folders, patterns and manifests -> one list, in an order that is always the same."""

from __future__ import annotations

import csv
import glob
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import BadRequestError

_NAMES = "3gp asf avi dv flv gif m2ts m4v mkv mov mp4 mpeg mpg mts mxf nut ogv ts vob webm wmv y4m"
SUFFIXES = frozenset(f".{name}" for name in _NAMES.split())
"""Names of files that are taken from a folder; a file that is named itself is tried whatever it is called."""


@dataclass(frozen=True)
class ListedClip:
    """One clip to look at."""

    name: str
    """As it was written, or as it was found: what its row is called."""
    path: Path
    label: str
    """As a manifest writes it; without one, the name of the clip's folder, as collections of labelled clips have it."""


def list_clips(arguments: Iterable[str], *, labelled: bool = False) -> tuple[ListedClip, ...]:
    """The clips that are meant by what was typed.

    What means no clip, such as an empty folder, stays in the list by its own name: its row will say what is wrong.

    Args:
        arguments: Each a file; a folder, for all videos in it and below, by name; a pattern with ``*``, ``?`` or ``[``,
            where ``**`` is any number of folders; or a ``.csv`` file with a column ``path`` and perhaps ``label``.
        labelled: Whether a manifest has to have the column ``label``.

    Raises:
        BadRequestError: a manifest that cannot be read.
    """
    return tuple(clip for argument in arguments for clip in _expanded(argument, labelled))


def _expanded(argument: str, labelled: bool) -> Iterator[ListedClip]:
    path = Path(argument)
    if path.suffix.lower() == ".csv":
        yield from read_manifest(path, labelled=labelled)
        return
    names: list[str] = []
    if path.is_dir():
        names = sorted(str(file) for file in path.rglob("*") if file.suffix.lower() in SUFFIXES)
    elif glob.has_magic(argument) and not path.exists():
        matches = glob.glob(argument, recursive=True)  # noqa: PTH207  (pathlib refuses patterns from the root)
        names = sorted(name for name in matches if not Path(name).is_dir())
    for name in names or [argument]:
        yield ListedClip(name, Path(name), Path(name).absolute().parent.name)


def read_manifest(path: Path, *, labelled: bool = False) -> tuple[ListedClip, ...]:
    """The rows of a CSV file; a path counts from the file's folder if there is such a clip, else from here.

    Args:
        path: Of a file with a column ``path``, and ``label`` where the clips' folders are not named by their labels.
        labelled: Whether ``label`` has to be there.

    Raises:
        BadRequestError: no such file, a column is missing, a row has no path or no label, or there is no row.
    """
    wanted = {"path", "label"} if labelled else {"path"}
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            if missing := wanted - set(reader.fieldnames or ()):
                raise BadRequestError(f"{path.name} has no column {' or '.join(sorted(missing))}: expected path,label.")
            has_labels = "label" in (reader.fieldnames or ())
            rows = [((row["path"] or "").strip(), (row.get("label") or "").strip()) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadRequestError(f"The manifest {path} cannot be read: expected a CSV file with path,label.") from error
    if not rows or not all(name and (label or not has_labels) for name, label in rows):
        raise BadRequestError(f"{path.name} has no row, or a row without a path or a label.")
    clips = []
    for name, label in rows:
        beside = path.parent / name
        file_path = beside if beside.exists() else Path(name)
        clips.append(ListedClip(name, file_path, label or file_path.absolute().parent.name))
    return tuple(clips)
