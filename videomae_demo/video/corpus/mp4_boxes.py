"""Changes to the boxes of a finished MP4 file: what no encoder writes by itself."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(data):
        length = struct.unpack_from(">I", data, at)[0]
        yield data[at + 4 : at + 8], data[at + 8 : at + length]
        at += length


def box(kind: bytes, body: bytes) -> bytes:
    """A whole box: its length, its kind and its body."""
    return struct.pack(">I", len(body) + 8) + kind + body


def change_box(path: Path, kind: bytes, change: Callable[[bytes], bytes]) -> None:
    """Replace the body of every box of one kind; ``moov`` comes last, so that no offset into the pictures moves."""

    def walk(data: bytes) -> bytes:
        changed = b""
        for name, body in _boxes(data):
            if name == kind:
                body = change(body)
            elif name in (b"moov", b"trak", b"edts", b"mdia", b"minf", b"stbl"):
                body = walk(body)
            changed += box(name, body)
        return changed

    path.write_bytes(walk(path.read_bytes()))


def set_matrix(path: Path, a: int, b: int, c: int, d: int) -> None:
    """Ask players to turn the picture by the matrix ((a, b), (c, d))."""
    matrix = struct.pack(">9i", a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30)
    change_box(path, b"tkhd", lambda body: body[:40] + matrix + body[76:])


def set_edits(path: Path, edits: Sequence[tuple[int, int]]) -> None:
    """Show only these parts: (milliseconds, media time in the track's ticks or -1 for a pause)."""
    body = struct.pack(">II", 0, len(edits)) + b"".join(struct.pack(">IiI", *edit, 1 << 16) for edit in edits)
    change_box(path, b"edts", lambda _: box(b"elst", body))
