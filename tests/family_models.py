"""Small random classifiers of every family, and their folders as the hub has them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import torch
from tiny import save_hub_layout, tiny_model
from transformers import (
    PreTrainedModel,
    VivitConfig,
    VivitForVideoClassification,
    VJEPA2Config,
    VJEPA2ForVideoClassification,
)

from videomae_demo.models import VideoClassifier
from videomae_demo.models.attention import IMPLEMENTATION
from videomae_demo.models.families import adapter_of
from videomae_demo.records import ModelIdentity, Preprocessing


def tiny_vivit(*, num_frames: int = 4, image_size: int = 32) -> VivitForVideoClassification:
    """3 layers, 2 heads, and by default 32 tokens beside the class token."""
    torch.manual_seed(0)
    config = VivitConfig(
        image_size=image_size,
        num_frames=num_frames,
        tubelet_size=[2, 8, 8],
        hidden_size=16,
        num_attention_heads=2,
        num_hidden_layers=3,
        intermediate_size=32,
        num_labels=5,
        attn_implementation=IMPLEMENTATION,
    )
    return _livelier(VivitForVideoClassification(config))


def tiny_vjepa2(*, num_frames: int = 4, image_size: int = 32) -> VJEPA2ForVideoClassification:
    """3 layers of 2 heads, 2 more in the pooler, and by default 32 tokens; heads of 14, of which 12 numbers turn."""
    torch.manual_seed(0)
    config = VJEPA2Config(
        crop_size=image_size,
        frames_per_clip=num_frames,
        tubelet_size=2,
        patch_size=8,
        hidden_size=28,
        num_attention_heads=2,
        num_hidden_layers=3,
        mlp_ratio=2.0,
        num_pooler_layers=2,
        pred_hidden_size=12,
        pred_num_attention_heads=2,
        pred_num_hidden_layers=1,
        num_labels=5,
        attn_implementation=IMPLEMENTATION,
    )
    return _livelier(VJEPA2ForVideoClassification(config))


MAKERS: Mapping[str, Callable[..., PreTrainedModel]] = {
    "videomae": lambda **size: tiny_model(**size),
    "vivit": tiny_vivit,
    "vjepa2": tiny_vjepa2,
}
"""By the family's key."""

PROCESSORS: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "vivit": (
        "preprocessor_config.json",
        {
            "image_processor_type": "VivitImageProcessor",
            "image_mean": [0.5, 0.5, 0.5],
            "image_std": [0.5, 0.5, 0.5],
            "offset": True,
            "rescale_factor": 1 / 127.5,
        },
    ),
    "vjepa2": (
        "video_preprocessor_config.json",
        {
            "video_processor_type": "VJEPA2VideoProcessor",
            "image_mean": [0.485, 0.456, 0.406],
            "image_std": [0.229, 0.224, 0.225],
            "rescale_factor": 1 / 255,
        },
    ),
}


def save_family(family: str, folder: Path, **size: int) -> Path:
    """A tiny checkpoint of the family, as the hub has it."""
    model = MAKERS[family](**size)
    if family not in PROCESSORS:
        return save_hub_layout(model, folder)
    model.save_pretrained(folder)
    side = adapter_of(model).geometry(model.config).image_size
    name, own = PROCESSORS[family]
    switches = dict.fromkeys(("do_resize", "do_center_crop", "do_rescale", "do_normalize"), True)
    sizes = {"size": {"shortest_edge": side * 8 // 7}, "crop_size": {"height": side, "width": side}, "resample": 2}
    (folder / name).write_text(json.dumps({**switches, **sizes, **own}), encoding="utf-8")
    return folder


def family_classifier(family: str, *, dtype: torch.dtype = torch.float32) -> VideoClassifier:
    """A tiny model of the family in the app's wrapper."""
    model = MAKERS[family]()
    geometry = adapter_of(model).geometry(model.config)
    return VideoClassifier(
        model,
        identity=ModelIdentity("tiny", "folder", None, 5, "A test asked for it.", "none", "Nothing."),
        labels=tuple(model.config.id2label[number] for number in range(5)),
        geometry=geometry,
        preprocessing=Preprocessing(geometry.image_size, geometry.image_size, (0.5, 0.4, 0.3), (0.2, 0.3, 0.4)),
        default_sampling="uniform",
        device="cpu",
        dtype=dtype,
    )


def family_clip(classifier: VideoClassifier, seed: int = 0) -> np.ndarray:
    """(T, 3, S, S) float32 noise."""
    side, frames = classifier.geometry.image_size, classifier.geometry.num_frames
    return np.random.default_rng(seed).standard_normal((frames, 3, side, side), np.float32)


def plain_twin(
    model: PreTrainedModel, *, implementation: str = "eager", dtype: torch.dtype = torch.float32
) -> PreTrainedModel:
    """The same model with another attention; with transformers' slow one there is nothing of ours in it."""
    config = type(model.config).from_dict(model.config.to_dict())
    twin = type(model)._from_config(config, attn_implementation=implementation, dtype=torch.float32)
    twin.load_state_dict(model.state_dict())
    return twin.eval().requires_grad_(False).to(dtype)


def _livelier(model: PreTrainedModel) -> PreTrainedModel:
    """As in ``tiny_model``: attention that is not almost uniform, and no parameter that is zero or one."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if any(part in name for part in ("q_proj.weight", "k_proj.weight", "query.weight", "key.weight")):
                parameter *= 12
            if name.endswith("bias") or "norm" in name:
                parameter += 0.1 * torch.randn_like(parameter)
            if any(part in name for part in ("cls_token", "position_embeddings", "query_tokens")):
                parameter += torch.randn_like(parameter)
            if name == "classifier.weight":
                parameter *= 10
    return model.eval().requires_grad_(False)
