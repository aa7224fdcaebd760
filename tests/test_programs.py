"""The programs of PROGRAMS.md, word for word, beside the real page with the bundled model.

Those in JavaScript run where node and npm are and the package can be fetched; everywhere, what they name is held to the
page's own description of its API.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from gradio_client import Client

from videomae_demo.inputs.samples import CLIPS_DIR
from videomae_demo.report.api import predict_api
from videomae_demo.settings import Settings
from videomae_demo.ui import build_demo, launch_options

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / ".github" / "PROGRAMS.md").read_text(encoding="utf-8")
JAVASCRIPT_CLIENT = "@gradio/client@2.7.0"
CLASS_LINE = re.compile(r"(\d+)% (.+)")


def programs(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


def the_program(language: str, having: str) -> str:
    (found,) = (program for program in programs(language) if having in program)
    return found


@pytest.fixture(scope="module")
def page() -> Iterator[str]:
    """The page's address. No hub: ``auto`` is the bundled model."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_OFFLINE", "1")
        settings = Settings(model="bundled")
        demo = build_demo(settings=settings, tabs={})
        _, url, _ = demo.launch(prevent_thread_lock=True, quiet=True, **launch_options(settings))
        yield url.rstrip("/")
        demo.close()


@pytest.fixture(scope="module")
def expected() -> list[tuple[str, str]]:
    answer = predict_api(CLIPS_DIR / "boat.mp4", "bundled", top_k=3)
    return [(f"{row['probability']:.0%}", row["label"]) for row in answer["predictions"]]


def run(command: list[str], page: str, **options: object) -> str:
    environment = {**os.environ, "VIDEOMAE_URL": page}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def classes(lines: list[str]) -> list[tuple[str, str]]:
    return [(f"{match[1]}%", match[2]) for line in lines if (match := CLASS_LINE.fullmatch(line))]


def test_python(page, expected):
    lines = run([sys.executable, "-c", the_program("python", "gradio_client")], page).splitlines()
    assert classes(lines[:3]) == expected
    assert [line.split(",")[0] for line in lines[3:]] == ["rollout: 8 x 14 x 14", "ledger: 8 x 14 x 14"]


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_http(page, expected):
    said = run(["bash", "-euc", the_program("sh", "curl")], page)
    assert "event: complete" in said
    (answer,) = json.loads(said.split("data: ")[-1])
    assert [row["label"] for row in answer["predictions"]] == [label for _, label in expected]


@pytest.mark.skipif(not (shutil.which("node") and shutil.which("npm")), reason="node and npm are not installed")
def test_javascript(page, expected, tmp_path):
    install = ["npm", "install", "--no-audit", "--no-fund", "--prefer-offline", JAVASCRIPT_CLIENT]
    if subprocess.run(install, cwd=tmp_path, capture_output=True, timeout=240).returncode:
        pytest.skip(f"{JAVASCRIPT_CLIENT} cannot be fetched")
    program = tmp_path / "ask.mjs"
    program.write_text(the_program("js", "Client.connect"), encoding="utf-8")
    assert classes(run(["node", str(program)], page).splitlines()) == expected


def test_what_the_other_programs_name_is_what_the_page_offers(page):
    offered = Client(page, verbose=False).view_api(return_format="dict")["named_endpoints"]
    names = [parameter["parameter_name"] for parameter in offered["/predict"]["parameters"]]
    (asked,) = re.findall(r'page\.predict\("(/\w+)", \{ (.*?) \}\)', the_program("js", "Client.connect"))
    assert asked[0] in offered
    assert [part.partition(":")[0].strip() for part in asked[1].split(",")] == names
    (data,) = re.findall(r'\\"data\\": \[(.*?)\]', the_program("sh", "curl"))
    assert len(data.split(",")) == len(names)


@pytest.mark.skipif(not find_spec("mcp"), reason="the extra mcp is not installed")
def test_mcp(page, expected):
    lines = run([sys.executable, "-c", the_program("python", "mcp")], page).splitlines()
    assert classes(lines) == expected


def test_the_file_for_assistants_is_json_that_names_the_address():
    (file,) = programs("json")
    (server,) = json.loads(file)["mcpServers"].values()
    assert server["url"].endswith("/gradio_api/mcp/")
