"""The page's words as HTML: answers, states and text alternatives. Every text from outside is escaped here."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from ..figures.scales import displayed, slice_importance
from ..figures.words import (
    answer_sentence,
    facts_line,
    familiarity_sentence,
    importance_sentence,
    is_close_call,
    percent,
)
from ..inputs.hub_clips import HUB_CLIPS
from ..records import ABILITIES, ModelIdentity
from ..results import Analysis, Explanation
from ..settings import Settings
from ..words import LANGUAGES, _, class_name, language, numeral
from ..words.unbroken import unbroken

if TYPE_CHECKING:
    from ..explain import Method
    from ..inputs.samples import Sample


def answer(analysis: Analysis) -> str:
    """The answer as a sentence, and beneath it what kind of an answer it is."""
    prediction = analysis.prediction
    long_and_unsure = prediction.familiar.known is not False and is_close_call(prediction)
    unsure = " unsure" if long_and_unsure else ""
    caveat = escape(familiarity_sentence(prediction))
    return f'<h2 class="answer{unsure}">{escape(answer_sentence(prediction))}</h2><p class="caveat">{caveat}</p>'


def about(wish: float, words: str) -> str:
    """The words, marked with the number of the wish that they are about; ``veil.js`` reads it."""
    return f'<div data-wish="{wish_number(wish)}">{words}</div>'


def wish_number(wish: float) -> str:
    """As the browser knows it."""
    return f"{wish:g}"


def wish_mark(wish: float, *, by: str = "page") -> str:
    """The same for a part of the page that has no such words.

    Args:
        by: ``"page"`` where the whole part was painted, ``"event"`` where a control of it changed something.
    """
    return f'<i data-wish="{wish_number(wish)}" data-by="{by}"></i>'


def waiting_mark(mark: str | None, sentence: str) -> str:
    """A mark of a part that waits in the line before the model: what it was, and what the part says meanwhile."""
    return f'{without_waiting(mark)}<i data-waits="{escape(sentence)}"></i>'


def without_waiting(mark: str | None) -> str:
    return (mark or "").partition("<i data-waits")[0]


def is_about_another(mark: str | None, wish: float) -> bool:
    """Whether a part of the page was painted for another wish, if at all."""
    return f'data-wish="{wish_number(wish)}"' not in (mark or "")


def given_up_mark(mark: str | None) -> str:
    """The same once nobody paints the part any more: what it was, or that nothing is on its way."""
    return without_waiting(mark) or '<i data-waits=""></i>'


def is_painted_over(mark: str | None, wish: float) -> bool:
    """Whether a control's event has painted for another wish over a part of the page that is about this one."""
    return 'data-by="event"' in (mark or "") and mark != wish_mark(wish, by="event")


def empty_answer() -> str:
    words = escape(_("Drop a clip, or choose a sample"))
    return f'<h2 class="answer quiet">{words}</h2><p class="caveat">&nbsp;</p>'


def how_long_kept(settings: Settings) -> str:
    """What becomes of a visitor's clip."""
    sentence = _(
        "At most {megabytes:g} MB and {seconds:g} seconds. Your clip is deleted here when you close the page, at the "
        "latest {minutes:g} minutes after you last used it, and shown to nobody else.",
        megabytes=settings.max_upload_mb,
        seconds=settings.max_seconds,
        minutes=settings.keep_minutes,
    )
    return f'<p class="words">{escape(sentence)}</p>'


def waiting_answer(clip_name: str) -> str:
    return f'<h2 class="answer quiet waiting">{escape(_(clip_name))} …</h2><p class="caveat">&nbsp;</p>'


def cancelled_answer() -> str:
    return (
        f'<h2 class="answer quiet">{escape(_("Cancelled"))}</h2>'
        f'<p class="caveat">{escape(_("Choose a clip to start again."))}</p>'
    )


def failed_answer(sentence: str) -> str:
    """The designed error: what happened and what to try, where the answer would stand."""
    words = f'<h2 class="answer">{escape(_("No answer for this clip"))}</h2><p>{escape(sentence)}</p>'
    return f'<div role="alert" class="failure">{words}</div>'


def notice(sentences: Sequence[str]) -> str:
    """What an address asks for in vain, a sentence each; nothing where it got all."""
    if not sentences:
        return ""
    rows = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)
    words = escape(_("The address asks for something that is not here; the rest of it is on the page."))
    return f'<div role="alert" class="notice"><p>{words}</p><ul>{rows}</ul></div>'


def place_mark(place: str, *, followed: float, refused: bool, own: float | None, wish: float, usual_frame: int) -> str:
    """Unseen: where the visitor is, for ``address.js``.

    Args:
        place: as ``address.write`` has it, without the frame.
        followed: how often an address had been followed when this was said.
        refused: whether that address asked for something that is not here.
        own: the number of the wish that put a clip there that no address names.
        wish: the number of the visitor's last wish.
        usual_frame: the one that an address need not name.
    """
    return (
        f'<i data-place="{escape(place)}" data-followed="{followed:g}" data-refused="{"yes" if refused else ""}" '
        f'data-own="{"" if own is None else own}" data-wish="{wish}" data-usual-frame="{usual_frame}"></i>'
    )


def failed_map(sentence: str) -> str:
    """Beside the frames, where a map has no numbers to tell: the answer above stands without it."""
    return f'<div role="alert" class="failure"><p><b>{escape(_("No map"))}</b> {escape(sentence)}</p></div>'


def not_for_this_model(reason: str | None) -> str:
    """In place of what does not hold for the architecture that answers."""
    return words(_("This does not apply to the model that answers: {reason}.", reason=_(reason or "")))


def section(title: str, sentence: str = "") -> str:
    """The heading of a part of a tab, and a sentence under it."""
    under = f'<p class="words">{escape(sentence)}</p>' if sentence else ""
    return f'<h3 class="section">{escape(title)}</h3>{under}'


def words(sentence: str) -> str:
    """A sentence where a figure might have been."""
    return f'<p class="finding" role="status">{unbroken(sentence)}</p>'


def facts(analysis: Analysis) -> str:
    notice = f"<br>{escape(_(analysis.frames.notice))}" if analysis.frames.notice else ""
    return f'<p class="facts">{escape(facts_line(analysis))}{notice}</p>'


def status(text: str) -> str:
    """What is being done now; the style sheet shows it, and the cancel button beside it, after 300 ms."""
    return f'<p class="status busy" role="status">{escape(text)} …</p>' if text else idle()


def idle() -> str:
    return '<p class="status" role="status"></p>'


def model_card(identity: ModelIdentity) -> str:
    """Which model answers and why, what it can know, and its licence."""
    licence = _("Licence: {licence}", licence=_(identity.licence))
    if identity.revision:
        licence = _(
            "Licence: {licence} · revision {revision}", licence=_(identity.licence), revision=identity.revision[:8]
        )
    knows = _("It knows: {classes}", classes=_(identity.knows))
    return (
        f'<div class="model-card"><p>{escape(_(identity.reason))}</p><p>{escape(knows)}</p>'
        f"<p>{escape(licence)}</p>{_lacks(identity)}</div>"
    )


def _lacks(identity: ModelIdentity) -> str:
    """What the page switches off for this architecture."""
    off = [ABILITIES[ability] for ability, _reason in identity.lacks if not ABILITIES[ability].startswith("`")]
    if not off:
        return ""
    parts = "; ".join(_(one) for one in off)
    return f"<p>{escape(_('Not for this {family}: {parts}; each says why.', family=identity.family, parts=parts))}</p>"


def reading(how_to_read: str, cannot_tell: str = "", *, about: str) -> str:
    """The two sentences that stand beside a figure, and go with it when a visitor keeps it (``keep.js``).

    Args:
        about: the ``elem_id`` of the figures that they are about, with spaces between them.
    """
    return f'<div data-about="{about}">{_reading(how_to_read, cannot_tell)}</div>'


def _reading(how_to_read: str, cannot_tell: str) -> str:
    limit = f'<p class="words"><b>{escape(_("What it cannot tell"))}</b> {escape(_(cannot_tell))}</p>'
    return (
        f'<p class="words"><b>{escape(_("How to read it"))}</b> {escape(_(how_to_read))}</p>'
        f"{limit if cannot_tell else ''}"
    )


def method_words(method: Method) -> str:
    """The two sentences that stand beside every map, and where the method comes from."""
    return f'{_reading(method.how_to_read, method.cannot_tell)}<p class="words source">{escape(_(method.source))}</p>'


def languages() -> str:
    """The list of languages, each by its own name."""
    rows = (
        f'<option value="{key}" lang="{key}"{" selected" if key == language() else ""}>{escape(tongue.title)}</option>'
        for key, tongue in LANGUAGES.items()
    )
    return f'<select aria-label="{escape(_("Language"))}">{"".join(rows)}</select>'


def sample_picture(sample: Sample) -> str:
    """The thumbnail inside the page itself: no request, and nothing to allow on the server."""
    return "data:image/webp;base64," + base64.b64encode(Path(sample.thumbnail).read_bytes()).decode("ascii")


ARROW = (
    '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 4v11m0 0-4.5-4.5M12 15l4.5-4.5M5 19.5h14" fill="none" '
    'stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round"/></svg>'
)


def sample_buttons(samples: Sequence[Sample], selected: int | None) -> str:
    """The samples as real buttons with pictures, then the clips to fetch; all are within reach of the keyboard."""
    buttons = (
        f'<button type="button" data-sample="{index}" aria-pressed="{"true" if index == selected else "false"}">'
        f'<img src="{sample_picture(sample)}" alt=""><span>{escape(_(sample.title))}</span></button>'
        for index, sample in enumerate(samples)
    )
    fetched = (
        f'<button type="button" data-hub="{index}"><i>{ARROW}</i>'
        f"<span>{escape(_('{clip} (from the hub)', clip=_(clip.title)))}</span></button>"
        for index, clip in enumerate(HUB_CLIPS)
    )
    every = "".join((*buttons, *fetched))
    return f'<div class="samples" role="group" aria-label="{escape(_("Sample clips"))}">{every}</div>'


def table(caption: str, head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table for screen readers: the numbers of a figure, unseen on the page."""
    head_cells = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return (
        f'<table class="visually-hidden"><caption>{escape(caption)}</caption>'
        f"<thead><tr>{head_cells}</tr></thead><tbody>{body}</tbody></table>"
    )


def prediction_table(analysis: Analysis, *, top_k: int = 5) -> str:
    rows = ((class_name(label), percent(probability)) for _id, label, probability in analysis.prediction.top(top_k))
    return table(_("The likeliest classes"), (_("Class"), _("Probability")), rows)


def map_table(analysis: Analysis, explanation: Explanation) -> str:
    """The map in words and its importance curve in numbers."""
    size = analysis.geometry.tubelet_size
    values = displayed(explanation)
    rows = (
        (
            f"{index + 1}",
            _("{first} to {last}", first=index * size + 1, last=(index + 1) * size),
            numeral(analysis.frames.pts_seconds[index * size], ".2f"),
            numeral(importance, ".3g"),
            numeral(values[index].max(), ".3g"),
        )
        for index, importance in enumerate(slice_importance(explanation))
    )
    unit = _(explanation.unit) if explanation.signed else _("times its share")
    head = (
        _("Slice"),
        _("Frames"),
        _("From second"),
        _("Importance, {unit}", unit=unit),
        _("Largest token, {unit}", unit=unit),
    )
    sentence = importance_sentence(explanation, tubelet_size=size)
    return f'<p class="visually-hidden">{escape(sentence)}</p>' + table(_("The map, slice by slice"), head, rows)
