"""Small random VideoMAE classifiers for tests: no download, no training, a few milliseconds a pass."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from transformers import VideoMAEConfig, VideoMAEForVideoClassification

from videomae_demo.models import VideoClassifier
from videomae_demo.models.attention import IMPLEMENTATION, record_attention
from videomae_demo.models.familiarity import head_digest
from videomae_demo.models.families import adapter_of
from videomae_demo.models.output import AttentionTrace, ClassifierHead
from videomae_demo.records import Geometry, ModelIdentity, Preprocessing, Readout

VIT_B = {"image_size": 224, "patch_size": 16, "num_frames": 16, "hidden_size": 768, "heads": 12, "intermediate": 3072}
"""ViT-B's true width, heads and 1568 tokens; give ``layers`` beside it."""


def tiny_model(
    readout: Readout = "mean",
    *,
    seed: int = 0,
    num_labels: int = 5,
    image_size: int = 32,
    patch_size: int = 8,
    num_frames: int = 4,
    hidden_size: int = 16,
    heads: int = 2,
    layers: int = 3,
    intermediate: int = 32,
    sharpness: float = 6.0,
    attn_implementation: str = IMPLEMENTATION,
) -> VideoMAEForVideoClassification:
    """A random model in ``eval()``; N = 32 tokens by default.

    ``sharpness`` scales the query and key weights, because the attention of an untrained model is almost uniform and
    would hide mistakes.
    """
    torch.manual_seed(seed)
    model = VideoMAEForVideoClassification(
        VideoMAEConfig(
            image_size=image_size,
            patch_size=patch_size,
            num_frames=num_frames,
            hidden_size=hidden_size,
            num_attention_heads=heads,
            num_hidden_layers=layers,
            intermediate_size=intermediate,
            num_labels=num_labels,
            use_mean_pooling=readout == "mean",
            attn_implementation=attn_implementation,
        )
    )
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "attention.query" in name or "attention.key" in name:
                parameter *= sharpness
            if name.endswith("bias") or "norm" in name:
                parameter += 0.1 * torch.randn_like(parameter)
            if name == "classifier.weight":
                parameter *= 10
    return model.eval().requires_grad_(False)


def tiny_classifier(
    readout: Readout = "mean", *, dtype: torch.dtype = torch.float32, **options: int
) -> VideoClassifier:
    """A ``tiny_model`` in the app's wrapper, with ``tiny_model``'s options."""
    model = tiny_model(readout, **options)  # type: ignore[arg-type]
    config = model.config
    return VideoClassifier(
        model,
        identity=ModelIdentity("tiny", "folder", None, config.num_labels, "A test asked for it.", "none", "Nothing."),
        labels=tuple(config.id2label[number] for number in range(config.num_labels)),
        geometry=Geometry(config.num_frames, config.image_size, config.tubelet_size, config.patch_size),
        preprocessing=Preprocessing(config.image_size, config.image_size, (0.5, 0.4, 0.3), (0.2, 0.3, 0.4)),
        default_sampling="uniform",
        device="cpu",
        dtype=dtype,
    )


def save_hub_layout(model: VideoMAEForVideoClassification, folder: Path, **save_options: object) -> Path:
    """Write the folder as the hub has it: ``q_bias`` and ``v_bias`` in safetensors, config and preprocessor."""
    model.save_pretrained(folder, **save_options)
    size = model.config.image_size
    preprocessor = {
        "do_resize": True,
        "do_center_crop": True,
        "do_rescale": True,
        "do_normalize": True,
        "size": {"shortest_edge": size},
        "crop_size": {"height": size, "width": size},
        "image_mean": [0.485, 0.456, 0.406],
        "image_std": [0.229, 0.224, 0.225],
        "resample": 2,
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(preprocessor), encoding="utf-8")
    return folder


def save_familiarity(folder: Path, model: VideoMAEForVideoClassification, **changes: object) -> Path:
    """Write numbers for `models.familiarity` into the folder of this model: a score of 0 for everything, and T = 2."""
    width = model.config.hidden_size
    record = {"temperature": 2.0, "offset": 0.0, "weights": [0.0] * (3 * width + 1), "head": head_digest(_head(model))}
    file = folder / "familiarity.json"
    file.write_text(json.dumps(record | changes), encoding="utf-8")
    return file


def _head(model: VideoMAEForVideoClassification) -> ClassifierHead:
    return adapter_of(model).copy_head()


def random_clip(model: VideoMAEForVideoClassification, seed: int = 0) -> np.ndarray:
    """(T, 3, S, S) float32 noise of the model's input size."""
    size, frames = model.config.image_size, model.config.num_frames
    return np.random.default_rng(seed).standard_normal((frames, 3, size, size), np.float32)


@torch.no_grad()
def record(model: VideoMAEForVideoClassification, clip: np.ndarray) -> AttentionTrace:
    """What one pass of transformers' own over one clip leaves behind."""
    with record_attention() as recorder:
        model(torch.from_numpy(clip)[None].to(model.dtype))
    return adapter_of(model).trace(recorder)


def eager(model: VideoMAEForVideoClassification, dtype: torch.dtype | None = None) -> VideoMAEForVideoClassification:
    """The same model with transformers' slow attention, which can return its weights; nothing of ours in it."""
    config = type(model.config).from_dict(model.config.to_dict())
    twin = VideoMAEForVideoClassification._from_config(config, attn_implementation="eager", dtype=model.dtype)
    twin.load_state_dict(model.state_dict())
    return twin.eval().requires_grad_(False).to(dtype or model.dtype)


@torch.no_grad()
def eager_attentions(model: VideoMAEForVideoClassification, clip: np.ndarray) -> list[torch.Tensor]:
    """The slow way: every layer's (heads, N, N) attention."""
    clips = torch.from_numpy(clip)[None].to(model.dtype)
    return [attention[0] for attention in eager(model)(clips, output_attentions=True).attentions]
