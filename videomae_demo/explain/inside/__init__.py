"""Looking inside: what the model is made of, and one clip's way through it.

An ``Analysis`` goes in, numbers come out. What touches the model is at the end, at module level, as ZeroGPU wants it:
plain values in, plain values out. Importing this package loads no torch.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from ...models import load_classifier, name_of
from ...models.zerogpu import gpu
from ...records import Device, DType
from ...results import Analysis
from .records import Anatomy, LayerAttention, Passage


def anatomy(analysis: Analysis) -> Anatomy:
    """What the model of this analysis is made of."""
    return _anatomy(name_of(analysis.model), analysis.device, analysis.dtype)


def passage(analysis: Analysis) -> Passage:
    """The shown view's way through the model."""
    return _passage(*_asked(analysis))


def attention_atlas(analysis: Analysis) -> tuple[LayerAttention, ...]:
    """Every layer's attention, summed up: between time slices, and how far each head looks."""
    return _atlas(*_asked(analysis))


def _asked(analysis: Analysis) -> tuple[str, Device, DType, np.ndarray]:
    return name_of(analysis.model), analysis.device, analysis.dtype, analysis.model_input.pixel_values  # type: ignore[return-value]


@lru_cache(maxsize=8)
def _anatomy(model: str, device: Device, dtype: DType) -> Anatomy:
    from .parts import measure_anatomy  # torch comes with it

    return measure_anatomy(load_classifier(model, device=device, dtype=dtype).model)


@gpu(duration=30)
def _passage(model: str, device: Device, dtype: DType, pixel_values: np.ndarray) -> Passage:
    from .logit_lens import passage_of

    return passage_of(load_classifier(model, device=device, dtype=dtype), pixel_values)


@gpu(duration=60)
def _atlas(model: str, device: Device, dtype: DType, pixel_values: np.ndarray) -> tuple[LayerAttention, ...]:
    from .atlas import atlas

    return atlas(load_classifier(model, device=device, dtype=dtype).forward(pixel_values))
