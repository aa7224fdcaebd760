"""Two sides of a comparison: films and maps on one scale, at the same moment, and where they disagree; as HTML.

Each side's frames are one strip, and its map another one with as many pictures, drawn by the style sheet
(``ui/compare.css``) twice: large, the current frame alone, and small, whole. ``ui/compare.js`` keeps both sides at the
same moment.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape

import numpy as np

from ..explain.agreement import STRONGEST, Agreement, agreement, laid_over, same_moments, same_places
from ..results import Analysis, Explanation, Prediction
from ..variants import crop_pictures
from ..words import _, class_name, later, listed, numeral
from .scales import MapScale, displayed, scale_of, slice_importance
from .strip import film_uri
from .theme import ACCENT
from .tiles import legend, map_picture
from .words import answer_sentence, between, percent
from .worth import common_scale

COLOURS = (ACCENT, "#7b61c9")
"""Of the two sides: told apart on white and on black, and used by no map."""
PICTURE_SIDE = 208
"""Pixels of a frame in the strip."""
LISTED = 3
"""The likeliest classes of each side that are listed for both."""
CURVE = (320, 56)
"""Width and height of the importance curves, in their own units."""
MORE_ON_THE_RIGHT = later("orange: more on the right; blue: less; clear is the same")


@dataclass(frozen=True, eq=False)
class Side:
    """One of the two."""

    title: str
    """What it is: the clip, the model and the method, as far as the sides differ in it."""
    about: str
    """The same in full: clip, model, method and class."""
    map_words: str
    """The map's method, and the class that it explains where there is one."""
    analysis: Analysis
    explanation: Explanation | None
    """None where the method does not apply to its model."""
    refusal: str | None = None
    """Why not, then."""


@dataclass(frozen=True, eq=False)
class Difference:
    """The right map minus the left one, patch by patch, and how far they agree."""

    values: np.ndarray | None
    """(T', H', W') of the left one's grid, NaN where the right one does not reach; None where their units differ."""
    right: np.ndarray
    """(T', H', W'): the right map as it is drawn, laid over the left one's tokens."""
    agreement: Agreement


def difference_of(left: Side, right: Side) -> Difference | None:
    """None where there is nothing to subtract: two clips, or no map."""
    if left.explanation is None or right.explanation is None or not same_clip(left, right):
        return None
    mine = displayed(left.explanation)
    other = laid_over(left.analysis, right.analysis, displayed(right.explanation))
    subtracted = other - mine if _one_unit(left.explanation, right.explanation) else None
    return Difference(subtracted, other, agreement(mine, other))


def same_clip(left: Side, right: Side) -> bool:
    """Whether both sides are about one file."""
    return left.analysis.clip.path == right.analysis.clip.path


def comparison(left: Side, right: Side, difference: Difference | None) -> str:
    """Both sides large, then along one axis of time."""
    sides = (left, right)
    scales = _scales(left.explanation, right.explanation)
    lock = (same_moments if same_clip(left, right) else same_places)(left.analysis, right.analysis)
    listed = _listed(left.analysis.prediction, right.analysis.prediction)
    cards, rows = [], []
    for place, (side, scale) in enumerate(zip(sides, scales, strict=True)):
        style = f"{_film(side.analysis)}{_map_of(side, scale)};--own:{COLOURS[place]}"
        cards.append(_card(place, side, sides[1 - place], listed[place], style))
        rows.append(_row(place, side, style))
    legends = [legend(scale) for scale in dict.fromkeys(scales) if scale is not None]
    if difference is not None and difference.values is not None:
        assert left.explanation is not None
        apart = difference_scale(difference.values, left.explanation)
        style = _film(left.analysis) + _map(difference.values, left.analysis, apart)
        cards.append(
            f'<section class="duel-side difference" data-side="left" style="{style}"><h4>'
            f'{escape(_("Difference"))}</h4><p class="duel-answer">{escape(_("The right map minus the left one."))}</p>'
            f'{_PICTURE}<p class="duel-when">&nbsp;</p>'
            f"{legend(apart)}</section>"
        )
        rows.append(
            f'<div class="duel-strip" data-side="left" style="{style}"><b>{escape(_("Difference"))}</b>{_STRIP}</div>'
        )
    rows.append(_curves(sides))
    data = escape(json.dumps({"lock": lock}), quote=True)
    note = escape(_("Left: {about}. Right: {about2}.", about=left.about, about2=right.about), quote=True)
    return (
        f'<div class="duel" data-duel="{data}" data-note="{note}">'
        f'<div class="duel-sides" style="--sides:{len(cards)}">{"".join(cards)}</div>'
        f'<div class="duel-axis">{"".join(rows)}</div><div class="legends">{"".join(legends)}</div></div>'
    )


def difference_scale(values: np.ndarray, like: Explanation) -> MapScale:
    """One colour range for the whole clip: clear where both maps are the same."""
    unit = _(like.unit) if like.signed else _("times its share")
    signed = replace(like, values=np.nan_to_num(values), signed=True, unit=unit)
    return replace(
        scale_of(signed), title=_("{unit}, right minus left; {colours}", unit=unit, colours=_(MORE_ON_THE_RIGHT))
    )


def verdict(left: Side, right: Side, difference: Difference | None) -> tuple[str, ...]:
    """What the comparison comes to, in sentences: the answers, then the maps."""
    one, other = left.analysis.prediction, right.analysis.prediction
    sentences = []
    if left.analysis is right.analysis:
        sentences.append(_("One answer, two maps of it: {answer_sentence}.", answer_sentence=answer_sentence(one)))
    else:
        sentences.append(
            _(
                "Left: {answer_sentence}. Right: {answer_sentence2}.",
                answer_sentence=answer_sentence(one),
                answer_sentence2=answer_sentence(other),
            )
        )
        if one.labels == other.labels:
            moved = 0.5 * float(np.abs(one.probabilities - other.probabilities).sum())
            sentences.append(
                _(
                    "On the right {moved} of the probability lies on other classes than on the left.",
                    moved=percent(moved),
                )
            )
        else:
            sentences.append(
                _(
                    "They choose from other lists: {count} classes and {count2}.",
                    count=len(one.labels),
                    count2=len(other.labels),
                )
            )
    if difference is not None:
        sentences.append(
            _(
                "Of the left map's strongest quarter of patches {shared} are in the right one's, too ({strongest} by "
                "chance); rank correlation {signed}.",
                shared=percent(difference.agreement.shared),
                strongest=percent(STRONGEST),
                signed=_signed(difference.agreement.rank_correlation, 2),
            )
        )
        if difference.values is not None and left.explanation is not None:
            sentences.append(_furthest(left, difference, displayed(left.explanation)))
    return tuple(sentences)


def _furthest(left: Side, difference: Difference, mine: np.ndarray) -> str:
    """Where the two maps are furthest apart."""
    assert difference.values is not None
    place = np.unravel_index(int(np.nanargmax(np.abs(difference.values))), mine.shape)
    at = left.analysis.frames.pts_seconds[int(place[0]) * left.analysis.geometry.tubelet_size]
    explanation = left.explanation
    signed = explanation is not None and explanation.signed
    numbers = [
        _signed(float(values[place]), 2) if signed else numeral(values[place], ".1f") + "×"
        for values in (mine, difference.right)
    ]
    return _(
        "They are furthest apart at {at:.2f} s, in row {place}, column {place2}: {numbers} on the left, {numbers2} on "
        "the right.",
        at=at,
        place=place[1] + 1,
        place2=place[2] + 1,
        numbers=numbers[0],
        numbers2=numbers[1],
    )


def _signed(value: float, decimals: int) -> str:
    return numeral(value, f"+.{decimals}f")


def _one_unit(one: Explanation, other: Explanation) -> bool:
    return (one.signed, one.unit) == (other.signed, other.unit)


def _scales(one: Explanation | None, other: Explanation | None) -> tuple[MapScale | None, MapScale | None]:
    """The same for both where they have one unit, else one each."""
    if one is not None and other is not None and _one_unit(one, other):
        common = common_scale((one, other))
        return common, common
    return scale_of(one) if one else None, scale_of(other) if other else None


_PICTURE = '<div class="duel-picture"><div class="film-player"></div><div class="duel-map"></div></div>'
_STRIP = '<div class="film-strip"><div class="duel-maps"></div></div>'


def _card(place: int, side: Side, other: Side, listed: Sequence[int], style: str) -> str:
    analysis = side.analysis
    when = [
        _(
            "frame {number} of {count} · {moment:.2f} s",
            number=number + 1,
            count=len(analysis.frames.pts_seconds),
            moment=moment,
        )
        for number, moment in enumerate(analysis.frames.pts_seconds)
    ]
    refusal = f'<p class="words">{escape(side.refusal)}</p>' if side.refusal else ""
    return (
        f'<section class="duel-side" data-side="{_NAMES[place]}" style="{style}" '
        f'data-when="{escape(json.dumps(when), quote=True)}" aria-label="{escape(_(_SIDES[place]))}">'
        f'<h4 title="{escape(side.about, quote=True)}"><i></i>{escape(side.title)}</h4>'
        f'<p class="duel-answer">{escape(answer_sentence(analysis.prediction))}<br>{escape(side.map_words)}</p>'
        f"{_PICTURE}"
        f'<p class="duel-when">&nbsp;</p>{_table(side, other, listed)}{refusal}</section>'
    )


_NAMES = ("left", "right")
_SIDES = (later("Left"), later("Right"))


def _row(place: int, side: Side, style: str) -> str:
    first, last = side.analysis.frames.pts_seconds[0], side.analysis.frames.pts_seconds[-1]
    return (
        f'<div class="duel-strip" data-side="{_NAMES[place]}" style="{style}">'
        f"<b><i></i>{escape(side.title)}<span>{between(first, last)}</span></b>{_STRIP}</div>"
    )


def _film(analysis: Analysis) -> str:
    pictures = crop_pictures(analysis.frames, analysis.model_input.crop_box, side=PICTURE_SIDE)
    return f"--film:url({film_uri(pictures)});--count:{len(pictures)}"


def _map_of(side: Side, scale: MapScale | None) -> str:
    if side.explanation is None or scale is None:
        return ""
    return _map(displayed(side.explanation), side.analysis, scale)


def _map(values: np.ndarray, analysis: Analysis, scale: MapScale) -> str:
    """The map's slices side by side, each as often as it has frames, so that it steps with the film."""
    filled = np.where(np.isfinite(values), values, scale.clear).repeat(analysis.geometry.tubelet_size, axis=0)
    return f";--map:url({map_picture(np.concatenate(list(filled), axis=1), scale)})"


def _listed(one: Prediction, other: Prediction) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The classes on each side: the likeliest of both on both, where they have the same classes."""
    mine, others = (tuple(label_id for label_id, *_name in side.top(LISTED)) for side in (one, other))
    if one.labels != other.labels:
        return mine, others
    both = tuple(dict.fromkeys((*mine, *others)))
    return both, both


def _table(side: Side, other: Side, listed: Sequence[int]) -> str:
    mine, others = side.analysis.prediction, other.analysis.prediction
    compared = mine.labels == others.labels and mine is not others
    best = mine.top(1)[0][0]
    rows = []
    for label_id in listed:
        now, label = float(mine.probabilities[label_id]), escape(class_name(mine.labels[label_id]))
        mark = f'<b style="--before:{others.probabilities[label_id]:.4f}"></b>' if compared else ""
        first = ' class="first"' if label_id == best else ""
        rows.append(
            f'<tr{first}><th scope="row" title="{label}">{label}<span class="bar"><i style="--after:{now:.4f}"></i>'
            f'{mark}</span></th><td class="share">{percent(now)}</td></tr>'
        )
    return (
        f'<table><caption class="visually-hidden">{escape(_("{side}: probabilities", side=side.about))}</caption>'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


def _curves(sides: Sequence[Side]) -> str:
    """Each map's importance over its slices, as steps from the first frame to the last; on one scale if it can be."""
    curves = [
        (place, slice_importance(side.explanation), side.explanation)
        for place, side in enumerate(sides)
        if side.explanation is not None
    ]
    if not curves:
        return ""
    signed = any(one.signed for *_place, one in curves)
    alike = len(curves) < 2 or _one_unit(curves[0][2], curves[1][2])
    top = max(float(np.abs(values).max()) for _place, values, _one in curves) or 1.0
    width, height = CURVE
    lines = []
    for place, values, one in curves:
        extent = top if alike else float(np.abs(values).max()) or 1.0
        low = -extent if signed and (alike or one.signed) else 0.0
        heights = height - 2 - (values - low) / (extent * 1.06 - low) * (height - 4)
        edges = np.linspace(0, width, len(values) + 1)
        points = " ".join(
            f"{x:.1f},{y:.1f}" for start, y in enumerate(heights) for x in (edges[start], edges[start + 1])
        )
        lines.append(f'<polyline points="{points}" style="stroke:{COLOURS[place]}"/>')
    unit = (
        _("each on its own scale")
        if not alike
        else _(curves[0][2].unit)
        if signed
        else _("highest {top:.2f}×", top=top)
    )
    said = "; ".join(
        f"{sides[place].title}: "
        + listed(_signed(value, 2) if one.signed else numeral(value, ".2f") for value in values)
        for place, values, one in curves
    )
    return (
        f'<div class="duel-strip"><b>{escape(_("Importance over time"))}<span>{escape(unit)}</span></b>'
        f'<svg viewBox="0 0 {width} {height}" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(said, quote=True)}">{"".join(lines)}</svg></div>'
    )
