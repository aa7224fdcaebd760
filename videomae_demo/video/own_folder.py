"""Folders of this process alone, for what visitors' clips leave on disk; they go when it ends, however it ends."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import threading
from pathlib import Path

_lock = threading.Lock()
_own: dict[str, Path] = {}


def own_folder(kind: str, *, within: str | None = None) -> Path:
    """This process's folder of that kind; those of processes that were killed before they could clean up go now.

    Args:
        kind: Part of its name, such as ``previews``.
        within: Where it lies; the system's temporary folder where None.
    """
    prefix = f"videomae-{kind}-"
    with _lock:
        folder = _own.get(kind)
        if folder is None or not folder.name.startswith(f"{prefix}{os.getpid()}-"):  # the second in a forked child
            place = Path(within or tempfile.gettempdir())
            place.mkdir(parents=True, exist_ok=True)
            for other in place.glob(f"{prefix}*"):
                if not _runs(other.name.removeprefix(prefix).split("-")[0]):
                    shutil.rmtree(other, ignore_errors=True)
            folder = _own[kind] = Path(tempfile.mkdtemp(prefix=f"{prefix}{os.getpid()}-", dir=place))
            atexit.register(shutil.rmtree, folder, ignore_errors=True)
        folder.mkdir(mode=0o700, exist_ok=True)  # a cleaner of temporary files may have taken it
        return folder


def remove_own_folders() -> None:
    """Delete them all with what is in them; those asked for later are new ones."""
    with _lock:
        folders = [*_own.values()]
        _own.clear()
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def _runs(pid: str) -> bool:
    if os.name == "nt":  # signal 0 would be Ctrl-C there
        return True
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except (OSError, ValueError):
        return True
    return True
