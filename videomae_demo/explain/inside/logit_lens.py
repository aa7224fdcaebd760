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


@torch.no_grad()
def passage_of(classifier: VideoClassifier, pixel_values: np.ndarray) -> Passage:
    """Tokens at both ends, what the classifier reads, and its answer after each layer ("logit lens").

    The head was trained on the last layer's tokens only; what it says of an earlier layer's is a reading, not an
    opinion that the model has (nostalgebraist 2020, Interpreting GPT: the logit lens).

    Args:
        pixel_values: (T, 3, S, S) float32, one view.
    """
    adapter = classifier.adapter
    embedded = states = embed(classifier, pixel_values)[None]
    readouts = [adapter.read(states)]
    for layer in adapter.layers:
        states = adapter.run(layer, states)
        readouts.append(adapter.read(states))
    vectors = torch.cat(readouts).cpu()
    return Passage(
        embedded=embedded[0, adapter.num_prefix :].float().cpu().numpy(),
        final=states[0, adapter.num_prefix :].float().cpu().numpy(),
        readout=vectors[-1].numpy(),
        answers=softmax(classifier.head.logits(vectors).numpy()),
    )
