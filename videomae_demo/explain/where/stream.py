"""The residual stream: each layer's input, and the rest of the way from any of them.

A layer adds to what it gets (He et al. 2016; "residual stream": Elhage et al. 2021). So a run can be stopped before any
layer, its state looked at or changed, and gone on with: only the layers above are computed again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from ...models.classifier import MAX_BATCH_TOKENS

if TYPE_CHECKING:
    from ...models import VideoClassifier


@torch.no_grad()
def stream(classifier: VideoClassifier, pixel_values: np.ndarray) -> list[torch.Tensor]:
    """The states before layer 1, 2, ... and after the last: L + 1 tensors (B, P + N, D), on the model's device.

    P is the number of tokens that stand for no place, in front of the others; VideoMAE has none.

    Args:
        pixel_values: (B, T, 3, S, S) float32; all of them go through the model at once.
    """
    adapter, model = classifier.adapter, classifier.model
    with classifier.lock:
        states = [adapter.embed(torch.from_numpy(np.ascontiguousarray(pixel_values)).to(model.device, model.dtype))]
        for layer in adapter.layers:
            states.append(adapter.run(layer, states[-1]))
    return states


@torch.no_grad()
def logits_from(classifier: VideoClassifier, states: torch.Tensor, layers_done: int) -> np.ndarray:
    """(B, num_labels) float32: the answers of runs that are gone on with.

    Args:
        states: (B, P + N, D): after ``layers_done`` layers.
    """
    adapter = classifier.adapter
    step = max(MAX_BATCH_TOKENS[torch.device(classifier.device).type] // states.shape[1], 1)
    parts = []
    for part in states.split(step):
        with classifier.lock:
            for layer in adapter.layers[layers_done:]:
                part = adapter.run(layer, part)
            parts.append(classifier.head.logits(adapter.read(part).cpu()).numpy())
    return np.concatenate(parts)


def places(classifier: VideoClassifier, states: list[torch.Tensor]) -> list[torch.Tensor]:
    """The same L + 1 states, (B, N, D): the tokens that stand for places."""
    return [state[:, classifier.adapter.num_prefix :] for state in states]


def slice_means(states: list[torch.Tensor], slices: int) -> np.ndarray:
    """(B, L + 1, T', D) float32: the mean token of each slice, at each layer.

    Args:
        states: By ``places``.
        slices: T'.
    """
    means = [state.unflatten(1, (slices, -1)).float().mean(dim=2) for state in states]
    return torch.stack(means, dim=1).cpu().numpy()
