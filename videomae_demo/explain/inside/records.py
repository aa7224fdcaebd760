"""What is found inside a model: its parts, one clip's way through it, and where its attention goes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...records import Geometry, Readout


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
    positions: str
    """One sentence: how a token comes to know its place."""
    num_prefix: int
    """Tokens before the clip's, such as a class token."""
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
    """(D,) float32: the one vector that the classifier gets: the mean of ``final``, for instance."""
    answers: np.ndarray | None
    """(L + 1, num_labels) float32: the probabilities if the classifier read out after 0, 1, ..., L layers; None for a
    model that has no such answers."""
    slice_answers: np.ndarray | None
    """(L + 1, T', num_labels) float32: the same if the head were given the mean of one time slice's tokens alone."""


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


@dataclass(frozen=True, eq=False)
class LayerAttention:
    """One layer's attention, summed up."""

    between_slices: np.ndarray
    """(T', T') float32, rows sum to 1: share of the attention that goes from slice t (row) to slice t' (column)."""
    distance_in_space: np.ndarray
    """(heads,) float32: mean distance between query and key on the H' x W' grid, in tokens."""
    distance_in_time: np.ndarray
    """(heads,) float32: mean distance between query and key along time, in slices."""


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
