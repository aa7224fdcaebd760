"""Lines of JSON that parse, and no clip's name in any line."""

from __future__ import annotations

import json
import logging

import pytest

from videomae_demo.ui.serving.logs import JsonLines, TextLines, hear

NAME = "my child's birthday.mp4"
PATH = f"/tmp/videomae-uploads-12-abc/clips/x/{NAME}"


def record_of(message: str, *args: object, error: Exception | None = None, **extra: object) -> logging.LogRecord:
    record = logging.LogRecord(
        "videomae_demo.x", logging.ERROR, "x.py", 1, message, args, error and (type(error), error, None)
    )
    record.__dict__.update(extra)
    return record


def test_a_line_is_an_object_with_what_happened():
    line = json.loads(JsonLines().format(record_of("answered", values={"seconds": 0.5})))
    assert line["message"] == "answered" and line["seconds"] == 0.5 and line["level"] == "ERROR"
    assert line["time"].endswith("+00:00")


@pytest.mark.parametrize("form", [TextLines(), JsonLines()], ids=["text", "json"])
def test_no_name_of_a_clip_is_written_down(form):
    error = FileNotFoundError(2, "No such file", PATH)
    written = form.format(record_of("it failed: %s", error, error=error))
    assert "birthday" not in written and "a visitor's file" in written
    if isinstance(form, JsonLines):
        assert "FileNotFoundError" in json.loads(written)["error"]


def test_happenings_are_lines(caplog):
    with caplog.at_level(logging.INFO, "videomae_demo.requests"):
        hear("waited", {"seconds": 0.123456})
    assert caplog.records[0].getMessage() == "waited"
    assert caplog.records[0].values == {"seconds": 0.1235}
