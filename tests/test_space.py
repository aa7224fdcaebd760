"""The project as a Hugging Face Space reads it: front matter, requirements, files, and a start on its hardware."""

from __future__ import annotations

import ast
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[1]
ZERO_GPU_TORCH = ("2.8.0", "2.9.1", "2.10.0", "2.11.0")


@pytest.fixture(scope="module")
def front_matter() -> dict:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    match = re.match(r"---\n(.*?)\n---\n", text, re.DOTALL)
    assert match, "README.md has no front matter"
    return yaml.safe_load(match[1])


@pytest.fixture(scope="module")
def requirements() -> dict[str, Requirement]:
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    parsed = [Requirement(line) for line in lines if line.strip() and not line.startswith("#")]
    return {requirement.name: requirement for requirement in parsed}


def test_the_front_matter_names_what_the_builder_needs(front_matter):
    assert front_matter["sdk"] == "gradio"
    assert (ROOT / front_matter["app_file"]).is_file()
    assert isinstance(front_matter["python_version"], str), "3.10 unquoted would read as 3.1"
    assert front_matter["license"] == "apache-2.0"
    assert len(front_matter["short_description"]) <= 60


def test_gradio_is_installed_last_so_the_requirements_must_admit_it(front_matter, requirements):
    assert requirements["gradio"].specifier.contains(front_matter["sdk_version"])


@pytest.mark.parametrize("torch_version", ZERO_GPU_TORCH)
def test_zero_gpu_versions_of_torch_are_admitted(requirements, torch_version):
    assert requirements["torch"].specifier.contains(torch_version)


@pytest.mark.parametrize("broken", ["4.57.6", "5.4.0", "5.5.4", "5.17.0"])
def test_transformers_that_load_zero_biases_are_not_admitted(requirements, broken):
    assert not requirements["transformers"].specifier.contains(broken)


def test_the_python_version_is_admitted(front_matter):
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    admitted = re.search(r'requires-python = "(.*?)"', pyproject)
    assert admitted
    assert SpecifierSet(admitted[1]).contains(front_matter["python_version"])


def test_requirements_are_ranges_that_this_installation_satisfies(requirements):
    for name, requirement in requirements.items():
        assert requirement.specifier, f"{name} is not pinned to a range"
        if requirement.marker is None or requirement.marker.evaluate():
            assert requirement.specifier.contains(version(name), prereleases=True), f"{name} {version(name)}"


def test_the_preloaded_files_are_the_revision_that_the_loader_asks_for(front_matter):
    from videomae_demo.models import MODELS

    repository, files, revision = front_matter["preload_from_hub"][0].split()
    assert set(files.split(",")) >= {"config.json", "preprocessor_config.json", "model.safetensors"}
    assert repository in front_matter["models"]
    assert MODELS[repository].revision == revision


def test_demo_stands_at_module_level(front_matter):
    tree = ast.parse((ROOT / front_matter["app_file"]).read_text(encoding="utf-8"))
    assigned = {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    assert "demo" in assigned


NO_SPACES = """
import pathlib, sys
asked = pathlib.Path(__file__).with_name("asked.txt")
if not asked.exists():
    asked.write_text("after torch" if "torch" in sys.modules else "before torch")
raise ImportError("not installed on this hardware")
"""
"""In place of ``spaces``; notes when it was asked for first."""


@pytest.mark.parametrize("with_spaces", [True, False], ids=["spaces installed", "spaces missing"])
def test_the_app_starts_as_a_space_starts_it(tmp_path, front_matter, with_spaces):
    """``python app.py`` with the Space's variables; without ``spaces`` on plain CPU and GPU hardware.

    ZeroGPU patches torch as it is imported, so ``spaces`` has to come first.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    if not with_spaces:
        (tmp_path / "spaces.py").write_text(NO_SPACES)
    environment = {
        **os.environ,
        "SYSTEM": "spaces",
        "SPACE_ID": "somebody/videomae",
        "GRADIO_SERVER_NAME": "127.0.0.1",
        "GRADIO_SERVER_PORT": str(port),
        "GRADIO_ANALYTICS_ENABLED": "False",
        "HF_HUB_OFFLINE": "1",
        "PYTHONPATH": str(tmp_path),
    }
    process = subprocess.Popen(
        [sys.executable, front_matter["app_file"]],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        deadline = time.monotonic() + 300
        while True:
            assert process.poll() is None, process.stdout.read()
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/config", timeout=5) as response:
                    assert b"components" in response.read()
                break
            except OSError:
                assert time.monotonic() < deadline, "no page within 300 s"
                time.sleep(0.3)
    finally:
        process.terminate()
        process.wait(timeout=120)
    if not with_spaces:
        assert (tmp_path / "asked.txt").read_text() == "before torch"


def test_a_bad_value_in_the_environment_stops_the_start_with_one_line():
    """Before anything is imported that takes seconds."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "app.py"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "VIDEOMAE_MAX_SECONDS": "soon"},
        timeout=300,
    )
    assert done.returncode != 0
    lines = done.stderr.strip().splitlines()
    imported = {line.rpartition("|")[2].strip() for line in lines if line.startswith("import time:")}
    (line,) = (line for line in lines if not line.startswith("import time:"))
    assert "VIDEOMAE_MAX_SECONDS='soon'" in line
    assert "videomae_demo.settings" in imported and not imported & {"gradio", "torch"}
