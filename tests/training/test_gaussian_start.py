import torch
from transformers import VideoMAEConfig
from transformers.models.videomae.modeling_videomae import VideoMAELayer, get_sinusoid_encoding_table

from videomae_demo.training.gaussian_start import fit_attention, target_attention

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
    target = target_attention(ids, visible, SIDE, num_heads=2)
    torch.testing.assert_close(target.sum(-1), torch.ones_like(target[..., 0]))
    assert (target.masked_select(~visible[:, None, None].expand_as(target)) == 0).all()
    # A visible token looks most at itself.
    own = target[0, 0].diagonal()[visible[0]]
    assert (own == target[0, 0].max(dim=-1).values[visible[0]]).all()


def test_a_fitted_layer_attends_nearly_as_it_should():
    torch.manual_seed(0)
    config = VideoMAEConfig(hidden_size=WIDTH, num_attention_heads=2, intermediate_size=WIDTH)
    layer = VideoMAELayer(config)
    before = fit_attention(layer, _sample, SIDE, steps=1)
    after = fit_attention(layer, _sample, SIDE, steps=120)
    assert after < 0.6 * before
    assert all(p.grad is None for p in layer.parameters())
