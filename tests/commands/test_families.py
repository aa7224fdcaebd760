"""The table of architectures in the README is the one that the adapters make."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from videomae_demo.commands import families
from videomae_demo.commands.main import main
from videomae_demo.records import ABILITIES, Ability, Readout

README = Path(__file__).parents[2] / "README.md"


def test_the_readme_has_the_table_as_it_is_now():
    """If not: ``python -m videomae_demo families --readme README.md``."""
    section = README.read_text(encoding="utf-8").split("<!-- families: begin -->\n")[1].split("\n<!-- families: end")[0]
    assert section == families.table()


def test_the_command_prints_and_writes_it(tmp_path, capsys):
    file = tmp_path / "notes.md"
    file.write_text("before\n<!-- families: begin -->\nold\n<!-- families: end -->\nafter\n")
    assert main(["families", "--readme", str(file)]) == 0
    printed = capsys.readouterr().out.strip()
    assert file.read_text() == f"before\n<!-- families: begin -->\n{printed}\n<!-- families: end -->\nafter\n"


def test_every_word_has_its_row():
    assert set(ABILITIES) == set(get_args(Ability))
    assert set(families.READ) == set(get_args(Readout))
