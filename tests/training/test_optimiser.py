import pytest
import torch
from tolerances import bfloat16_steps
from torch import nn

from videomae_demo.training.optimiser import Ema, Muon, Optimisers, orthogonalise, split_parameters


@pytest.mark.parametrize("shape", [(3, 16, 16), (2, 16, 48), (2, 48, 16)])
def test_orthogonalise_keeps_the_singular_vectors_and_levels_the_values(shape):
    matrices = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    result = orthogonalise(matrices).float()
    u, _, vh = torch.linalg.svd(matrices, full_matrices=False)
    # In the matrix's own singular basis the result must be diagonal, with values near 1.
    inner = u.mT @ result @ vh.mT
    diagonal = inner.diagonal(dim1=-2, dim2=-1)
    # The quintic levels what is not tiny; a square random matrix has nearly vanishing values that stay behind.
    large = torch.linalg.svdvals(matrices) > 0.2 * torch.linalg.matrix_norm(matrices, 2)[:, None]
    assert ((diagonal[large] > 0.6) & (diagonal[large] < 1.3)).all()
    torch.testing.assert_close(
        inner - torch.diag_embed(diagonal), torch.zeros_like(inner), atol=bfloat16_steps(5), rtol=0
    )  # five iterations


def test_orthogonalise_ignores_the_scale():
    matrices = torch.randn(2, 8, 24)
    torch.testing.assert_close(orthogonalise(matrices), orthogonalise(1000 * matrices), atol=bfloat16_steps(5), rtol=0)


def test_muon_moves_by_about_the_learning_rate_like_adamw():
    parameter = nn.Parameter(torch.zeros(64, 64))
    parameter.grad = torch.randn(64, 64) * 1e-4  # its size must not matter
    Muon([parameter], lr=0.01, weight_decay=0.0).step()
    assert 0.5 * 0.2 * 0.01 < parameter.square().mean().sqrt() < 1.5 * 0.2 * 0.01


def test_muon_lowers_a_quadratic():
    torch.manual_seed(0)
    target, parameter = torch.randn(16, 32), nn.Parameter(torch.zeros(16, 32))
    optimiser = Muon([parameter], lr=0.05, weight_decay=0.0)
    for _ in range(200):
        parameter.grad = parameter.detach() - target
        optimiser.step()
    assert (parameter - target).square().mean() < 0.1 * target.square().mean()


class _Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.ModuleList([nn.Linear(8, 8)])
        self.classifier = nn.Linear(8, 3)


class _Wrapped(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = _Model()


def test_only_matrices_of_layers_go_to_muon():
    module = _Wrapped()
    matrices, others = split_parameters([module])
    assert [m.shape for m in matrices] == [(8, 8)]
    assert sum(p.numel() for p in matrices + others) == sum(p.numel() for p in module.parameters())


@pytest.mark.parametrize("muon_lr", [None, 1e-2])
def test_every_parameter_is_updated_and_gradients_are_cleared(muon_lr):
    module = _Wrapped()
    before = {name: p.detach().clone() for name, p in module.named_parameters()}
    optimisers = Optimisers([module], muon_lr=muon_lr, adamw_lr=1e-2, weight_decay=0.1)
    for p in module.parameters():
        p.grad = torch.randn_like(p)
    optimisers.step(0.5)
    for name, p in module.named_parameters():
        assert p.grad is None
        assert not torch.equal(p, before[name]), name


def test_ema_follows_closely_at_first_and_slowly_later():
    module = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(module.weight)
    ema = Ema(module, decay=0.99)
    nn.init.ones_(module.weight)
    ema.update(0)
    assert ema.average["weight"].item() == pytest.approx(0.9)
    nn.init.zeros_(module.weight)
    ema.update(100_000)
    assert ema.average["weight"].item() == pytest.approx(0.9 * 0.99)
    assert ema.copy_to(nn.Linear(1, 1, bias=False)).weight.item() == pytest.approx(0.9 * 0.99)
