"""What questions come to: on answers made by hand, the outcome that held and the numbers that say so."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from made_records import SMALL_GEOMETRY, made_analysis, made_faithfulness, made_map, made_prediction

from videomae_demo.explain import METHODS
from videomae_demo.lessons.answers import Found
from videomae_demo.lessons.kinds import Ask
from videomae_demo.results import Familiarity, Target

ANALYSIS = made_analysis()
LEFT, RIGHT = 0, 1


def found(ask: Ask, analysis: object = ANALYSIS, **stages: object) -> Found:
    """What the question comes to, asked of a line that has only these stages."""
    answer = ask.answer(SimpleNamespace(methods=METHODS, **stages), analysis, lambda text, share: None)
    assert answer.outcome in ask.outcomes
    return answer


def film(label_id: int, probability: float) -> SimpleNamespace:
    return SimpleNamespace(prediction=made_prediction(first=label_id, probability=probability))


@pytest.mark.parametrize(
    ("start", "outcome"),
    [(film(LEFT, 0.92), "same"), (film(LEFT, 0.7), "less sure"), (film(RIGHT, 0.7), "another")],
)
def test_the_first_frames_only(start, outcome):
    films = {"uniform": film(LEFT, 0.93), "first": start}
    finding = found(Ask("rules", ("uniform", "first")), by_rule=lambda analysis, rule, window, on_progress: films[rule])
    assert finding.outcome == outcome
    label, probability = start.prediction.top(1)[0][1:]
    assert finding.sentence == (
        f"“Uniform: the whole clip” gives move left, 93 %. “The first frames” gives {label}, {100 * probability:.0f} %."
    )


def test_a_map_has_one_picture_a_slice():
    finding = found(Ask("slices"), explain=lambda analysis, method: made_map(SMALL_GEOMETRY))
    assert finding.outcome == "slice"
    assert finding.sentence.startswith("8: this clip's map has 8 × 8 × 8 = 512 values")


@pytest.mark.parametrize(
    ("own", "near", "outcome"), [(0.65, 0.25, "own"), (0.25, 0.65, "near"), (0.125, 0.22, "spread")]
)
def test_where_attention_goes_in_time(own, near, outcome):
    def layer(own: float) -> SimpleNamespace:
        ring = np.abs(np.subtract.outer(np.arange(8), np.arange(8)))
        between = np.where(ring == 0, own, np.where(ring == 1, near / 2, 0.0))
        between[0, 1] = between[-1, -2] = near
        return SimpleNamespace(between_slices=between)

    finding = found(Ask("attention"), atlas=lambda analysis: (layer(own), layer(own + 0.02), layer(own - 0.02)))
    assert finding.outcome == outcome
    assert finding.sentence.startswith(f"{100 * own:.1f} % stays in its own slice and {100 * near:.1f} % goes")
    assert "least in layer 3" in finding.sentence
    assert "most in layer 2" in finding.sentence
    assert finding.sentence.endswith("it would be 12.5 %.")


@pytest.mark.parametrize(("sign", "outcome"), [(-1, "opposed"), (1, "alike"), (0, "apart")])
def test_two_ledgers_agree_or_disagree(sign, outcome):
    this = made_map(method="ledger", signed=True)
    noise = np.random.default_rng(0).normal(size=this.values.shape).astype(np.float32)
    asked = []

    def explain(analysis: object, method: str, *, target: Target) -> object:
        asked.append(target)
        values = {Target(LEFT): this.values, Target(RIGHT): sign * this.values + (sign == 0) * noise}
        return replace(this, values=values.get(target, this.values), figures={"logit": 2.5})

    films = {"reverse": film(RIGHT, 0.8)}
    finding = found(Ask("ledgers"), explain=explain, what_if=lambda analysis, names, on_progress: films)
    assert finding.outcome == outcome
    assert asked == [Target(LEFT), Target(RIGHT), Target(LEFT, RIGHT)]
    assert "“move left” and “move right” correlate by" in finding.sentence
    assert "adds up to +2.50 logits" in finding.sentence


@pytest.mark.parametrize(
    ("backwards", "outcome"), [(film(LEFT, 0.9), "same"), (film(RIGHT, 0.9), "another"), (film(RIGHT, 0.45), "unsure")]
)
def test_the_clip_backwards(backwards, outcome):
    films = {"reverse": backwards, "shuffle": film(5, 0.5), "freeze": film(4, 0.6)}
    finding = found(
        Ask("edit", ("reverse",)),
        original=lambda analysis: film(LEFT, 0.93),
        what_if=lambda analysis, names, on_progress: {name: films[name] for name in names},
    )
    assert finding.outcome == outcome
    assert finding.sentence.startswith("As it is: move left, 93 %. Reverse: ")
    assert finding.sentence.endswith("Shuffle: shake, 50 %. Freeze: hold still, 60 %.")


@pytest.mark.parametrize(
    ("gaps", "better", "outcome"),
    [
        ((2.5, 1.5, 0.5), (True, True, False), "rollout"),
        ((2.5, 1.5, 3.5), (False, True, False), "relevance"),  # the largest gap alone is not enough
        ((0.5, 0.2, 1.5), (True, True, True), "center"),
        ((2.5, 1.5, 0.5), (False, False, False), "none"),
    ],
)
def test_the_map_that_is_ahead_of_its_turned_copies(gaps, better, outcome):
    """As the tab judges: by the contest over tokens, on the maps in the tab's order."""
    asked = ("center", "relevance", "rollout")

    def measure(analysis: object, maps: tuple, *, target: Target, on_progress: object) -> list:
        assert [one.method for one in maps] == ["rollout", "relevance", "center"]
        assert target == Target(LEFT)
        measured = []
        for one, gap, passed in zip(maps, gaps, better, strict=True):
            judged = made_faithfulness(better=passed)
            contests = {**judged.contests, "tokens": replace(judged.contests["tokens"], gap=gap)}
            measured.append(replace(one, faithfulness=replace(judged, contests=contests)))
        return measured

    finding = found(
        Ask("maps", asked), measure=measure, explain=lambda analysis, method, *, target: made_map(method=method)
    )
    assert finding.outcome == outcome
    ahead = [sum(copy < gap for copy in (-0.5, 0.5, 1.5)) for gap in gaps]  # the turned ones of made_contest
    assert f"Attention rollout {gaps[0]:+.1f} (ahead of {ahead[0]} of 3 turned copies, p = " in finding.sentence
    assert "corrected for 3 maps" in finding.sentence


@pytest.mark.parametrize(
    ("tube", "random", "outcome"), [(20.0, 18.0, "tube"), (18.0, 20.0, "random"), (18.0, 18.3, "even")]
)
def test_tubes_against_random_holes(tube, random, outcome):
    decibels = {"tube": tube, "random": random}
    finding = found(
        Ask("masks"),
        reconstruct=lambda analysis, *, mask, **choices: SimpleNamespace(
            own_psnr_db=decibels[mask], nearest_fill_psnr_db=decibels[mask] - 1
        ),
    )
    assert finding.outcome == outcome
    assert finding.sentence == (
        f"Tubes: {tube:.1f} dB, a simple fill {tube - 1:.1f} dB. Random holes: {random:.1f} dB, a simple fill "
        f"{random - 1:.1f} dB."
    )


def test_an_edit_that_changes_no_order_is_told_alone():
    finding = found(
        Ask("edit", ("mirror",)),
        original=lambda analysis: film(LEFT, 0.93),
        what_if=lambda analysis, names, on_progress: {name: film(RIGHT, 0.9) for name in names},
    )
    assert finding == Found("another", "As it is: move left, 93 %. Mirror: move right, 90 %.")


@pytest.mark.parametrize(("label", "outcome"), [("move left", "move left"), ("shake", "something else")])
def test_the_class_that_it_says(label, outcome):
    assert found(Ask("says", (label,))) == Found(outcome, "The model says: move left, 93 %.")


@pytest.mark.parametrize(("score", "outcome"), [(1.5, "yes"), (-0.5, "no"), (None, "cannot tell")])
def test_whether_the_clip_is_known(score, outcome):
    prediction = replace(ANALYSIS.prediction, familiar=Familiarity(score))
    finding = found(Ask("known"), replace(ANALYSIS, prediction=prediction))
    assert finding.outcome == outcome
    assert ("unlike what it learned" in finding.sentence) == (score == -0.5)
    assert ("−0.50" in finding.sentence) == (score == -0.5)


def moved(cells: np.ndarray, *, by: int = 40) -> object:
    """An analysis in which a patch's second frame is lighter by so much where ``cells``, (T', H', W') bool, says so."""
    size = SMALL_GEOMETRY.patch_size
    lighter = (
        cells.repeat(size, axis=1).repeat(size, axis=2)[:, None, :, :, None]
        * np.array([0, by])[None, :, None, None, None]
    )
    frames = (np.full((8, 2, 64, 64, 3), 100) + lighter).reshape(16, 64, 64, 3).astype(np.uint8)
    return replace(ANALYSIS, model_input=replace(ANALYSIS.model_input, view_rgb=frames))


@pytest.mark.parametrize(("rows", "by", "outcome"), [(0, 40, "none"), (1, 40, "few"), (1, 7, "none"), (3, 40, "many")])
def test_how_many_tokens_hold_movement(rows, by, outcome):
    cells = np.zeros(SMALL_GEOMETRY.grid, bool)
    cells[:, :rows] = True
    finding = found(Ask("moving"), moved(cells, by=by))
    assert finding.outcome == outcome
    started = "None of the 512 tokens holds" if outcome == "none" else f"{cells.sum()} of 512 tokens ("
    assert finding.sentence.startswith(started)
    assert ("Most of them" in finding.sentence) == (outcome != "none")


@pytest.mark.parametrize(("moves", "outcome"), [(2, "same"), (3, "next"), (6, "elsewhere")])
def test_the_moment_of_most_movement_and_of_most_importance(moves, outcome):
    cells = np.zeros(SMALL_GEOMETRY.grid, bool)
    cells[moves, 4, 4] = True
    finding = found(
        Ask("moment", ("rollout",)), moved(cells), explain=lambda analysis, method, *, target: made_map()
    )  # whose third slice has twice its share
    assert finding.outcome == outcome
    assert finding.sentence.startswith(
        f"Most movement: slice {moves + 1} of 8. Attention rollout gives most to slice 3,"
    )
