"""The messages of the code, and the catalogues that say them in other languages.

    python tests/catalogues.py        brings every catalogue up to date: new messages come in empty, lost ones go
    python tests/catalogues.py es     begins the catalogue of another language

What was changed in English is a new message.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from videomae_demo import __version__
from videomae_demo.words import CLASS, LANGUAGES, SOURCE

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "videomae_demo"
BUNDLED = ROOT / "assets" / "models" / "videomae-motion" / "config.json"
PYTHON = {"_": None, "later": None, "ngettext": (1, 2)}
SCRIPTS = {"inWords": None}
HEADER = """\
# What videomae_demo says, in {language}.
# Copyright (C) the maintainers of videomae-demo
# Under the same licence as videomae_demo: Apache-2.0."""
TEMPLATE_WORDS = re.compile(r"\{\{(.+?)\}\}", re.DOTALL)


def messages() -> Catalog:
    """Every message of the package, English alone."""
    catalogue = Catalog(project="videomae_demo", charset="utf-8")
    for pattern, method, keywords in (
        ("**.py", words_of_python, PYTHON),
        ("**.js", "javascript", SCRIPTS),
        ("**.html", words_of_template, {"_": None}),
    ):
        for file, _line, message, comments, context in extract_from_dir(
            str(PACKAGE),
            [(pattern, method)],
            keywords=keywords,
        ):
            catalogue.add(message, locations=[(f"videomae_demo/{file}", 0)], auto_comments=comments, context=context)
    for label in json.loads(BUNDLED.read_text(encoding="utf-8"))["id2label"].values():
        catalogue.add(label, locations=[(BUNDLED.relative_to(ROOT).as_posix(), 0)], context=CLASS)
    return catalogue


def words_of_python(
    file: Any, keywords: object, comment_tags: object, options: object
) -> Iterator[tuple[int, str, str | tuple[str, ...], list[str]]]:
    """What is said in a module; inside f-strings, too, where Babel's own extractor finds nothing before Python 3.12."""
    calls = (node for node in ast.walk(ast.parse(file.read())) if isinstance(node, ast.Call))
    for call in calls:
        name = getattr(call.func, "id", "")
        texts = [one.value for one in call.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        if name in PYTHON and texts:
            yield call.lineno, name, tuple(texts) if name == "ngettext" else texts[0], []


def words_of_template(
    file: Any, keywords: object, comment_tags: object, options: object
) -> Iterator[tuple[int, str, str, list[str]]]:
    """What a report's template says: in double braces."""
    for found in TEMPLATE_WORDS.finditer(file.read().decode("utf-8")):
        yield 1, "_", " ".join(found[1].split()), []


def catalogue_of(key: str) -> Catalog:
    path = LANGUAGES[key].catalogue
    assert path is not None
    with path.open("rb") as file:
        return read_po(file, locale=LANGUAGES[key].locale.replace("-", "_"))


def write(catalogue: Catalog, path: Path) -> None:
    """In the order of the files, one location a file: a line that moved is no change."""
    name = catalogue.locale.get_language_name("en") if catalogue.locale else "English"
    catalogue.header_comment = HEADER.format(language=name)
    catalogue.project, catalogue.version = "videomae_demo", __version__
    catalogue.msgid_bugs_address = "the project's issues"
    catalogue.last_translator = "the maintainers of videomae-demo"
    catalogue.language_team = f"{name} <none>"
    catalogue.revision_date = catalogue.creation_date  # when it was begun: its history tells the rest
    for message in catalogue:
        message.locations.sort()  # folders are walked in any order
    with path.open("wb") as file:
        write_po(file, catalogue, width=110, sort_by_file=True, include_lineno=False, ignore_obsolete=True)


def every_string(catalogue: Catalog, said: Callable[[str], str]) -> Catalog:
    """The catalogue with all of its messages said by a function: for tests."""
    for message in catalogue:
        if message.id:
            message.string = tuple(map(said, message.id)) if isinstance(message.id, tuple) else said(message.id)
    return catalogue


def update(key: str) -> None:
    """Bring a language's catalogue up to date, or begin it."""
    path = LANGUAGES[key].catalogue
    assert path is not None
    found = messages()
    known = catalogue_of(key) if path.exists() else Catalog(locale=LANGUAGES[key].locale.replace("-", "_"), fuzzy=False)
    created = known.creation_date
    known.update(found, no_fuzzy_matching=True)  # a guess looks like a translation, and is none
    known.creation_date = created  # else every run would change the file
    known.obsolete.clear()
    write(known, path)
    empty = sum(1 for message in known if message.id and (not message.string or message.fuzzy))
    print(f"{path.relative_to(ROOT)}: {len(known)} messages, {empty} to translate")


if __name__ == "__main__":
    for key in sys.argv[1:] or [key for key in LANGUAGES if key != SOURCE]:
        update(key)
