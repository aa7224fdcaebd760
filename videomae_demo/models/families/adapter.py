"""What the program asks of a network, whatever its architecture: embed, encode, read out, and what is exact for it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import torch
from transformers import PreTrainedConfig, PreTrainedModel

from ...records import Ability, Geometry, Readout
from ..attention import AttentionRecorder
from ..output import AttentionTrace, ClassifierHead
from ..weight_check import Renamed

States = torch.Tensor
"""(B, P + n, D): P prefix tokens, such as a class token, and then n of the clip's N tokens in the order t, h, w."""


class Adapter(ABC):
    """One architecture: a thin layer over a loaded network, without a state of its own.

    What every architecture here has in common: a linear embedding of tubelets on a grid; layers that add attention
    over all tokens, and then something token by token, to what came in; one vector that is read of the last layer's
    tokens; and a linear head. Attention is softmax(scale · Q Kᵀ) V, and goes through ``attention.IMPLEMENTATION``.
    """

    title: ClassVar[str]
    """The family's name, for sentences."""
    config_class: ClassVar[type[PreTrainedConfig]]
    architecture: ClassVar[type[PreTrainedModel]]
    """The classifier's class in transformers."""
    positions: ClassVar[str]
    """One sentence for visitors: how a token comes to know its place."""
    num_prefix: ClassVar[int] = 0
    """P: tokens before those of the clip; they belong to no patch, and stay when tokens are left out."""
    pools: ClassVar[bool] = False
    """Whether the head reads by a query of its own, which attends to the last layer's tokens."""
    recipe_defaults: ClassVar[Mapping[str, object]] = {}
    """What the file of the checkpoint's processor need not say, because the processor's class says it."""
    renamed: ClassVar[Renamed] = {}
    """How the hub's files name weights otherwise than transformers 5."""
    lacking: ClassVar[Mapping[Readout, Mapping[Ability, str]]]
    """What does not hold, and why, by what the head may read: half a sentence each, to stand behind a colon."""
    parts: ClassVar[Sequence[tuple[str, str, str]]]
    """Key, title, and what the full name of such a part's module or parameter matches; the first that fits."""

    def __init__(self, model: Any) -> None:
        self.model = model

    @classmethod
    @abstractmethod
    def geometry(cls, config: Any) -> Geometry:
        """How a network of this configuration cuts its input into tokens.

        Raises:
            ValueError: into tokens that are not square, or not whole.
        """

    @property
    @abstractmethod
    def layers(self) -> Sequence[torch.nn.Module]:
        """The encoder's layers, first layer first."""

    @property
    @abstractmethod
    def readout(self) -> Readout:
        """What the head reads of the last layer's tokens."""

    @property
    def num_attentions(self) -> int:
        """Self-attention layers that one pass goes through, those after the encoder included."""
        return len(self.layers)

    @property
    @abstractmethod
    def mlp_size(self) -> int:
        """Width of the MLPs' middle."""

    @property
    def lacks(self) -> Mapping[Ability, str]:
        """What does not hold for this network, and why."""
        return self.lacking[self.readout]

    @property
    def pinned(self) -> tuple[int, ...]:
        """Tokens of the clip that have to stay when others are left out, because the head reads them."""
        return ()

    @abstractmethod
    def copy_head(self) -> ClassifierHead:
        """The last steps, in float32 on the CPU, in the precision that the network has now."""

    @abstractmethod
    def embed(self, pixel_values: torch.Tensor) -> States:
        """(B, T, 3, S, S) -> (B, P + N, D): what enters the first layer."""

    def encode(
        self,
        states: States,
        positions: torch.Tensor | None = None,
        before_layer: Callable[[float], None] | None = None,
    ) -> States:
        """Through all layers.

        Args:
            states: embedded tokens, or a part of them, always with the prefix.
            positions: (B, n) int64, which of the N tokens they are; None: all of them.
            before_layer: called before each with the share of the layers that is done; may raise, to end the pass.
        """
        for number, layer in enumerate(self.layers):
            if before_layer is not None:
                before_layer(number / len(self.layers))
            states = self.run(layer, states, positions)
        return states

    @abstractmethod
    def run(self, layer: torch.nn.Module, states: States, positions: torch.Tensor | None = None) -> States:
        """Through one layer, as transformers runs it."""

    @abstractmethod
    def attend(self, layer: torch.nn.Module, states: States) -> torch.Tensor:
        """The first part of a layer, up to its attention; all tokens are there."""

    @abstractmethod
    def finish(self, layer: torch.nn.Module, context: torch.Tensor, states: States) -> States:
        """The rest of the layer: what ``attend`` gave and what went into the layer -> what comes out of it."""

    @abstractmethod
    def read(self, states: States) -> torch.Tensor:
        """(B, P + n, D) after the last layer -> (B, D) float32: the vector that the head gets."""

    def trace(self, recorder: AttentionRecorder, item: int = 0) -> AttentionTrace:
        """What was recorded of one pass through ``encode`` and ``read``, for clip ``item`` of its batch."""
        return recorder.trace(
            expected_layers=self.num_attentions,
            readout=self.readout,
            num_prefix=self.num_prefix,
            pooled=self.pools,
            item=item,
        )


def own(parameter: torch.Tensor) -> torch.Tensor:
    """A copy on the CPU, in float32."""
    return parameter.detach().to("cpu", torch.float32, copy=True)


def square(name: str, size: Any) -> int:
    """The side, from a whole number or two equal ones.

    Raises:
        ValueError: anything else.
    """
    sides = [size, size] if isinstance(size, int) else list(size)
    if len(sides) != 2 or sides[0] != sides[1] or not isinstance(sides[0], int):
        raise ValueError(f"{name} {size}: expected whole numbers, for square images and patches")
    return sides[0]
