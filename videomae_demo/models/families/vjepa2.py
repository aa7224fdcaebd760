"""V-JEPA 2: no positions in the tokens, but turned queries and keys; and an attentive pooler as the readout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import torch
from transformers import VJEPA2Config, VJEPA2ForVideoClassification
from transformers.models.vjepa2.modeling_vjepa2 import VJEPA2Layer

from ...records import Ability, Geometry, Readout
from ...words import later
from ..output import ClassifierHead
from .adapter import Adapter, States, own, square


class VJEPA2(Adapter):
    """Assran et al. 2025, arXiv 2506.09985, with the attentive probe of its action classifiers.

    The pooler's own layers attend over all tokens and add to what came in, as the encoder's do, so attention is
    followed through them in the same way; then one learned query asks all tokens, and what it is answered is read.
    The query's residual branch carries nothing of the clip, so this last attention counts as it is, without an identity
    beside it. Queries and keys are recorded as attention gets them: turned by their places in time, height and width.
    """

    title = "V-JEPA 2"
    config_class = VJEPA2Config
    architecture = VJEPA2ForVideoClassification
    positions = later(
        "Nothing is added to say where the block was: in every layer, its query and its key are turned by its place."
    )
    pools = True
    parts = (
        ("predictor", later("Predictor, of pre-training only"), r"^vjepa2\.predictor\b"),
        ("pooler", later("Attentive pooler"), r"^pooler\b"),
        ("embedding", later("Tubelet embedding"), r"\.embeddings\."),
        ("projections", later("Queries, keys, values, output"), r"\.attention\.(query|key|value|proj)\b"),
        ("attention", later("Attention between tokens"), r"\.attention$"),
        ("mlp", later("MLP"), r"\.mlp\b"),
        ("norms", later("LayerNorms"), r"norm"),
        ("head", later("Classifier"), r"^classifier\b"),
    )
    lacking: ClassVar[Mapping[Readout, Mapping[Ability, str]]] = {
        "pooler": {
            "ledger": later(
                "its answer is read by a pooler with attention of its own, so the logit is no sum over tokens"
            ),
            "layer_answers": later(
                "its answer is read by a pooler of several layers, trained on the last layer's tokens; what it made of "
                "earlier ones would say more of the pooler than of them"
            ),
            "slice_answers": later(
                "its head reads what a pooler makes of all tokens, and was never trained on a patch's"
            ),
            "reconstruction": later(
                "it was trained to predict features of hidden patches, not their pixels, so there is no picture to show"
            ),
            "returned_attention": later("transformers does not return the attention of its pooler"),
        }
    }
    readout: Readout = "pooler"
    model: VJEPA2ForVideoClassification

    @classmethod
    def geometry(cls, config: VJEPA2Config) -> Geometry:
        patch = square("patch_size", config.patch_size)
        return Geometry(config.frames_per_clip, config.crop_size, config.tubelet_size, patch)

    @property
    def layers(self) -> Sequence[VJEPA2Layer]:
        return self.model.vjepa2.encoder.layer

    @property
    def num_attentions(self) -> int:
        return len(self.layers) + len(self.model.pooler.self_attention_layers)

    @property
    def mlp_size(self) -> int:
        return int(self.model.config.hidden_size * self.model.config.mlp_ratio)

    def copy_head(self) -> ClassifierHead:
        head = self.model.classifier
        return ClassifierHead(readout=self.readout, weight=own(head.weight), bias=own(head.bias))

    def embed(self, pixel_values: torch.Tensor) -> States:
        return self.model.vjepa2.encoder.embeddings(pixel_values)

    def run(self, layer: torch.nn.Module, states: States, positions: torch.Tensor | None = None) -> States:
        return layer(states, positions)[0]

    def attend(self, layer: torch.nn.Module, states: States) -> torch.Tensor:
        return layer.attention(layer.norm1(states))[0]  # type: ignore[operator]

    def finish(self, layer: torch.nn.Module, context: torch.Tensor, states: States) -> States:
        attended = context + states
        return layer.mlp(layer.norm2(attended)) + attended  # type: ignore[operator]

    def read(self, states: States) -> torch.Tensor:
        return self.model.pooler(self.model.vjepa2.encoder.layernorm(states)).float()
