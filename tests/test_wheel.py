"""The wheel: all of the program in it, and at work in an environment that has no copy of the repository."""

from __future__ import annotations

import json
import os
import shutil
import site
import socket
import subprocess
import sys
import tarfile
import time
import urllib.request
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from videomae_demo import __version__

ROOT = Path(__file__).parents[1]
SOURCES = ("videomae_demo", "assets", "README.md", "LICENSE", "pyproject.toml", "requirements.txt")
"""What a wheel is made of."""
NOT_PACKED = {"assets/screenshot.png"}
"""The README's picture: the program does not need it."""

Shell = Callable[..., Any]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources, so that building leaves nothing behind and finds nothing of an earlier build."""
    folder = tmp_path_factory.mktemp("clone")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
        else:
            shutil.copy(ROOT / name, folder)
    return folder


@pytest.fixture(scope="module")
def sources(clone: Path) -> set[str]:
    """Every file of package and assets, as its path in the wheel."""
    files = {path.relative_to(clone).as_posix() for path in clone.rglob("*") if path.is_file()}
    packed = {name for name in files if name.startswith(("videomae_demo/", "assets/"))} - NOT_PACKED
    return {name if name.startswith("videomae_demo/") else f"videomae_demo/{name}" for name in packed}


@pytest.fixture(scope="module")
def built(clone: Path, sources: set[str]) -> Path:
    """The folder with the sdist, and the wheel that was built from the sdist: ``python -m build``."""
    run = subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", "dist"], cwd=clone, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "Warning" not in run.stdout + run.stderr
    return clone / "dist"


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    (file,) = built.glob("*.whl")
    return file


@pytest.fixture(scope="module")
def shell(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """Runs a program of a new environment that has the wheel, in a folder elsewhere.

    The wheel's requirements are these tests' own: a ``.pth`` file names their folder, and the ``.pth`` files in that
    folder, among them the one that leads to the repository, are not read there.
    """
    folder = tmp_path_factory.mktemp("installed")
    environment = folder / "env"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(environment)], check=True)
    programs = environment / ("Scripts" if os.name == "nt" else "bin")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(programs / "python")]
    subprocess.run([*pip, "install", "--quiet", "--no-deps", "--no-index", str(wheel)], check=True)
    find = "import sysconfig; print(sysconfig.get_path('purelib'))"
    found = subprocess.run([programs / "python", "-c", find], check=True, capture_output=True, text=True)
    requirements = Path(found.stdout.strip()) / "requirements.pth"
    requirements.write_text("\n".join(site.getsitepackages()), encoding="utf-8")
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIDEOMAE_"))}
    variables |= {"HF_HUB_OFFLINE": "1", "GRADIO_ANALYTICS_ENABLED": "False"}
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()

    def call(program: str, *arguments: str, by: Callable = subprocess.run, **options: object):
        given = {"cwd": elsewhere, "text": True, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
        given["env"] = {**variables, **given.get("env", {})}
        return by([str(programs / program), *arguments], **given)

    return call


@pytest.fixture(scope="module")
def package(shell: Shell) -> Path:
    """Where the new environment has the package."""
    code = "import sys, videomae_demo as package; print(package.__file__, sys.prefix, sep='\\n')"
    file, prefix = map(Path, shell("python", "-c", code, check=True).stdout.split("\n")[:2])
    assert file.is_relative_to(prefix)
    assert not file.is_relative_to(ROOT)
    return file.parent


def test_everything_is_in_the_wheel(wheel, sources):
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert packed == sources


def test_the_sdist_can_be_built_from(built, sources):
    (file,) = built.glob("*.tar.gz")
    with tarfile.open(file) as archive:
        names = {member.name.partition("/")[2] for member in archive.getmembers() if member.isfile()}
    assert {name.replace("videomae_demo/assets/", "assets/") for name in sources} <= names
    assert {"requirements.txt", "LICENSE", "README.md", "pyproject.toml"} <= names


def test_both_ways_of_calling_say_how_they_were_called(shell, package):
    script = shell("videomae-demo", "--help", check=True)
    module = shell("python", "-m", "videomae_demo", "classify", "--help", check=True)
    assert script.stdout.startswith("usage: videomae-demo ")
    assert module.stdout.startswith("usage: python -m videomae_demo classify ")
    assert shell("videomae-demo", "--version", check=True).stdout.strip() == __version__


def test_explain_and_classify_agree_on_a_clip_from_inside_the_package(shell, package, tmp_path):
    clip = str(package / "assets" / "clips" / "boat.mp4")
    classified = shell("videomae-demo", "classify", clip, "--model", "bundled", "--json")
    assert classified.returncode == 0, classified.stderr
    explained = shell("videomae-demo", "explain", clip, "--model", "bundled", "--out", str(tmp_path / "result"))
    assert explained.returncode == 0, explained.stderr
    record = json.loads(classified.stdout)
    assert record["model"] == {**record["model"], "source": "bundled", "id": "videomae-motion"}
    assert record["predictions"][0]["label"] == "move left"
    told = json.loads((tmp_path / "result" / "analysis.json").read_text(encoding="utf-8"))
    assert told["predictions"][0]["label"] == "move left"
    assert "plotly" in (tmp_path / "result" / "report.html").read_text(encoding="utf-8").lower()


def test_the_page_answers_and_leaves_no_process_behind(shell, package):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    variables = {"GRADIO_SERVER_NAME": "127.0.0.1", "GRADIO_SERVER_PORT": str(port), "VIDEOMAE_MODEL": "bundled"}
    page = shell("videomae-demo", "app", by=subprocess.Popen, env=variables, stderr=subprocess.STDOUT)
    family = [psutil.Process(page.pid)]
    try:
        while len(family) < 2:  # the decode workers start when the page is up; pytest's time limit ends a vain wait
            assert page.poll() is None, page.stdout.read()
            time.sleep(0.2)
            family[1:] = family[0].children(recursive=True)
        address = f"http://127.0.0.1:{port}"
        with urllib.request.urlopen(f"{address}/config", timeout=120) as response:
            assert b"components" in response.read()
        clip = package / "assets" / "clips" / "boat.webp"
        with urllib.request.urlopen(f"{address}/gradio_api/file={clip}", timeout=120) as response:
            assert response.read() == clip.read_bytes()
        family[1:] = family[0].children(recursive=True)
    finally:
        page.terminate()
        page.communicate(timeout=120)
    _, left = psutil.wait_procs(family, timeout=120)
    assert not left
