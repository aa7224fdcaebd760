"""What a map is worth: maps side by side, what leaving tokens out does, and the sanity checks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from html import escape
from textwrap import wrap
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from ..explain.nulls import NULLS
from ..explain.verdict import LEVEL, ahead
from ..results import Analysis, Contest, Explanation, Faithfulness, SanityCheck
from ..words import _, class_name, listed, numeral
from .scales import NEGATIVE, POSITIVE, MapScale, displayed, scale_of, slice_importance
from .theme import ACCENT, GRID, QUIET, add_panel_title, bare_figure
from .tiles import legend, map_picture, slice_pictures
from .words import percent

if TYPE_CHECKING:
    from ..explain.checks import Sanity

LINES = (ACCENT, "#d66018", "#7b61c9", "#c2408a", "#4b8fd6", "#8a8f2a", "#b07a3c", "#5fa35f", "#a05a5a")
"""A colour a method, told apart on white and on black; with the line's own name at its side."""
CURVES_HEIGHT = 380
TITLE_LETTERS, TITLE_LINE = 17, 15
"""Of a panel's title: what fits above a panel on a phone, and the pixels of a line."""
BARS = (100, 30)
"""Width and height of a row's small time curve, in its own units."""


def common_scale(explanations: Iterable[Explanation]) -> MapScale:
    """One colour range for several maps of one unit, whatever their grids."""
    maps = tuple(explanations)
    if len({(one.signed, one.unit) for one in maps}) != 1:
        raise ValueError(f"maps of different units have no common scale: {[one.unit for one in maps]}")
    # Unsigned maps are drawn as multiples of their own uniform share; together they keep the mean 1.
    values = np.concatenate([displayed(one).ravel() for one in maps])
    return scale_of(replace(maps[0], values=values[:, None, None]))


def side_by_side(analysis: Analysis, explanations: Mapping[str, Explanation]) -> str:
    """One row a map, all of one unit on one colour range: title, slices, importance over time.

    Args:
        explanations: title -> map.
    """
    signed = [one for one in explanations.values() if one.signed]
    unsigned = [one for one in explanations.values() if not one.signed]
    scales = {maps[0].signed: common_scale(maps) for maps in (unsigned, signed) if maps}
    pictures = slice_pictures(analysis)
    rows = []
    for title, one in explanations.items():
        values, scale = displayed(one), scales[one.signed]
        cells = "".join(
            f'<span class="mini"><img src="{picture}" alt=""><img class="map" src="{map_picture(part, scale)}" alt="">'
            "</span>"
            for picture, part in zip(pictures, values, strict=True)
        )
        rows.append(
            f'<div class="contest-row"><b>{escape(title)}</b><div class="minis">{cells}</div>{_time_curve(one)}</div>'
        )
    legends = "".join(legend(scale) for scale in scales.values())
    labels = {
        class_name(analysis.prediction.labels[one.target.label_id]) for one in explanations.values() if one.target
    }
    note = f' data-note="{escape(class_note(*sorted(labels)))}"' if labels else ""
    return f'<div class="contest"{note}>{"".join(rows)}</div><div class="legends">{legends}</div>'


def faithfulness_figure(measured: Mapping[str, Faithfulness]) -> go.Figure:
    """Deletion on the left, insertion on the right; the band is what random orders do.

    Args:
        measured: title -> curves, all measured beside the same random orders.
    """
    panels = (
        ("", _("Strongest patches first"), "deletion", _("a good map falls below the grey")),
        ("2", _("Weakest patches first"), "insertion", _("a good map stays above it")),
    )
    titles = [
        [*(f"<b>{line}</b>" for line in _title_lines(heading)), *_title_lines(aim)]
        for _axis, heading, _field, aim in panels
    ]
    figure = bare_figure(
        meta={"kind": "faithfulness"},
        height=CURVES_HEIGHT,
        margin={"l": 44, "r": 22, "t": 12 + TITLE_LINE * max(map(len, titles)), "b": 84},
        xaxis={"domain": [0, 0.43], "anchor": "y"},
        xaxis2={"domain": [0.57, 1], "anchor": "y2"},
        yaxis2={"anchor": "x2", "showticklabels": False},
        showlegend=True,
        legend={"orientation": "h", "x": 0, "y": -0.24, "yanchor": "top", "font": {"size": 12}},
    )
    first = next(iter(measured.values()))
    removed = (1 - first.kept_shares).astype(float)
    for (axis, _heading, field, _aim), title_lines in zip(panels, titles, strict=True):
        at = {"xaxis": f"x{axis}", "yaxis": f"y{axis}"}
        figure.add_trace(
            go.Scatter(
                x=[*removed, *removed[::-1]],
                y=[*first.random.max(axis=0).astype(float), *first.random.min(axis=0)[::-1].astype(float)],
                fill="toself",
                fillcolor=GRID,
                line={"width": 0},
                mode="lines",
                hoverinfo="skip",
                name=_("random orders"),
                showlegend=axis == "",
                **at,
            )
        )
        for colour, (title, one) in zip(LINES, measured.items(), strict=False):
            figure.add_trace(
                go.Scatter(
                    x=removed,
                    y=getattr(one, field).astype(float),
                    mode="lines+markers",
                    line={"color": colour, "width": 2.5},
                    marker={"size": 5},
                    name=title,
                    legendgroup=title,
                    showlegend=axis == "",
                    hovertemplate=_(
                        "{method}, {share} removed: {probability}",
                        method=escape(title),
                        share="%{x:.0%}",
                        probability="%{y:.1%}",
                    )
                    + "<extra></extra>",
                    **at,
                )
            )
        add_panel_title(figure, axis, "<br>".join(title_lines))
    figure.update_xaxes(
        range=[0, 1.01],
        tickvals=[0, 0.5, 1],
        tickformat=".0%",
        showgrid=False,
        zeroline=False,
        fixedrange=True,
        title={"text": _("patches left out"), "font": {"size": 12}, "standoff": 4},
    )
    figure.update_yaxes(
        range=[-0.02, 1.04], tickvals=[0, 0.5, 1], tickformat=".0%", gridcolor=GRID, zeroline=False, fixedrange=True
    )
    return figure


def _title_lines(words: str) -> list[str]:
    """
    >>> _title_lines("a good map falls below the grey")
    ['a good map falls', 'below the grey']
    """
    return wrap(words, TITLE_LETTERS if " " in words else TITLE_LETTERS // 2)  # Chinese has no spaces, and is wider


def verdicts(measured: Mapping[str, Faithfulness], checks: Mapping[str, Sanity]) -> str:
    """One card a method: the verdict, the contest that it rests on, what else was tested, and the two badges.

    Args:
        measured: title -> curves.
        checks: title -> the two sanity checks, for as many methods as are done.
    """
    reach = max(abs(gap) for one in measured.values() for gap in _gaps(one.contests["tokens"]))
    cards = []
    for colour, (title, one) in zip(LINES, measured.items(), strict=False):
        contest = one.contests["tokens"]
        areas = _(
            "Area without strongest {deletion:.2f}, without weakest {insertion:.2f}; random orders {low:.2f} to "
            "{high:.2f}",
            deletion=one.deletion_auc,
            insertion=one.insertion_auc,
            low=min(one.random_auc),
            high=max(one.random_auc),
        )
        badges = [
            *_contest_badges(one),
            *(
                [
                    _badge(_("Changes with the class"), checks[title].other_class),
                    _badge(_("Changes with the weights"), checks[title].random_weights),
                ]
                if title in checks
                else []
            ),
        ]
        mark = "better" if one.better_than_chance else "chance"
        cards.append(
            f'<article class="verdict-card {mark}"><h4><i style="background:{colour}"></i>{escape(title)}</h4>'
            f"<p>{escape(_(one.verdict))}</p>{contest_strip(contest, colour=colour, reach=reach)}"
            f'<p class="areas">{escape(contest_numbers(one))}</p>'
            f'<p class="areas">{escape(areas)}</p><p class="badges">{"".join(badges)}</p></article>'
        )
    return f'<div class="verdicts">{"".join(cards)}</div>'


def contest_numbers(measured: Faithfulness) -> str:
    """The contest over tokens in one line: the map's gap, and its rank as a p-value with its resolution."""
    contest, together = measured.contests["tokens"], measured.tested_together
    return _(
        "Best quarter against worst: {gap:+.1f} in log-odds, {gap_probability:+.2f} in probability; p = {p:.3f} (no "
        "smaller than {resolution:.3f}{corrected}). SaCo {saco:+.2f}",
        gap=contest.gap,
        gap_probability=contest.gap_probability,
        p=contest.p_value,
        resolution=contest.resolution,
        corrected=_(", corrected for {maps} maps", maps=together) if together > 1 else "",
        saco=measured.saco,
    )


def class_note(*labels: str) -> str:
    """Which class a figure is about, for whoever keeps it."""
    return _("Class: {labels}.", labels=listed(_("“{label}”", label=label) for label in labels))


def contest_strip(contest: Contest, *, colour: str, reach: float) -> str:
    """A row of dots a kind of copy, each where its gap is, and the map's own gap as a line through all rows.

    Args:
        reach: the largest gap to be drawn, so that several strips have one scale.
    """

    def at(gap: float) -> float:
        return 50 + 48 * gap / (reach or 1)

    rows = []
    for null, gaps in contest.copies.items():
        dots = "".join(f'<i class="copy" style="left:{at(gap):.1f}%"></i>' for gap in gaps)
        own = f'<i class="own" style="left:{at(contest.gap):.1f}%;background:{colour}"></i>'
        ahead_of = sum(gap < contest.gap for gap in gaps)
        rows.append(
            f"<span>{escape(_(NULLS[null].title))}</span><span>{escape(_ahead(ahead_of, len(gaps)))}</span>"
            f'<div class="dots"><u></u>{dots}{own}</div>'
        )
    return f'<div class="strip">{"".join(rows)}</div>'


def _ahead(ahead_of: int, copies: int) -> str:
    return _("ahead of {ahead_of} of {copies}", ahead_of=ahead_of, copies=copies)


def _gaps(contest: Contest) -> Iterator[float]:
    yield contest.gap
    for gaps in contest.copies.values():
        yield from gaps


def _contest_badges(measured: Faithfulness) -> Iterator[str]:
    """Needed, enough, when, where: yes or no, each with its p-value."""
    tokens = measured.contests["tokens"]
    questions = [
        (_("Best patches needed"), tokens.p_necessary <= LEVEL, tokens.p_necessary),
        (_("Best patches suffice"), tokens.p_sufficient <= LEVEL, tokens.p_sufficient),
    ]
    for part, name in (("time", _("Knows when")), ("space", _("Knows where"))):
        if part in measured.contests:
            contest = measured.contests[part]
            questions.append((name, ahead(contest), contest.p_value))
    for name, passed, p_value in questions:
        mark, kind = ("✓", "yes") if passed else ("✗", "no")
        yield (
            f'<span class="badge {kind}"><span aria-hidden="true">{mark}</span> {escape(name)}: '
            f"{escape(_('yes') if passed else _('not shown'))} <small>p = {numeral(p_value, '.3f')}</small></span>"
        )


def removal_result(
    *,
    label: str,
    before: float,
    after: float,
    at_random: Sequence[float] | None,
    removed: int,
    num_tokens: int,
    answer_now: tuple[str, float],
) -> str:
    """What leaving out tokens did to one class's probability, beside as many tokens at random.

    Args:
        before, after: the probability of ``label`` with all tokens, and without the removed ones.
        at_random: the same for as many tokens drawn at random; None while they are computed.
        answer_now: the likeliest class without the removed tokens, and its probability.
    """
    said = _("All patches are there: nothing is removed yet.")
    if removed:
        said = _(
            "Without {removed} of {num_tokens} patches ({share}). The answer is now {label}, {probability}.",
            removed=removed,
            num_tokens=num_tokens,
            share=percent(removed / num_tokens),
            label=class_name(answer_now[0]),
            probability=percent(answer_now[1]),
        )
    chance = ""
    if at_random is not None:
        low, high = min(at_random), max(at_random)
        chance = _bar(_("Without as many at random"), low, _range(low, high), reach=high)
    return (
        f'<div class="removal"><p class="headline"><b>{escape(class_name(label))}</b> {percent(before)} → '
        f"<strong>{percent(after)}</strong></p>"
        f'<p class="words">{escape(said)}</p>'
        + _bar(_("Whole clip"), before, percent(before))
        + _bar(_("Without your patches"), after, percent(after), accent=True)
        + f'<div class="chance">{chance}</div></div>'
    )


def _range(low: float, high: float) -> str:
    if percent(low) == percent(high):
        return percent(low)
    return _("{least} to {most}", least=percent(low), most=percent(high))


def _bar(name: str, share: float, text: str, *, reach: float | None = None, accent: bool = False) -> str:
    """A bar up to ``share``, and paler up to ``reach``."""
    pale = f'<u style="width:{100 * reach:.1f}%"></u>' if reach is not None else ""
    return (
        f'<div class="share-bar{" accent" if accent else ""}"><span>{escape(name)}</span><span>{text}</span>'
        f'<div>{pale}<i style="width:{100 * share:.1f}%"></i></div></div>'
    )


def _badge(name: str, check: SanityCheck) -> str:
    mark, kind = ("✓", "yes") if check.passed else ("✗", "no")
    said = f"{_(check.question)} {_(check.verdict)}"
    return (
        f'<span class="badge {kind}" title="{escape(said, quote=True)}"><span aria-hidden="true">{mark}</span> '
        f"{escape(name)}: {escape(_('yes') if check.passed else _('no'))} "
        f"<small>{escape(_('similarity {number:.2f}', number=check.similarity))}</small></span>"
    )


def _time_curve(explanation: Explanation) -> str:
    """The importance of each slice as small bars, each row on its own height: they tell when, not how much."""
    importance = slice_importance(explanation)
    extent = float(np.abs(importance).max()) or 1.0
    width, height = BARS
    step, middle = width / len(importance), height / 2 if explanation.signed else height
    scale = (middle if explanation.signed else height) / extent
    bars = "".join(
        f'<rect x="{index * step + 0.6:.2f}" width="{step - 1.2:.2f}" y="{middle - max(value, 0) * scale:.2f}" '
        f'height="{max(abs(value) * scale, 0.4):.2f}" fill="{_bar_colour(explanation, value)}">'
        f"<title>{escape(_('slice {slice}: {value:.2f}', slice=index + 1, value=value))}</title></rect>"
        for index, value in enumerate(float(number) for number in importance)
    )
    return (
        f'<svg class="curve" viewBox="0 0 {width} {height}" preserveAspectRatio="none" aria-hidden="true">{bars}</svg>'
    )


def _bar_colour(explanation: Explanation, value: float) -> str:
    if not explanation.signed:
        return QUIET
    red, green, blue = POSITIVE if value >= 0 else NEGATIVE
    return f"rgb({red},{green},{blue})"
