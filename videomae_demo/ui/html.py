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
from ..words import LANGUAGES, _, language

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
    return f'<div data-wish="{wish:g}">{words}</div>'


def wish_mark(wish: float, *, by: str = "page") -> str:
    """The same for a part of the page that has no such words.

    Args:
        by: ``"page"`` where the whole part was painted, ``"event"`` where a control of it changed something.
    """
    return f'<i data-wish="{wish:g}" data-by="{by}"></i>'


def is_painted_over(mark: str | None, wish: float) -> bool:
    """Whether a control's event has painted for another wish over a part of the page that is about this one."""
    return 'data-by="event"' in (mark or "") and mark != wish_mark(wish, by="event")


def empty_answer() -> str:
    return '<h2 class="answer quiet">Drop a clip, or choose a sample</h2><p class="caveat">&nbsp;</p>'


def how_long_kept(settings: Settings) -> str:
    """What becomes of a visitor's clip."""
    return (
        f'<p class="words">At most {settings.max_upload_mb:g} MB and {settings.max_seconds:g} seconds. Your clip is'
        f" deleted here when you close the page, at the latest {settings.keep_minutes:g} minutes after you last used"
        " it, and shown to nobody else.</p>"
    )


def waiting_answer(clip_name: str) -> str:
    return f'<h2 class="answer quiet waiting">{escape(clip_name)} …</h2><p class="caveat">&nbsp;</p>'


def cancelled_answer() -> str:
    return '<h2 class="answer quiet">Cancelled</h2><p class="caveat">Choose a clip to start again.</p>'


def failed_answer(sentence: str) -> str:
    """The designed error: what happened and what to try, where the answer would stand."""
    words = f'<h2 class="answer">No answer for this clip</h2><p>{escape(sentence)}</p>'
    return f'<div role="alert" class="failure">{words}</div>'


def notice(sentences: Sequence[str]) -> str:
    """What an address asks for in vain, a sentence each; nothing where it got all."""
    if not sentences:
        return ""
    rows = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)
    return (
        '<div role="alert" class="notice"><p>The address asks for something that is not here; the rest of it is '
        f"on the page.</p><ul>{rows}</ul></div>"
    )


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
    return f'<div role="alert" class="failure"><p><b>No map</b> {escape(sentence)}</p></div>'


def not_for_this_model(reason: str | None) -> str:
    """In place of what does not hold for the architecture that answers."""
    return words(f"This does not apply to the model that answers: {reason}.")


def words(sentence: str) -> str:
    """A sentence where a figure might have been."""
    return f'<p class="finding" role="status">{escape(sentence)}</p>'


def facts(analysis: Analysis) -> str:
    notice = f"<br>{escape(analysis.frames.notice)}" if analysis.frames.notice else ""
    return f'<p class="facts">{escape(facts_line(analysis))}{notice}</p>'


def status(text: str) -> str:
    """What is being done now; the style sheet shows it, and the cancel button beside it, after 300 ms."""
    return f'<p class="status busy" role="status">{escape(text)} …</p>' if text else idle()


def idle() -> str:
    return '<p class="status" role="status"></p>'


def model_card(identity: ModelIdentity) -> str:
    """Which model answers and why, what it can know, and its licence."""
    revision = f" · revision {escape(identity.revision[:8])}" if identity.revision else ""
    return (
        f'<div class="model-card"><p>{escape(identity.reason)}</p><p>It knows {escape(lower_first(identity.knows))}</p>'
        f"<p>Licence: {escape(identity.licence)}{revision}</p>{_lacks(identity)}</div>"
    )


def _lacks(identity: ModelIdentity) -> str:
    """What the page switches off for this architecture."""
    off = [ABILITIES[ability] for ability, _ in identity.lacks if not ABILITIES[ability].startswith("`")]
    return f"<p>Not for this {escape(identity.family)}: {escape('; '.join(off))}; each says why.</p>" if off else ""


def lower_first(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def reading(how_to_read: str, cannot_tell: str = "", *, about: str) -> str:
    """The two sentences that stand beside a figure, and go with it when a visitor keeps it (``keep.js``).

    Args:
        about: the ``elem_id`` of the figures that they are about, with spaces between them.
    """
    limit = f'<p class="words"><b>What it cannot tell</b> {escape(cannot_tell)}</p>' if cannot_tell else ""
    return f'<div data-about="{about}"><p class="words"><b>How to read it</b> {escape(how_to_read)}</p>{limit}</div>'


def method_words(method: Method) -> str:
    """The two sentences that stand beside every map, and where the method comes from."""
    return (
        f'<p class="words"><b>How to read it</b> {escape(method.how_to_read)}</p>'
        f'<p class="words"><b>What it cannot tell</b> {escape(method.cannot_tell)}</p>'
        f'<p class="words source">{escape(method.source)}</p>'
    )


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
        f'<img src="{sample_picture(sample)}" alt=""><span>{escape(sample.title)}</span></button>'
        for index, sample in enumerate(samples)
    )
    fetched = (
        f'<button type="button" data-hub="{index}"><i>{ARROW}</i>'
        f"<span>{escape(clip.title)} (from the hub)</span></button>"
        for index, clip in enumerate(HUB_CLIPS)
    )
    return f'<div class="samples" role="group" aria-label="Sample clips">{"".join((*buttons, *fetched))}</div>'


def table(caption: str, head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table for screen readers: the numbers of a figure, unseen on the page."""
    head_cells = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return (
        f'<table class="visually-hidden"><caption>{escape(caption)}</caption>'
        f"<thead><tr>{head_cells}</tr></thead><tbody>{body}</tbody></table>"
    )


def prediction_table(analysis: Analysis, *, top_k: int = 5) -> str:
    rows = ((label, percent(probability)) for _, label, probability in analysis.prediction.top(top_k))
    return table("The likeliest classes", ("Class", "Probability"), rows)


def map_table(analysis: Analysis, explanation: Explanation) -> str:
    """The map in words and its importance curve in numbers."""
    size = analysis.geometry.tubelet_size
    values = displayed(explanation)
    rows = (
        (
            f"{index + 1}",
            f"{index * size + 1} to {(index + 1) * size}",
            f"{analysis.frames.pts_seconds[index * size]:.2f}",
            f"{importance:.3g}",
            f"{values[index].max():.3g}",
        )
        for index, importance in enumerate(slice_importance(explanation))
    )
    unit = explanation.unit if explanation.signed else "times its share"
    head = ("Slice", "Frames", "From second", f"Importance, {unit}", f"Largest token, {unit}")
    sentence = importance_sentence(explanation, tubelet_size=size)
    return f'<p class="visually-hidden">{escape(sentence)}</p>' + table("The map, slice by slice", head, rows)
