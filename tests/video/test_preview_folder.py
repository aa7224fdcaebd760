"""Previews lie in a folder of the process's own, and only the latest ones."""

from videomae_demo.video import own_folder, preview_folder


def test_only_the_latest_previews_are_kept(monkeypatch, tmp_path):
    monkeypatch.setattr(preview_folder, "KEPT", 3)
    monkeypatch.setattr(own_folder.tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(own_folder, "_own", {})
    made = [preview_folder.keep_preview(bytes([number]), None) for number in range(5)]
    assert [path.exists() for path in made] == [False, False, True, True, True]
    assert made[-1].read_bytes() == b"\4"
