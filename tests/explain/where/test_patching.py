"""Exchanging parts of two runs: nothing for nothing, everything for everything, and a film that one could cut."""

import numpy as np
import pytest
import torch
from tiny import random_clip, tiny_classifier
from tolerances import TINY
from torch.nn.functional import layer_norm

from videomae_demo.errors import BadRequestError
from videomae_demo.explain.where.patching import exchanged, patch, patch_reversal
from videomae_demo.explain.where.stream import logits_from, stream


@pytest.fixture(scope="module")
def classifier():
    return tiny_classifier(num_frames=8)


@pytest.fixture(scope="module")
def clip(classifier):
    return random_clip(classifier.model, seed=3)


@pytest.fixture(scope="module")
def runs(classifier, clip):
    return [stream(classifier, one[None]) for one in (clip, clip[::-1])]


@pytest.fixture(scope="module")
def bound(classifier, runs):
    """What rounding may do to an effect: logits' errors over the difference that effects are shares of."""
    logits = [logits_from(classifier, run[-1], len(run) - 1)[0] for run in runs]
    change = (logits[0][0] - logits[0][1]) - (logits[1][0] - logits[1][1])
    return 4 * TINY * np.abs(logits).max() / abs(change)


def test_a_slice_of_the_same_run_changes_nothing(classifier, runs, bound):
    ends = (0.0, 1.0)
    mine = runs[0]
    found = patch(classifier, mine, mine, 0, 1, scale_by=ends)
    assert np.ptp(found.slices) <= 1e-4 and np.ptp(found.additions) <= 1e-4  # all as the clip itself
    scaled = patch(classifier, mine, mine, 0, 1, scale_by=_ends(classifier, runs))
    np.testing.assert_allclose(scaled.slices, 0, atol=bound)
    np.testing.assert_allclose(scaled.additions, 0, atol=bound)


def test_all_slices_together_are_the_other_run(classifier, runs, bound):
    start, end = _ends(classifier, runs)
    for done, other in enumerate(runs[1]):
        logits = logits_from(classifier, other, done)[0]
        np.testing.assert_allclose((start - (logits[0] - logits[1])) / (start - end), 1, atol=bound)


def test_exchanging_a_slice_of_the_input_is_cutting_the_film(classifier, clip, runs, bound):
    found = patch(classifier, *runs, 0, 1)
    start, end = _ends(classifier, runs)
    for number in range(4):
        film = clip.copy()
        film[2 * number : 2 * number + 2] = clip[::-1][2 * number : 2 * number + 2]
        logits = classifier.logits(film[None])[0]
        expected = (start - (logits[0] - logits[1])) / (start - end)
        np.testing.assert_allclose(found.slices[0, number], expected, atol=bound)


def test_the_table_is_what_hooks_on_the_whole_model_give(classifier, clip, runs, bound):
    """The slow way: run the model from the start, and replace the state on its way into or out of a layer."""
    found = patch(classifier, *runs, 0, 1)
    start, end = _ends(classifier, runs)
    layers = classifier.model.videomae.encoder.layer
    for done in (1, 3):
        for number in (0, 2):

            def replace(module, arguments, output, done=done, number=number):
                changed = output.clone()
                tokens = slice(number * 16, (number + 1) * 16)
                changed[:, tokens] = runs[1][done][:, tokens]
                return changed

            hook = layers[done - 1].register_forward_hook(replace)
            try:
                with torch.no_grad():
                    logits = classifier.model(torch.from_numpy(clip[None])).logits[0].numpy()
            finally:
                hook.remove()
            expected = (start - (logits[0] - logits[1])) / (start - end)
            np.testing.assert_allclose(found.slices[done, number], expected, atol=bound)


def test_what_a_layer_adds_is_exchanged_alone(classifier, runs, bound):
    found = patch(classifier, *runs, 0, 1)
    start, end = _ends(classifier, runs)
    (mine, theirs), layer = runs, 1
    state = mine[layer] + theirs[layer + 1] - theirs[layer]
    logits = logits_from(classifier, state, layer + 1)[0]
    np.testing.assert_allclose(found.additions[layer], (start - (logits[0] - logits[1])) / (start - end), atol=bound)


def test_only_the_named_slice_is_another():
    mine, theirs = torch.zeros(1, 6, 2), torch.ones(1, 6, 2)
    rows = exchanged(mine, theirs, 3)
    assert rows.sum(dim=2).tolist() == [[2, 2, 0, 0, 0, 0], [0, 0, 2, 2, 0, 0], [0, 0, 0, 0, 2, 2]]


def test_it_follows_both_answers_and_tells_how_far_it_is(clip):
    classifier = tiny_classifier(num_frames=8)
    head = classifier.head
    pooled = torch.stack([stream(classifier, one[None])[-1][0].mean(dim=0) for one in (clip, clip[::-1])])
    forwards, backwards = layer_norm(pooled, pooled.shape[-1:], head.norm_weight, head.norm_bias, head.norm_eps)
    apart = 20 * (forwards - backwards) / (forwards - backwards).square().sum()
    head.weight.zero_(), head.bias.zero_()
    for row, sign in ((2, 1), (3, -1)):  # zero half way between the two, 10 at either
        head.weight[row] = sign * apart
        head.bias[row] = -sign * (forwards + backwards) / 2 @ apart
    told = []
    found = patch_reversal(classifier, clip, on_progress=lambda text, share: told.append(share))
    assert (found.label_id, found.reversed_label_id) == (2, 3)
    assert found.difference == pytest.approx(20, rel=1e-3)
    assert found.reversed_difference == pytest.approx(-20, rel=1e-3)
    assert told == sorted(told) and told[0] == 0 and len(told) == 4
    assert found.slices.shape == (4, 4) and found.additions.shape == (3,)


def test_a_clip_that_means_the_same_backwards_is_refused(classifier, clip):
    palindrome = np.concatenate([clip[:4], clip[:4][::-1]])
    with pytest.raises(BadRequestError, match="same answer"):
        patch_reversal(classifier, palindrome)


def _ends(classifier, runs):
    logits = [logits_from(classifier, run[-1], len(run) - 1)[0].astype(float) for run in runs]
    return tuple(one[0] - one[1] for one in logits)
