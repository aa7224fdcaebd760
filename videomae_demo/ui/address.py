"""The page's address: where a visitor is, as readable query parameters, with nothing on the server behind them.

``?clip=door&tab=worth&method=relevance&class=7&frame=5`` opens the page at that clip, tab, map, class and frame.
What an address says comes from strangers: it is looked up in tables, and never opened, fetched or shown unescaped.

No Gradio here: ``first_screen/addressing.py`` connects this to the page, ``address.js`` to the browser's history.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any
from urllib.parse import parse_qsl, urlencode

from ..words import LANGUAGES, _, listed

LONGEST = 2000
"""Characters of an address that are read."""
LISTED = 20
"""Names in a sentence that lists what there is."""
QUOTED = 40
"""Characters of a wrong value in the sentence about it."""
LONGEST_SECONDS = 360_000.0
NO_EDITS = ("none",)


@dataclass(frozen=True)
class Place:
    """Where a visitor is. None is what the page opens with by itself."""

    clip: str | None = None
    """``Sample.name``: the file's name without its ending."""
    tab: str | None = None
    """A key of ``TABS``."""
    method: str | None = None
    """A key of ``METHODS``."""
    label_id: int | None = None
    """The class to explain; None is the answer."""
    frame: int | None = None
    """1 to T."""
    lesson: str | None = None
    """``Lesson.key``."""
    step: int | None = None
    """How far into the lesson, from 1."""
    start: float | None = None
    end: float | None = None
    """Seconds; of the window."""
    model: str | None = None
    """As the list of models has it."""
    sampling: str | None = None
    """A key of ``SAMPLERS``."""
    edits: tuple[str, ...] | None = None
    """Of “What if”: keys of ``EDITS``, or ``NO_EDITS``."""
    hide: tuple[str, ...] = ()
    """Parts of the page to leave out, by their names in ``PARTS``, or tabs by their keys."""
    lang: str | None = None
    """The page's language, a key of ``LANGUAGES``; None is what the browser prefers."""


@dataclass(frozen=True)
class Tables:
    """What there is to be named."""

    clips: Collection[str] = ()
    tabs: Collection[str] = ()
    methods: Collection[str] = ()
    lessons: Collection[str] = ()
    steps: int = 1
    """Of each lesson."""
    models: Collection[str] = ()
    """Those that visitors may choose here."""
    samplings: Collection[str] = ()
    languages: Collection[str] = field(default_factory=lambda: tuple(LANGUAGES))
    edits: Collection[str] = ()
    """Those of “What if” that are ticked."""


@dataclass(frozen=True)
class Part:
    """A part of the page that a lecturer may leave out."""

    what: str
    selector: str
    """In CSS."""


PARTS: dict[str, Part] = {
    "samples": Part("the sample clips", "#samples"),
    "upload": Part("upload and camera", "#sources"),
    "model": Part("which model answers", "#model-fold"),
    "lessons": Part("the way to the lessons", '#to-lessons, [role="tab"][data-tab-id="lessons"]'),
    "present": Part("the projector's button", "#present"),
    "link": Part("the button that copies the address", "#copy-link"),
    "controls": Part("method, class, opacity, and which frames", "#controls, #switches, #window-fold"),
    "words": Part("how to read the map, and what it cannot tell", "#map-words"),
    "tabs": Part("everything beneath the first screen", "#tabs"),
}
"""What ``hide=`` can name beside tabs; several names are separated by commas."""


def parts_css(tabs: Collection[str]) -> str:
    """The rules that leave parts and tabs out; ``address.js`` notes their names at the root of the page."""
    rules = {key: f'[role="tab"][data-tab-id="{key}"]' for key in tabs}
    rules |= {name: part.selector for name, part in PARTS.items()}
    hidden = (
        ", ".join(f'[data-hide~="{name}"] {one.strip()}' for one in selector.split(","))
        for name, selector in rules.items()
    )
    return "".join(f"{selectors} {{ display: none !important; }}\n" for selectors in hidden)


def read(query: str, tables: Tables) -> tuple[Place, tuple[str, ...]]:
    """The place that an address names, and a sentence for each part of it that is left out because it is wrong.

    >>> tables = Tables(clips=["door", "boat"])
    >>> read("?clip=door&frame=5", tables)[0] == Place(clip="door", frame=5)
    True
    >>> read("clip=dor", tables)[1]
    ('clip=dor: there is none of this name; “door” perhaps?',)
    """
    if len(query) > LONGEST:
        return Place(), (_("This address is longer than {most} characters, and was not read.", most=LONGEST),)
    found: dict[str, Any] = {}
    refused = []
    for key, text in parse_qsl(query.removeprefix("?"), keep_blank_values=True):
        if key.startswith("__") or text == "":  # Gradio's own, as ``__theme=dark``; and a key without a value
            continue
        if key not in KEYS:
            refused.append(
                _("{key}: an address has no such part{perhaps}", key=_short(key), perhaps=_perhaps(key, KEYS))
            )
            continue
        name, read_value = KEYS[key]
        try:
            found[name] = read_value(text, tables)
        except ValueError as error:
            refused.append(_("{part}: {why}", part=f"{key}={_short(text)}", why=str(error)))
    if found.get("end") is not None and found["end"] <= found.get("start", 0.0):
        refused.append(_("start and end: the window ends before it starts."))
        del found["end"]
        found.pop("start", None)
    if "step" in found and "lesson" not in found:
        refused.append(_("step: it needs a lesson."))
        del found["step"]
    return Place(**found), tuple(refused)


def write(place: Place) -> str:
    """The query that names a place, without its question mark; keys in one order, so that equal places look alike.

    >>> write(Place(clip="door", start=0.5, hide=("tabs", "model")))
    'clip=door&start=0.5&hide=tabs,model'
    """
    texts = ((key, getattr(place, name)) for key, (name, _unused) in KEYS.items())
    return urlencode({key: _text(value) for key, value in texts if value not in (None, ())}, safe="/,@ ").replace(
        " ", "+"
    )


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return ",".join(value)
    return str(value).removesuffix(".0")


def _one_of(table: str) -> Callable[[str, Tables], str]:
    def read_value(text: str, tables: Tables) -> str:
        names = getattr(tables, table)
        if text not in names:
            raise ValueError(_("there is none of this name{perhaps}", perhaps=_perhaps(text, names)))
        return text

    return read_value


def _number(text: str, tables: Tables) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 6:
        raise ValueError(_("a whole number is expected."))
    return int(text)


def _from_one(text: str, tables: Tables) -> int:
    if (number := _number(text, tables)) < 1:
        raise ValueError(_("it is counted from 1."))
    return number


def _step(text: str, tables: Tables) -> int:
    if (number := _from_one(text, tables)) > tables.steps:
        raise ValueError(_("a lesson has {steps} steps.", steps=tables.steps))
    return number


def _seconds(text: str, tables: Tables) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= LONGEST_SECONDS:
        raise ValueError(_("seconds from the start of the clip are expected, such as 1.5."))
    return seconds


def _parts(text: str, tables: Tables) -> tuple[str, ...]:
    known = [*PARTS, *tables.tabs]
    names = tuple(dict.fromkeys(text.split(",")))
    for name in names:
        if name not in known:
            raise ValueError(
                _("“{name}” is no part of the page{perhaps}", name=_short(name), perhaps=_perhaps(name, known))
            )
    return names


def _edits(text: str, tables: Tables) -> tuple[str, ...]:
    if text == NO_EDITS[0] and tables.edits:
        return NO_EDITS
    names = text.split(",")
    for name in names:
        if name not in tables.edits:
            raise ValueError(_("there is none of this name{perhaps}", perhaps=_perhaps(name, tables.edits)))
    return tuple(name for name in tables.edits if name in names)


def _perhaps(text: str, names: Collection[str]) -> str:
    """The end of a sentence: the name that was meant, or which there are."""
    if close := get_close_matches(text, names, n=1):
        return _("; “{name}” perhaps?", name=close[0])
    if not names:
        return _(".")
    first = listed([*names][:LISTED])
    return _(". There are {names} …", names=first) if len(names) > LISTED else _(". There are {names}.", names=first)


def _short(text: str) -> str:
    return text if len(text) <= QUOTED else text[:QUOTED] + "…"


KEYS: dict[str, tuple[str, Callable[[str, Tables], Any]]] = {
    "clip": ("clip", _one_of("clips")),
    "tab": ("tab", _one_of("tabs")),
    "method": ("method", _one_of("methods")),
    "class": ("label_id", _number),
    "frame": ("frame", _from_one),
    "lesson": ("lesson", _one_of("lessons")),
    "step": ("step", _step),
    "start": ("start", _seconds),
    "end": ("end", _seconds),
    "model": ("model", _one_of("models")),
    "sampling": ("sampling", _one_of("samplings")),
    "edit": ("edits", _edits),
    "hide": ("hide", _parts),
    "lang": ("lang", _one_of("languages")),
}
"""By the key in the address: the field of ``Place``, and how its value is read."""
