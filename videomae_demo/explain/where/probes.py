"""Linear probes a layer: what can be read off the residual stream with one matrix, and where it begins to be.

A probe gets one token, or the mean token of a slice of time or of the clip, at one layer, and answers a question that
the model was never asked (Alain and Bengio 2016). ``training/probing.py`` trains them on clips whose renderer knows the
answers; here they are read from the file beside the checkpoint, and read off a clip.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import numpy as np
from safetensors.numpy import load_file, save_file

from ...models.hub import checkpoint_files
from ...models.prediction import softmax
from ...words import later
from .records import Curve, ProbeSet, Readings, Readout, Score

WEIGHTS = "probes.safetensors"
SCORES = "probes.json"
"""The two files beside a checkpoint."""


@dataclass(frozen=True)
class Probe:
    """One question to every layer."""

    title: str
    measure: str
    """Of its scores: accuracy, or R² where it reads numbers."""
    of: Literal["token", "slice", "clip"]
    """What it is asked of: each token, the mean of a slice's tokens, or the mean of all of them."""
    outputs: tuple[str, ...]
    """What the numbers are, or the classes; empty where the checkpoint's file says."""
    asked: str
    """What is read, and of which clips."""


PROBES: Mapping[str, Probe] = MappingProxyType(
    {
        "place": Probe(
            later("Place"),
            "R²",
            "token",
            ("inside",),
            later(
                "How much of a patch lies in the box around what moves; in clips where something moves, but not all."
            ),
        ),
        "direction": Probe(
            later("Direction"),
            later("accuracy"),
            "slice",
            ("left", "right", "up", "down"),
            later("Which way it is moving just now; in slices where it moves clearly."),
        ),
        "speed": Probe(
            later("Speed"),
            "R²",
            "slice",
            ("speed",),
            later("How fast it is moving just now, in picture widths a clip."),
        ),
        "growth": Probe(
            later("Growth"), "R²", "slice", ("growth",), later("How fast it is growing just now, in doublings a clip.")
        ),
        "class": Probe(
            later("Class"),
            later("accuracy"),
            "clip",
            (),
            later("Which of the renderer's classes the whole clip is of."),
        ),
    }
)
"""In the order of the page."""


def read(probes: ProbeSet, tokens: np.ndarray, slices: int) -> Readings:
    """What the probes say of one clip.

    Args:
        tokens: (L + 1, N, D) float32: its residual stream.
        slices: T'.
    """
    seen = tokens - probes.mean[:, None]
    means = seen.reshape(len(seen), slices, -1, seen.shape[-1]).mean(axis=2)
    looked_at = {"token": seen, "slice": means, "clip": means.mean(axis=1, keepdims=True)}
    values = {}
    for key, readout in probes.readouts.items():
        read_off = looked_at[PROBES[key].of] @ readout.weight + readout.bias[:, None]
        values[key] = softmax(read_off) if PROBES[key].measure == "accuracy" else read_off
    return Readings(values, probes)


def save(folder: Path, probes: ProbeSet) -> None:
    """Write both files: weights in half precision, scores as text."""
    tensors = {"mean": np.ascontiguousarray(probes.mean, np.float32)}
    for key, readout in probes.readouts.items():
        tensors[f"{key}.weight"] = np.ascontiguousarray(readout.weight, np.float16)
        tensors[f"{key}.bias"] = np.ascontiguousarray(readout.bias, np.float16)
    record = {
        "command": probes.command,
        "checkpoint": checkpoint_digest(folder),
        "outputs": {key: readout.outputs for key, readout in probes.readouts.items()},
        "curves": {key: _rounded(asdict(curve)) for key, curve in probes.curves.items()},
    }
    save_file(tensors, folder / WEIGHTS)
    (folder / SCORES).write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def load(folder: Path) -> ProbeSet | None:
    """The probes beside a checkpoint; None where there are none, or they were trained on other weights."""
    if not ((folder / WEIGHTS).is_file() and (folder / SCORES).is_file()):
        return None
    record = json.loads((folder / SCORES).read_text(encoding="utf-8"))
    if record["checkpoint"] != checkpoint_digest(folder):
        return None
    tensors = load_file(folder / WEIGHTS)
    return ProbeSet(
        mean=tensors["mean"],
        readouts={
            key: Readout(
                tensors[f"{key}.weight"].astype(np.float32), tensors[f"{key}.bias"].astype(np.float32), tuple(outputs)
            )
            for key, outputs in record["outputs"].items()
        },
        curves={key: _curve(curve) for key, curve in record["curves"].items()},
        command=record["command"],
    )


def checkpoint_digest(folder: Path) -> str:
    """16 hexadecimal digits that tell a checkpoint's weights from the next ones in the same folder."""
    digest = hashlib.blake2b(digest_size=8)
    for file in checkpoint_files(folder):
        if file.suffix == ".safetensors":
            digest.update(file.read_bytes())
    return digest.hexdigest()


def _rounded(curve: dict) -> dict:
    """Five digits are more than the clips can tell."""

    def lines(scores: tuple[dict[str, float], ...]) -> list[list[float]]:
        return [[round(number, 5) for number in score.values()] for score in scores]

    return {name: value if isinstance(value, int) else lines(value) for name, value in curve.items()}


def _curve(record: dict) -> Curve:
    def scores(name: str) -> tuple[Score, ...]:
        return tuple(Score(*numbers) for numbers in record[name])

    return Curve(scores("scores"), scores("shuffled"), scores("random_weights"), record["clips"])
