"""Lessons as files: Markdown with a header, so that a lecturer adds one without Python.

    ---
    key: mirrored
    title: Left, right, and the mirror
    clip: boat                        a sample's name, or a file beside this one
    tab: time                         where the answer can be seen
    ask: edit mirror                  a row of KINDS, and what it is about
    exercise: edit mirror = same      the same, and the outcomes to reach
    set edits: mirror                 a control of that tab, by its elem_id
    method: rollout                   the map on the first screen; may be left out, as may minutes
    minutes: 10
    ---
    The text, 40 words or more.

    ## Question
    Left and right are exchanged. What will the model say?

    - same: The same class
    - another: Another class
    - unsure: Nothing it is sure of

    ## Answer
    ## Exercise
    ## For the teacher
    ## Sources

Under the last heading stands a list of links. ``Exercise`` and its line of the header come together or not at all.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from ..explain import METHODS
from ..inputs.samples import SAMPLES
from .kinds import KINDS, Ask
from .lesson import Exercise, Lesson, Source

TOUR = Path(__file__).parent / "tour"
NEEDED = ("key", "title", "clip", "tab", "ask")
OPTIONAL = ("exercise", "method", "minutes")
SECTIONS = ("Question", "Answer", "Exercise", "For the teacher", "Sources")
FEWEST_WORDS = 40
WORD = re.compile(r"[\u3400-\u9fff]|[^\s\u3400-\u9fff]+")
"""Chinese sets no words apart: each of its characters counts as one."""
QUESTION_MARKS = ("?", "？")
LARGEST_BYTES = 100_000
GUESS = re.compile(r"- ([^:]+): +(\S.*)")
LINK = re.compile(r"- \[(.+)\]\((https?://\S+)\)")


class LessonFileError(ValueError):
    """A lesson's file is wrong; one sentence says where, what is the matter, and what would be right."""


def read_lessons(folder: str | Path | None = None, *, tabs: Collection[str] | None = None) -> tuple[Lesson, ...]:
    """The tour, and after it the lessons of a folder; one with the key of the tour's takes its place.

    Args:
        folder: of a lecturer's own lessons, files ``*.md``.
        tabs: keys of the tabs that a lesson may open; None does not ask.

    Raises:
        LessonFileError: a line for each file that is wrong.
    """
    lessons = {lesson.key: lesson for lesson in _read_folder(TOUR, tabs)}
    if folder is not None:
        own = Path(folder).expanduser()
        if not own.is_dir():
            raise LessonFileError(f"{own}: there is no such folder of lessons.")
        found = _read_folder(own, tabs)
        if not found:
            raise LessonFileError(f"{own}: there is no lesson in it; a lesson is a file whose name ends with .md.")
        lessons |= {lesson.key: lesson for lesson in found}
    return tuple(lessons.values())


def _read_folder(folder: Path, tabs: Collection[str] | None) -> list[Lesson]:
    found: dict[str, tuple[Path, Lesson]] = {}
    wrong = []
    for path in sorted(folder.glob("*.md")):
        if path.name.lower() in ("readme.md", "glossary.md"):
            continue
        try:
            lesson = read_lesson(path, tabs=tabs)
            if lesson.key in found:
                raise LessonFileError(f"{path.name}: {found[lesson.key][0].name} has the key “{lesson.key}” already.")
            found[lesson.key] = path, lesson
        except LessonFileError as error:
            wrong.append(str(error))
    if wrong:
        raise LessonFileError("\n".join(wrong))
    return [lesson for _, lesson in found.values()]


def read_lesson(path: Path, *, tabs: Collection[str] | None = None) -> Lesson:
    """One file.

    Raises:
        LessonFileError: its name, the line where there is one, and what is wrong.
    """
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise LessonFileError(f"{path.name}: a lesson has {LARGEST_BYTES // 1000} kB at most.")
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise LessonFileError(f"{path.name}: it is not written in UTF-8; save it so in your editor.") from None
    except OSError as error:
        raise LessonFileError(f"{path.name}: it cannot be read ({error.strerror}).") from None
    return _File(path, tabs).lesson(text)


@dataclass(frozen=True)
class _File:
    path: Path
    tabs: Collection[str] | None

    def wrong(self, what: str, line: int | None = None) -> LessonFileError:
        where = "" if line is None else f", line {line}"
        return LessonFileError(f"{self.path.name}{where}: {what}")

    def lesson(self, text: str) -> Lesson:
        header, at, body, first = self.header(text)
        sections, lines = self.sections(body, first)
        for name in NEEDED:
            if not header.get(name):
                raise self.wrong(f"the header lacks “{name}: …”.")
        if not re.fullmatch(r"[a-z0-9_]+", header["key"]):
            raise self.wrong("a key has small letters, digits and _ only, as it stands in addresses.", at["key"])
        if self.tabs is not None:
            self.one_of("tab", header["tab"], self.tabs, at["tab"])
        if "method" in header:
            self.one_of("method", header["method"], METHODS, at["method"])
        if "minutes" in header and not re.fullmatch(r"[1-9]\d{0,2}", header["minutes"]):
            raise self.wrong(f"minutes: expected a whole number, not “{header['minutes']}”.", at["minutes"])
        for name in ("Question", "Answer"):
            if not sections.get(name):
                raise self.wrong(f"there is nothing under a heading “## {name}”.")
        if len(WORD.findall(sections[""])) < FEWEST_WORDS:
            raise self.wrong(f"the text between header and question has fewer than {FEWEST_WORDS} words.", first)
        ask = self.ask("ask", header["ask"], at["ask"])
        question, guesses = self.guesses(sections["Question"], ask, lines["Question"])
        sample, clip = self.clip(header["clip"], at["clip"])
        return Lesson(
            key=header["key"],
            title=header["title"],
            sample=sample,
            clip=clip,
            tab=header["tab"],
            text=sections[""],
            question=question,
            ask=ask,
            guesses=tuple(guesses.values()),
            outcomes=tuple(guesses),
            reveal=sections["Answer"],
            exercise=self.exercise(header, sections, at),
            notes=sections.get("For the teacher", ""),
            sources=self.sources(sections.get("Sources", ""), lines.get("Sources", 0)),
            method=header.get("method"),
            minutes=int(header["minutes"]) if "minutes" in header else None,
            controls={name[4:].strip(): value for name, value in header.items() if name.startswith("set ")},
        )

    def header(self, text: str) -> tuple[dict[str, str], dict[str, int], list[str], int]:
        """Its values, the line of each, and the lines behind it with the number of their first."""
        lines = text.lstrip("\ufeff").splitlines()
        if not lines or lines[0].strip() != "---":
            raise self.wrong("it begins with a line “---”, then the header, then “---” again.", 1)
        end = next((number for number, line in enumerate(lines[1:], 1) if line.strip() == "---"), None)
        if end is None:
            raise self.wrong("the header has no end: a second line “---” is missing.")
        values: dict[str, str] = {}
        at: dict[str, int] = {}
        for number, line in enumerate(lines[1:end], 2):
            if not line.strip():
                continue
            name, colon, value = line.partition(":")
            name, value = " ".join(name.split()), value.strip()
            if not colon or not value:
                raise self.wrong(f"expected “name: value”, not “{line.strip()}”.", number)
            if name in values:
                raise self.wrong(f"“{name}” stands in the header twice.", number)
            if not name.startswith("set "):
                self.one_of("the header", name, (*NEEDED, *OPTIONAL, "set …"), number)
            values[name], at[name] = value, number
        return values, at, lines[end + 1 :], end + 2

    def sections(self, lines: Iterable[str], first: int) -> tuple[dict[str, str], dict[str, int]]:
        """The text under each heading, that before the first one under ``""``, and the line where each begins."""
        found: dict[str, list[str]] = {"": []}
        begins = {"": first}
        heading = ""
        for number, line in enumerate(lines, first):
            if line.startswith("## "):
                heading = line[3:].strip()
                self.one_of("a heading", heading, SECTIONS, number)
                if heading in found:
                    raise self.wrong(f"the heading “{heading}” stands there twice.", number)
                found[heading], begins[heading] = [], number + 1
            else:
                found[heading].append(line)
        return {name: "\n".join(part).strip() for name, part in found.items()}, begins

    def one_of(self, what: str, name: str, known: Collection[str], line: int) -> None:
        if name in known:
            return
        near = get_close_matches(name, known, 1)
        perhaps = f"; “{near[0]}” perhaps?" if near else f"; there are {', '.join(known)}."
        raise self.wrong(f"{what}: there is no “{name}”{perhaps}", line)

    def ask(self, what: str, text: str, line: int) -> Ask:
        kind, _, rest = text.strip().partition(" ")
        self.one_of(what, kind, KINDS, line)
        row, about = KINDS[kind], tuple(part.strip() for part in rest.split(",") if part.strip())
        low, high = row.count
        if not low <= len(about) <= high:
            wanted = f"{low}" if low == high else f"{low} to {high}"
            listed = f" of {', '.join(row.about)}" if row.about else ""
            told = f"{wanted}{listed}" if high else "nothing"
            raise self.wrong(f"{what}: “{kind}” asks {row.what}, and takes {told} behind it.", line)
        for name in about:
            if row.about is not None:
                self.one_of(f"{what}: {kind}", name, row.about, line)
        return Ask(kind, about)

    def guesses(self, text: str, ask: Ask, first: int) -> tuple[str, Mapping[str, str]]:
        question: list[str] = []
        guesses: dict[str, str] = {}
        for number, line in enumerate(text.splitlines(), first):
            if not line.strip():
                continue
            if not line.startswith("- "):
                question.append(line.strip())
                continue
            found = GUESS.fullmatch(line.strip())
            if found is None:
                raise self.wrong(f"a guess is “- outcome: words”, not “{line.strip()}”.", number)
            self.one_of("a guess", found[1].strip(), ask.outcomes, number)
            guesses[found[1].strip()] = found[2]
        missing = [outcome for outcome in ask.outcomes if outcome not in guesses]
        if missing:
            raise self.wrong(f"under “Question” these outcomes have no guess: {', '.join(missing)}.", first)
        if not question or not " ".join(question).endswith(QUESTION_MARKS):
            raise self.wrong("under “Question” stands a question, with a question mark, before the guesses.", first)
        return " ".join(question), guesses

    def exercise(
        self, header: Mapping[str, str], sections: Mapping[str, str], at: Mapping[str, int]
    ) -> Exercise | None:
        text = sections.get("Exercise")
        if ("exercise" in header) != bool(text):
            raise self.wrong("“exercise: …” in the header and a text under “## Exercise” come together.")
        if not text:
            return None
        asked, equals, goals = header["exercise"].partition("=")
        line = at["exercise"]
        ask = self.ask("exercise", asked, line)
        wanted = tuple(part.strip() for part in goals.split(",") if part.strip())
        if not equals or not wanted:
            raise self.wrong(f"exercise: expected “{asked.strip()} = {ask.outcomes[0]}”, the outcome to reach.", line)
        for goal in wanted:
            self.one_of("exercise", goal, ask.outcomes, line)
        return Exercise(text, ask, wanted)

    def clip(self, name: str, line: int) -> tuple[str | None, Path | None]:
        sample = next((sample for sample in SAMPLES if sample.name == name), None)
        if sample is not None:
            return sample.label, None
        own = self.path.parent / name
        if Path(name).name != name or not own.is_file():  # a lesson reaches no file elsewhere
            self.one_of("clip", name, [sample.name for sample in SAMPLES], line)
        return None, own

    def sources(self, text: str, first: int) -> tuple[Source, ...]:
        found = []
        for number, line in enumerate(text.splitlines(), first):
            link = LINK.fullmatch(line.strip())
            if link:
                found.append(Source(link[1], link[2]))
            elif line.strip():
                raise self.wrong(f"a source is “- [title](https://…)”, not “{line.strip()}”.", number)
        return tuple(found)


LESSONS = read_lessons()
"""The tour as it comes with the program."""
