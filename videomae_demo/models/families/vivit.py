"""ViViT: learned positions added to tubelets, and a class token before them that the head reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import torch
from transformers import VivitConfig, VivitForVideoClassification
from transformers.models.vivit.modeling_vivit import VivitLayer

from ...records import Ability, Geometry, Readout
from ...words import later
from ..output import ClassifierHead
from ..weight_check import Renamed
from .adapter import Adapter, States, own, square


class ViViT(Adapter):
    """Arnab et al. 2021, arXiv 2103.15691, model 1: joint attention over space and time."""

    title = "ViViT"
    config_class = VivitConfig
    architecture = VivitForVideoClassification
    positions = later("A learned pattern is added that says where and when the block was.")
    num_prefix = 1
    # Of its processor's class: colours are scaled to [-1, 1] before mean and deviation.
    recipe_defaults: ClassVar[Mapping[str, object]] = {"offset": True, "rescale_factor": 1 / 127.5}
    renamed: ClassVar[Renamed] = {
        r"\.encoder\.layer\.": ".layers.",
        r"\.attention\.attention\.(query|key|value)\.": lambda found: f".attention.{found[1][0]}_proj.",
        r"\.attention\.output\.dense\.": ".attention.o_proj.",
        r"\.intermediate\.dense\.": ".mlp.fc1.",
        r"\.output\.dense\.": ".mlp.fc2.",
    }
    parts = (
        ("embedding", later("Tubelet embedding"), r"\.embeddings\."),
        ("projections", later("Queries, keys, values, output"), r"\.attention\.[qkvo]_proj\b"),
        ("attention", later("Attention between tokens"), r"\.attention$"),
        ("mlp", later("MLP"), r"\.mlp\b"),
        ("norms", later("LayerNorms"), r"norm"),
        ("head", later("Classifier"), r"^classifier\b"),
    )
    lacking: ClassVar[Mapping[Readout, Mapping[Ability, str]]] = {
        "class_token": {
            "ledger": later(
                "its answer is read from a class token, which stands for no patch, so every patch's part is zero"
            ),
            "slice_answers": later("its head reads the class token, and was never trained on a patch's"),
            "reconstruction": later("it learned from labels alone, and was never trained to fill gaps"),
        }
    }
    readout: Readout = "class_token"
    model: VivitForVideoClassification

    @classmethod
    def geometry(cls, config: VivitConfig) -> Geometry:
        tubelet, *patch = config.tubelet_size
        return Geometry(
            config.num_frames, square("image_size", config.image_size), tubelet, square("tubelet_size", patch)
        )

    @property
    def layers(self) -> Sequence[VivitLayer]:
        return self.model.vivit.layers

    @property
    def mlp_size(self) -> int:
        return self.model.config.intermediate_size

    def copy_head(self) -> ClassifierHead:
        norm = self.model.vivit.layernorm
        return ClassifierHead(
            readout=self.readout,
            norm_weight=own(norm.weight),
            norm_bias=own(norm.bias),
            norm_eps=norm.eps,
            weight=own(self.model.classifier.weight),
            bias=own(self.model.classifier.bias),
        )

    def embed(self, pixel_values: torch.Tensor) -> States:
        return self.model.vivit.embeddings(pixel_values)

    def run(self, layer: torch.nn.Module, states: States, positions: torch.Tensor | None = None) -> States:
        return layer(states)

    def attend(self, layer: torch.nn.Module, states: States) -> torch.Tensor:
        return layer.attention(layer.layernorm_before(states))[0]  # type: ignore[operator]

    def finish(self, layer: torch.nn.Module, context: torch.Tensor, states: States) -> States:
        attended = context + states
        return layer.mlp(layer.layernorm_after(attended)) + attended  # type: ignore[operator]

    def read(self, states: States) -> torch.Tensor:
        # The last LayerNorm works token by token, so it comes after the readout, as a part of the head.
        return states[:, 0].float()
