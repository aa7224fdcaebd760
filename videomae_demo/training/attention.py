"""Attention for training on a CPU."""

from __future__ import annotations

import torch
from transformers import AttentionInterface

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


def training_attention(device: torch.device) -> str:
    """The attention to train with: plain on a CPU, fused on a GPU, whose kernels are fast both ways."""
    return PLAIN if device.type == "cpu" else "sdpa"
