import numpy as np
import pytest
import torch
from tiny import eager, random_clip, tiny_classifier
from tolerances import TINY, UNIT

from videomae_demo.errors import BadRequestError
from videomae_demo.explain.faithfulness import _judge, answer_without, measure, measure_all
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


@pytest.mark.parametrize("readout", ["mean", "token_0"])
def test_every_point_is_a_pass_over_the_kept_tokens(readout):
    classifier = tiny_classifier(readout)
    clip = random_clip(classifier.model)
    values = np.random.default_rng(1).permutation(32).reshape(2, 4, 4)
    measured = measure(classifier, clip, values, Target(1), steps=4)
    assert measured.kept_shares.tolist() == [1, 0.75, 0.5, 0.25, 1 / 32]
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
    measured = measure(classifier, clip, np.zeros((2, 4, 4)), Target(3), steps=2)
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
    measured = measure(classifier, clip, values, Target(0), steps=2, by_slice=True)
    np.testing.assert_allclose(measured.kept_shares, [1, 2 / 3, 1 / 3], rtol=UNIT)
    assert measured.insertion[2] == pytest.approx(slow_probability(classifier, clip, range(16, 32), 0), rel=4 * TINY)
    assert measured.deletion[2] == pytest.approx(slow_probability(classifier, clip, range(16), 0), rel=4 * TINY)


def test_with_two_classes_only_they_count():
    classifier = tiny_classifier()
    clip = random_clip(classifier.model)
    measured = measure(classifier, clip, np.zeros((2, 4, 4)), Target(1, 2), steps=1)
    logits = classifier.forward(clip).logits
    assert measured.deletion[0] == pytest.approx(softmax(logits[[1, 2]])[0], rel=4 * TINY)


OBJECT = np.arange(20, 28)


def sees_an_object(classifier):
    """A stand-in whose answer is class 0 by the share of the object's tokens that are kept, and which counts passes."""

    class ObjectCounter:
        geometry, adapter, passes = classifier.geometry, classifier.adapter, 0

        def logits(self, pixel_values, *, keep):
            self.passes += len(keep)
            logit = 8 * keep[:, OBJECT].mean(axis=1, dtype=np.float32) - 4
            return np.stack([logit, -logit], axis=1)

    return ObjectCounter()


def test_a_map_that_knows_beats_chance_and_others_do_not():
    classifier = sees_an_object(tiny_classifier())
    clip = np.zeros((4, 3, 32, 32), np.float32)
    knows = np.zeros(32)
    knows[OBJECT] = 1
    maps = {"knows": knows, "opposite": -knows, "nothing": np.zeros(32), "noise": np.random.default_rng(3).random(32)}
    measured = measure_all(
        classifier, clip, {name: values.reshape(2, 4, 4) for name, values in maps.items()}, Target(0)
    )
    assert {name: result.better_than_chance for name, result in measured.items()} == {
        "knows": True,
        "opposite": False,
        "nothing": False,
        "noise": False,
    }
    assert measured["knows"].verdict.startswith("Better than chance")
    assert measured["opposite"].verdict.startswith("Worse than chance")
    assert measured["nothing"].verdict.startswith("Not distinguishable")
    assert measured["knows"].insertion_auc > 0.75  # the object is a quarter of the tokens, and enough
    assert measured["knows"].deletion_auc < 0.25
    assert classifier.passes == 1 + 10 * 2 * (5 + 4), "one pass for nothing left out, one band for all maps"


@pytest.mark.parametrize(
    ("deletion", "insertion", "better", "words"),
    [
        (0.1, 0.9, True, "longer."),
        (0.1, 0.5, True, "no longer than random"),
        (0.5, 0.9, True, "falls no earlier"),
        (0.455, 0.545, True, "neither of them alone"),
        (0.48, 0.52, False, "Not distinguishable"),
        (0.9, 0.5, False, "Worse than chance"),
    ],
)
def test_the_verdict_says_which_curve_won(deletion, insertion, better, words):
    shares = np.linspace(1, 0, 5, dtype=np.float32)
    band = np.repeat([[0.45], [0.48], [0.55], [0.52]], 5, axis=1)
    judged = _judge(shares, deletion=np.full(5, deletion), insertion=np.full(5, insertion), band=band)
    assert (judged.deletion_auc, judged.insertion_auc) == pytest.approx((deletion, insertion))
    assert judged.better_than_chance == better
    assert words in judged.verdict


def test_about_one_random_map_in_twenty_passes():
    classifier = sees_an_object(tiny_classifier())
    noise, clip, passed = np.random.default_rng(0), np.zeros((4, 3, 32, 32), np.float32), 0
    for seed in range(60):
        maps = {str(number): noise.random((2, 4, 4)) for number in range(10)}
        measured = measure_all(classifier, clip, maps, Target(0), seed=seed)
        passed += sum(result.better_than_chance for result in measured.values())
    assert 0.02 < passed / 600 < 0.08


def test_the_same_seed_gives_the_same_band():
    classifier = tiny_classifier()
    clip = random_clip(classifier.model)
    first, second, other = (
        measure(classifier, clip, np.zeros((2, 4, 4)), Target(0), steps=3, seed=seed).random for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, second)
    assert first.shape == (10, 4)
    assert np.abs(first - other).max() > 0


def test_progress_ends_at_one_and_can_stop_the_work():
    classifier = sees_an_object(tiny_classifier())
    clip, values, told = np.zeros((4, 3, 32, 32), np.float32), np.zeros((2, 4, 4)), []
    measure(classifier, clip, values, Target(0), on_progress=lambda sentence, share: told.append(share))
    assert told == sorted(told)
    assert told[-1] == 1

    def stop(sentence, share):
        raise KeyboardInterrupt

    before = classifier.passes
    with pytest.raises(KeyboardInterrupt):
        measure(classifier, clip, values, Target(0), on_progress=stop)
    assert classifier.passes == before + 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"steps": 0}, "between 1 and 31"),
        ({"steps": 32}, "between 1 and 31"),
        ({"steps": 2, "by_slice": True}, "between 1 and 1"),
        ({"random_orders": 1}, "at least 2"),
    ],
)
def test_options_out_of_range(options, words):
    classifier = tiny_classifier()
    with pytest.raises(BadRequestError, match=words):
        measure(classifier, random_clip(classifier.model), np.zeros((2, 4, 4)), Target(0), **options)


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
