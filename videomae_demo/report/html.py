"""One analysis as one HTML file that opens anywhere, offline, with its figures alive.

The figures, the script that steps through the frames and the words are the page's own; nothing is drawn twice.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
import plotly.io
from plotly.offline import get_plotlyjs

from ..explain import METHODS
from ..figures import PLAYER_SCRIPT, overlay_figure, probability_bars, timeline_figure
from ..figures.words import answer_sentence, facts_line, familiarity_sentence, importance_sentence
from ..figures.worth import contest_numbers, faithfulness_figure
from ..inputs.sampling import SAMPLERS
from ..results import Analysis, Explanation, Target
from ..words import _, class_name, later, listed, numeral, words_script
from ..words.unbroken import unbroken
from .templates import filled

STAGE_HEIGHT, TIMELINE_HEIGHT = 430, 420
"""Pixels."""
TOP_K = 5
CROPS = {"start": later("start"), "center": later("center"), "end": later("end")}
FIGURES = {
    "constant": later("constant"),
    "sum": later("sum"),
    "logit": later("logit"),
    "grey_logit": later("logit of grey frames"),
}
"""A method's own numbers by their names in the JSON; one that is not here is called by that name."""


def report_html(analysis: Analysis, record: dict[str, Any]) -> str:
    """The whole file as text.

    Args:
        analysis: With at least one explanation: the first gets the large picture.
        record: ``export.analysis_json`` of it, which the report carries along.
    """
    first, *others = analysis.explanations.values()
    data = json.dumps(record, ensure_ascii=False, allow_nan=False)
    clip = _(analysis.clip_name)  # one of the page's own words, or a path of the command line
    clip = Path(clip).name if clip == analysis.clip_name else clip
    return filled(
        "template.html",
        title=escape(f"{answer_sentence(analysis.prediction)}: {clip}"),
        plotly=get_plotlyjs(),
        words=words_script(),
        script=PLAYER_SCRIPT.read_text(encoding="utf-8"),
        clip=escape(clip),
        answer=escape(answer_sentence(analysis.prediction)),
        caveat=escape(familiarity_sentence(analysis.prediction)),
        facts=escape(" · ".join(filter(None, (facts_line(analysis), _(analysis.frames.notice or ""))))),
        bars=_div(probability_bars(analysis.prediction, top_k=TOP_K), "bars-figure"),
        model=escape(_model_sentence(analysis)),
        first_method=escape(_(METHODS[first.method].title)),
        stage=_div(overlay_figure(analysis, first), "stage-figure", height=STAGE_HEIGHT),
        timeline=_div(timeline_figure(analysis, first), "timeline-figure", height=TIMELINE_HEIGHT),
        num_frames=len(analysis.frames.rgb),
        first_words=_words(analysis, first),
        other_methods="\n".join(_section(analysis, explanation) for explanation in others),
        faithfulness=_faithfulness(analysis),
        sampling=escape(_sampling_sentence(analysis)),
        frames=_frames_table(analysis),
        versions=_table((_("Package"), _("Version")), analysis.versions.items()),
        json_text=escape(json.dumps(record, ensure_ascii=False, allow_nan=False, indent=1)),
        json_data=data.replace("<", "\\u003c"),  # a label must not close the script element
    )


def _section(analysis: Analysis, explanation: Explanation) -> str:
    figure = _div(timeline_figure(analysis, explanation), f"figure-{explanation.method}", height=TIMELINE_HEIGHT)
    title = escape(_(METHODS[explanation.method].title))
    return f'<h2>{title}</h2><div class="figure">{figure}</div>{_words(analysis, explanation)}'


def _faithfulness(analysis: Analysis) -> str:
    """The curves of all maps that were measured, beside chance."""
    measured = {_(METHODS[one.method].title): one.faithfulness for one in analysis.explanations.values()}
    found = {title: curves for title, curves in measured.items() if curves is not None}
    if not found:
        return ""
    figure = _div(faithfulness_figure(found), "faithfulness-figure")
    verdicts = "".join(f"<p>{escape(_headed(title, _(curves.verdict)))}</p>" for title, curves in found.items())
    return f'<h2>{escape(_("Is the map any good?"))}</h2><div class="figure">{figure}</div>{verdicts}'


def _words(analysis: Analysis, explanation: Explanation) -> str:
    """What the map is about, in numbers, and the method's own two sentences."""
    method, labels = METHODS[explanation.method], analysis.prediction.labels
    paragraphs = [
        _target_sentence(explanation.target, labels),
        importance_sentence(explanation, tubelet_size=analysis.geometry.tubelet_size),
        listed(f"{_(FIGURES.get(name, name))} {numeral(value, '.4g')}" for name, value in explanation.figures.items()),
        _headed(_("How to read it"), _(method.how_to_read)),
        _headed(_("What it cannot tell"), _(method.cannot_tell)),
    ]
    if (measured := explanation.faithfulness) is not None:
        areas = _(
            "Deletion {deletion:.3f} (lower is better), insertion {insertion:.3f}; random orders {orders}.",
            deletion=measured.deletion_auc,
            insertion=measured.insertion_auc,
            orders=listed(numeral(area, ".3f") for area in measured.random_auc),
        )
        paragraphs.append(
            _(
                "{verdict} {numbers}. {areas}",
                verdict=_(measured.verdict),
                numbers=contest_numbers(measured),
                areas=areas,
            )
        )
    paragraphs.append(_("Source: {source}", source=_(method.source)))
    return "".join(f"<p>{escape(text)}</p>" for text in paragraphs if text)


def _headed(heading: str, text: str) -> str:
    return _("{heading}: {text}", heading=heading, text=text)


def _target_sentence(target: Target | None, labels: tuple[str, ...]) -> str:
    if target is None:
        return _("For all classes alike.")
    if target.against_label_id is None:
        return _("For the class: {label}.", label=class_name(labels[target.label_id]))
    return _(
        "For {label} and against {other}.",
        label=class_name(labels[target.label_id]),
        other=class_name(labels[target.against_label_id]),
    )


def _model_sentence(analysis: Analysis) -> str:
    model = analysis.model
    name = f"{model.id}@{model.revision[:8]}" if model.revision else model.id
    knows = _("It knows: {classes}", classes=_(model.knows))
    return f"{_(model.reason)} {knows} ({name}; {_(model.licence)})"


def _sampling_sentence(analysis: Analysis) -> str:
    plan, views = analysis.plans[analysis.shown], len(analysis.plans)
    parts = [_(SAMPLERS[plan.sampler].sentence), _("Crop: {crop}.", crop=_(CROPS[plan.crop]))]
    if views > 1:
        parts.append(_("The answer is the mean of {views} views; this is view {n}.", views=views, n=analysis.shown + 1))
    return " ".join(parts)


def _frames_table(analysis: Analysis) -> str:
    size = analysis.geometry.tubelet_size
    rows = (
        (f"{position + 1}", f"{position // size + 1}", f"{index}", _("{seconds:.3f} s", seconds=pts))
        for position, (index, pts) in enumerate(zip(analysis.frames.indices, analysis.frames.pts_seconds, strict=True))
    )
    return _table((_("Frame"), _("Slice"), _("Number in the clip"), _("Time")), rows)


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head_cells = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{unbroken(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head_cells}</tr></thead><tbody>{body}</tbody></table>"


def _div(figure: go.Figure, div_id: str, *, height: int | None = None) -> str:
    if height is not None:
        figure.update_layout(height=height)
    return plotly.io.to_html(
        figure,
        full_html=False,
        include_plotlyjs=False,
        div_id=div_id,
        config={"displayModeBar": False, "responsive": True},
    )
