"""What tells one clip from all others: its bytes, whatever it is called and wherever it lies."""

from __future__ import annotations

import hashlib
from pathlib import Path

from ..settings import Settings
from .file_check import checked_file

READ_BYTES = 1 << 20


def content_digest(path: Path, *, settings: Settings = Settings()) -> bytes:
    """16 bytes by BLAKE2b of all of the file, which nothing decodes here.

    Raises:
        ClipError: as ``checked_file``: a pipe, a folder, an empty or a too large file is not read.
    """
    digest = hashlib.blake2b(digest_size=16)
    with checked_file(path, settings) as (name, _), Path(name).open("rb") as file:
        while data := file.read(READ_BYTES):
            digest.update(data)
    return digest.digest()
