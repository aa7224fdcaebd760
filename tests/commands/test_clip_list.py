"""Which clips are meant by what was typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from videomae_demo.commands.clip_list import list_clips, read_manifest
from videomae_demo.errors import BadRequestError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("run/b.mp4", "run/a.MKV", "jump/c.webm", "jump/notes.txt", "d.mp4", "we[i]rd.mp4"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "none").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("argument", "names"),
    [
        ("d.mp4", ["d.mp4"]),
        ("gone.mp4", ["gone.mp4"]),
        ("run", ["run/a.MKV", "run/b.mp4"]),
        (".", ["d.mp4", "jump/c.webm", "run/a.MKV", "run/b.mp4", "we[i]rd.mp4"]),
        ("*/*.mp4", ["run/b.mp4"]),
        ("**/*.mp4", ["d.mp4", "run/b.mp4", "we[i]rd.mp4"]),
        ("we[i]rd.mp4", ["we[i]rd.mp4"]),
        ("none", ["none"]),
        ("gone/*.mp4", ["gone/*.mp4"]),
    ],
)
def test_files_folders_and_patterns_in_an_order_of_their_own(folder: Path, argument: str, names: list[str]):
    assert [clip.name for clip in list_clips([argument])] == names


def test_a_clips_folder_is_its_label(folder: Path):
    assert [clip.label for clip in list_clips(["run", "d.mp4"])] == ["run", "run", folder.name]


def test_a_manifest_is_read_with_spaces_bom_quotes_and_further_columns(tmp_path: Path):
    manifest = tmp_path / "clips.csv"
    manifest.write_text('\ufefflabel,path,note\n"pour, slowly", a b.mp4 ,x\nrun,b.mp4,\n', encoding="utf-8")
    (tmp_path / "b.mp4").touch()
    rows = read_manifest(manifest, labelled=True)
    assert [(clip.name, clip.label) for clip in rows] == [("a b.mp4", "pour, slowly"), ("b.mp4", "run")]
    assert [clip.path for clip in rows] == [
        Path("a b.mp4"),
        tmp_path / "b.mp4",
    ]  # beside the manifest, if there


def test_a_manifest_without_labels_takes_the_folders(folder: Path):
    (folder / "clips.csv").write_text("path\nrun/b.mp4\n")
    assert list_clips(["clips.csv"])[0].label == "run"
    with pytest.raises(BadRequestError, match="no column label"):
        list_clips(["clips.csv"], labelled=True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("file,label\na,b\n", "no column path"),
        ("", "no column label or path"),
        ("path,label\n", "no row"),
        ("path,label\na.mp4\n", "without a path or a label"),
    ],
)
def test_a_manifest_that_cannot_be_used_is_said(tmp_path: Path, text: str, message: str):
    manifest = tmp_path / "clips.csv"
    manifest.write_text(text)
    with pytest.raises(BadRequestError, match=message):
        read_manifest(manifest, labelled=True)
    with pytest.raises(BadRequestError, match="cannot be read"):
        read_manifest(tmp_path / "gone.csv")
