"""The model that is measured: one of those at hand, or a random one of ViT-B's size."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from ...errors import BadRequestError
from ...records import Device, DType, Geometry, ModelIdentity, Preprocessing

if TYPE_CHECKING:
    from ...models import VideoClassifier

RANDOM_MODEL = "random"
"""A ViT-B without training, to measure where no checkpoint is in reach: speed does not depend on what was learned."""

RANDOM_REASON = "Random weights: this measures speed and memory only."


def load(model: str, device: str, dtype: str) -> VideoClassifier:
    """``load_classifier``, or a random ViT-B in the same wrapper."""
    if model != RANDOM_MODEL:
        from ...models import load_classifier

        classifier = load_classifier(model, device=cast(Device, device), dtype=cast(DType, dtype))
        if reason := classifier.identity.why_not("returned_attention"):
            raise BadRequestError(f"The plain way to a map cannot be measured for this model: {reason}.")
        return classifier
    import torch
    from transformers import VideoMAEConfig, VideoMAEForVideoClassification

    from ...models.attention import IMPLEMENTATION
    from ...models.classifier import VideoClassifier

    torch.manual_seed(0)
    config = VideoMAEConfig(num_labels=400, use_mean_pooling=True, attn_implementation=IMPLEMENTATION)
    network = VideoMAEForVideoClassification(config)
    with torch.no_grad():
        for name, weight in network.named_parameters():
            if re.search(r"attention\.(query|key)\.weight", name):
                weight *= 2  # an untrained model attends almost evenly, and any even map would agree with any other
    return VideoClassifier(
        network,
        identity=ModelIdentity("random ViT-B", "folder", None, 400, RANDOM_REASON, "none", "Nothing."),
        labels=tuple(config.id2label[number] for number in range(400)),
        geometry=Geometry(config.num_frames, config.image_size, config.tubelet_size, config.patch_size),
        preprocessing=Preprocessing(224, 224, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
        default_sampling="uniform",
        device=cast(Device, device),
        dtype=getattr(torch, dtype),
    )
