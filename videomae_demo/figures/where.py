"""Where it knows: the probes' scores layer by layer, what they read off one clip, and the table of exchanges."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from textwrap import wrap
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from ..results import Analysis
from ..words import _, class_name, later, listed, numeral
from .scales import NEGATIVE, POSITIVE, MapScale
from .strip import data_uri
from .theme import ACCENT, FONT, GRID, QUIET, TEXT, add_panel_title, bare_figure
from .tiles import map_picture
from .verdicts import signed
from .words import percent

if TYPE_CHECKING:
    from ..explain.where.records import Curve, PatchingStudy, ProbeSet, Readings, Score

SCORES_HEIGHT = 560
ARROWS = {"left": "←", "right": "→", "up": "↑", "down": "↓"}
WAYS = {"left": later("left"), "right": later("right"), "up": later("up"), "down": later("down")}
LINES = (
    ("random_weights", later("random weights"), {"color": QUIET, "width": 1.5, "dash": "dash"}),
    ("shuffled", later("shuffled labels"), {"color": QUIET, "width": 1.5, "dash": "dot"}),
    ("scores", later("this model"), {"color": ACCENT, "width": 2.5}),
)
"""Field of ``Curve``, name and line; the model's own on top."""
CLEAR_SPEED = 0.3
"""Picture widths a clip: below it a direction is drawn paler, and has not been trained on."""
PLACE_COLOURS = ((0.0, "rgba(214,96,24,0)"), (1.0, "rgba(214,96,24,1)"))
"""From outside the box to inside."""
FULL_COLOUR = 0.8
"""The effect that has the strongest colour: the same in all tables, so that they can be compared."""
PAPER = (238, 240, 243)
"""A cell without effect."""
ADDITION_LETTERS = 10
CELL_WIDTH, CELL_HEIGHT, NAMES_WIDTH, ADDITION_WIDTH, GAP, HEAD, LINE = 34, 26, 92, 66, 12, 34, 14
"""Of the table of exchanges, in its own units, about pixels."""


def probe_figure(probes: ProbeSet) -> go.Figure:
    """One panel a probe: its score on unseen clips at each layer, beside both controls, with 95 % intervals."""
    from ..explain.where.probes import PROBES

    figure = bare_figure(
        meta={"kind": "probes"},
        height=SCORES_HEIGHT,
        margin={"l": 40, "r": 8, "t": 24, "b": 40},
        showlegend=True,
        legend={
            "x": 0.54,
            "y": 0.2,
            "xanchor": "left",
            "yanchor": "top",
            "traceorder": "reversed",
            "font": {"size": 11},  # in German, wider than a phone's half: the panels would shrink for it
        },
    )
    for number, (key, curve) in enumerate(probes.curves.items()):
        row, column = divmod(number, 2)
        axis = "" if number == 0 else str(number + 1)
        for field, name, line in LINES:
            scores: Sequence[Score] = getattr(curve, field)
            figure.add_trace(
                go.Scatter(
                    x=list(range(len(scores))),
                    y=[score.value for score in scores],
                    error_y={
                        "array": [score.high - score.value for score in scores],
                        "arrayminus": [score.value - score.low for score in scores],
                        "thickness": 1,
                        "width": 2,
                    },
                    mode="lines+markers",
                    marker={"size": 5},
                    line=line,
                    name=_(name),
                    legendgroup=_(name),
                    showlegend=number == 0,
                    hovertemplate=_(
                        "{probe}, {line}, after {layers} layers: {score}",
                        probe=_(PROBES[key].title),
                        line=_(name),
                        layers="%{x}",
                        score="%{y:.2f}",
                    )
                    + "<extra></extra>",
                    xaxis=f"x{axis}",
                    yaxis=f"y{axis}",
                )
            )
        top = 1 - row / 3
        figure.update_layout(
            {
                f"xaxis{axis}": {
                    "domain": [0.54 * column, 0.54 * column + 0.46],
                    "anchor": f"y{axis}",
                    "tickvals": list(range(len(curve.scores))),
                    "showgrid": False,
                    "zeroline": False,
                    "fixedrange": True,
                    "title": {"text": _("layers"), "font": {"size": 12}, "standoff": 2},
                },
                f"yaxis{axis}": {
                    "domain": [top - 0.22, top],
                    "anchor": f"x{axis}",
                    "range": [-0.12, 1.06],
                    "tickvals": [0, 0.5, 1],
                    "gridcolor": GRID,
                    "zeroline": False,
                    "fixedrange": True,
                },
            }
        )
        add_panel_title(figure, axis, f"<b>{_(PROBES[key].title)}</b>, {_(PROBES[key].measure)}")
    return figure


def layer_cards(analysis: Analysis, readings: Readings) -> str:
    """One card a layer: where something moves in the middle slice, the arrows, the numbers, the class."""
    grid = analysis.geometry.grid
    middle = grid[0] // 2
    picture = data_uri(analysis.model_input.view_rgb[middle * analysis.geometry.tubelet_size], quality=70)
    scale = MapScale(0.0, 1.0, (), (), PLACE_COLOURS, "", "", 0.0, False)
    cards = []
    for layer, inside in enumerate(readings.values["place"].reshape(-1, *grid)):
        ways = readings.values["direction"][layer]
        names = readings.probes.readouts["direction"].outputs
        speeds = readings.values["speed"][layer, :, 0]
        shown = np.clip(ways.max(axis=1) * np.clip(speeds / CLEAR_SPEED, 0, 1), 0.2, 1)
        arrows = "".join(
            f'<span style="opacity:{shown[number]:.2f}" title="{escape(_way_read(number, names[way.argmax()], way))}">'
            f"{ARROWS[names[way.argmax()]]}</span>"
            for number, way in enumerate(ways)
        )
        label, share = class_read(readings, layer)
        speed, growth = (float(readings.values[key][layer].mean()) for key in ("speed", "growth"))
        where = map_picture(inside[middle], scale)
        grows = signed(growth, 1)
        cards.append(
            f'<li class="layer-card"><h4>{escape(_after(layer))}</h4>'
            f'<div class="layer-picture"><img src="{picture}" alt="">'
            f'<img class="map" src="{where}" alt="{escape(_("Where something moves, as it is read off"))}"></div>'
            f'<p class="arrows" role="img" aria-label="{escape(_spoken(ways, names))}">{arrows}</p>'
            f"<dl><dt>{escape(_('speed'))}</dt><dd>{numeral(max(speed, 0), '.1f')}</dd>"
            f"<dt>{escape(_('growth'))}</dt><dd>{grows}</dd></dl>"
            f'<p class="class-read"><b>{escape(class_name(label))}</b> <span>{percent(share)}</span></p></li>'
        )
    return f'<ol class="layer-cards">{"".join(cards)}</ol>'


def class_read(readings: Readings, layer: int) -> tuple[str, float]:
    """The likeliest class as it is read off one layer, and its probability."""
    probabilities = readings.values["class"][layer, 0]
    best = int(probabilities.argmax())
    return readings.probes.readouts["class"].outputs[best], float(probabilities[best])


def appears_sentence(analysis: Analysis, readings: Readings) -> str:
    """From which layer on the probes read what the model answers."""
    answer = analysis.prediction.top(1)[0][1]
    read = [class_read(readings, layer)[0] for layer in range(len(readings.values["class"]))]
    if read[-1] != answer:
        return _(
            "The model answers {answer}; the last layer's probe reads {read}: a probe is another reader.",
            answer=class_name(answer),
            read=class_name(read[-1]),
        )
    first = next(layer for layer in range(len(read)) if all(label == answer for label in read[layer:]))
    if first == 0:
        return _("{answer} can be read off this clip from the start, before any layer.", answer=class_name(answer))
    return _(
        "{answer} can be read off this clip from layer {layer} on; before, it reads {read}.",
        answer=class_name(answer),
        layer=first,
        read=class_name(read[first - 1]),
    )


def _after(layer: int) -> str:
    return _("Before layer 1") if layer == 0 else _("After layer {layer}", layer=layer)


def _after_within(layer: int) -> str:
    """The same, within a line."""
    return _("before layer 1") if layer == 0 else _("after layer {layer}", layer=layer)


def _spoken(ways: np.ndarray, names: Sequence[str]) -> str:
    return _("Directions: {ways}", ways=listed(_(WAYS[names[way.argmax()]]) for way in ways))


def _way_read(number: int, name: str, way: np.ndarray) -> str:
    return _("slice {slice}: {way} {share}", slice=number + 1, way=_(WAYS[name]), share=percent(float(way.max())))


def patching_svg(slices: np.ndarray, additions: np.ndarray) -> str:
    """The table of exchanges: a row a layer, a column a slice, and between the rows what each layer adds.

    Args:
        slices: (L + 1, T') effects.
        additions: (L,) effects.
    """
    rows, columns = slices.shape
    right = NAMES_WIDTH + columns * CELL_WIDTH + GAP
    heading = wrap(_("what the layer adds"), ADDITION_LETTERS)
    head = HEAD + LINE * max(0, len(heading) - 2)
    width, height = right + ADDITION_WIDTH, head + rows * CELL_HEIGHT
    marks = [_text(NAMES_WIDTH + columns * CELL_WIDTH / 2, head - 23, escape(_("one slice of time exchanged")))]
    marks += [_text(right + ADDITION_WIDTH / 2, 11 + LINE * y, escape(word)) for y, word in enumerate(heading)]
    for column in range(columns):
        marks.append(_text(NAMES_WIDTH + (column + 0.5) * CELL_WIDTH, head - 7, str(column + 1)))
    for row, effects in enumerate(slices):
        top = head + row * CELL_HEIGHT
        marks.append(_text(NAMES_WIDTH - 8, top + 17, _after_within(row), anchor="end"))
        for column, effect in enumerate(effects):
            words = _("{layer}, slice {slice}", layer=_after_within(row), slice=column + 1)
            marks.append(_cell(NAMES_WIDTH + column * CELL_WIDTH, top, CELL_WIDTH, float(effect), words))
    for layer, effect in enumerate(additions):
        beside = head + (layer + 0.5) * CELL_HEIGHT
        marks.append(_cell(right, beside, ADDITION_WIDTH, float(effect), _("what layer {layer} adds", layer=layer + 1)))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" class="exchanges" role="img" '
        f'aria-label="{escape(_("Effect of each exchange, in per cent"))}" font-family="{FONT}" font-size="11">'
        f"{''.join(marks)}</svg>"
    )


def _cell(x: float, y: float, width: float, effect: float, words: str) -> str:
    strength = min(abs(effect) / FULL_COLOUR, 1)
    end = POSITIVE if effect >= 0 else NEGATIVE
    red, green, blue = (round(low + strength * (high - low)) for low, high in zip(PAPER, end, strict=True))
    number = numeral(round(100 * effect))
    return (
        f'<g><title>{escape(words)}: {number} %</title><rect x="{x + 1:g}" y="{y + 1:g}" width="{width - 2:g}" '
        f'height="{CELL_HEIGHT - 2}" rx="3" fill="rgb({red},{green},{blue})"/>'
        f'<text x="{x + width / 2:g}" y="{y + 17:g}" text-anchor="middle" fill="#10161d">{number}</text></g>'
    )


def _text(x: float, y: float, words: str, *, anchor: str = "middle") -> str:
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" fill="{TEXT}" class="name">{words}</text>'


def patching_words(study: PatchingStudy) -> str:
    """The study in a few sentences, for README and page."""
    layer, at = np.unravel_index(int(study.slices.argmax()), study.slices.shape)
    adds = int(study.additions.argmax())
    control, other = (float(np.abs(table).max()) for table in (study.control_slices, study.control_additions))
    return _(
        "Mean of {clips} rendered clips of classes with a mirror in time, which the model answers rightly both ways; "
        "in per cent of what reversing the whole clip does, 95 % intervals of at most ±{half_width:.0f}. The strongest "
        "single slice is number {slice} {layer}: {effect:.0f}. Of the layers' own additions, layer {adds}'s moves the "
        "answer most: {added:.0f}. The same exchange with another clip of the same class, which should not turn the "
        "answer, moves it either way by at most {control:.0f} for a slice and {other:.0f} for a layer. Made by "
        "`{command}`.",
        clips=study.clips,
        half_width=100 * study.half_width,
        slice=at + 1,
        layer=_after_within(int(layer)),
        effect=100 * study.slices[layer, at],
        adds=adds + 1,
        added=100 * study.additions[adds],
        control=100 * control,
        other=100 * other,
        command=study.command,
    )


def probe_table(probes: ProbeSet) -> str:
    """Markdown: a row a probe and control, a column a layer."""
    from ..explain.where.probes import PROBES

    states = len(probes.mean)
    head = "| read off | measure | unseen clips | labels | " + " | ".join(
        _after_within(layer) for layer in range(states)
    )
    lines = [f"{head} |", "| --- " * (4 + states) + "|"]
    for key, curve in probes.curves.items():
        for field, name, _unused in reversed(LINES):
            scores = " | ".join(_with_interval(score, bold=field == "scores") for score in getattr(curve, field))
            what = (PROBES[key].title, PROBES[key].measure, str(curve.clips)) if field == "scores" else ("", "", "")
            lines.append(f"| {' | '.join(what)} | {name} | {scores} |")
    return "\n".join([*lines, "", f"Made by `{probes.command}`."])


def score_rows(curve: Curve) -> list[tuple[str, ...]]:
    """The same for one probe, for screen readers."""
    return [
        (_(name), *(_with_interval(score, bold=False) for score in getattr(curve, field)))
        for field, name, _unused in reversed(LINES)
    ]


def _with_interval(score: Score, *, bold: bool) -> str:
    value = numeral(score.value, ".2f")
    return _(
        "{value} ({low:.2f} to {high:.2f})", value=f"**{value}**" if bold else value, low=score.low, high=score.high
    )
