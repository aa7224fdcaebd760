"""No figure and no report says a word that is no message: each is drawn in the language of brackets."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import import_module
from inspect import getmembers, isfunction, unwrap
from pkgutil import iter_modules
from types import CodeType, FrameType

import numpy as np
import plotly.graph_objects as go
import pytest
from made_probes import made_patching, made_probes, made_readings, made_study
from made_records import (
    LABELS,
    SMALL_GEOMETRY,
    disc_frames,
    made_analysis,
    made_clip,
    made_faithfulness,
    made_map,
    made_prediction,
    made_timeline,
)
from PIL import Image
from pseudo_language import spoken, unmarked, unmarked_in

from videomae_demo import figures
from videomae_demo.explain import METHODS
from videomae_demo.explain.checks import Sanity
from videomae_demo.explain.inside.records import Anatomy, LayerAttention, Part, Passage, Token
from videomae_demo.figures import (
    anatomy,
    atlas,
    comparison,
    difference,
    likeness,
    masked,
    over_time,
    query_words,
    sampling,
    scales,
    slice_answers,
    tiles,
    verdicts,
    where,
    words,
    worth,
)
from videomae_demo.inputs.sampling import plan_views
from videomae_demo.lessons import LESSONS, LessonAnswer, in_language
from videomae_demo.lessons.glossary import read_glossary
from videomae_demo.lessons.worksheet import worksheet_html
from videomae_demo.likeness import PlacedClip, neighbourhood
from videomae_demo.models.reconstruction import compare, draw_mask
from videomae_demo.records import Window
from videomae_demo.report import citation
from videomae_demo.report.export import analysis_json
from videomae_demo.report.html import report_html
from videomae_demo.results import Familiarity, SanityCheck, Target
from videomae_demo.ui import html
from videomae_demo.words import use

NAME = "⟦n⟧"
"""In place of a title, a label or a sentence that its caller says."""
GRID = SMALL_GEOMETRY.grid
IN_ENGLISH = {"confusion.confusion_figure", "where.probe_table", "where.score_rows"}
"""Of the command line alone."""


@pytest.fixture(scope="module")
def bracketed(tmp_path_factory) -> Iterator[str]:
    with spoken(tmp_path_factory.mktemp("words")) as key:
        yield key


def made_drawings() -> Iterator[tuple[str, Callable[[], object]]]:
    """Every figure and every sentence of ``figures``, by name, on numbers made by hand; drawn when it is called."""
    analysis, one, signed = made_analysis(clip_name=NAME), made_map(), made_map(method="ledger", signed=True)
    named = replace(analysis.model, reason=NAME, licence=NAME, knows=NAME)
    analysis = replace(analysis, model=named)
    measured = replace(made_faithfulness(), verdict=NAME)
    yield "bars", lambda: figures.probability_bars(analysis.prediction)
    yield "placeholder", lambda: figures.placeholder(NAME)
    for name, explanation in {"no": None, "unsigned": one, "signed": signed}.items():
        yield f"stage, {name} map", lambda explanation=explanation: figures.overlay_figure(analysis, explanation)
        yield f"time, {name} map", lambda explanation=explanation: figures.timeline_figure(analysis, explanation)

    clip = made_clip(num_frames=200)
    plans = {NAME: plan_views(clip, sampler="dense", num_frames=16, views="5x3")}
    yield "sampling", lambda: sampling.sampling_figure(clip, plans, used=NAME, window=Window(0.5, 2.0))
    yield "over time", lambda: over_time.over_time_figure(made_timeline(labels=LABELS[:6]), chosen=Window(1.0, 2.0))
    yield "difference", lambda: difference.difference_figure(analysis, signed, (NAME, NAME))

    left = comparison.Side(NAME, NAME, NAME, analysis, one)
    right = replace(left, explanation=replace(one, values=one.values[::-1].copy()))
    for name, other in {"same": right, "units": replace(left, explanation=signed)}.items():
        sides = left, other, comparison.difference_of(left, other)
        yield f"compared, {name}", lambda sides=sides: comparison.comparison(*sides)
        yield f"compared in words, {name}", lambda sides=sides: comparison.verdict(*sides)
    features = np.random.default_rng(1).standard_normal((9, 6)).astype(np.float32)
    clips = [PlacedClip(NAME, row, np.zeros((8, 8, 3), np.uint8), own=False) for row in features]
    yield "likeness", lambda: likeness.likeness_figure(neighbourhood(clips))
    yield "likeness in words", lambda: likeness.likeness_words(replace(neighbourhood(clips), missing=(NAME,)))

    draw = np.random.default_rng(0).standard_normal
    layers = (LayerAttention(np.eye(4, dtype=np.float32), np.ones(3), np.ones(3)),) * 2
    yield "matrices", lambda: atlas.slice_matrices(layers, chosen=1)
    yield "distances", lambda: atlas.distance_figure(layers, (3.3, 1.25), chosen=0)
    answers = np.full((5, len(LABELS)), 1 / len(LABELS), np.float32)
    yield "answers of layers", lambda: atlas.answers_figure(answers, LABELS)
    tokens = draw((SMALL_GEOMETRY.num_tokens, 192)).astype(np.float32)
    passage = Passage(tokens, tokens, tokens.mean(axis=0), answers, np.repeat(answers[:, None], GRID[0], axis=1))
    yield "answers of slices", lambda: slice_answers.slice_answers_table(passage, LABELS)
    keys = ("embedding", "projections", "attention", "mlp", "norms", "head")
    parts = tuple(Part(key, NAME, 1000, 10**6) for key in keys)
    for readout in ("mean", "token_0"):
        whole = Anatomy(4, 3, 192, 768, 8, readout, NAME, 0, parts)
        yield (
            f"stages, {readout}",
            lambda whole=whole: anatomy.stage_cards(analysis, whole, passage, Token(0, 1, 2)),
        )
    attention = np.abs(draw(GRID))
    yield "a query in words", lambda: query_words.query_sentence(attention, Token(0, 0, 0))
    yield "a query's captions", lambda: query_words.query_captions(attention)

    readings = made_readings(analysis)
    yield "probes", lambda: where.probe_figure(made_probes())
    yield "probes, layer by layer", lambda: where.layer_cards(analysis, readings)
    yield "where the class appears", lambda: where.appears_sentence(analysis, readings)
    yield "exchanges", lambda: where.patching_svg(made_patching().slices, made_patching().additions)
    yield "exchanges in words", lambda: re.sub("`.*?`", "", where.patching_words(made_study()))

    check = SanityCheck(NAME, 0.31, True, NAME)
    yield "curves", lambda: worth.faithfulness_figure({NAME: measured})
    yield "verdicts", lambda: worth.verdicts({NAME: measured}, {NAME: Sanity(check, check)})
    yield "maps side by side", lambda: worth.side_by_side(analysis, {NAME: one, NAME * 2: signed})
    yield "tiles", lambda: tiles.tiles(analysis, one.values, scales.scale_of(one), marked=(1, 2, 3), label=NAME)
    for name, left_out in {"nothing": 0, "something": 40}.items():
        taken = {"label": NAME, "before": 0.9, "after": 0.4, "removed": left_out, "num_tokens": 512}
        yield (
            f"{name} left out",
            lambda taken=taken: worth.removal_result(**taken, at_random=(0.8, 0.7), answer_now=(NAME, 0.4)),
        )

    side = SMALL_GEOMETRY.image_size
    view = np.stack([np.asarray(Image.fromarray(frame).resize((side, side))) for frame in disc_frames(16)])
    hidden = draw_mask("random", SMALL_GEOMETRY, ratio=0.75, seed=1)
    grey = np.full((hidden.sum(), 2 * SMALL_GEOMETRY.patch_size**2 * 3), 0.5, np.float32)
    painted = compare(view, hidden, grey, SMALL_GEOMETRY, normalised_targets=False)
    times = {"pts_seconds": tuple(i / 8 for i in range(16)), "indices": tuple(range(16))}
    yield "masked", lambda: masked.masked_figure(painted, **times)

    unsure = made_prediction(probability=0.36)
    strange = replace(made_prediction(), familiar=Familiarity(-1.0))
    known = replace(made_prediction(), familiar=Familiarity(1.0))
    for name, prediction in {"sure": analysis.prediction, "unsure": unsure, "strange": strange, "known": known}.items():
        yield f"answer, {name}", lambda prediction=prediction: words.answer_sentence(prediction)
        yield f"familiarity, {name}", lambda prediction=prediction: words.familiarity_sentence(prediction)
    yield "facts", lambda: words.facts_line(analysis)
    yield "map's table", lambda: html.map_table(analysis, one)
    yield "answer's table", lambda: html.prediction_table(analysis)
    yield "rules agree", lambda: verdicts.agreement_verdict({NAME: known, NAME * 2: known})
    yield "rules differ", lambda: verdicts.agreement_verdict({NAME: known, NAME * 2: made_prediction(first=1)})
    edited = dict.fromkeys(("reverse", "shuffle", "freeze"), made_prediction(first=1))
    yield "motion", lambda: verdicts.motion_verdict(known, edited)
    yield "motion's score", lambda: [verdicts.motion_score_words(score) for score in (0.0, 0.5, 1.0)]
    yield "odds", lambda: verdicts.odds_sentence(NAME, NAME, 2.5)
    level = replace(signed, values=np.where(np.arange(GRID[2]) % 2, 1.0, -1.0) * np.ones(GRID))
    for key, words_of_sum in ((key, row.sum) for key, row in METHODS.items() if row.sum is not None):
        for name, map_of in {
            "lies": signed,
            "even": level,
            "nothing": replace(signed, values=0 * level.values),
        }.items():
            yield (
                f"{key}'s sum, {name}",
                lambda drawn=map_of, said=words_of_sum: verdicts.sum_verdict(drawn, NAME, NAME, said),
            )


def said_in(drawn: object) -> list[str]:
    """What a visitor reads of it: texts of HTML, or a figure's words, those under the pointer among them."""
    if isinstance(drawn, go.Figure):
        return list(filter(unmarked, (re.sub(r"<[^>]*>", " ", one) for one in words_of(drawn))))
    texts = [drawn] if isinstance(drawn, str) else drawn
    return [found for text in texts for found in unmarked_in(text)]


def words_of(figure: go.Figure) -> Iterator[str]:
    layout = figure.layout
    yield from (note.text or "" for note in layout.annotations)
    for axis in (*figure.select_xaxes(), *figure.select_yaxes()):
        yield from map(
            str, (axis.title.text or "", axis.ticksuffix or "", axis.tickprefix or "", *(axis.ticktext or ()))
        )
    for trace in figure.data:
        yield re.sub(r"%\{[^}]*\}", " ", trace.hovertemplate or "") if trace.hoverinfo != "skip" else ""
        for text in (getattr(trace, "text", None), getattr(trace, "hovertext", None)):
            yield from [text] if isinstance(text, str) else map(str, text if text is not None else ())
        bar = getattr(trace, "colorbar", None)
        if bar is not None:
            yield from map(str, (bar.title.text or "", *(bar.ticktext or ())))
        if trace.showlegend is not False and layout.showlegend:
            yield trace.name or ""


def that_draw() -> dict[str, CodeType]:
    """Every public function of ``figures`` that gives a figure or text, by name."""
    modules = [import_module(f"{figures.__name__}.{one.name}") for one in iter_modules(figures.__path__)]
    functions = [
        (module, *member) for module in modules for member in getmembers(module, lambda one: isfunction(unwrap(one)))
    ]
    return {
        f"{module.__name__.rpartition('.')[2]}.{name}": function.__code__
        for module, name, wrapped in functions
        if (function := unwrap(wrapped)).__module__ == module.__name__
        and not name.startswith("_")
        and re.search(r"go\.Figure|\bstr\b", str(function.__annotations__.get("return")))
    }


def test_every_figure_says_only_messages(bracketed):
    called = set()

    def note(frame: FrameType, event: str, argument: object) -> None:
        called.add(frame.f_code)

    with use(bracketed):
        before = sys.getprofile()
        sys.setprofile(note)
        try:
            left_out = {name: said_in(draw()) for name, draw in made_drawings()}
        finally:
            sys.setprofile(before)
    assert {name: found for name, found in left_out.items() if found} == {}
    assert {name for name, code in that_draw().items() if code not in called} == IN_ENGLISH


def test_an_english_word_would_be_found():
    figure = figures.probability_bars(made_prediction())
    assert "move left" in "".join(said_in(figure))
    assert said_in("<p title='forgotten'>⟦a⟧</p>") and said_in(("⟦a⟧ forgotten",)) and not said_in("<p>⟦a⟧</p>")


def test_the_report_says_only_messages(bracketed):
    measured = replace(made_faithfulness(), verdict=NAME)
    numbers = {"constant": 0.5, "sum": 1.5, "logit": 1.5, "grey_logit": 0.1}
    ledger = replace(made_map(method="ledger", signed=True), target=Target(2, 0), figures=numbers)
    maps = replace(made_map(), faithfulness=measured), ledger, replace(made_map(method="relevance"), target=Target(1))
    analysis = made_analysis(clip_name=NAME, explanations=maps)
    model = replace(analysis.model, reason=NAME, licence=NAME, knows=NAME)
    analysis = replace(analysis, model=model, plans=analysis.plans * 3, shown=1, versions={})
    record = analysis_json(analysis)
    with use(bracketed):
        text = report_html(analysis, record)
    assert [one for one in unmarked_in(text) if "motion; ⟦" not in one] == []  # the model's id


@pytest.mark.parametrize("teacher", [False, True])
def test_the_worksheet_says_only_messages(bracketed, teacher):
    with use(bracketed):
        lessons = [in_language(lesson) for lesson in LESSONS]
        clips = {lesson.key: made_analysis(clip_name=NAME) for lesson in lessons}
        answers = {lesson.key: LessonAnswer(1, NAME) for lesson in lessons} if teacher else None
        text = worksheet_html(lessons, read_glossary(), clips=clips, answers=answers)
    assert [one for one in unmarked_in(text) if citation.plain()[:30] not in one] == []  # which is in English
