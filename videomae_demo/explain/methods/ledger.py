"""The exact ledger of a logit: how much each token adds to it, by the arithmetic of the classifier's last steps.

A mean-pooled classifier ends in m = mean of the tokens x_i; y = γ (m - mean(m)) / σ + β; logit_c = w_c · y + b_c, with
σ the LayerNorm's own standard deviation of m. Given σ this is linear in the tokens, so that, with nothing left over,

    logit_c = (w_c · β + b_c) + Σ_i (w_c γ) · (x_i - mean(x_i)) / (N σ)

It is the idea of class activation maps (Zhou et al. 2016), carried exactly through the LayerNorm.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import torch

from ...models.output import ClassifierHead
from ...results import Target
from ..scores import score_of, target_weights

if TYPE_CHECKING:
    from ...models import VideoClassifier


def compute(
    classifier: VideoClassifier, pixel_values: np.ndarray, target: Target
) -> tuple[np.ndarray, Mapping[str, float]]:
    """Each token's part of the target's logit, and beside it ``constant``, ``sum`` (constant and all parts), ``logit``.

    For a classifier that reads the mean of all tokens.
    """
    output = classifier.forward(pixel_values)
    parts, constant = ledger(output.tokens, output.head, target)
    logit = score_of(output.logits, target)
    return parts.numpy(), {"constant": constant, "sum": constant + float(parts.sum()), "logit": logit}


def ledger(tokens: torch.Tensor, head: ClassifierHead, target: Target) -> tuple[torch.Tensor, float]:
    """The parts, (N,) float64, and the constant; together they sum to the target's logit.

    Args:
        tokens: (N, D), the encoder's last hidden states.
        head: one that reads the mean of all tokens.
    """
    if head.norm_weight is None or head.norm_bias is None:
        raise ValueError("no LayerNorm before the linear step")
    weight, bias = (tensor.double() for tensor in target_weights(head, target))
    tokens = tokens.to("cpu", torch.float64)
    deviation = (tokens.mean(dim=0).var(correction=0) + head.norm_eps).sqrt()
    centred = tokens - tokens.mean(dim=1, keepdim=True)
    parts = centred @ (weight * head.norm_weight.double()) / (len(tokens) * deviation)
    return parts, float(weight @ head.norm_bias.double() + bias)
