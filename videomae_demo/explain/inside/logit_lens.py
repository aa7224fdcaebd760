"""One clip's way through the encoder, layer by layer, and the answer that each layer would give."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional

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
    head = classifier.head
    embedded = tokens = embed(classifier, pixel_values)[None]
    readouts = [_read(tokens, head.readout)]
    for layer in classifier.model.videomae.encoder.layer:
        tokens = layer(tokens)
        readouts.append(_read(tokens, head.readout))
    vectors = torch.stack(readouts)
    normed = functional.layer_norm(vectors, vectors.shape[-1:], head.norm_weight, head.norm_bias, head.norm_eps)
    logits = functional.linear(normed, head.weight, head.bias)
    return Passage(
        embedded=embedded[0].float().cpu().numpy(),
        final=tokens[0].float().cpu().numpy(),
        readout=readouts[-1].numpy(),
        answers=softmax(logits.numpy()),
    )


def _read(tokens: torch.Tensor, readout: str) -> torch.Tensor:
    """(1, N, D) -> (D,) float32 on the CPU: what the head would get."""
    tokens = tokens[0].float()
    return (tokens.mean(dim=0) if readout == "mean" else tokens[0]).cpu()
