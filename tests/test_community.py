"""What GitHub, pre-commit, git and the Hub read of the project: well formed, and about files that are there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import pytest
import yaml
from markdown_it import MarkdownIt

from videomae_demo import __version__

ROOT = Path(__file__).parents[1]
GITHUB = ROOT / ".github"
TEST_COMMAND = (ROOT / "tests" / "run").read_text(encoding="utf-8").splitlines()
TOP_LEVEL = {"LICENSE", "README.md", "app.py", "assets", "pyproject.toml", "requirements.txt", "tests", "videomae_demo"}
HUB_LIMIT = 10_000_000
"""Bytes: the Hub takes larger files in its own storage only."""


def load(path: str) -> dict:
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def tracked() -> list[str]:
    if not (ROOT / ".git").exists():
        pytest.skip("not a clone")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return listed.stdout.rstrip("\0").split("\0")


def test_the_top_level_stays_bare(tracked):
    assert {name for path in tracked if not (name := path.partition("/")[0]).startswith(".")} == TOP_LEVEL


@pytest.mark.parametrize(
    ("schema", "file"),
    [("github-workflows", ".github/workflows/tests.yml"), ("citation-file-format", ".github/CITATION.cff")],
)
def test_files_for_programs_obey_their_schemas(schema, file):
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", file]
    checked = subprocess.run(check, cwd=ROOT, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout


def test_the_workflow_calls_the_readmes_test_command():
    workflow = load(".github/workflows/tests.yml")
    (job,) = workflow["jobs"].values()
    assert [step["run"] for step in job["steps"] if "run" in step] == ["bash tests/run"]
    assert (ROOT / "tests" / "run").is_file()
    assert job["strategy"]["matrix"]["python"] == ["3.10", "3.12"]  # as text: 3.10 is not 3.1
    assert set(workflow[True]) == {"push", "pull_request"}  # YAML 1.1 reads the key "on" as true
    for step in job["steps"]:
        assert "run" in step or re.fullmatch(r"actions/[\w-]+@v\d+", step["uses"])
        for file in step.get("with", {}).get("cache-dependency-path", "").split():
            assert (ROOT / file).is_file()


def test_every_hook_is_a_line_of_the_test_command():
    (repository,) = load(".pre-commit-config.yaml")["repos"]
    assert repository["repo"] == "local"
    for hook in repository["hooks"]:
        assert hook["entry"] in TEST_COMMAND
        assert hook["language"] == "system"
        assert hook["pass_filenames"] is False  # the command names what it checks


def test_the_citation_is_of_this_version():
    citation = load(".github/CITATION.cff")
    assert citation["version"] == __version__
    assert citation["license"] == "Apache-2.0"


def test_the_changelog_begins_with_what_is_to_come_and_knows_this_version():
    text = (GITHUB / "CHANGELOG.md").read_text(encoding="utf-8")
    first, *released = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert first == "Unreleased"
    assert released[0] == f"{__version__} - {load('.github/CITATION.cff')['date-released']}"
    assert all(re.fullmatch(r"\d+\.\d+\.\d+ - \d{4}-\d\d-\d\d", heading) for heading in released)


@pytest.mark.parametrize("page", ["README.md", *(f".github/{path.name}" for path in sorted(GITHUB.glob("*.md")))])
def test_links_lead_to_files_and_headings_that_are_there(page):
    for token in MarkdownIt().parse((ROOT / page).read_text(encoding="utf-8")):
        for child in token.children or ():
            target = unquote(child.attrGet("href") or child.attrGet("src") or "")
            if not target or "://" in target:
                continue
            path, _, anchor = target.partition("#")
            file = (ROOT / page).parent / path if path else ROOT / page
            assert file.exists(), target
            if anchor:
                assert anchor in anchors(file), target


def anchors(file: Path) -> set[str]:
    """The names that GitHub gives a page's headings."""
    headings = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_binary_files_are_marked_need_no_lfs_and_are_small_enough_for_any_host(tracked):
    binary = [path for path in tracked if b"\0" in (ROOT / path).read_bytes()]
    assert {Path(path).suffix for path in binary} == {".mp4", ".png", ".safetensors", ".webp"}
    asked = ["git", "check-attr", "-z", "--stdin", "text", "filter"]
    told = subprocess.run(asked, input="\0".join(binary), cwd=ROOT, capture_output=True, text=True, check=True)
    answers = told.stdout.rstrip("\0").split("\0")
    values = {tuple(answers[i : i + 2]): answers[i + 2] for i in range(0, len(answers), 3)}
    for path in binary:
        assert values[path, "text"] == "unset"
        assert values[path, "filter"] == "unspecified"
        assert (ROOT / path).stat().st_size < HUB_LIMIT
