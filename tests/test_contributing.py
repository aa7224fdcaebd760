"""CONTRIBUTING, taken at its word: its blocks are applied to a copy of the project, and its commands pass there."""

from __future__ import annotations

import ast
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[1]
COPIED = ("videomae_demo", "tests", "assets", "pyproject.toml", "README.md")
CAPTION = re.compile(
    r"New (?P<what>file|import|row|function)"
    r"(?: (?:in|above) `(?P<name>\w+)`, in| in| at the end of)? `(?P<path>[\w/.]+)`:"
)
"""The line above a block that says where its code goes."""
WALKED = (
    "test_every_method_gives_a_map_on_the_token_grid[contrast]",
    "test_all_of_it_is_where_the_picture_varies",
    "test_every_rule_gives_that_many_ascending_frames_inside_the_range[tail]",
    "test_examples[videomae_demo.inputs.sampling]",
    "test_its_row_tells_what_it_knows",
    "test_every_edit_keeps_shape_and_original_and_says_that_it_is_an_edit[swap_halves]",
    "test_swap_halves_twice_is_the_clip_again",
    "test_a_lesson_is_short_asks_and_names_its_sources[mirrored]",
    "test_runner_up_is_far_or_near[0.36-near]",
    "test_every_tab_is_on_the_page",
    "test_every_class_has_its_number",
)
"""Tests that must be among those that passed: of each addition, those that were there before and found it by
themselves, and its own."""


@dataclass(frozen=True)
class Block:
    """One fenced block of CONTRIBUTING."""

    caption: str
    """The paragraph above it."""
    language: str
    code: str


@pytest.fixture(scope="module")
def blocks() -> list[Block]:
    found, caption = [], ""
    for token in MarkdownIt().parse((ROOT / ".github" / "CONTRIBUTING.md").read_text(encoding="utf-8")):
        if token.type == "inline":
            caption = token.content
        elif token.type == "fence":
            found.append(Block(caption, token.info, token.content))
    return found


@pytest.fixture(scope="module")
def copy(blocks: list[Block], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with everything that CONTRIBUTING adds."""
    folder = tmp_path_factory.mktemp("contributed")
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
        else:
            shutil.copy(ROOT / name, folder)
    for block in blocks:
        if block.language in ("python", "markdown"):
            place = CAPTION.fullmatch(block.caption.replace("\n", " "))
            assert place, f"does not say where its code goes: {block.caption!r}"
            add(block.code, folder / place["path"], place["what"], place["name"])
    return folder


def add(code: str, file: Path, what: str, name: str | None) -> None:
    """Do with the code what its caption says."""
    if what == "file":
        assert not file.exists()
        file.write_text(code, encoding="utf-8")
        return
    text = file.read_text(encoding="utf-8")
    lines, tree = text.splitlines(keepends=True), ast.parse(text)
    if what == "import":
        line = max(node.end_lineno for node in tree.body if isinstance(node, ast.ImportFrom))
    elif name is None:
        line, code = len(lines), f"\n\n{code}"
    else:
        (statement,) = (node for node in tree.body if name in names_of(node))
        if what == "row":  # before the bracket that closes the table
            table = next(node for node in ast.walk(statement.value) if isinstance(node, ast.Dict | ast.Tuple))
            line, code = table.end_lineno - 1, f"{code.rstrip().removesuffix(',')},\n"
        else:
            first = min(node.lineno for node in (statement, *getattr(statement, "decorator_list", ())))
            line, code = first - 1, f"{code}\n\n"
    file.write_text("".join((*lines[:line], code, *lines[line:])), encoding="utf-8")


def names_of(statement: ast.stmt) -> set[str]:
    """What the statement defines."""
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    names = {target.id for target in targets if isinstance(target, ast.Name)}
    return names | {statement.name} if isinstance(statement, ast.ClassDef | ast.FunctionDef) else names


def in_copy(copy: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(copy)}
    return subprocess.run([sys.executable, "-m", *command], cwd=copy, env=environment, capture_output=True, text=True)


def test_the_additions_pass_the_linter_once_formatted(copy):
    in_copy(copy, "ruff", "check", "--fix", "--select", "I", ".")
    in_copy(copy, "ruff", "format", ".")
    checked = in_copy(copy, "ruff", "check", ".")
    assert checked.returncode == 0, checked.stdout


def test_the_commands_pass_and_find_what_was_added(blocks, copy):
    """All of them in one run, because starting is what takes the time."""
    files, words = [], []
    for block in blocks:
        if block.language == "sh":
            runner, script, *arguments = shlex.split(block.code)
            assert (runner, script) == ("bash", "tests/run")
            assert arguments[-2] == "-k"
            files += arguments[:-2]
            words.append(arguments[-1])
    ran = in_copy(copy, "pytest", "-rp", "-p", "no:cacheprovider", *files, "-k", " or ".join(words))
    assert ran.returncode == 0, ran.stdout
    passed = re.findall(r"^PASSED \S+::(\S+)", ran.stdout, re.MULTILINE)
    assert [name for name in WALKED if name not in passed] == []
