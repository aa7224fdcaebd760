"""The package as a house: at most twelve rooms, a handful of loose files, arrows downwards only, no circle."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "videomae_demo"
ROOMS = {
    *("video", "inputs", "models", "explain", "figures", "report", "lessons", "ui", "commands", "training"),
    *("scale", "words"),
}
LOOSE = {
    *("__init__", "__main__", "errors", "records", "results", "settings"),
    *("happenings", "memory", "pipeline", "variants", "many", "sliding", "live", "likeness", "backend"),
}


def linted(folder: Path) -> subprocess.CompletedProcess[str]:
    """``lint-imports`` over a copy of the project, by the table in its pyproject.toml."""
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
    )


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    shutil.copytree(PACKAGE, tmp_path / "videomae_demo", ignore=shutil.ignore_patterns("__pycache__", "assets"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_every_module_is_in_a_room_or_is_one_of_a_handful():
    assert {path.parent.name for path in PACKAGE.glob("*/*.py")} <= ROOMS
    assert {path.stem for path in PACKAGE.glob("*.py")} <= LOOSE


def test_arrows_point_downwards_and_there_is_no_circle(copied):
    done = linted(copied)
    assert done.returncode == 0, done.stdout
    assert "Rooms KEPT" in done.stdout and "No circles KEPT" in done.stdout


@pytest.mark.parametrize(
    ("file", "line", "broken"),
    [
        ("figures/theme.py", "from videomae_demo import backend", "Rooms BROKEN"),
        ("explain/rows.py", "def late():\n    from .methods import rollout", "No circles BROKEN"),
        ("utils.py", "", "Rooms BROKEN"),
    ],
)
def test_what_breaks_the_order_is_found(copied, file, line, broken):
    with (copied / "videomae_demo" / file).open("a") as source:
        source.write(f"\n{line}\n")
    done = linted(copied)
    assert done.returncode != 0
    assert broken in done.stdout, done.stdout
