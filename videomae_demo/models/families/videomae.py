"""VideoMAE: all tokens alike, fixed positions added to them, and their mean, or token 0, as the readout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import torch
from transformers import VideoMAEConfig, VideoMAEForVideoClassification
from transformers.models.videomae.modeling_videomae import VideoMAELayer

from ...records import Ability, Geometry, Readout
from ...words import later
from ..output import ClassifierHead
from ..weight_check import Renamed
from .adapter import Adapter, States, own, square


class VideoMAE(Adapter):
    """Tong, Song, Wang and Wang 2022, arXiv 2203.12602; there is no class token, whatever the cards say."""

    title = "VideoMAE"
    config_class = VideoMAEConfig
    architecture = VideoMAEForVideoClassification
    positions = later("A fixed pattern is added that says where and when the block was.")
    renamed: ClassVar[Renamed] = {
        r"attention\.attention\.q_bias$": "attention.attention.query.bias",
        r"attention\.attention\.v_bias$": "attention.attention.value.bias",
    }
    lacking: ClassVar[Mapping[Readout, Mapping[Ability, str]]] = {
        "mean": {},
        "token_0": {
            "ledger": later("its answer is read from token 0 alone, so every other token's part would be zero")
        },
    }
    parts = (
        ("embedding", later("Tubelet embedding"), r"\.embeddings\."),
        (
            "projections",
            later("Queries, keys, values, output"),
            r"\.attention\.(attention\.(query|key|value)|output)\b",
        ),
        ("attention", later("Attention between tokens"), r"\.attention\.attention$"),
        ("mlp", later("MLP"), r"\.layer\.\d+\.(intermediate|output)\b"),
        ("norms", later("LayerNorms"), r"norm"),
        ("head", later("Classifier"), r"^classifier\b"),
    )
    model: VideoMAEForVideoClassification

    @classmethod
    def geometry(cls, config: VideoMAEConfig) -> Geometry:
        side, patch = square("image_size", config.image_size), square("patch_size", config.patch_size)
        return Geometry(config.num_frames, side, config.tubelet_size, patch)

    @property
    def layers(self) -> Sequence[VideoMAELayer]:
        return self.model.videomae.encoder.layer

    @property
    def readout(self) -> Readout:
        return "mean" if self.model.fc_norm is not None else "token_0"

    @property
    def mlp_size(self) -> int:
        return self.model.config.intermediate_size

    @property
    def pinned(self) -> tuple[int, ...]:
        return () if self.readout == "mean" else (0,)

    def copy_head(self) -> ClassifierHead:
        norm = self.model.fc_norm if self.model.fc_norm is not None else self.model.videomae.layernorm
        return ClassifierHead(
            readout=self.readout,
            norm_weight=own(norm.weight),
            norm_bias=own(norm.bias),
            norm_eps=norm.eps,
            weight=own(self.model.classifier.weight),
            bias=own(self.model.classifier.bias),
        )

    def embed(self, pixel_values: torch.Tensor) -> States:
        return self.model.videomae.embeddings(pixel_values, None)

    def run(self, layer: torch.nn.Module, states: States, positions: torch.Tensor | None = None) -> States:
        return layer(states)

    def attend(self, layer: torch.nn.Module, states: States) -> torch.Tensor:
        return layer.attention.attention(layer.layernorm_before(states))[0]  # type: ignore[operator,union-attr]

    def finish(self, layer: torch.nn.Module, context: torch.Tensor, states: States) -> States:
        attended = layer.attention.output(context, states) + states  # type: ignore[operator,union-attr]
        return layer.output(layer.intermediate(layer.layernorm_after(attended)), attended)  # type: ignore[operator]

    def read(self, states: States) -> torch.Tensor:
        # transformers normalises all tokens and then takes token 0; a LayerNorm works token by token, so here it comes
        # after the readout in both cases.
        return states.float().mean(dim=1) if self.readout == "mean" else states[:, 0].float()
