"""Lessons on paper: one HTML file that prints well, with the clips of this class and, for the teacher, the answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from string import Template

from ..figures.strip import data_uri, resized, side_by_side
from ..report import citation
from ..results import Analysis
from ..words import _, language, later, ngettext, template
from .glossary import Term, as_html, list_html, mentioned
from .lesson import Lesson, LessonAnswer

TITLE = later("VideoMAE, explained")
PICTURE_HEIGHT = 120
"""Pixels of each picture of a clip's strip: 300 an inch where eight of them are 178 mm wide, nearly."""


def worksheet_html(
    lessons: Sequence[Lesson],
    terms: Sequence[Term],
    *,
    clips: Mapping[str, Analysis],
    answers: Mapping[str, LessonAnswer] | None = None,
) -> str:
    """The whole file as text.

    Args:
        lessons: in their order, a page each or more.
        terms: the glossary; those that the lessons mention stand on the last page.
        clips: by lesson's key, the clip that is shown; its answers are those of ``answers``.
        answers: by lesson's key; with them it is the teacher's copy, which has the notes, too.
    """
    texts = [text for one in lessons for text in (one.text, one.question, one.reveal, one.notes)]
    known = mentioned(texts, terms)
    glossary = f'<section class="glossary"><h2>{escape(_("Words"))}</h2>{list_html(known)}</section>' if known else ""
    teacher = answers is not None
    models = sorted({one.model.id for one in clips.values()})
    page = Template(template(Path(__file__).with_suffix(".html").read_text(encoding="utf-8")))
    title = _("What a video model saw: teacher’s copy") if teacher else _("What a video model saw")
    about = [
        ngettext("{n} lesson, on the page “{page}”.", "{n} lessons, on the page “{page}”.", len(lessons), page=_(TITLE))
    ]
    if models:
        about.append(_("Model: {models}.", models=", ".join(models)))
    if teacher:
        about.append(_("{minutes} minutes in class.", minutes=sum(one.minutes or 0 for one in lessons)))
    return page.substitute(
        lang=language(),
        title=escape(title),
        about=escape(" ".join(about)),
        who=""
        if teacher
        else f'<div class="who"><span>{escape(_("Name"))}</span><span>{escape(_("Date"))}</span></div>',
        lessons="\n".join(
            _lesson(one, number, clips.get(one.key), answers.get(one.key) if answers else None, teacher=teacher)
            for number, one in enumerate(lessons, 1)
        ),
        glossary=glossary,
        citation=escape(citation.plain()),
    )


def _lesson(lesson: Lesson, number: int, clip: Analysis | None, answer: LessonAnswer | None, *, teacher: bool) -> str:
    boxes = "".join(
        f'<li class="held">{escape(guess)}</li>'
        if answer is not None and place == answer.guess
        else f"<li>{escape(guess)}</li>"
        for place, guess in enumerate(lesson.guesses)
    )
    parts = [
        f'<section class="lesson"><h2>{number}. {escape(lesson.title)}</h2>',
        as_html(lesson.text),
        "" if clip is None else _strip(clip),
        f"<h3>{escape(_('Before you look'))}</h3><p>{escape(lesson.question)}</p><ul class='boxes'>{boxes}</ul>",
    ]
    if teacher:
        found = "" if answer is None else f"<p><b>{escape(_('On this clip.'))}</b> {escape(answer.sentence)}</p>"
        parts.append(f'<div class="teacher">{found}{as_html(lesson.reveal)}{as_html(lesson.notes)}</div>')
    else:
        parts += [_line("p", _("Why do you think so?")), _lines(2)]
        parts += [_line("h3", _("What the clip says")), as_html(lesson.reveal)]
        parts += [_line("p", _("The numbers that decide it, and what they mean:")), _lines(2)]
    if lesson.exercise is not None:
        parts += [_line("h3", _("On a clip of your own")), as_html(lesson.exercise.text)]
        parts += [] if teacher else [_line("p", _("What I filmed, and what the page found:")), _lines(4)]
    if teacher:
        sources = "; ".join(f"{escape(source.title)}, {escape(source.url)}" for source in lesson.sources)
        parts.append(f'<p class="quiet">{sources}</p>')
    return "".join(parts) + "</section>"


def _strip(clip: Analysis) -> str:
    """A picture a slice: all moments at which a map can differ."""
    pictures = clip.frames.rgb[:: clip.geometry.tubelet_size]
    strip = data_uri(side_by_side(resized(pictures, PICTURE_HEIGHT)))
    words = _(
        "{clip}: the first frame of each of its {slices} slices, from left to right.",
        clip=_(clip.clip_name),
        slices=len(pictures),
    )
    return f'<figure><img src="{strip}" alt="{escape(words)}"><figcaption>{escape(words)}</figcaption></figure>'


def _line(tag: str, words: str) -> str:
    return f"<{tag}>{escape(words)}</{tag}>"


def _lines(count: int) -> str:
    return f'<div class="lines">{"<i></i>" * count}</div>'
