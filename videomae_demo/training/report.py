"""One command that measures a checkpoint and writes the numbers into its card."""

from __future__ import annotations

import json
import logging
import platform
from collections.abc import Sequence
from pathlib import Path

import torch
import transformers
from PIL import Image

from videomae_demo.training.card import autoencoder_card, classifier_card

log = logging.getLogger(__name__)

EVALUATION = "evaluation.json"


def write_report(folder: Path, *, num_clips: int, device: torch.device, pictures: Sequence[Image.Image] = ()) -> None:
    """Measure, write evaluation.json beside the weights, and the card, README.md, from it.

    Args:
        folder: a checkpoint, classifier or encoder with decoder.
        num_clips: of the classifier's main measure; the autoencoder is measured on a tenth of it in every cell.
        device: where to run it.
        pictures: real ones, for the classifier's independent measure.
    """
    architecture = json.loads((folder / "config.json").read_text())["architectures"][0]
    if architecture == "VideoMAEForPreTraining":
        from videomae_demo.training.measure_reconstruction import measure_autoencoder

        numbers = measure_autoencoder(folder, max(16, num_clips // 10), device, say=log.info)
    else:
        from videomae_demo.models import load_classifier
        from videomae_demo.training.measure import measure_classifier
        from videomae_demo.training.measure_independent import measure_independent

        classifier = load_classifier(str(folder), device="cuda" if device.type == "cuda" else "cpu", dtype="float32")
        numbers = measure_classifier(classifier, num_clips, say=log.info)
        log.info("clips of the independent renderer")
        numbers["independent"] = measure_independent(classifier, max(1, num_clips // 160), pictures=pictures)
    brought = " --pictures FOLDER" if pictures else ""
    record = {
        "command": f"python -m videomae_demo train evaluate {folder.as_posix()} --clips {num_clips}{brought}",
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "transformers": transformers.__version__,
        },
        **numbers,
    }
    (folder / EVALUATION).write_text(json.dumps(_rounded(record), indent=1) + "\n")
    write_card(folder)


def write_card(folder: Path) -> None:
    """Write README.md from config.json, training.json and evaluation.json."""
    config = json.loads((folder / "config.json").read_text())
    training = json.loads((folder / "training.json").read_text())
    evaluation = json.loads((folder / EVALUATION).read_text())
    size = (folder / "model.safetensors").stat().st_size
    make = autoencoder_card if config["architectures"][0] == "VideoMAEForPreTraining" else classifier_card
    extra = {
        name: json.loads((folder / f"{name}.json").read_text())
        for name in ("ablation", "familiarity")
        if (folder / f"{name}.json").exists()
    }
    (folder / "README.md").write_text(make(config, training, evaluation, size, **extra))


def _rounded(value: object) -> object:
    """Five digits are more than the clips can tell."""
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return round(value, 5) if isinstance(value, float) else value
