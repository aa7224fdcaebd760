"""Measured numbers go into README.md by the commands that measure them, between two marks."""

from __future__ import annotations

from pathlib import Path

from ..errors import BadRequestError


def write_section(readme: Path, name: str, text: str) -> None:
    """Replace what stands between ``<!-- name: begin -->`` and ``<!-- name: end -->``.

    Raises:
        BadRequestError: the marks are not there.
    """
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, found_begin, rest = readme.read_text(encoding="utf-8").partition(begin)
    _, found_end, after = rest.partition(end)
    if not (found_begin and found_end):
        raise BadRequestError(f"{readme} has no lines {begin} and {end} for the numbers to stand between.")
    readme.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")
