"""What a class-specific method explains: the target's logit, or the difference of two, as a differentiable score."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from ..models.output import ClassifierHead
from ..results import Target

if TYPE_CHECKING:
    from transformers.models.videomae.modeling_videomae import VideoMAELayer

    from ..models import VideoClassifier


def target_weights(head: ClassifierHead, target: Target) -> tuple[torch.Tensor, torch.Tensor]:
    """(D,) weights and () bias of the linear map whose value is the target's logit, or the two logits' difference."""
    weight, bias = head.weight[target.label_id], head.bias[target.label_id]
    if target.against_label_id is not None:
        weight, bias = weight - head.weight[target.against_label_id], bias - head.bias[target.against_label_id]
    return weight, bias


def score_of(logits: np.ndarray, target: Target) -> float:
    """The target's logit, or the difference of the two, from (num_labels,) logits."""
    against = 0.0 if target.against_label_id is None else logits[target.against_label_id]
    return float(logits[target.label_id] - against)


def score_function(classifier: VideoClassifier, target: Target) -> Callable[[torch.Tensor], torch.Tensor]:
    """(N, D) token embeddings -> () float32 score, through the encoder and the head, differentiable."""
    head, layers, device = classifier.head, classifier.model.videomae.encoder.layer, classifier.device
    weight, bias = (tensor.to(device) for tensor in target_weights(head, target))
    norm_weight, norm_bias = head.norm_weight.to(device), head.norm_bias.to(device)

    def score(embeddings: torch.Tensor) -> torch.Tensor:
        states = embeddings[None]
        for layer in layers:
            states = _layer(layer, states)
        tokens = states[0].float()
        pooled = tokens.mean(dim=0) if head.readout == "mean" else tokens[0]
        return functional.layer_norm(pooled, pooled.shape, norm_weight, norm_bias, head.norm_eps) @ weight + bias

    return score


def _layer(layer: VideoMAELayer, states: torch.Tensor) -> torch.Tensor:
    """One layer of the encoder. For the backward pass, what follows the attention is not kept but computed again.

    With ViT-B that saves 290 MB, mostly the MLP's middle, for a third of a forward pass; the attention stays.
    """
    context, _ = layer.attention.attention(layer.layernorm_before(states))

    def rest(context: torch.Tensor, states: torch.Tensor) -> torch.Tensor:
        attended = layer.attention.output(context, states) + states
        return layer.output(layer.intermediate(layer.layernorm_after(attended)), attended)

    if not torch.is_grad_enabled():
        return rest(context, states)
    return checkpoint(rest, context, states, use_reentrant=False, preserve_rng_state=False)


@torch.no_grad()
def embed(classifier: VideoClassifier, pixel_values: np.ndarray) -> torch.Tensor:
    """(T, 3, S, S) float32 -> (N, D) embeddings with positions: what enters the encoder."""
    model = classifier.model
    return model.videomae.embeddings(torch.from_numpy(pixel_values)[None].to(model.device, model.dtype), None)[0]
