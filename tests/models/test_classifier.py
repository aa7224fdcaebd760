"""The wrapper: equal to the plain model, tokens really left out, nothing run twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from tiny import random_clip, tiny_classifier, tiny_model
from tolerances import TINY, bfloat16_steps
from torch.nn import functional

from videomae_demo.models import classifier as classifier_module
from videomae_demo.records import Readout


@pytest.fixture(params=["mean", "token_0"])
def readout(request: pytest.FixtureRequest) -> Readout:
    return request.param


def count_passes(classifier, monkeypatch) -> list[int]:
    """The batch size of every pass through the encoder."""
    batches: list[int] = []
    encode = classifier.adapter.encode
    monkeypatch.setattr(
        classifier.adapter, "encode", lambda states, *where: batches.append(len(states)) or encode(states, *where)
    )
    return batches


def test_forward_and_logits_are_the_plain_models(readout):
    model, classifier = tiny_model(readout), tiny_classifier(readout)
    clips = np.stack([random_clip(model, seed) for seed in range(3)])
    expected = model(torch.from_numpy(clips)).logits.numpy()
    np.testing.assert_allclose(classifier.logits(clips), expected, atol=TINY)
    np.testing.assert_allclose([classifier.forward(clip).logits for clip in clips], expected, atol=TINY)
    assert classifier.logits(clips).dtype == np.float32


def test_the_head_turns_the_tokens_into_the_logits(readout):
    classifier = tiny_classifier(readout)
    output = classifier.forward(random_clip(classifier.model))
    head = output.head
    pooled = output.tokens.mean(0) if head.readout == "mean" else output.tokens[0]
    normed = functional.layer_norm(pooled, pooled.shape, head.norm_weight, head.norm_bias, head.norm_eps)
    np.testing.assert_allclose(head.weight @ normed + head.bias, output.logits, atol=TINY)
    assert output.tokens.shape == (output.geometry.num_tokens, 16)
    assert len(output.trace.queries) == 3


def test_half_precision_gives_float32_logits_near_the_exact_ones():
    exact, half = tiny_classifier(), tiny_classifier(dtype=torch.bfloat16)
    clip = random_clip(exact.model)
    assert half.forward(clip).logits.dtype == np.float32
    assert half.forward(clip).tokens.dtype == torch.float32
    assert half.head.weight.dtype == torch.float32
    expected = exact.forward(clip).logits
    np.testing.assert_allclose(half.forward(clip).logits, expected, atol=bfloat16_steps(3) * np.abs(expected).max())


def test_keeping_all_tokens_changes_nothing_and_leaving_some_out_is_the_models_own_masking(readout):
    model, classifier = tiny_model(readout), tiny_classifier(readout)
    clips = np.stack([random_clip(model, seed) for seed in range(2)])
    keep = np.ones((2, 32), bool)
    np.testing.assert_allclose(classifier.logits(clips, keep=keep), classifier.logits(clips), atol=TINY)
    keep[0, 5:15] = keep[1, 20:30] = False
    expected = model(torch.from_numpy(clips), bool_masked_pos=torch.from_numpy(~keep)).logits.numpy()
    np.testing.assert_allclose(classifier.logits(clips, keep=keep), expected, atol=TINY)
    assert np.abs(expected - classifier.logits(clips)).max() > 100 * TINY


@pytest.mark.parametrize(
    "keep",
    [
        np.ones((1, 31), bool),
        np.ones((1, 32), np.uint8),
        np.zeros((1, 32), bool),
        np.ones((2, 32), bool),
    ],
)
def test_impossible_choices_of_tokens_are_refused(keep):
    classifier = tiny_classifier()
    with pytest.raises(ValueError, match="keep"):
        classifier.logits(random_clip(classifier.model)[None], keep=keep)


def test_one_view_with_many_choices_of_tokens_is_embedded_once(readout, monkeypatch):
    classifier = tiny_classifier(readout)
    clip = random_clip(classifier.model)
    keep = np.zeros((4, 32), bool)
    keep[:, 0] = True
    for row, chance in enumerate(np.random.default_rng(0).random((4, 31))):
        keep[row, 1 + np.argsort(chance)[:20]] = True
    expected = classifier.logits(np.stack([clip] * 4), keep=keep)
    embedded, embed = [], classifier._embed
    monkeypatch.setattr(classifier, "_embed", lambda pixels: embedded.append(len(pixels)) or embed(pixels))
    np.testing.assert_allclose(classifier.logits(clip, keep=keep), expected, atol=TINY)
    assert embedded == [1]


def test_rows_must_keep_the_same_number_and_token_0_where_it_is_read():
    clips = np.stack([random_clip(tiny_model())] * 2)
    keep = np.ones((2, 32), bool)
    keep[0, 3] = False
    with pytest.raises(ValueError, match="same number"):
        tiny_classifier().logits(clips, keep=keep)
    keep[:] = True
    keep[:, 0] = False
    assert tiny_classifier().logits(clips, keep=keep).shape == (2, 5)
    with pytest.raises(ValueError, match="token 0"):
        tiny_classifier("token_0").logits(clips, keep=keep)


def test_a_view_seen_a_moment_ago_is_not_run_again(monkeypatch):
    classifier = tiny_classifier()
    batches = count_passes(classifier, monkeypatch)
    clip = random_clip(classifier.model)
    first = classifier.forward(clip)
    assert classifier.forward(clip.copy()) is first
    assert classifier.with_identity(classifier.identity).forward(clip) is first
    assert classifier.forward(clip + 1) is not first
    assert batches == [1, 1]


def test_two_visitors_with_the_same_clip_wait_for_one_pass(monkeypatch):
    classifier = tiny_classifier()
    batches = count_passes(classifier, monkeypatch)
    clip = random_clip(classifier.model)
    with ThreadPoolExecutor(4) as pool:
        outputs = list(pool.map(lambda _: classifier.forward(clip), range(4)))
    assert len(set(map(id, outputs))) == 1
    assert batches == [1]


def test_kept_outputs_are_bounded_by_their_size(monkeypatch):
    monkeypatch.setattr(classifier_module, "KEPT_OUTPUT_BYTES", 1)
    classifier = tiny_classifier()
    batches = count_passes(classifier, monkeypatch)
    clips = [random_clip(classifier.model, seed) for seed in range(2)]
    for number in (0, 0, 1, 0):
        classifier.forward(clips[number])
    assert len(batches) == 3


def test_many_views_are_cut_into_batches(monkeypatch):
    classifier = tiny_classifier()
    clips = np.stack([random_clip(classifier.model, seed) for seed in range(5)])
    whole = classifier.logits(clips)
    batches = count_passes(classifier, monkeypatch)
    monkeypatch.setattr(classifier_module, "MAX_BATCH_TOKENS", {"cpu": 2 * 32})
    np.testing.assert_allclose(classifier.logits(clips), whole, atol=TINY)
    assert batches == [2, 2, 1]


def test_no_view_gives_no_logits():
    assert tiny_classifier().logits(np.empty((0, 4, 3, 32, 32), np.float32)).shape == (0, 5)


def test_the_fingerprint_tells_weights_apart():
    first = tiny_classifier()
    assert len(first.fingerprint()) == 16
    assert first.fingerprint() == tiny_classifier().fingerprint()
    with torch.no_grad():
        first.model.classifier.bias[0] += 1e-3
    assert first.fingerprint() != tiny_classifier().fingerprint()
    assert len(tiny_classifier(dtype=torch.bfloat16).fingerprint()) == 16
