"""Previews lie in a folder of the process's own, only the latest ones, and not longer than the process."""

import os

from videomae_demo.video import preview_folder


def test_only_the_latest_previews_are_kept(monkeypatch, tmp_path):
    monkeypatch.setattr(preview_folder, "KEPT", 3)
    monkeypatch.setattr(preview_folder.tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(preview_folder, "_own", None)
    made = [preview_folder.keep_preview(bytes([number]), None) for number in range(5)]
    assert [path.exists() for path in made] == [False, False, True, True, True]
    assert made[-1].read_bytes() == b"\4"


def test_the_folder_of_a_killed_process_is_swept(monkeypatch, tmp_path):
    monkeypatch.setattr(preview_folder.tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(preview_folder, "_own", None)
    gone = tmp_path / "videomae-previews-999999999-abc"
    running = tmp_path / f"videomae-previews-{os.getppid()}-abc"
    gone.mkdir()
    running.mkdir()
    preview_folder.keep_preview(b"x", None)
    assert not gone.exists()
    assert running.exists()
