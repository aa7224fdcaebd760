"""Writing a model the way transformers does, and a run the way it can go on."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import PreTrainedModel, VideoMAEImageProcessor
from transformers.utils.constants import IMAGENET_DEFAULT_MEAN, IMAGENET_DEFAULT_STD


def export(model: PreTrainedModel, folder: Path, *, image_size: int) -> None:
    """Write weights in half precision, configuration and preprocessing, ready for `from_pretrained`.

    The weights are stored as float16, half the size and, at these magnitudes, the same answers; the configuration
    asks for float32, so that is what they are loaded as.
    """
    folder.mkdir(parents=True, exist_ok=True)
    model.config.architectures = [type(model).__name__]
    model.save_pretrained(folder)
    weights = folder / "model.safetensors"
    from safetensors.torch import load_file

    save_file({name: w.half() for name, w in load_file(weights).items()}, weights, metadata={"format": "pt"})
    config = json.loads((folder / "config.json").read_text())
    config["dtype"] = "float32"
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    side = {"height": image_size, "width": image_size}
    processor = VideoMAEImageProcessor(
        size={"shortest_edge": image_size},
        crop_size=side,
        image_mean=list(IMAGENET_DEFAULT_MEAN),
        image_std=list(IMAGENET_DEFAULT_STD),
    )
    processor.save_pretrained(folder)


def save_run(path: Path, step: int, state: dict[str, object]) -> None:
    """Write a run's state, never leaving half a file."""
    part = path.with_suffix(".part")
    torch.save({"step": step, **state}, part)
    part.replace(path)


def load_run(path: Path, device: torch.device | str) -> tuple[int, dict]:
    """(step, state) as `save_run` wrote them."""
    state = torch.load(path, map_location=device, weights_only=True)
    return state.pop("step"), state
