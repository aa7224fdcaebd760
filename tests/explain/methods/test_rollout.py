import numpy as np
import pytest
import torch
from tiny import VIT_B, eager_attentions, random_clip, record, tiny_model
from tolerances import TINY, UNIT, bfloat16_steps
from tolerances import VIT_B as VIT_B_BOUND

from videomae_demo.errors import BadRequestError
from videomae_demo.explain.methods.rollout import rollout


def slow_rollout(attentions, readout, head_fusion="mean", discard_ratio=0.0):
    """By the definition: full matrices, float64, multiplied from the first layer up; then the readout's row."""
    num_tokens = attentions[0].shape[-1]
    product = torch.eye(num_tokens, dtype=torch.float64)
    for attention in attentions:
        attention = attention.double()
        fused = {"mean": attention.mean(0), "max": attention.max(0)[0], "min": attention.min(0)[0]}[head_fusion]
        flat = fused.flatten()
        flat[flat.argsort()[: int(len(flat) * discard_ratio)]] = 0
        mixed = flat.view(num_tokens, num_tokens) + torch.eye(num_tokens)
        product = (mixed / mixed.sum(-1, keepdim=True)) @ product
    return product.mean(0) if readout == "mean" else product[0]


def assert_relative(ours, expected, tolerance):
    """Every value to within ``tolerance`` of itself: rollout adds up positive numbers only, so nothing cancels."""
    torch.testing.assert_close(ours.double(), expected, rtol=tolerance, atol=0)


@pytest.mark.parametrize("readout", ["mean", "token_0"])
@pytest.mark.parametrize("head_fusion", ["mean", "max", "min"])
@pytest.mark.parametrize("discard_ratio", [0.0, 0.5, 0.9])
def test_equals_the_matrix_product(readout, head_fusion, discard_ratio):
    model = tiny_model(readout)
    clip = random_clip(model)
    ours = rollout(record(model, clip), head_fusion=head_fusion, discard_ratio=discard_ratio)
    expected = slow_rollout(eager_attentions(model, clip), readout, head_fusion, discard_ratio)
    assert expected.max() > 1.2 * expected.min(), "a flat map would prove nothing"
    assert_relative(ours, expected, TINY)
    assert ours.sum().item() == pytest.approx(1, abs=TINY)


@pytest.mark.parametrize(("first", "last"), [(0, 1), (1, 3), (2, None)])
def test_a_range_of_layers(first, last):
    model = tiny_model()
    clip = random_clip(model)
    ours = rollout(record(model, clip), first_layer=first, last_layer=last)
    assert_relative(ours, slow_rollout(eager_attentions(model, clip)[first:last], "mean"), TINY)


def test_fused_rows_at_the_size_of_vit_b():
    """1568 tokens, 12 heads of width 64: several blocks of rows, and a last one that is not full."""
    model = tiny_model(layers=2, **VIT_B)
    clip = random_clip(model)
    ours = rollout(record(model, clip), head_fusion="max")
    assert_relative(ours, slow_rollout(eager_attentions(model, clip), "mean", "max"), VIT_B_BOUND)


def test_the_whole_vit_b():
    model = tiny_model(layers=12, sharpness=2.0, **VIT_B)
    clip = random_clip(model)
    expected = torch.full((1568,), 1 / 1568, dtype=torch.float64)
    for attention in reversed(eager_attentions(model, clip)):
        expected = 0.5 * expected + 0.5 * expected @ attention.mean(0).double()
    assert_relative(rollout(record(model, clip)), expected, VIT_B_BOUND)


def test_half_precision_stays_close():
    model = tiny_model(layers=2, **VIT_B)
    clip = random_clip(model)
    expected = rollout(record(model, clip)).double()
    part = rollout(record(model, clip), first_layer=1).double()
    ours = rollout(record(model.bfloat16(), clip)).double()
    bound = bfloat16_steps(2)
    assert_relative(ours, expected, bound)
    # Of 1568 values the worst is a matter of luck; their root mean square is not, and lies eight times lower.
    assert (ours / expected - 1).square().mean().sqrt() < bound / 4
    assert (part / expected - 1).abs().max() > 4 * bound, "a forgotten layer would pass"
    assert expected[ours.argmax()] > expected.max() * (1 - 2 * bound)


def test_equal_queries_spread_evenly():
    """Keys that are all zero give uniform attention in every layer, so the mean readout stays uniform."""
    model = tiny_model()
    for layer in model.videomae.encoder.layer:
        layer.attention.attention.key.weight.zero_()
    ours = rollout(record(model, random_clip(model)))
    np.testing.assert_allclose(ours.numpy(), 1 / 32, rtol=UNIT)


def test_attention_on_one_token_gathers_there():
    """Large scores must neither overflow nor lose the row: every query's attention falls on token 7."""
    model = tiny_model()
    clip = random_clip(model)
    trace = record(model, clip)
    for layer in range(3):
        trace.queries[layer].fill_(0)[..., 0] = 60
        trace.keys[layer].fill_(0)[:, 7, 0] = 60
        scores = trace.scale * trace.queries[layer] @ trace.keys[layer].transpose(-1, -2)
        assert scores.max() > 1000
        trace.logsumexp[layer].copy_(scores.logsumexp(-1))
    ours = rollout(trace)
    expected = torch.full((32,), 1 / 32 / 8)
    expected[7] = 1 - 31 / 32 / 8
    torch.testing.assert_close(ours, expected)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"head_fusion": "median"}, "mean, max, min"),
        ({"discard_ratio": 1.0}, "below 1"),
        ({"discard_ratio": -0.1}, "at least 0"),
        ({"first_layer": 2, "last_layer": 2}, "3 layers"),
        ({"last_layer": 4}, "3 layers"),
    ],
)
def test_options_out_of_range(options, words):
    model = tiny_model()
    with pytest.raises(BadRequestError, match=words):
        rollout(record(model, random_clip(model)), **options)
