import numpy as np
import pytest
import torch
from tiny import random_clip, tiny_classifier

from videomae_demo.explain.sanity import other_class, random_weights, rank_correlation, with_random_weights
from videomae_demo.results import Target


def test_rank_correlation():
    values = np.random.default_rng(0).random(50)
    assert rank_correlation(values, np.exp(3 * values)) == 1
    assert rank_correlation(values, -values) == -1
    assert rank_correlation(values, np.zeros(50)) == 0
    assert abs(rank_correlation(values, np.random.default_rng(1).random(50))) < 0.4
    # By hand: ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4.
    assert rank_correlation(np.array([0, 5, 5, 9]), np.arange(4)) == pytest.approx(4.5 / np.sqrt(4.5 * 5))


def test_a_class_agnostic_map_fails_by_definition():
    classifier = tiny_classifier()
    check = other_class("rollout", classifier, random_clip(classifier.model), Target(0))
    assert check.similarity == 1
    assert not check.passed
    assert check.verdict.startswith("No: by its definition")


def test_the_rival_is_the_likeliest_other_class():
    classifier = tiny_classifier()
    clip = random_clip(classifier.model)
    best, second = np.argsort(-classifier.forward(clip).logits)[:2]
    check = other_class("ledger", classifier, clip, Target(int(best)))
    assert f"“{classifier.labels[second]}”" in check.question
    assert other_class("ledger", classifier, clip, Target(int(second))).similarity == check.similarity


def test_ledgers_of_random_classes_differ_and_those_of_twin_classes_do_not():
    classifier = tiny_classifier(num_labels=2)
    clip = random_clip(classifier.model)
    classifier.head.weight[1] = torch.randn(16, generator=torch.Generator().manual_seed(3))
    assert other_class("ledger", classifier, clip, Target(0)).passed
    classifier.head.weight[1] = 2 * classifier.head.weight[0]
    check = other_class("ledger", classifier, clip, Target(0))
    assert check.similarity == pytest.approx(1)
    assert not check.passed
    assert "1.00" in check.verdict


def test_random_weights_change_a_map_of_the_model_but_not_one_of_the_frame():
    classifier = tiny_classifier()
    clip = random_clip(classifier.model)
    assert random_weights("rollout", classifier, clip, Target(0)).passed
    check = random_weights("center", classifier, clip, Target(0))
    assert check.similarity == 1
    assert not check.passed


def test_random_weights_keep_the_model_s_shape_and_spread_and_leave_it_alone():
    classifier = tiny_classifier()
    clip = random_clip(classifier.model)
    before = classifier.forward(clip).logits
    forgetful = with_random_weights(classifier)
    pairs = zip(classifier.model.named_parameters(), forgetful.model.parameters(), strict=True)
    for (name, mine), theirs in pairs:
        assert not torch.equal(mine, theirs), name
        if mine.numel() > 200:
            assert theirs.std() == pytest.approx(mine.std().item(), rel=0.25)
    assert np.abs(forgetful.forward(clip).logits - before).max() > 0.01
    np.testing.assert_array_equal(classifier.logits(clip[None])[0], before)
    np.testing.assert_array_equal(with_random_weights(classifier).forward(clip).logits, forgetful.forward(clip).logits)
