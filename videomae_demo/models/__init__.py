"""The models: which there are, where they come from, and one loaded classifier for everybody.

    specs          MODELS, one row each
    hub            the hub and its cache: find, probe, fetch
    source         auto, bundled, hub id or folder -> a folder on this machine, and why this one
    weight_check   does the model in memory hold what the file holds?
    kernels        attention with its log-sum-exp, on any device
    attention      the attention function that records
    families/      the architectures, an adapter file each
    loading        folder -> VideoClassifier
    untrained      the same network with random weights
    classifier     VideoClassifier: pixel values in, numpy out
    shared_passes  views that wait at the same time go through it together
    autoencoder    MaskedAutoencoder: pixel values and a mask in, the hidden patches out
    cache          load_classifier, load_autoencoder: each one loaded once

Importing this package loads neither torch nor transformers; ``load_classifier`` does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .cache import load_autoencoder, load_classifier
from .source import ModelSource, name_of, resolve_model
from .specs import AUTOENCODERS, BUNDLED, KINETICS, MODELS, NON_COMMERCIAL, ModelSpec, nameable

if TYPE_CHECKING:
    from .autoencoder import MaskedAutoencoder
    from .classifier import VideoClassifier

__all__ = [
    "AUTOENCODERS",
    "BUNDLED",
    "KINETICS",
    "MODELS",
    "NON_COMMERCIAL",
    "MaskedAutoencoder",
    "ModelSource",
    "ModelSpec",
    "VideoClassifier",
    "load_autoencoder",
    "load_classifier",
    "name_of",
    "nameable",
    "resolve_model",
]


def __getattr__(name: str) -> object:
    # The two names here that cost importing torch.
    if name == "VideoClassifier":
        from .classifier import VideoClassifier

        return VideoClassifier
    if name == "MaskedAutoencoder":
        from .autoencoder import MaskedAutoencoder

        return MaskedAutoencoder
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
