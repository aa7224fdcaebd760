"""A file of rows, ended at any byte, becomes the file that it would have been."""

from __future__ import annotations

from pathlib import Path

import pytest

from videomae_demo.commands.rows_file import RowsFile
from videomae_demo.errors import BadRequestError

KEYS = [{"clip": f"{name}.mp4"} for name in "abcabcd"]
ROWS = [{**key, "answer": number, "label": "Zeile\u2028für " + key["clip"]} for number, key in enumerate(KEYS)]
CONDITIONS = {"model": "tiny", "window": (0.0, None)}


def opened(path: Path, keys=KEYS, conditions=CONDITIONS, batch_size=3) -> RowsFile:
    return RowsFile(path, conditions=conditions, keys=keys, batch_size=batch_size, option="--out")


def go_on(path: Path) -> int:
    """Write all that is missing, batch by batch; gives how many rows that were."""
    file = opened(path)
    done = len(file.rows)
    for start in range(done, len(ROWS), 3):
        file.add(ROWS[start : start + 3])
    assert file.rows == ROWS
    return len(ROWS) - done


def test_a_run_that_is_ended_at_any_byte_goes_on_to_the_same_file(tmp_path: Path):
    path = tmp_path / "rows.jsonl"
    assert go_on(path) == 7
    whole = path.read_bytes()
    assert go_on(path) == 0
    for end in range(len(whole)):
        path.write_bytes(whole[:end])
        missing = go_on(path)
        assert path.read_bytes() == whole
        assert missing in (1, 4, 7)  # whole batches, and the last one of a single clip


def test_rows_stay_as_far_as_the_list_of_clips_is_the_same(tmp_path: Path):
    path = tmp_path / "rows.jsonl"
    go_on(path)
    assert len(opened(path, KEYS[:5]).rows) == 5
    go_on(path)
    assert len(opened(path, [*KEYS, {"clip": "e.mp4"}]).rows) == 6  # the last batch has one clip more now
    go_on(path)
    assert len(opened(path, [*KEYS[:4], {"clip": "x.mp4"}, *KEYS[5:]]).rows) == 3


def test_a_run_under_other_conditions_is_left_alone(tmp_path: Path):
    path = tmp_path / "rows.jsonl"
    go_on(path)
    before = path.read_bytes()
    for changed in ({"conditions": {"model": "other"}}, {"batch_size": 4}):
        with pytest.raises(BadRequestError, match=r"other settings.*--out"):
            opened(path, **changed)
    assert path.read_bytes() == before


def test_a_file_of_something_else_is_left_alone(tmp_path: Path):
    path = tmp_path / "notes.txt"
    path.write_text("mine")
    with pytest.raises(BadRequestError, match="there already"):
        opened(path)
    assert path.read_text() == "mine"
    (tmp_path / "notes.txt.run.json").write_text("{")
    with pytest.raises(BadRequestError, match="other settings"):
        opened(path)


def test_what_cannot_be_written_is_said(tmp_path: Path):
    with pytest.raises(BadRequestError, match=r"cannot be written.*--out"):
        opened(tmp_path / "gone" / "rows.jsonl")
