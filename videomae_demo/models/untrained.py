"""The same network with nothing learned: what its architecture and the clip alone make of an answer or a map."""

from __future__ import annotations

import torch
from transformers import PreTrainedModel


@torch.no_grad()
def forget(model: PreTrainedModel, *, seed: int = 0) -> None:
    """Draw each weight tensor anew, in place: normal, with its own mean and spread."""
    generator = torch.Generator(device=model.device).manual_seed(seed)
    for parameter in model.parameters():
        if parameter.numel() > 1:
            spread, mean = torch.std_mean(parameter.float())
            parameter.copy_(torch.randn(parameter.shape, generator=generator, device=model.device) * spread + mean)
