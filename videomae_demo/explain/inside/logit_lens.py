"""One clip's way through the encoder, layer by layer, and the answer that each layer would give."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from ...models.prediction import softmax
from ..scores import embed
from .records import Passage

if TYPE_CHECKING:
    from ...models import VideoClassifier
    from ...models.families import Adapter


@torch.no_grad()
def passage_of(classifier: VideoClassifier, pixel_values: np.ndarray) -> Passage:
    """Tokens at both ends, what the classifier reads, and its answer after each layer ("logit lens").

    The head was trained on the last layer's tokens only; what it says of an earlier layer's is a reading, not an
    opinion that the model has (nostalgebraist 2020, Interpreting GPT: the logit lens). The same holds for what it says
    of the mean of one time slice's tokens. A LayerNorm and a softmax follow, so the slices' answers do not average to
    the answer. Where a reading would not even be that, there are none.

    Args:
        pixel_values: (T, 3, S, S) float32, one view.
    """
    adapter = classifier.adapter
    embedded = states = embed(classifier, pixel_values)[None]
    slices = classifier.geometry.grid[0]
    early = "layer_answers" not in adapter.lacks
    by_slice = "slice_answers" not in adapter.lacks
    vectors = [_vectors(adapter, states, slices)] if early else []
    for layer in adapter.layers:
        states = adapter.run(layer, states)
        if early:
            vectors.append(_vectors(adapter, states, slices))
    read = torch.stack(vectors or [adapter.read(states)]).cpu()
    answers = softmax(classifier.head.logits(read).numpy() / classifier.temperature)
    return Passage(
        embedded=embedded[0, adapter.num_prefix :].float().cpu().numpy(),
        final=states[0, adapter.num_prefix :].float().cpu().numpy(),
        readout=read[-1, 0].numpy(),
        answers=answers[:, 0] if early else None,
        slice_answers=answers[:, 1:] if by_slice else None,
    )


def _vectors(adapter: Adapter, states: torch.Tensor, slices: int) -> torch.Tensor:
    """(1, P + N, D) -> (1 + T', D) float32: what the head gets, and what the mean of each time slice is."""
    of_slices = states[0, adapter.num_prefix :].unflatten(0, (slices, -1)).float().mean(dim=1)
    return torch.cat([adapter.read(states), of_slices])
