"""The terms behind the words: a file of definitions, and texts in which each term's first mention carries its own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import count
from pathlib import Path

from markdown_it import MarkdownIt

from ..words import language
from .reading import TOUR, LessonFileError

FILE = "glossary.md"
_markdown = MarkdownIt("commonmark", {"html": False})
_numbers = count()
"""Of the notes on the page, which need names that nothing else has."""
TAG = re.compile(r"(<[^>]*>)")
LETTER = r"(?:[^\W\u2e80-\u9fff]|-)"
"""What a term's mention cannot stand beside: a letter of the same word. Chinese sets none of its words apart."""


@dataclass(frozen=True)
class Term:
    """One word, and what it means here."""

    name: str
    forms: tuple[str, ...]
    """As it stands in texts, its name first; in small letters."""
    meaning: str


def read_glossary(folder: str | Path | None = None) -> tuple[Term, ...]:
    """The program's terms, in the current language, and those of ``glossary.md`` in a folder, which come before them.

    Raises:
        LessonFileError: a term without a meaning.
    """
    translated = TOUR / language() / FILE
    terms = {term.name: term for term in _read(translated if translated.is_file() else TOUR / FILE)}
    if folder is not None and (own := Path(folder).expanduser() / FILE).is_file():
        terms |= {term.name: term for term in _read(own)}
    return tuple(sorted(terms.values(), key=lambda term: term.name.casefold()))


def _read(path: Path) -> list[Term]:
    terms = []
    for part in re.split(r"^## ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        name, _, rest = part.partition("\n")
        also, meaning = "", rest.strip()
        if meaning.startswith("also:"):
            also, _, meaning = meaning.removeprefix("also:").partition("\n")
        if not meaning.strip():
            raise LessonFileError(f"{path.name}: the term “{name.strip()}” has no meaning under it.")
        forms = [name, *also.split(",")]
        terms.append(
            Term(
                name.strip(),
                tuple(form.strip().lower() for form in forms if form.strip()),
                " ".join(meaning.split()),
            )
        )
    return terms


def as_html(markdown: str) -> str:
    """Markdown as HTML; markup in it is text."""
    return _markdown.render(markdown)


def with_terms(html: str, terms: Sequence[Term]) -> str:
    """The first mention of each term as a button that shows its meaning, when it is pointed at or focused."""
    by_form = {form: term for term in terms for form in term.forms}
    if not by_form:
        return html
    mention = _mention_of(by_form)
    done: set[str] = set()

    def explained(found: re.Match[str]) -> str:
        term = by_form[found[1].lower()]
        if term.name in done:
            return found[0]
        done.add(term.name)
        name = f"term-{next(_numbers)}"
        return (
            f'<button type="button" class="term" aria-describedby="{name}">{found[0]}</button>'
            f'<span role="tooltip" class="meaning" id="{name}"><b>{escape(term.name)}</b> {escape(term.meaning)}</span>'
        )

    parts, inside_link = [], False
    for part in TAG.split(html):
        if part.startswith("<"):
            inside_link = part.startswith("<a ") or (inside_link and part != "</a>")
            parts.append(part)
        else:
            parts.append(part if inside_link else mention.sub(explained, part))
    return "".join(parts)


def mentioned(texts: Sequence[str], terms: Sequence[Term]) -> list[Term]:
    """Those of the terms that stand in any of the texts."""
    words = " ".join(texts)
    return [term for term in terms if _mention_of(term.forms).search(words)]


def _mention_of(forms: Iterable[str]) -> re.Pattern[str]:
    """Any of these forms, the longest first, as a word of its own."""
    longest_first = "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True))
    return re.compile(rf"(?<!{LETTER})({longest_first})(?:['’]s)?(?!{LETTER})", re.IGNORECASE)


def list_html(terms: Sequence[Term]) -> str:
    """All of them, to read through."""
    rows = "".join(f"<dt>{escape(term.name)}</dt><dd>{escape(term.meaning)}</dd>" for term in terms)
    return f'<dl class="glossary">{rows}</dl>'
