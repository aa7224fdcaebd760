from types import SimpleNamespace

import numpy as np
import pytest
import torch
from tiny import eager, random_clip, tiny_classifier
from tolerances import TINY, UNIT

from videomae_demo.errors import BadRequestError
from videomae_demo.explain.faithfulness import PARTS, answer_without, contest, measure, measure_all
from videomae_demo.explain.verdict import ahead
from videomae_demo.records import Geometry
from videomae_demo.results import Target


def softmax(logits):
    return np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)


@torch.no_grad()
# A probability's relative error is twice the largest error of a logit, and these logits reach 2: 4 * TINY.
def slow_probability(classifier, clip, kept, label_id):
    """The answer for some tokens only, by transformers' slow attention over hand-picked embeddings."""
    model = eager(classifier.model)
    embeddings = model.videomae.embeddings(torch.from_numpy(clip)[None], None)[:, sorted(kept)]
    tokens = model.videomae.encoder(embeddings).last_hidden_state
    if classifier.head.readout == "mean":
        logits = model.classifier(model.fc_norm(tokens.mean(1)))
    else:
        logits = model.classifier(model.videomae.layernorm(tokens)[:, 0])
    return softmax(logits[0].numpy())[label_id]


def slow_log_odds(classifier, clip, kept, label_id):
    probability = float(slow_probability(classifier, clip, kept, label_id))
    return np.log(probability / (1 - probability))


@pytest.mark.parametrize("readout", ["mean", "token_0"])
def test_every_point_is_a_pass_over_the_kept_tokens(readout):
    classifier = tiny_classifier(readout)
    clip = random_clip(classifier.model)
    values = np.random.default_rng(1).permutation(32).reshape(2, 4, 4)
    measured = measure(classifier, clip, values, Target(1), kept_shares=(1, 0.75, 0.5, 0.25, 0.01), copies=1)
    assert measured.kept_shares.tolist() == pytest.approx([1, 0.75, 0.5, 0.25, 0.01])
    best_first = list(np.argsort(-values.ravel()))
    worst_first = best_first[::-1]
    if readout == "token_0":  # the token that is read stays
        best_first, worst_first = ([0, *[token for token in order if token]] for order in (best_first, worst_first))
    for point, count in enumerate([32, 24, 16, 8, 1]):
        kept = slow_probability(classifier, clip, best_first[:count], 1)
        assert measured.insertion[point] == pytest.approx(kept, rel=4 * TINY)
        left = slow_probability(classifier, clip, worst_first[:count], 1)
        assert measured.deletion[point] == pytest.approx(left, rel=4 * TINY)


def test_removing_nothing_is_the_plain_forward():
    classifier = tiny_classifier()
    clip = random_clip(classifier.model)
    measured = measure(classifier, clip, np.zeros((2, 4, 4)), Target(3), copies=1)
    expected = softmax(classifier.forward(clip).logits)[3]
    for curve in (measured.deletion, measured.insertion, *measured.random):
        assert curve[0] == pytest.approx(expected, rel=4 * TINY)
    nothing = answer_without(classifier, clip, np.zeros((2, 4, 4), bool))
    assert nothing[3] == pytest.approx(expected, rel=4 * TINY)


def test_whole_slices():
    classifier = tiny_classifier(num_frames=6)  # (3, 4, 4) tokens
    clip = random_clip(classifier.model)
    values = np.zeros((3, 4, 4))
    values[1], values[2, 0, 0] = 1, 5  # slice 1 holds more in sum, slice 2 the largest single value
    measured = measure(classifier, clip, values, Target(0), copies=1)
    kept, left = (slow_log_odds(classifier, clip, range(start, start + 16), 0) for start in (16, 0))
    assert measured.contests["time"].gap == pytest.approx(kept - left, abs=8 * TINY)


def test_whole_tubes():
    classifier = tiny_classifier()
    clip = random_clip(classifier.model)
    values = np.zeros((2, 4, 4))
    values[:, :1] = 1
    values[:, 1] = -0.5
    values[0, 3] = 1.5  # the last row holds the largest single values, the first one more in sum
    measured = measure(classifier, clip, values, Target(0), copies=1)
    kept, left = (
        slow_log_odds(classifier, clip, [*range(start, start + 4), *range(start + 16, start + 20)], 0)
        for start in (0, 4)
    )
    assert measured.contests["space"].gap == pytest.approx(kept - left, abs=8 * TINY)


def test_with_two_classes_only_they_count():
    classifier = tiny_classifier()
    clip = random_clip(classifier.model)
    measured = measure(classifier, clip, np.zeros((2, 4, 4)), Target(1, 2), copies=1)
    logits = classifier.forward(clip).logits
    assert measured.deletion[0] == pytest.approx(softmax(logits[[1, 2]])[0], rel=4 * TINY)


OBJECT = np.zeros((4, 8, 8), bool)
OBJECT[1:3, 1:4, :3] = True

WEIGHTS = np.random.default_rng(9).uniform(-0.5, 0.5, OBJECT.shape)
"""So that no two sets of tokens give the same answer: a tie is a loss, and would make the test's level smaller."""


def sees_an_object():
    """A stand-in whose answer is class 0 by the share of the object's tokens that are kept, and which counts passes."""

    class ObjectCounter:
        geometry = Geometry(num_frames=8, image_size=64, tubelet_size=2, patch_size=8)
        adapter, temperature, passes = SimpleNamespace(pinned=()), 1.0, 0
        weights = (OBJECT * (1 + WEIGHTS) * 8 / OBJECT.sum()).ravel() + 0.001 * WEIGHTS.ravel()

        def logits(self, pixel_values, *, keep):
            self.passes += len(keep)
            logit = (keep * self.weights).sum(axis=1, dtype=np.float32) - 4
            return np.stack([logit, -logit], axis=1)

    return ObjectCounter()


CLIP = np.zeros((8, 3, 64, 64), np.float32)


def judged(maps, **options):
    return measure_all(sees_an_object(), CLIP, maps, Target(0), **options)


def test_a_map_that_knows_beats_chance_and_others_do_not():
    noise = np.random.default_rng(3).random(OBJECT.shape)
    maps = {"knows": OBJECT + 0.1 * noise, "opposite": -(OBJECT + 0.1 * noise), "nothing": 0 * noise, "noise": noise}
    measured = judged(maps, seed=1)
    assert {name: one.better_than_chance for name, one in measured.items()} == {
        "knows": True,
        "opposite": False,
        "nothing": False,
        "noise": False,
    }
    assert measured["knows"].verdict.startswith("Better than chance")
    assert measured["opposite"].verdict.startswith("Worse than chance")
    assert measured["nothing"].verdict.startswith("Not distinguishable")
    assert measured["knows"].contests["tokens"].p_value == 1 / 20 == measured["knows"].contests["tokens"].resolution
    assert measured["knows"].contests["tokens"].gap_probability > 0.9
    assert measured["knows"].tested_together == 4


def test_time_and_place_are_told_apart():
    """One map has the slices right and every place alike, one the other way round."""
    noise = 0.1 * np.random.default_rng(3).random(OBJECT.shape)
    measured = judged({"when": noise + OBJECT.any(axis=(1, 2), keepdims=True), "where": noise + OBJECT.any(axis=0)})
    won = {name: {part: one.p_value for part, one in found.contests.items()} for name, found in measured.items()}
    assert won["when"]["time"] < won["where"]["time"]
    assert won["where"]["space"] == 1 / 8, "turned about the middle, a map without time has 7 copies"
    assert won["when"]["space"] > won["where"]["space"]
    assert [ahead(one.contests["space"]) for one in measured.values()] == [False, True]


@pytest.mark.parametrize("part", PARTS)
def test_a_contest_alone_is_the_same_contest(part):
    values = np.random.default_rng(3).random(OBJECT.shape)
    alone = contest(sees_an_object(), CLIP, values, Target(0), part=part, copies=5)
    assert alone.gap == judged({"map": values}, copies=5)["map"].contests[part].gap
    assert {null: len(gaps) for null, gaps in alone.copies.items()} == dict.fromkeys(PARTS[part].nulls, 5)


def test_the_same_tokens_pass_through_the_model_once():
    classifier = sees_an_object()
    measure(classifier, CLIP, OBJECT + 0.0, Target(0), kept_shares=(1, 0.5), copies=1, parts=("tokens",))
    # Nothing left out is one pass for all; then 3 random orders and the map, the map and 2 copies, and the 10 groups.
    assert classifier.passes == 1 + 2 * (3 + 1) + 2 * 3 + 10


def smooth(values, width):
    """Along each axis a moving average that stops at the ends."""
    for axis, size in enumerate(values.shape):
        near = np.abs(np.subtract.outer(np.arange(size), np.arange(size))) <= width
        values = np.moveaxis(np.tensordot(near / near.sum(axis=1, keepdims=True), values, (1, axis)), 0, axis)
    return values


@pytest.mark.parametrize("width", [0, 1, 2])
def test_about_one_know_nothing_map_in_twenty_passes(width):
    noise, passed = np.random.default_rng(0), 0
    for seed in range(150):
        measured = measure(
            sees_an_object(),
            CLIP,
            smooth(noise.random(OBJECT.shape), width),
            Target(0),
            kept_shares=(1, 0.5),
            random_orders=2,
            parts=("tokens",),
            seed=seed,
        )
        passed += measured.better_than_chance
    assert 1 <= passed <= 16  # 999 in 1000 counts of 150 at 5 %


def test_the_centre_passes_no_more_often_than_the_level_though_the_object_is_there():
    middle = np.hypot(*np.mgrid[-3.5:4, -3.5:4])
    rings = np.tile(-middle, (4, 1, 1))
    passed = sum(
        measure(
            sees_an_object(), CLIP, rings, Target(0), kept_shares=(1, 0.5), parts=("tokens",), seed=seed
        ).better_than_chance
        for seed in range(100)
    )
    assert passed <= 10


def test_the_same_seed_gives_the_same_band():
    classifier = tiny_classifier()
    clip = random_clip(classifier.model)
    first, second, other = (
        measure(classifier, clip, np.zeros((2, 4, 4)), Target(0), copies=1, seed=seed).random for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, second)
    assert first.shape == (6, 5)
    assert np.abs(first - other).max() > 0


def test_progress_ends_at_one_and_can_stop_the_work():
    classifier, told = sees_an_object(), []
    measure(classifier, CLIP, OBJECT * 1.0, Target(0), copies=1, on_progress=lambda sentence, share: told.append(share))
    assert told == sorted(told)
    assert (told[0], told[-1]) == (0, 1)

    def stop(sentence, share):
        raise KeyboardInterrupt

    before = classifier.passes
    with pytest.raises(KeyboardInterrupt):
        measure(classifier, CLIP, OBJECT * 1.0, Target(0), on_progress=stop)
    assert classifier.passes == before


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"kept_shares": (1,)}, "fall from 1"),
        ({"kept_shares": (1, 0.5, 0.5)}, "fall from 1"),
        ({"kept_shares": (1, 0)}, "fall from 1"),
        ({"random_orders": 1}, "at least 2"),
        ({"copies": 0}, "at least 1"),
    ],
)
def test_options_out_of_range(options, words):
    with pytest.raises(BadRequestError, match=words):
        judged({"map": OBJECT * 1.0}, **options)


def test_left_out_by_hand():
    classifier = tiny_classifier()
    clip = random_clip(classifier.model)
    left_out = np.random.default_rng(0).random((2, 4, 4)) < 0.5
    ours = answer_without(classifier, clip, left_out)
    assert ours.sum() == pytest.approx(1, abs=UNIT)
    expected = slow_probability(classifier, clip, np.flatnonzero(~left_out.ravel()), slice(None))
    np.testing.assert_allclose(ours, expected, rtol=4 * TINY)
    with pytest.raises(BadRequestError, match="at least one"):
        answer_without(classifier, clip, np.ones((2, 4, 4), bool))
    first = np.zeros((2, 4, 4), bool)
    first[0, 0, 0] = True
    with pytest.raises(BadRequestError, match="top left"):
        answer_without(tiny_classifier("token_0"), clip, first)
