import math

import pytest
import torch
from tolerances import float32_sum
from transformers import VideoMAEConfig
from transformers.models.videomae.modeling_videomae import VideoMAELayer, get_sinusoid_encoding_table

from videomae_demo.training.gaussian_start import (
    AMPLITUDE,
    FAR,
    PLACE,
    WAVES,
    attend_near,
    copy_values,
    fit_head,
    fit_places,
    free_directions,
    places,
    silence,
    wave_weights,
)

GRID = (4, 6, 6)
WIDTH, HEADS = 96, 3
COUNT = math.prod(GRID)


def _layer() -> VideoMAELayer:
    torch.manual_seed(0)
    return VideoMAELayer(VideoMAEConfig(hidden_size=WIDTH, num_attention_heads=HEADS, intermediate_size=4 * WIDTH))


def test_places_are_different_and_near_ones_are_alike():
    table = places((8, 14, 14))
    assert table.shape == (8 * 14 * 14, PLACE)
    likeness = table @ table.mT
    likeness.fill_diagonal_(0)
    assert likeness.max() < PLACE / 2 - 0.05  # a place is as like itself as that
    here = 3 * 196 + 7 * 14 + 7
    away = [likeness[here, here + rows * 14] for rows in (1, 2, 3)]
    assert away == sorted(away, reverse=True)


def test_a_fitted_layer_writes_places_whatever_the_tokens_look_like():
    positions = get_sinusoid_encoding_table(COUNT, WIDTH)[0]
    free = free_directions(positions, WIDTH // 2)
    mask, content, where = free[:, -1] * 6, free[:, : -PLACE - 1], free[:, -PLACE - 1 : -1]
    layer = _layer()
    silence(layer)
    assert fit_places(layer, positions, content, where, GRID, mask_token=mask, steps=200) < 0.6
    assert all(p.grad is None for p in layer.parameters())
    tokens = positions + torch.randn(COUNT, content.shape[1]) @ content.mT
    with torch.no_grad():
        for inputs in (tokens, positions + mask):
            written = (layer(inputs[None])[0] @ where) / AMPLITUDE
            assert (written - places(GRID)).square().mean() < 0.7 * places(GRID).square().mean()


@pytest.mark.parametrize("radius", [0.65, 1.0, 3.0])
@pytest.mark.parametrize(("turns", "length"), [(WAVES[0], 8), (WAVES[1], 14)])
def test_scores_fall_like_a_gaussian_near_by_and_stay_low_far_off(turns, length, radius):
    weights = wave_weights(turns, length, radius)
    distance = torch.arange(length).float()
    angles = math.pi * torch.tensor(turns)[:, None] * distance / length
    scores = (weights[:, None] * (angles.cos() - 1)).sum(dim=0)
    wanted = FAR * ((-(distance**2) / (2 * FAR * radius**2)).exp() - 1)
    assert (scores.exp() - wanted.exp()).abs().max() < 0.1
    assert weights.abs().max() < 5  # or the error of the places would be blown up


@torch.no_grad()
def test_every_head_looks_at_what_is_near_and_past_what_is_hidden():
    layer, width = _layer(), WIDTH // HEADS
    directions = torch.linalg.qr(torch.randn(WIDTH, PLACE + 1))[0]
    where, mask = directions[:, :PLACE], directions[:, -1] * 6
    attend_near(layer, where, GRID, radii=((0.6, 0.6), (3.0, 2.0)), mask=mask)
    hidden = torch.rand(COUNT) < 0.5
    tokens = AMPLITUDE * places(GRID) @ where.mT + hidden[:, None] * mask
    attention = layer.attention.attention
    query, key = (p(tokens).view(COUNT, HEADS, width).transpose(0, 1) for p in (attention.query, attention.key))
    weights = (query @ key.mT * attention.scaling).softmax(-1)
    assert (weights[:, :, hidden].sum(-1) < 0.02).all()
    own = weights[0].diagonal()[~hidden]
    assert (own == weights[0, ~hidden].max(dim=-1).values).all()
    spread = -torch.special.xlogy(weights, weights).sum(-1).mean(-1)
    assert spread[1] > spread[0] + 0.5
    torch.testing.assert_close(weights[2], weights[0])  # the list of radii begins anew


def test_free_directions_are_where_positions_hardly_vary():
    positions = get_sinusoid_encoding_table(64, WIDTH)[0]
    free = free_directions(positions, 24)
    torch.testing.assert_close(free.mT @ free, torch.eye(24), atol=float32_sum(64), rtol=0)
    assert (positions @ free).square().sum() < 0.05 * positions.square().sum()


@torch.no_grad()
def test_a_silent_layer_passes_its_input_on():
    layer, tokens = _layer(), torch.randn(1, 5, WIDTH)
    silence(layer)
    torch.testing.assert_close(layer(tokens), tokens)


@torch.no_grad()
def test_a_copying_layer_hands_on_the_content_alone():
    layer = _layer()
    silence(layer)
    content = torch.linalg.qr(torch.randn(WIDTH, 20))[0]
    copy_values(layer, content)
    for parameter in layer.attention.attention.query.parameters():
        parameter.zero_()  # attends to all tokens alike
    tokens = torch.randn(1, 5, WIDTH)
    added = layer(tokens) - tokens
    expected = (layer.layernorm_before(tokens).mean(dim=1, keepdim=True) @ content) @ content.mT
    torch.testing.assert_close(
        added, expected.expand_as(added), atol=float32_sum(WIDTH, steps=4), rtol=float32_sum(WIDTH, steps=4)
    )


def test_the_head_is_fitted_to_what_arrives():
    arriving = torch.randn(500, 6, generator=torch.Generator().manual_seed(1)) + 1
    weight, head = torch.randn(9, 6), torch.nn.Linear(6, 9)
    fit_head(head, arriving, arriving @ weight.mT + 3, ridge=1e-6)
    # The ridge draws the weights towards zero by 1e-6 of the normal equations' smallest direction, and these equations
    # square the condition of 500 numbers around 1: three digits of float32's seven are left.
    torch.testing.assert_close(head.weight.data, weight, atol=1e-3, rtol=1e-3)
    # Six such weights, times arriving numbers of up to 4.
    torch.testing.assert_close(head(arriving), arriving @ weight.mT + 3, atol=1e-2, rtol=1e-2)
