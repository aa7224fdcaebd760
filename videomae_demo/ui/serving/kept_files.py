"""Visitors' files on the server: who uses which, and their end when the last one leaves, or after some minutes."""

from __future__ import annotations

import contextlib
import os
import secrets
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

UPLOADED = "clips"
"""Folder of what visitors sent; beside it lie copies of what they were shown."""

UNCLAIMED_SECONDS = 120
"""How long an upload may lie that no page and no program has named since it arrived: whoever sent it is gone, and as an
upload belongs to no session, nobody's leaving takes it along."""


class KeptFiles:
    """The files of one folder; for many threads at once."""

    def __init__(self, folder: Path, *, seconds: float) -> None:
        """
        Args:
            folder: this process's alone.
            seconds: how long a file stays that nobody uses.
        """
        self.folder = folder
        self._seconds = seconds
        self._lock = threading.Lock()
        self._users: defaultdict[str, set[str]] = defaultdict(set)
        self._at_work: Counter[str] = Counter()

    def use(self, session: str, value: Any) -> None:
        """A visitor sends or gets these values: the files that they name are used, now and by this visitor."""
        for path in self._named(value):
            _touch(path)
            with self._lock:
                self._users[path].add(session)

    @contextlib.contextmanager
    def at_work(self, session: str, value: Any) -> Iterator[None]:
        """An event with these values is under way: their files are used until it ends, however long it waits."""
        paths = [*self._named(value)]
        with self._lock:
            self._at_work.update(paths)
        try:
            self.use(session, value)
            yield
        finally:
            for path in paths:
                _touch(path)
            with self._lock:
                self._at_work.subtract(paths)
                self._at_work = +self._at_work  # without those at 0

    def _named(self, value: Any) -> Iterator[str]:
        for path in named_files(value):
            if self.folder in Path(path).parents and ".." not in Path(path).parts:
                yield path

    def leave(self, session: str) -> None:
        """A visitor leaves: what nobody else uses goes with them."""
        with self._lock:
            theirs = [path for path, users in self._users.items() if session in users]
            alone = [path for path in theirs if self._users[path] == {session}]
            for path in theirs:
                self._users[path].discard(session)
                if not self._users[path]:
                    del self._users[path]
            for file in map(Path, alone):
                _delete(file)

    def place_for_upload(self) -> Path:
        """A folder for one upload, under a name that nobody guesses."""
        return self.folder / UPLOADED / secrets.token_urlsafe(16)

    def sweep(self, *, now: float | None = None) -> None:
        """Delete what was not used for ``seconds``, begun uploads and empty folders among it, and unclaimed uploads.

        Args:
            now: seconds since 1970.
        """
        now = time.time() if now is None else now
        for place, _, names in os.walk(self.folder, topdown=False):
            for path in (Path(place, name) for name in names):
                with contextlib.suppress(OSError), self._lock:
                    if self._ends(path) < now and str(path) not in self._at_work:
                        self._users.pop(str(path), None)
                        _delete(path)
            with contextlib.suppress(OSError):
                if Path(place) != self.folder and Path(place).stat().st_mtime + self._seconds < now:
                    Path(place).rmdir()  # unless something is in it

    def _ends(self, path: Path) -> float:
        """When a file has lain long enough, in seconds since 1970."""
        found = path.stat()
        if str(path) not in self._users and self.folder / UPLOADED in path.parents:
            return max(found.st_atime, found.st_mtime) + min(UNCLAIMED_SECONDS, self._seconds)
        return found.st_atime + self._seconds


def _touch(path: str) -> None:
    """Note the use. A clip that was written since is another one, so only the access counts."""
    with contextlib.suppress(OSError):
        os.utime(path, ns=(time.time_ns(), Path(path).stat().st_mtime_ns))


def _delete(path: Path) -> None:
    """The file, and the folder that only it was in."""
    with contextlib.suppress(OSError):
        path.unlink()
    with contextlib.suppress(OSError):
        path.parent.rmdir()  # unless something else is in it


def named_files(value: Any) -> Iterator[str]:
    """Every file that a value of the page names, as Gradio writes them."""
    if isinstance(value, dict):
        path = value.get("path")
        if isinstance(path, str):
            yield path
        for inner in value.values():
            yield from named_files(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from named_files(inner)
