"""The reports' pages: a template each, and one style for all of them."""

from __future__ import annotations

from pathlib import Path
from string import Template

from .. import words

_FOLDER = Path(__file__).parent


def filled(template: str, **fields: object) -> str:
    """The page of this file name, its fields filled in and its style with it: one file, which opens offline.

    Raises:
        KeyError: a field of the template is missing.
    """
    style = (_FOLDER / "style.css").read_text(encoding="utf-8")
    text = words.template((_FOLDER / template).read_text(encoding="utf-8"))
    return Template(text).substitute(style=style, lang=words.language(), **fields)
