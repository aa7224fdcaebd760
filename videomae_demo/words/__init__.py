"""The words of page and report, in the visitor's language. No torch, no gradio; every room may use it.

English stands in the code, as ``_("Frame {n} of {total}", n=3, total=16)``; beside this file, ``de.po``, ``es.po`` and
``zh.po`` have the same messages in other languages (GNU gettext; read as they are, so there is nothing to build). A
number inside a message is written the way its language writes numbers: ``{share:.1%}`` is 99.7% in English and 99,7 %
in German; below zero it has a minus sign, not the hyphen that a keyboard and Python have.

    _, ngettext     a message in the current language
    later           a message that is made now and said later: a table's row, an error, what a cache keeps
    numeral         a number without a message
    listed          several words, with what the language sets between them
    template        a page with words in double braces;  words_script: for its scripts
    class_name      a class of the bundled models; names from other models stay as they are
    use, language   the current language: English, unless somebody says otherwise

Nobody asks for a language but the page, for each request (``ui/serving/languages.py``): command line, API, JSON and log
are in English. ``tests/catalogues.py`` collects the messages and brings the catalogues up to date.
"""

from __future__ import annotations

import gettext
import io
import json
import numbers
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from pathlib import Path
from string import Formatter
from typing import Any

__all__ = [
    "LANGUAGES",
    "SOURCE",
    "Class",
    "Later",
    "Tongue",
    "_",
    "class_name",
    "language",
    "later",
    "listed",
    "ngettext",
    "numeral",
    "separators",
    "template",
    "use",
    "words_script",
]

SOURCE = "en"
"""The language that the code is written in."""
CLASS = "class"
"""The context of class names in a catalogue: a class may be called like a button."""
FOLDER = Path(__file__).parent
SCRIPT = FOLDER / "words.js"
MINUS = "\N{MINUS SIGN}"
"""Typesetters' in all these languages, and what screen readers say as one; Unicode's tables have the hyphen."""
LONGEST_FORMAT = 6
"""Letters of the format of a number in a message."""


@dataclass(frozen=True)
class Tongue:
    """A language that the page speaks."""

    title: str
    """Its own name for itself."""
    catalogue: Path | None
    """Its messages, a ``.po`` file; None for the language of the code."""
    locale: str
    """As browsers name it: how numbers are written, and what Gradio's own words are in."""
    comma: str = ", "
    """What stands between the parts of a list."""


LANGUAGES: dict[str, Tongue] = {
    "en": Tongue("English", None, "en"),
    "de": Tongue("Deutsch", FOLDER / "de.po", "de"),
    "es": Tongue("Español", FOLDER / "es.po", "es"),
    "zh": Tongue("中文", FOLDER / "zh.po", "zh-CN", comma="、"),
}
"""By the key in the page's address, which is also the value of HTML's ``lang``."""

_IN_BRACES = re.compile(r"\{\{(.+?)\}\}", re.DOTALL)
_current: ContextVar[str] = ContextVar("language", default=SOURCE)


def language() -> str:
    """The current language, a key of ``LANGUAGES``."""
    return _current.get()


@contextmanager
def use(key: str) -> Iterator[None]:
    """Speak this language inside the block: in this thread or task, and in those that get a copy of its context."""
    token = _current.set(key)
    try:
        yield
    finally:
        _current.reset(token)


class Later(str):
    """A message in English that ``_`` says again in the language of whoever reads it; made by ``later``."""

    message: str
    values: dict[str, Any]

    def __new__(cls, message: str, values: dict[str, Any]) -> Later:
        with use(SOURCE):
            text = _filled(message, values)
        made = super().__new__(cls, text)
        made.message, made.values = message, values
        return made

    def __reduce__(self) -> tuple[type[Later], tuple[str, dict[str, Any]]]:
        return Later, (self.message, self.values)  # it crosses the decode worker's pipe


def later(message: str, /, **values: Any) -> Later:
    """A message that is made now, in English, and said in the reader's language by ``_`` where it is shown.

    >>> sentence = later("{n} of {total}", n=3, total=16)
    >>> sentence
    '3 of 16'
    """
    return Later(message, values)


def _(message: str, /, **values: Any) -> str:
    """The message in the current language; English where its catalogue has none.

    Args:
        message: English, with named places as in ``str.format``; or what ``later`` made.
        values: for its places. Numbers are written as the language writes them; what ``later`` made is said again.

    >>> _("{share:.0%} of {n:,} tokens", share=0.25, n=1568)
    '25% of 1,568 tokens'
    """
    if isinstance(message, Later):
        return _(message.message, **{**message.values, **values})
    return _filled(_translations(language()).gettext(message) if message else "", values)


def ngettext(one: str, many: str, n: int, /, **values: Any) -> str:
    """The form of a message that fits a count; ``{n}`` is the count.

    >>> ngettext("{n} frame", "{n} frames", 1), ngettext("{n} frame", "{n} frames", 16)
    ('1 frame', '16 frames')
    """
    return _filled(_translations(language()).ngettext(one, many, n), {"n": n, **values})


def class_name(label: str) -> str:
    """A class as visitors read it: the bundled models' in their language, any other as its model has it."""
    return _translations(language()).pgettext(CLASS, label) if label else ""


def numeral(value: float, spec: str = "") -> str:
    """A number as the current language writes it.

    Args:
        spec: as in ``format``.

    >>> numeral(0.9973, ".1%"), numeral(1568, ","), numeral(-0.5, "+.2f")
    ('99.7%', '1,568', '−0.50')
    """
    return _localised(format(value, spec))


def listed(parts: Iterable[str]) -> str:
    """One after the other, as the current language lists them; between semicolons where a comma is a decimal mark.

    >>> listed(["left", "up"])
    'left, up'
    """
    parts = [*parts]
    decimal, _group, _percent = _symbols(language())
    has_decimals = any(re.search(rf"\d{re.escape(decimal)}\d", part) for part in parts)
    return ("; " if decimal == "," and has_decimals else LANGUAGES[language()].comma).join(parts)


def separators() -> str:
    """The marks for decimals and thousands, as Plotly's ``layout.separators`` has them."""
    decimal, group, _percent = _symbols(language())
    return decimal + group


def words_script() -> str:
    """What a page's scripts need to say their messages in the current language: ``inWords`` and ``inNumbers``."""
    known = {"locale": LANGUAGES[language()].locale, "words": _script_words(language())}
    within_html = json.dumps(known, ensure_ascii=False).replace("<", "\\u003c")
    return f"window.videomaeWords = {within_html};\n{SCRIPT.read_text(encoding='utf-8')}"


def template(text: str) -> str:
    """A page's template with what stands in double braces said in the current language, as HTML."""
    return _IN_BRACES.sub(lambda found: escape(_(" ".join(found[1].split()))), text)


class Class(str):
    """A class's name inside a message of ``later``: said by ``class_name``."""


class _Places(Formatter):
    """Fills the named places of a message, which may come from the decode worker: names alone, and short formats."""

    def get_field(self, field_name: str, args: Any, kwargs: Any) -> Any:
        if not field_name.isidentifier():
            raise ValueError(f"a message names its places: {field_name!r}")
        return kwargs[field_name], field_name

    def format_field(self, value: Any, format_spec: str) -> str:
        if len(format_spec) > LONGEST_FORMAT:
            raise ValueError(f"no format of a message is so long: {format_spec!r}")
        if isinstance(value, Later):
            value = _(value)
        elif isinstance(value, Class):
            value = class_name(value)
        text = format(value, format_spec)
        return _localised(text) if isinstance(value, numbers.Number) else text


_PLACES = _Places()


def _filled(message: str, values: dict[str, Any]) -> str:
    return _PLACES.vformat(message, (), values) if values else message


def _localised(text: str) -> str:
    """A number in Python's spelling, in the current language's."""
    decimal, group, percent = _symbols(language())
    return text.translate({ord("."): decimal, ord(","): group, ord("%"): percent, ord("-"): MINUS})


@lru_cache
def _symbols(key: str) -> tuple[str, str, str]:
    """Decimal mark, mark of thousands, and what follows a percentage."""
    if key == SOURCE:
        return ".", ",", "%"
    from babel import Locale  # here and below: English needs none of it, and starts faster without
    from babel.numbers import get_decimal_symbol, get_group_symbol

    locale = Locale.parse(LANGUAGES[key].locale, sep="-")
    percent = locale.percent_formats[None].suffix[0]
    return get_decimal_symbol(locale), get_group_symbol(locale), percent


def _catalogue(key: str) -> Any:
    from babel.messages.pofile import read_po

    path = LANGUAGES[key].catalogue
    assert path is not None
    with path.open("rb") as file:
        return read_po(file, locale=LANGUAGES[key].locale.replace("-", "_"))


@lru_cache
def _translations(key: str) -> gettext.NullTranslations:
    if LANGUAGES[key].catalogue is None:
        return gettext.NullTranslations()
    from babel.messages.mofile import write_mo

    compiled = io.BytesIO()
    write_mo(compiled, _catalogue(key))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


@lru_cache
def _script_words(key: str) -> dict[str, str]:
    if LANGUAGES[key].catalogue is None:
        return {}
    messages = (message for message in _catalogue(key) if message.id and message.string)
    return {
        message.id: message.string
        for message in messages
        if any(file.endswith(".js") for file, _line in message.locations)
    }
