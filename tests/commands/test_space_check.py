"""This repository passes as a Space; each thing that a builder would stumble over is found in a broken copy."""

from __future__ import annotations

from pathlib import Path

import pytest

from videomae_demo.commands import space_check
from videomae_demo.commands.main import main
from videomae_demo.commands.space_check import check_folder

ROOT = Path(__file__).parents[2]
SOUND = {
    "README.md": '---\nsdk: gradio\nsdk_version: 6.31.0\npython_version: "3.12"\n'
    "colorFrom: blue\ncolorTo: gray\n---\n# X\n",
    "requirements.txt": "gradio>=6.31,<7\n# a comment\n\nnumpy>=2\n",
    "app.py": "demo = 1\n",
}


def write(folder: Path, **changes: str | bytes) -> Path:
    for name, text in {**SOUND, **{key.replace("__", "."): value for key, value in changes.items()}}.items():
        (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def problems(folder: Path) -> list[str]:
    return [problem for found in check_folder(folder).values() for problem in found]


def test_this_repository_passes(capsys):
    assert main(["space-check", str(ROOT)]) == 0
    assert {line.split()[0] for line in capsys.readouterr().out.splitlines()} == {"right"}


def test_a_sound_folder_passes(tmp_path):
    assert problems(write(tmp_path)) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"README__md": "# X\n"}, "does not begin with YAML"),
        ({"README__md": "---\nsdk: [\n---\n"}, "does not begin with YAML"),
        ({"README__md": SOUND["README.md"].replace("gradio", "docker")}, "sdk is 'docker'"),
        ({"README__md": SOUND["README.md"].replace('"3.12"', "3.10")}, "python_version is 3.1;"),
        ({"README__md": SOUND["README.md"].replace("blue", "teal")}, "colorFrom is 'teal'"),
        ({"README__md": SOUND["README.md"].replace("sdk: g", f"short_description: {'x' * 61}\nsdk: g")}, "60 char"),
        ({"README__md": SOUND["README.md"].replace("sdk: g", "preload_from_hub: [a b c]\nsdk: g")}, "preload_from_hub"),
        ({"requirements__txt": "gradio>=6,<6.30\n"}, "does not admit it"),
        ({"requirements__txt": "gradio >> 6\n"}, "is no requirement"),
        ({"app__py": "demo = = 1\n"}, "app.py, line 1"),
        ({"app__py": "page = 1\n"}, "assigns no demo"),
        ({"model__safetensors": b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n"}, "a pointer of Git LFS"),
        ({"model__safetensors": b"x" * 2000}, "more than"),
    ],
)
def test_what_a_builder_would_stumble_over_is_said(tmp_path, monkeypatch, changes, said):
    monkeypatch.setattr(space_check, "PLAIN_FILE_BYTES", 1000)
    (problem,) = problems(write(tmp_path, **changes))
    assert said in problem


def test_missing_files_are_said(tmp_path, capsys):
    write(tmp_path)
    (tmp_path / "app.py").unlink()
    (tmp_path / "requirements.txt").unlink()
    assert main(["space-check", str(tmp_path)]) == 1
    said = capsys.readouterr().out
    assert "There is no app.py." in said and "There is no requirements.txt." in said


def test_wheels_for_any_glibc_up_to_the_spaces_are_found():
    assert {"manylinux_2_36_x86_64", "manylinux_2_27_x86_64", "manylinux2014_x86_64"} <= set(space_check.MANYLINUX)
