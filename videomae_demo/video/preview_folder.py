"""Where previews lie until the page has copied them: a folder of this process's own."""

from __future__ import annotations

import os
import tempfile
import threading
from pathlib import Path

from .own_folder import own_folder

KEPT = 32
"""Previews: more than visitors who wait for a preview at the same moment."""

_lock = threading.Lock()


def keep_preview(data: bytes, folder: Path | None) -> Path:
    """The data in a new file of that folder, by default of this process's own."""
    with _lock:
        place = folder or own_folder("previews")
        handle, name = tempfile.mkstemp(prefix="preview-", suffix=".mp4", dir=place)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        if folder is None:
            for old in sorted(place.iterdir(), key=lambda path: path.stat().st_mtime_ns)[:-KEPT]:
                old.unlink()
        return Path(name)
