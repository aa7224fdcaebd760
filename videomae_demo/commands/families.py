"""The architectures that can answer, and what does not hold for each, from the adapters' own words."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..records import ABILITIES
from .readme_section import write_section

READ = {
    "mean": "the mean of all tokens",
    "token_0": "token 0",
    "class_token": "a class token",
    "pooler": "an attentive pooler's query",
}
"""What the head reads."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--readme", type=Path, metavar="FILE", help="write the table into this file, between its marks")


def run(args: argparse.Namespace) -> int:
    text = table()
    print(text)
    if args.readme:
        write_section(args.readme, "families", text)
    return 0


def table() -> str:
    """Markdown: a row for each architecture and what its head may read, and beneath it why something is off."""
    from ..models.families import FAMILIES  # torch and transformers come with it

    rows = [
        "| family | answer read from | " + " | ".join(ABILITIES.values()) + " |",
        "| --- " * (2 + len(ABILITIES)) + "|",
    ]
    reasons: list[str] = []
    for family in FAMILIES.values():
        for readout, lacking in family.lacking.items():
            cells = []
            for ability in ABILITIES:
                if ability in lacking:
                    reasons.append(f"{family.title}: {lacking[ability]}.")
                    cells.append(f"off ({len(reasons)})")
                else:
                    cells.append("yes")
            rows.append(f"| {family.title} | {READ[readout]} | " + " | ".join(cells) + " |")
    return "\n".join([*rows, "", *(f"{number}. {reason}" for number, reason in enumerate(reasons, 1))])
