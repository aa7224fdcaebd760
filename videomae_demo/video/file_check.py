"""Which files a decoder may see, before it sees any."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import ClipError
from ..settings import Settings
from ..words import later

_DESCRIPTORS = Path("/proc/self/fd")


@contextmanager
def checked_file(
    path: Path, settings: Settings, *, expected: tuple[int, ...] | None = None
) -> Iterator[tuple[str, tuple[int, ...]]]:
    """A private name for the file, and its identity.

    On Linux the name is that of the open descriptor that was checked: no other file can take its place between check
    and use, a relative address inside the file leads nowhere, and nothing is left on disk however the process ends.
    Elsewhere it is a link (or a copy) in a fresh private folder, under a name of our own.

    Args:
        expected: The identity at the time of the scan.

    Raises:
        ClipError: ``not_found``, ``not_a_file``, ``empty``, ``too_large``; ``unreadable`` without permission or when
            the file is no longer the one that was scanned.
    """
    try:
        # Without O_NONBLOCK, opening a named pipe waits for a writer for ever.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ClipError(
            "not_found", later("There is no file {name}. Choose the clip again.", name=path.name)
        ) from error
    except IsADirectoryError as error:
        raise not_a_file(path) from error
    except (OSError, ValueError) as error:
        raise ClipError(
            "unreadable", later("{name} cannot be opened. Check that it may be read.", name=path.name)
        ) from error
    try:
        found = os.fstat(descriptor)
        _refuse(path, found, settings)
        identity = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)
        if expected is not None and identity != expected:
            raise ClipError(
                "unreadable", later("{name} changed while it was being read. Choose the clip again.", name=path.name)
            )
        if _DESCRIPTORS.exists():
            yield f"{_DESCRIPTORS}/{descriptor}", identity
        else:
            with tempfile.TemporaryDirectory(prefix="videomae-clip-") as folder:
                yield str(_link_or_copy(path, Path(folder) / "clip")), identity
    finally:
        os.close(descriptor)


def not_a_file(path: Path) -> ClipError:
    return ClipError("not_a_file", later("{name} is not a regular file. Choose a video file.", name=path.name))


def _refuse(path: Path, found: os.stat_result, settings: Settings) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise not_a_file(path)
    if found.st_size == 0:
        raise ClipError("empty", later("{name} is empty. Choose the clip again, or record a new one.", name=path.name))
    if found.st_size > settings.max_upload_mb * 1e6:
        raise ClipError(
            "too_large",
            later(
                "{name} has {st_size:.0f} MB, more than the {max_upload_mb:g} MB that are read here. Cut out the part "
                "of interest, or export it smaller.",
                name=path.name,
                st_size=found.st_size / 1e6,
                max_upload_mb=settings.max_upload_mb,
            ),
        )


def _link_or_copy(source: Path, target: Path) -> Path:
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
    return target
