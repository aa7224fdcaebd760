"""The models: which there are, where they come from, and one loaded classifier for everybody.

    specs          MODELS, one row each
    hub            the hub and its cache: find, probe, fetch
    source         auto, bundled, hub id or folder -> a folder on this machine, and why this one
    weight_check   does the model in memory hold what the file holds?
    loading        folder -> VideoClassifier
    classifier     VideoClassifier: pixel values in, numpy out
    cache          load_classifier: each one loaded once

Importing this package loads neither torch nor transformers; ``load_classifier`` does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .cache import load_classifier
from .source import ModelSource, name_of, resolve_model
from .specs import BUNDLED, KINETICS, MODELS, NON_COMMERCIAL, ModelSpec

if TYPE_CHECKING:
    from .classifier import VideoClassifier

__all__ = [
    "BUNDLED",
    "KINETICS",
    "MODELS",
    "NON_COMMERCIAL",
    "ModelSource",
    "ModelSpec",
    "VideoClassifier",
    "load_classifier",
    "name_of",
    "resolve_model",
]


def __getattr__(name: str) -> object:
    if name == "VideoClassifier":  # the one name here that costs importing torch
        from .classifier import VideoClassifier

        return VideoClassifier
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
