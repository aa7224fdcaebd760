"""The page of threats: each has its tests, and those exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / ".github" / "THREATS.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)
ROWS = [line for line in PAGE.splitlines() if re.match(r"\| \d+ ", line)]


def test_every_threat_names_a_test():
    assert len(ROWS) >= 15
    for row in ROWS:
        assert re.search(r"`tests/[\w/]+\.py::\w+`", row), row
    assert [int(row.split("|")[1]) for row in ROWS] == list(range(1, len(ROWS) + 1))


@pytest.mark.parametrize(("file", "test"), NAMED)
def test_each_named_test_exists(file, test):
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    assert test in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_the_readme_points_here():
    assert ".github/THREATS.md" in (ROOT / "README.md").read_text(encoding="utf-8")
