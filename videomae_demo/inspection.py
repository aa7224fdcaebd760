"""Looking inside: what the model is made of, and one clip's way through it.

An ``Analysis`` goes in, numbers come out. As in ``pipeline``, what touches the model is at the end, at module level:
plain values in, plain values out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from .models import load_classifier, name_of
from .records import Analysis, Device, DType, Geometry, Readout
from .zerogpu import gpu

if TYPE_CHECKING:
    from .explain.attention import LayerAttention


@dataclass(frozen=True)
class Part:
    """One kind of module, in all layers together."""

    key: str
    title: str
    parameters: int
    multiply_adds: int
    """For one view."""


@dataclass(frozen=True)
class Anatomy:
    """What a model is made of, counted on the model."""

    num_layers: int
    num_heads: int
    hidden_size: int
    """D."""
    mlp_size: int
    """Width of the MLPs' middle."""
    num_labels: int
    readout: Readout
    parts: tuple[Part, ...]
    """In the order in which a clip meets them first."""

    @property
    def parameters(self) -> int:
        return sum(part.parameters for part in self.parts)

    @property
    def multiply_adds(self) -> int:
        return sum(part.multiply_adds for part in self.parts)


@dataclass(frozen=True, eq=False)
class Passage:
    """One clip's way through the model, in numbers."""

    embedded: np.ndarray
    """(N, D) float32: each token as it enters the first layer, position included."""
    final: np.ndarray
    """(N, D) float32: each token after the last layer."""
    readout: np.ndarray
    """(D,) float32: the one vector that the classifier gets: the mean of ``final``, or its token 0."""
    answers: np.ndarray
    """(L + 1, num_labels) float32: the probabilities if the classifier read out after 0, 1, ..., L layers."""


@dataclass(frozen=True)
class Token:
    """One token's place."""

    slice: int
    row: int
    column: int

    def index(self, geometry: Geometry) -> int:
        """Its position among the N tokens.

        >>> Token(1, 0, 2).index(Geometry(num_frames=4, image_size=32, tubelet_size=2, patch_size=8))
        18
        """
        _, rows, columns = geometry.grid
        return (self.slice * rows + self.row) * columns + self.column


def anatomy(analysis: Analysis) -> Anatomy:
    """What the model of this analysis is made of."""
    return _anatomy(name_of(analysis.model), analysis.device, analysis.dtype)


def passage(analysis: Analysis) -> Passage:
    """The shown view's way through the model."""
    return _passage(*_asked(analysis))


def attention_atlas(analysis: Analysis) -> tuple[LayerAttention, ...]:
    """Every layer's attention, summed up: between time slices, and how far each head looks."""
    return _atlas(*_asked(analysis))


def uniform_distances(geometry: Geometry) -> tuple[float, float]:
    """Mean distance in space (tokens) and in time (slices) of attention that is the same everywhere.

    What a head's distance is to be compared with: below it a head looks nearby.

    >>> space, time = uniform_distances(Geometry(num_frames=4, image_size=16, tubelet_size=2, patch_size=8))
    >>> round(space, 4), time  # a 2 x 2 grid: distances 0, 1, 1 and the square root of 2; two slices: 0 and 1
    (0.8536, 0.5)
    """
    slices, rows, columns = geometry.grid
    place = np.stack(np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij"), axis=-1).reshape(-1, 2)
    apart = np.linalg.norm(place[:, None] - place[None], axis=-1)
    return float(apart.mean()), float(np.abs(np.subtract.outer(np.arange(slices), np.arange(slices))).mean())


def _asked(analysis: Analysis) -> tuple[str, Device, DType, np.ndarray]:
    return name_of(analysis.model), analysis.device, analysis.dtype, analysis.model_input.pixel_values  # type: ignore[return-value]


@lru_cache(maxsize=8)
def _anatomy(model: str, device: Device, dtype: DType) -> Anatomy:
    from .models.anatomy import measure_anatomy  # torch comes with it

    return measure_anatomy(load_classifier(model, device=device, dtype=dtype).model)


@gpu(duration=30)
def _passage(model: str, device: Device, dtype: DType, pixel_values: np.ndarray) -> Passage:
    from .explain.passage import passage_of

    return passage_of(load_classifier(model, device=device, dtype=dtype), pixel_values)


@gpu(duration=60)
def _atlas(model: str, device: Device, dtype: DType, pixel_values: np.ndarray) -> tuple[LayerAttention, ...]:
    from .explain.attention import atlas

    return atlas(load_classifier(model, device=device, dtype=dtype).forward(pixel_values))
