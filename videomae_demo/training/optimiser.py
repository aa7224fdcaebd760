"""Muon for the matrices of the transformer's layers, AdamW for everything else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import torch
from torch import nn

_QUINTIC = (3.4445, -4.7750, 2.0315)
"""Coefficients that push every singular value towards 1 in few steps (https://kellerjordan.github.io/posts/muon)."""


def orthogonalise(matrices: torch.Tensor, steps: int = 5) -> torch.Tensor:
    """The nearest semi-orthogonal matrices, roughly: U·Vᵀ of M = U·Σ·Vᵀ, without the decomposition.

    After five Newton-Schulz steps the singular values lie in about [0.7, 1.2], which is all that the optimiser
    needs and costs a fraction of an SVD.

    Args:
        matrices: (G, rows, columns), a group of one shape.

    Returns:
        The same shape, bfloat16.
    """
    a, b, c = _QUINTIC
    x = matrices.bfloat16()
    tall = x.shape[-2] > x.shape[-1]
    if tall:  # the product below is of size rows x rows: keep it the short side
        x = x.mT
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(steps):
        gram = x @ x.mT
        polynomial = torch.baddbmm(gram, gram, gram, beta=b, alpha=c)
        x = torch.baddbmm(x, polynomial, x, beta=a)  # a·x + (b·gram + c·gram²)·x
    return x.mT if tall else x


class Muon(torch.optim.Optimizer):
    """Momentum, orthogonalised: every direction of a weight matrix moves by the same amount.

    The update is scaled by 0.2·sqrt(longer side), which gives it the size of an AdamW update, so that learning
    rates and weight decay mean the same in both (https://arxiv.org/abs/2502.16982). Matrices of one shape are
    orthogonalised together, as a batch.
    """

    def __init__(self, params: Iterable[nn.Parameter], lr: float, momentum: float = 0.95, weight_decay: float = 0.05):
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]  # nothing here evaluates twice
        """One update of every parameter that has a gradient."""
        for group in self.param_groups:
            by_shape: dict[torch.Size, list[torch.Tensor]] = defaultdict(list)
            for parameter in group["params"]:
                if parameter.grad is not None:
                    by_shape[parameter.shape].append(parameter)
            for shape, parameters in by_shape.items():
                updates = orthogonalise(self._momentum(parameters, group["momentum"])).to(parameters[0].dtype)
                torch._foreach_mul_(parameters, 1 - group["lr"] * group["weight_decay"])
                torch._foreach_add_(parameters, updates.unbind(), alpha=-group["lr"] * 0.2 * max(shape) ** 0.5)

    def _momentum(self, parameters: list[torch.Tensor], beta: float) -> torch.Tensor:
        """(G, rows, columns) the gradients with Nesterov momentum."""
        for parameter in parameters:
            if "momentum_buffer" not in self.state[parameter]:
                self.state[parameter]["momentum_buffer"] = torch.zeros_like(parameter)
        buffers = [self.state[parameter]["momentum_buffer"] for parameter in parameters]
        gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
        torch._foreach_lerp_(buffers, gradients, 1 - beta)
        return torch.stack(torch._foreach_lerp(gradients, buffers, beta))


def split_parameters(modules: Iterable[nn.Module]) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
    """(matrices of transformer layers, everything else that is trained), in a fixed order."""
    matrices: list[nn.Parameter] = []
    others: list[nn.Parameter] = []
    for module in modules:
        for name, parameter in module.named_parameters():
            in_layer = ".layer." in name or ".decoder_layers." in name
            (matrices if in_layer and parameter.ndim == 2 else others).append(parameter)
    return matrices, others


class Optimisers:
    """The optimisers of one training run, driven by one schedule."""

    def __init__(
        self, modules: Iterable[nn.Module], *, muon_lr: float | None, adamw_lr: float, weight_decay: float
    ) -> None:
        """`muon_lr` of None trains the matrices by AdamW as well."""
        matrices, others = split_parameters(modules)
        if muon_lr is None:
            matrices, others = [], matrices + others
        self._clipped = others
        self._all: list[torch.optim.Optimizer] = [
            torch.optim.AdamW(_decay_groups(others, weight_decay), lr=adamw_lr, betas=(0.9, 0.98))
        ]
        if muon_lr is not None:
            self._all.append(Muon(matrices, lr=muon_lr, weight_decay=weight_decay))
        for group in self._groups():
            group["peak_lr"] = group["lr"]

    def _groups(self) -> list[dict]:
        return [group for optimiser in self._all for group in optimiser.param_groups]

    def step(self, factor: float) -> None:
        """One update at `factor` times the peak learning rates; clears the gradients."""
        # Muon's update has the same size whatever the gradient's, so that only AdamW's part is clipped.
        torch.nn.utils.clip_grad_norm_(self._clipped, 1.0)
        for group in self._groups():
            group["lr"] = group["peak_lr"] * factor
        for optimiser in self._all:
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)

    def state_dict(self) -> list[dict]:
        """The states, for a checkpoint."""
        return [optimiser.state_dict() for optimiser in self._all]

    def load_state_dict(self, states: list[dict]) -> None:
        """Back from a checkpoint."""
        for optimiser, state in zip(self._all, states, strict=True):
            optimiser.load_state_dict(state)


def _decay_groups(parameters: list[nn.Parameter], weight_decay: float) -> list[dict]:
    """Biases, norms and single tokens are not pulled to zero."""
    return [
        {"params": [p for p in parameters if p.squeeze().ndim > 1], "weight_decay": weight_decay},
        {"params": [p for p in parameters if p.squeeze().ndim <= 1], "weight_decay": 0.0},
    ]


class Ema:
    """An exponential moving average of a module's parameters: the weights that are validated and shipped."""

    def __init__(self, module: nn.Module, decay: float) -> None:
        self.module = module
        self.decay = decay
        self.average = {name: p.detach().clone() for name, p in module.named_parameters()}

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Take in the weights after `step`; early on the average follows closely."""
        share = 1 - min(self.decay, (1 + step) / (10 + step))
        live = dict(self.module.named_parameters())
        names = list(self.average)
        torch._foreach_lerp_([self.average[n] for n in names], [live[n] for n in names], share)

    @torch.no_grad()
    def copy_to(self, module: nn.Module) -> nn.Module:
        """Write the average into a module of the same shape; returns it."""
        for name, parameter in module.named_parameters():
            parameter.copy_(self.average[name])
        return module
