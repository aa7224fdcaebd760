"""A language for tests, in which every message stands in ⟦brackets⟧: words outside of them are no message."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from unittest.mock import patch

import catalogues
from babel.messages import Catalog

from videomae_demo import words
from videomae_demo.lessons import glossary, reading, translated

KEY = "xx"
NAMES = re.compile(
    r"VideoMAE|ViViT|V-JEPA|Kinetics-400|Something-Something|VideoMAE (?:base|small|large|huge)|base|small|large|huge"
    r"|videomae-[\w-]+|MCG-NJU/[\w-]+|CC-BY-NC-4\.0|Apache-2\.0|English|Deutsch|Español|中文"  # names
    r"|(?:https?|arxiv|doi)[\w:/.-]*|[\w-]+\.(?:html|json|npz|mp4|gif|md|csv)|R²|PNG|SVG|BibTeX|SaCo|cpu|cuda"
    r"|\b(?:s|ms|px|kB|MB|dB|mm|p|x|T)\b"  # units and symbols
)
"""What is no word of the page: names, files, units."""
LETTERS = re.compile(r"[^\W\d_]{2,}")


@contextmanager
def spoken(folder: Path) -> Iterator[str]:
    """Speak it while the block runs, beside the other languages; gives its key. Numbers are as in German."""
    path = folder / "xx.po"
    bracketed = Catalog(locale="de", fuzzy=False)
    bracketed.update(catalogues.messages())
    catalogues.write(catalogues.every_string(bracketed, lambda text: f"⟦{text}⟧"), path)
    words.LANGUAGES[KEY] = words.Tongue("⟦⟧", path, "de")
    tour = bracketed_tour(folder)
    with patch.object(translated, "TOUR", tour), patch.object(glossary, "TOUR", tour):
        try:
            yield KEY
        finally:
            del words.LANGUAGES[KEY]
            for cache in (words._translations, words._script_words, translated._tour):
                cache.cache_clear()


def bracketed_tour(folder: Path) -> Path:
    """A copy of the lessons, with their translation beside it."""
    tour = folder / "tour"
    shutil.copytree(reading.TOUR, tour)
    (tour / KEY).mkdir()
    for path in tour.glob("*.md"):
        text = re.sub(r"^title: (.+)$", r"title: ⟦\1⟧", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        header, end, body = text.rpartition("\n---\n")
        parts = [_bracketed(part) for part in re.split(r"\n\n+", body) if part.strip()]
        if path.name == glossary.FILE:
            parts = [re.sub(r"^## (.+)$", r"## ⟦\1⟧", part, flags=re.MULTILINE) for part in parts]
        (tour / KEY / path.name).write_text(header + end + "\n\n".join(parts) + "\n", encoding="utf-8")
    return tour


def _bracketed(part: str) -> str:
    """A paragraph, a heading or a list of a lesson, its words in brackets."""
    lines = part.strip().splitlines()
    if lines[0].startswith("- "):
        lists = re.sub(r"^- ([a-z_ ]+): +(.+)$", r"- \1: ⟦\2⟧", part.strip(), flags=re.MULTILINE)
        return re.sub(r"^- \[(.+)\]\(", r"- [⟦\1⟧](", lists, flags=re.MULTILINE)
    if lines[0].startswith("#"):
        head, rest = lines[0], "\n".join(lines[1:])
        return f"{head}\n{_bracketed(rest)}" if rest else head
    if lines[0].startswith("also:"):
        return f"{lines[0]}\n{_bracketed(chr(10).join(lines[1:]))}"
    said = "\n".join(lines)
    return f"⟦{said[:-1]}⟧?" if said.endswith("?") else f"⟦{said}⟧"


def unmarked(text: str) -> str:
    """What stands outside of all brackets and is no name, number or unit.

    >>> unmarked("⟦Layer ⟦one⟧⟧: 3,5 s of VideoMAE"), unmarked("⟦a⟧ · forgotten")
    ('of', 'forgotten')
    """
    depth, outside = 0, []
    for letter in text:
        if letter == "⟧":
            depth = max(depth - 1, 0)
        if depth == 0 and letter not in "⟦⟧":
            outside.append(letter)
        if letter == "⟦":
            depth += 1
            outside.append(" ")
    return " ".join(LETTERS.findall(NAMES.sub(" ", "".join(outside))))


class _Texts(HTMLParser):
    """The texts of a piece of HTML, and of its attributes that are read aloud or shown."""

    BLOCKS: tuple[str, ...] = (
        "p",
        "li",
        "td",
        "th",
        "h1",
        "h2",
        "h3",
        "h4",
        "button",
        "div",
        "option",
        "dt",
        "dd",
        "caption",
        "summary",
    )

    def __init__(self) -> None:
        super().__init__()
        self.texts = [""]
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.texts += [
            value for name, value in attrs if name in ("aria-label", "title", "alt", "placeholder") and value
        ]
        self._unseen += tag in ("style", "script", "pre", "code")
        if tag in self.BLOCKS:
            self.texts.append("")

    def handle_endtag(self, tag: str) -> None:
        self._unseen -= tag in ("style", "script", "pre", "code")
        if tag in self.BLOCKS:
            self.texts.append("")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.texts[-1] += data


def unmarked_in(html: str) -> list[str]:
    """The same for each text of a piece of HTML."""
    parser = _Texts()
    parser.feed(html)
    return [f"{found} (in “{text.strip()[:120]}”)" for text in parser.texts if (found := unmarked(text))]
