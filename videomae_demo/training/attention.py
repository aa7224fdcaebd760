"""Attention for training on a CPU."""

from __future__ import annotations

import torch
from transformers import AttentionInterface, PreTrainedConfig, PreTrainedModel

PLAIN = "plain"
"""Name under which the function below is known to transformers."""


def plain_attention(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float,
    **unused: object,
) -> tuple[torch.Tensor, None]:
    """softmax(q·kᵀ)·v, written out: the backward pass of torch's fused CPU kernel takes longer than everything else.

    Args:
        module: the layer, not looked at.
        query: (B, heads, N, d), like `key` and `value`.
        key: see query.
        value: see query.
        attention_mask: always None in VideoMAE.
        scaling: 1 / sqrt(d).
        unused: what transformers hands to every attention function.

    Returns:
        (B, N, heads, d), and None for the weights, which are not kept.
    """
    # Scaling the query instead of the scores is N/d times less work.
    weights = torch.softmax((query * scaling) @ key.transpose(-2, -1), dim=-1)
    return (weights @ value).transpose(1, 2), None


AttentionInterface.register(PLAIN, plain_attention)


def use_training_attention(model: PreTrainedModel, device: torch.device) -> None:
    """Switch a model to plain attention on a CPU, to fused attention on a GPU, whose kernels are fast both ways."""
    _use(model, PLAIN if device.type == "cpu" else "sdpa")


def use_fused_attention(model: PreTrainedModel) -> None:
    """Switch a model to fused attention, the fastest forwards; it is backwards that it is slow."""
    _use(model, "sdpa")


def _use(model: PreTrainedModel, name: str) -> None:
    model.set_attn_implementation(name)
    for module in model.modules():  # a VideoMAE decoder has a copy of the configuration, which the call above misses
        if isinstance(getattr(module, "config", None), PreTrainedConfig):
            module.config._attn_implementation = name
