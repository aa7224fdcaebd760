"""What a class-specific method explains: the target's logit, or the difference of two, as a differentiable score."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.utils.checkpoint import checkpoint

from ..models.output import ClassifierHead
from ..results import Target

if TYPE_CHECKING:
    from ..models import VideoClassifier
    from ..models.families import Adapter


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
    """(P + N, D) embedded tokens -> () float32 score, through the encoder and the head, differentiable."""
    adapter, head = classifier.adapter, classifier.head.to(classifier.device)
    weight, bias = target_weights(head, target)

    def score(embeddings: torch.Tensor) -> torch.Tensor:
        states = embeddings[None]
        for layer in adapter.layers:
            states = _layer(adapter, layer, states)
        return head.normed(adapter.read(states)[0]) @ weight + bias

    return score


def _layer(adapter: Adapter, layer: torch.nn.Module, states: torch.Tensor) -> torch.Tensor:
    """One layer of the encoder. For the backward pass, what follows the attention is not kept but computed again.

    With ViT-B that saves 290 MB, mostly the MLP's middle, for a third of a forward pass; the attention stays.
    """
    context = adapter.attend(layer, states)
    if not torch.is_grad_enabled():
        return adapter.finish(layer, context, states)
    return checkpoint(adapter.finish, layer, context, states, use_reentrant=False, preserve_rng_state=False)


@torch.no_grad()
def embed(classifier: VideoClassifier, pixel_values: np.ndarray) -> torch.Tensor:
    """(T, 3, S, S) float32 -> (P + N, D): what enters the first layer."""
    pixels = torch.from_numpy(pixel_values)[None].to(classifier.model.device, classifier.model.dtype)
    return classifier.adapter.embed(pixels)[0]
