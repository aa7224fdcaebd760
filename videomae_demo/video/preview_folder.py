"""Where previews lie until the page has copied them: a folder of this process's own."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import threading
from pathlib import Path

KEPT = 32
"""Previews: more than visitors who wait for a preview at the same moment."""

_PREFIX = "videomae-previews-"
_lock = threading.Lock()
_own: Path | None = None


def keep_preview(data: bytes, folder: Path | None) -> Path:
    """The data in a new file of that folder, by default of this process's own."""
    with _lock:
        place = folder or _own_folder()
        handle, name = tempfile.mkstemp(prefix="preview-", suffix=".mp4", dir=place)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        if folder is None:
            for old in sorted(place.iterdir(), key=lambda path: path.stat().st_mtime_ns)[:-KEPT]:
                old.unlink()
        return Path(name)


def _own_folder() -> Path:
    """This process's folder; those of processes that were killed before they could clean up go now."""
    global _own
    if _own is None or not _own.name.startswith(f"{_PREFIX}{os.getpid()}-"):  # the second in a forked child
        for other in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
            if not _runs(other.name.removeprefix(_PREFIX).split("-")[0]):
                shutil.rmtree(other, ignore_errors=True)
        _own = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
        atexit.register(shutil.rmtree, _own, ignore_errors=True)
    return _own


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
