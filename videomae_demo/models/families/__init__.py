"""The architectures that can answer: an adapter file each, a row in ``FAMILIES``.

    adapter     Adapter: what the program asks of a network
    videomae    VideoMAE: positions in the tokens; their mean, or token 0, is read
    vivit       ViViT: a class token is read
    vjepa2      V-JEPA 2: rotary positions; an attentive pooler reads

No other code asks which architecture it has before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from transformers import PreTrainedModel

from .adapter import Adapter
from .videomae import VideoMAE
from .vivit import ViViT
from .vjepa2 import VJEPA2

FAMILIES: Mapping[str, type[Adapter]] = MappingProxyType({"videomae": VideoMAE, "vivit": ViViT, "vjepa2": VJEPA2})
"""By the ``model_type`` of a checkpoint's config.json."""


def adapter_of(model: PreTrainedModel) -> Adapter:
    """The adapter of a network whose architecture is in the table."""
    return FAMILIES[model.config.model_type](model)
