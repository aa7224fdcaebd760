"""What lessons reveal: on answers made by hand, the guess that held and the numbers that say so."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from made_records import SMALL_GEOMETRY, made_analysis, made_faithfulness, made_map, made_prediction

from videomae_demo.lessons import answers
from videomae_demo.lessons.answers import LessonAnswer
from videomae_demo.lessons.tour import LESSONS
from videomae_demo.results import Target

ANALYSIS = made_analysis()
LEFT, RIGHT = 0, 1


def found(finding, **stages: object) -> LessonAnswer:
    """The finding, asked of a line that has only these stages."""
    return finding(SimpleNamespace(**stages), ANALYSIS, lambda text, share: None)


def film(label_id: int, probability: float) -> SimpleNamespace:
    return SimpleNamespace(prediction=made_prediction(first=label_id, probability=probability))


@pytest.mark.parametrize(
    ("start", "guess"),
    [(film(LEFT, 0.92), 0), (film(LEFT, 0.7), 1), (film(RIGHT, 0.7), 2)],
)
def test_the_first_frames_only(start, guess):
    films = {"uniform": film(LEFT, 0.93), "first": start}
    finding = found(answers.sampling, by_rule=lambda analysis, rule, window, on_progress: films[rule])
    assert finding.guess == guess
    label, probability = start.prediction.top(1)[0][1:]
    assert finding.sentence == (
        f"Spread over the clip: move left, 93 %. Its first frames only: {label}, {100 * probability:.0f} %."
    )


def test_a_map_has_one_picture_a_slice():
    finding = found(answers.tokens, explain=lambda analysis, method: made_map(SMALL_GEOMETRY))
    assert finding.guess == 1
    assert finding.sentence.startswith("8: this clip's map has 8 x 8 x 8 = 512 values")


@pytest.mark.parametrize(
    ("own", "near", "guess"), [(0.65, 0.25, 0), (0.25, 0.65, 1), (0.125, 0.22, 2)], ids=["own", "near", "spread"]
)
def test_where_attention_goes_in_time(own, near, guess):
    def layer(own: float) -> SimpleNamespace:
        ring = np.abs(np.subtract.outer(np.arange(8), np.arange(8)))
        between = np.where(ring == 0, own, np.where(ring == 1, near / 2, 0.0))
        between[0, 1] = between[-1, -2] = near
        return SimpleNamespace(between_slices=between)

    finding = found(answers.attention, atlas=lambda analysis: (layer(own), layer(own + 0.02), layer(own - 0.02)))
    assert finding.guess == guess
    assert finding.sentence.startswith(f"{100 * own:.1f} % stays in its own slice and {100 * near:.1f} % goes")
    assert "least in layer 3" in finding.sentence
    assert "most in layer 2" in finding.sentence
    assert finding.sentence.endswith("it would be 12.5 %.")


@pytest.mark.parametrize(("sign", "guess"), [(-1, 1), (1, 2), (0, 0)])
def test_two_ledgers_agree_or_disagree(sign, guess):
    this = made_map(method="ledger", signed=True)
    noise = np.random.default_rng(0).normal(size=this.values.shape).astype(np.float32)
    asked = []

    def explain(analysis: object, method: str, *, target: Target) -> object:
        asked.append(target)
        values = {Target(LEFT): this.values, Target(RIGHT): sign * this.values + (sign == 0) * noise}
        return replace(this, values=values.get(target, this.values), figures={"logit": 2.5})

    films = {"reverse": film(RIGHT, 0.8)}
    finding = found(answers.class_specific, explain=explain, what_if=lambda analysis, names, on_progress: films)
    assert finding.guess == guess
    assert asked == [Target(LEFT), Target(RIGHT), Target(LEFT, RIGHT)]
    assert "“move left” and “move right” correlate by" in finding.sentence
    assert "adds up to +2.50 logits" in finding.sentence


@pytest.mark.parametrize(("backwards", "guess"), [(film(LEFT, 0.9), 0), (film(RIGHT, 0.9), 1), (film(RIGHT, 0.45), 2)])
def test_the_clip_backwards(backwards, guess):
    films = {"reverse": backwards, "shuffle": film(5, 0.5), "freeze": film(4, 0.6)}
    finding = found(
        answers.time,
        original=lambda analysis: film(LEFT, 0.93),
        what_if=lambda analysis, names, on_progress: {name: films[name] for name in names},
    )
    assert finding.guess == guess
    assert finding.sentence.startswith("Forwards: move left, 93 %. Backwards: ")
    assert finding.sentence.endswith("Shuffled: shake, 50 %. One frame frozen: hold still, 60 %.")


@pytest.mark.parametrize(
    ("areas", "guess"), [((0.2, 0.3, 0.5), 0), ((0.4, 0.3, 0.5), 1), ((0.4, 0.5, 0.3), 2), ((0.5, 0.6, 0.7), 3)]
)
def test_the_order_that_hurts_soonest(areas, guess):
    def measure(analysis: object, maps: tuple, *, target: Target, on_progress: object) -> list:
        assert [one.method for one in maps] == ["rollout", "relevance", "center"]
        assert target == Target(LEFT)
        return [
            replace(
                one,
                faithfulness=made_faithfulness(deletion_auc=area, random_auc=(0.45, 0.55)),
            )
            for one, area in zip(maps, areas, strict=True)
        ]

    finding = found(
        answers.faithful, measure=measure, explain=lambda analysis, method, *, target: made_map(method=method)
    )
    assert finding.guess == guess
    assert f"rollout {areas[0]:.3f}, relevance {areas[1]:.3f}, centre {areas[2]:.3f}" in finding.sentence
    assert finding.sentence.endswith("random orders 0.450 to 0.550.")


@pytest.mark.parametrize(("tube", "random", "guess"), [(20.0, 18.0, 0), (18.0, 20.0, 1), (18.0, 18.3, 2)])
def test_tubes_against_random_holes(tube, random, guess):
    decibels = {"tube": tube, "random": random}
    finding = found(
        answers.masked,
        reconstruct=lambda analysis, *, mask, **choices: SimpleNamespace(
            own_psnr_db=decibels[mask], nearest_fill_psnr_db=decibels[mask] - 1
        ),
    )
    assert finding.guess == guess
    assert finding.sentence == (
        f"Tubes: {tube:.1f} dB, a simple fill {tube - 1:.1f} dB. Random holes: {random:.1f} dB, a simple fill "
        f"{random - 1:.1f} dB."
    )


def test_every_guess_that_can_hold_is_offered():
    """The tests above reach all guesses; no lesson offers more or fewer."""
    offered = {lesson.answer: len(lesson.guesses) for lesson in LESSONS}
    assert offered == {
        answers.sampling: 3,
        answers.tokens: 3,
        answers.attention: 3,
        answers.class_specific: 3,
        answers.time: 3,
        answers.faithful: 4,
        answers.masked: 3,
    }
