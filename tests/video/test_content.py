"""A clip is told by its bytes alone, and nothing but a regular file within the limits is read for it."""

import os

import pytest

from videomae_demo.errors import ClipError
from videomae_demo.settings import Settings
from videomae_demo.video import content
from videomae_demo.video.content import content_digest


def test_equal_bytes_are_equal_whatever_their_name(tmp_path, monkeypatch):
    monkeypatch.setattr(content, "READ_BYTES", 7)
    for name, data in (("a.mp4", b"0123456789"), ("b", b"0123456789"), ("c.mp4", b"0123456788"), ("d", b"0123456")):
        (tmp_path / name).write_bytes(data)
    first, same, *others = (content_digest(tmp_path / name) for name in ("a.mp4", "b", "c.mp4", "d"))
    assert first == same
    assert len({first, *others}) == 3


def test_what_is_no_plain_file_is_not_read(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "empty").touch()
    (tmp_path / "large").write_bytes(b"x" * 2000)
    for name, code in (("pipe", "not_a_file"), ("empty", "empty"), ("large", "too_large"), ("none", "not_found")):
        with pytest.raises(ClipError) as caught:
            content_digest(tmp_path / name, settings=Settings(max_upload_mb=0.001))
        assert caught.value.code == code
