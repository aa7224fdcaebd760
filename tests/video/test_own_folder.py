"""Folders for visitors' files: this process's alone, and not longer there than the process."""

import os

import pytest

from videomae_demo.video import own_folder as module
from videomae_demo.video.own_folder import own_folder, remove_own_folders


@pytest.fixture(autouse=True)
def _fresh(monkeypatch):
    monkeypatch.setattr(module, "_own", {})


def test_the_folder_of_a_killed_process_is_swept(tmp_path):
    gone = tmp_path / "videomae-uploads-999999999-abc"
    running = tmp_path / f"videomae-uploads-{os.getppid()}-abc"
    gone.mkdir()
    running.mkdir()
    own = own_folder("uploads", within=str(tmp_path))
    assert not gone.exists()
    assert running.exists()
    assert own == own_folder("uploads", within=str(tmp_path))


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")
def test_nobody_else_may_look_into_it(tmp_path):
    assert own_folder("uploads", within=str(tmp_path)).stat().st_mode & 0o077 == 0


def test_nothing_is_left_when_the_process_stops(tmp_path):
    (own_folder("uploads", within=str(tmp_path)) / "clip.mp4").write_bytes(b"x")
    own_folder("previews", within=str(tmp_path))
    remove_own_folders()
    assert [*tmp_path.iterdir()] == []
