"""Films as HTML: the pictures that the model was given, and what it says to them. All follow the current frame.

A film's pictures are one strip, drawn twice by the style sheet (``films.css``): small and whole, with a mark on the
current frame, and large, with that frame alone. So a reversed film plays backwards while the clip plays forwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from weakref import WeakKeyDictionary

import numpy as np

from ..figures.strip import film_uri
from ..figures.words import percent
from ..results import Prediction
from ..variants import Film
from ..words import _, class_name, listed

_styles: WeakKeyDictionary[Film, str] = WeakKeyDictionary()
"""Encoded once a film, however often its card is drawn."""


def film_list(cards: Iterable[str]) -> str:
    """A list of cards."""
    return f'<ul class="films">{"".join(cards)}</ul>'


def card(
    key: str,
    title: str,
    sentence: str,
    film: Film,
    label_ids: Sequence[int],
    *,
    before: Prediction | None = None,
) -> str:
    """One film: its name, its frames and its answer.

    Args:
        key: names the card in the page's markup.
        title: what was done.
        sentence: in a few words more.
        film: pictures and answer.
        label_ids: the classes to list, in this order.
        before: the answer that this one is compared with; its probabilities are marked on the bars.
    """
    best = film.prediction.top(1)[0][0]
    changed = before is not None and before.top(1)[0][0] != best
    rows = "".join(_row(film.prediction, label_id, before, first=label_id == best) for label_id in label_ids)
    caption = _("{film}: probabilities now", film=title)
    if before is not None:
        caption = _("{film}: probabilities before and now", film=title)
    return (
        f'<li class="film{" changed" if changed else ""}" data-film="{escape(key)}" style="{_style_of(film)}">'
        f"<header><h4>{escape(title)}</h4><p>{escape(sentence)}</p></header>"
        f'<div class="film-player"></div>'
        f'<table><caption class="visually-hidden">{escape(caption)}</caption>'
        f'<colgroup><col><col class="{"compared" if before is not None else "share"}"></colgroup>'
        f"<tbody>{rows}</tbody></table>"
        f'<div class="film-strip" role="img" aria-label="{escape(order_words(film))}"></div></li>'
    )


def empty_card(key: str, title: str, sentence: str) -> str:
    """A film that is not made yet, and what to do about it."""
    return (
        f'<li class="film film-empty" data-film="{escape(key)}" style="--count:16">'
        f"<header><h4>{escape(title)}</h4><p>{escape(sentence)}</p></header>"
        f'<div class="film-player"></div><div></div><div class="film-strip"></div></li>'
    )


def strip_style(pictures: np.ndarray) -> str:
    """Custom properties for the style sheet: the strip of (T, H, W, 3) pictures, and how many there are."""
    return f"--film:url({film_uri(pictures)});--count:{len(pictures)}"


def order_words(film: Film) -> str:
    """The film's frames by their numbers in the clip: the strip's text alternative."""
    return _("Frames {frames}", frames=listed(str(index) for index in film.indices))


def labels_to_compare(before: Prediction, after: Prediction, count: int) -> tuple[int, ...]:
    """``count`` classes: the one that was the answer, so that all cards start alike, then the likeliest ones now."""
    first = before.top(1)[0][0]
    return (first, *(label_id for label_id, *_name in after.top(count) if label_id != first))[:count]


def _style_of(film: Film) -> str:
    style = _styles.get(film)
    if style is None:
        style = _styles[film] = strip_style(film.pictures)
    return style


def _row(prediction: Prediction, label_id: int, before: Prediction | None, *, first: bool) -> str:
    now, name = float(prediction.probabilities[label_id]), prediction.labels[label_id]
    label = escape(class_name(name))
    mark, was, compared = "", "", ""
    if before is not None:
        earlier = float(before.probabilities[label_id])
        mark = f'<b style="--before:{earlier:.4f}"></b>'
        was, compared = f'<span class="before">{percent(earlier)} → </span>', " compared"
    leading = ' class="first"' if first else ""
    return (
        f'<tr{leading} data-label="{escape(name)}">'
        f'<th scope="row" title="{label}">{label}<span class="bar"><i style="--after:{now:.4f}"></i>{mark}</span></th>'
        f'<td class="share{compared}">{was}{percent(now)}</td></tr>'
    )
