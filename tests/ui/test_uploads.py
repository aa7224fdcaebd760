"""Uploads that cannot be kept."""

from __future__ import annotations

import errno
from tempfile import NamedTemporaryFile
from types import SimpleNamespace

import pytest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.testclient import TestClient

from videomae_demo.settings import Settings
from videomae_demo.ui import uploads


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_a_sentence_and_leaves_nothing(tmp_path, monkeypatch, code):
    async def disk_is_full(request, folder, *_unused, **_options):
        folder.mkdir()
        (folder / "half.mp4").write_bytes(b"half")
        raise OSError(code, "No space left on device", "/secret/path")

    monkeypatch.setattr(uploads, "upload_fn", disk_is_full)
    app = Starlette(routes=[uploads.upload_route(Settings())])
    app.get_blocks = lambda: SimpleNamespace(kept=SimpleNamespace(place_for_upload=lambda: tmp_path / "one"))
    answer = TestClient(app).post("/gradio_api/upload", files={"files": ("a.mp4", b"abc")})
    assert answer.status_code == 507 and "no room for your clip" in answer.text and "secret" not in answer.text
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("why", [OSError(errno.ENOSPC, "No space left on device"), HTTPException(400, "gone")])
def test_an_upload_that_ends_early_leaves_no_file_open(tmp_path, monkeypatch, why):
    """What is open keeps its room on the disk, deleted or not."""
    opened = []

    def begin(**options):
        file = NamedTemporaryFile(**options)  # noqa: SIM115
        file.write = raise_it
        opened.append(file)
        return file

    def raise_it(_data):
        raise why

    monkeypatch.setattr("gradio.route_utils.NamedTemporaryFile", begin)
    app = Starlette(routes=[uploads.upload_route(Settings())])
    app.get_blocks = lambda: SimpleNamespace(kept=SimpleNamespace(place_for_upload=lambda: tmp_path / "one"))
    answer = TestClient(app).post("/gradio_api/upload", files={"files": ("a.mp4", b"abc")})
    assert answer.status_code in (507, 400)
    assert [file.file.closed for file in opened] == [True]
    assert list(tmp_path.iterdir()) == []
