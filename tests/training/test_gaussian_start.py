import torch
from tolerances import float32_sum
from transformers import VideoMAEConfig
from transformers.models.videomae.modeling_videomae import VideoMAELayer, get_sinusoid_encoding_table

from videomae_demo.training.gaussian_start import (
    RADII,
    copy_values,
    fit_attention,
    fit_head,
    free_directions,
    silence,
    target_attention,
)

SIDE, SLICES, WIDTH = 4, 4, 64


def _sample(generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Noise on positions; the second half of the tokens are mask tokens: one constant vector."""
    count = SLICES * SIDE**2
    ids = torch.stack([torch.randperm(count, generator=generator) for _ in range(2)])
    visible = torch.arange(count).expand_as(ids) < count // 2
    constant = torch.randn(WIDTH, generator=torch.Generator().manual_seed(9))
    content = 0.3 * torch.randn(*ids.shape, WIDTH, generator=generator)
    content = torch.where(visible[..., None], content, constant)
    return content + get_sinusoid_encoding_table(count, WIDTH)[0][ids], ids, visible


def test_targets_fall_off_with_distance_and_leave_out_what_is_hidden():
    _, ids, visible = _sample(torch.Generator().manual_seed(0))
    target = target_attention(ids, visible, SIDE, 2, RADII)
    torch.testing.assert_close(target.sum(-1), torch.ones_like(target[..., 0]))
    assert (target.masked_select(~visible[:, None, None].expand_as(target)) == 0).all()
    # A visible token looks most at itself.
    own = target[0, 0].diagonal()[visible[0]]
    assert (own == target[0, 0].max(dim=-1).values[visible[0]]).all()


def _layer() -> VideoMAELayer:
    torch.manual_seed(0)
    return VideoMAELayer(VideoMAEConfig(hidden_size=WIDTH, num_attention_heads=2, intermediate_size=WIDTH))


def test_a_fitted_layer_attends_nearly_as_it_should():
    layer = _layer()
    before = fit_attention(layer, _sample, SIDE, steps=1)
    after = fit_attention(layer, _sample, SIDE, steps=120)
    assert after < 0.6 * before
    assert all(p.grad is None for p in layer.parameters())


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
