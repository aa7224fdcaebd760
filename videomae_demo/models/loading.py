"""A checkpoint's folder -> a checked ``VideoClassifier``, or ``MaskedAutoencoder``."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast, get_args

import torch
from transformers import PreTrainedConfig, PreTrainedModel, VideoMAEForPreTraining
from transformers.utils import logging as transformers_logging

from ..errors import BadRequestError, ModelUnavailableError
from ..inputs.preprocess import read_recipe
from ..records import Device, DType, Geometry, ModelIdentity, Preprocessing
from ..words import later
from . import hub
from .attention import IMPLEMENTATION
from .autoencoder import MaskedAutoencoder
from .classifier import VideoClassifier
from .families import FAMILIES, Adapter
from .families.videomae import VideoMAE
from .source import ModelSource
from .untrained import forget
from .weight_check import check_labels, check_weights
from .zerogpu import ON_ZERO_GPU

# from_pretrained sets torch's default dtype while it builds a model: one at a time.
_one_at_a_time = threading.Lock()


def choose_device(device: Device) -> Device:
    """``"cpu"`` or ``"cuda"``.

    Raises:
        BadRequestError: no such device here.
    """
    if device not in get_args(Device):
        raise BadRequestError(f"Device {device!r}: expected one of {', '.join(get_args(Device))}.")
    if device == "cuda" and not torch.cuda.is_available():
        raise BadRequestError(later("There is no CUDA device on this machine: choose cpu or auto."))
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    return device


LARGE_MODEL_TOKENS = 1024
"""From here on half precision is worth its rounding on a CPU; below, a pass takes milliseconds anyway."""


BFLOAT16_CAPABILITY = (8, 0)
"""The CUDA compute capability (Ampere) from which on a GPU multiplies in bfloat16 itself."""


def gpu_dtype(capability: tuple[int, int]) -> torch.dtype:
    """The half precision of a GPU with this compute capability.

    Not ``torch.cuda.is_bf16_supported()``: that says yes where bfloat16 is emulated, too.
    """
    return torch.bfloat16 if capability >= BFLOAT16_CAPABILITY else torch.float16


def choose_dtype(device: str, geometry: Geometry) -> torch.dtype:
    """What ``auto`` means: half precision on a GPU, and for large models on a CPU that multiplies in bfloat16 itself.

    Measured by ``benchmark`` on two cores with AMX: ViT-B with rollout takes 0.5 times as long as the float32 forward
    pass alone, and its logits are off by up to 0.8 % of their standard deviation. That reorders near-ties: with random
    weights, whose logits are one near-tie, the five likeliest classes stay the same on 4 clips of 5. On the bundled
    model's sample clips they stay the same on 16 of 16, their probabilities within 0.4 points.
    """
    if device == "cuda":
        # Asking ZeroGPU's main process about its GPU fails; all of its GPUs have bfloat16.
        return torch.bfloat16 if ON_ZERO_GPU else gpu_dtype(torch.cuda.get_device_capability())
    native = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return torch.bfloat16 if native and geometry.num_tokens >= LARGE_MODEL_TOKENS else torch.float32


def settle(source: ModelSource, device: Device, dtype: DType) -> tuple[Device, DType]:
    """What ``auto`` comes to for this checkpoint on this machine: (``"cpu"`` or ``"cuda"``, the dtype's name).

    Raises:
        BadRequestError: no such device or dtype here.
        ModelUnavailableError: the checkpoint's config.json cannot be read.
    """
    if dtype not in get_args(DType):
        raise BadRequestError(f"Dtype {dtype!r}: expected one of {', '.join(get_args(DType))}.")
    chosen = choose_device(device)
    if dtype != "auto":
        return chosen, dtype
    family = _family(source)
    with _damage_explained(source):
        geometry = family.geometry(_config(source, family))
    return chosen, cast(DType, str(choose_dtype(chosen, geometry)).removeprefix("torch."))


def load(source: ModelSource, *, device: Device, dtype: DType) -> VideoClassifier:
    """Read, check, place a classifier.

    Args:
        source: A complete checkpoint.
        device: ``"cpu"`` or ``"cuda"``, and ``dtype`` a torch dtype's name: both from ``settle``.

    Raises:
        ModelUnavailableError: the files are damaged, do not belong together, or are no classifier of a family that is
            known here.
    """
    family = _family(source)
    checkpoint = _read(source, family, family.architecture, attn_implementation=IMPLEMENTATION)
    check_labels(checkpoint.model, name=source.spec.title)
    if source.spec.untrained:
        forget(checkpoint.model)
    config = checkpoint.model.config
    labels = tuple(str(config.id2label[number]) for number in range(config.num_labels))
    return VideoClassifier(
        checkpoint.model,
        identity=_identity(source, num_labels=len(labels)),
        labels=labels,
        geometry=checkpoint.geometry,
        preprocessing=checkpoint.recipe,
        default_sampling=source.spec.default_sampling,
        device=device,
        dtype=getattr(torch, dtype),
        folder=None if source.spec.untrained else source.folder,
    )


def load_pretrained(source: ModelSource, *, device: Device) -> MaskedAutoencoder:
    """Read, check, place an encoder with its decoder, as pre-training left them; in float32.

    Raises:
        ModelUnavailableError: the files are damaged, do not belong together, or hold no decoder.
    """
    checkpoint = _read(source, VideoMAE, VideoMAEForPreTraining, attn_implementation="sdpa")
    return MaskedAutoencoder(
        checkpoint.model,
        identity=_identity(source, num_labels=0),
        geometry=checkpoint.geometry,
        preprocessing=checkpoint.recipe,
        device=device,
    )


@dataclass(frozen=True)
class _Checkpoint:
    model: PreTrainedModel
    geometry: Geometry
    recipe: Preprocessing


def _read(
    source: ModelSource, family: type[Adapter], architecture: type[PreTrainedModel], *, attn_implementation: str
) -> _Checkpoint:
    """Config, recipe and weights of a folder, every weight compared with the file; in float32 on the CPU."""
    folder = source.folder
    with _damage_explained(source), _one_at_a_time:
        config = _config(source, family)
        geometry = family.geometry(config)
        file = hub.preprocessor_file(folder)
        recipe = read_recipe({**family.recipe_defaults, **json.loads(file.read_text(encoding="utf-8"))})
        if recipe.crop_size != geometry.image_size:
            raise ValueError(f"{file.name} crops to {recipe.crop_size}, the model takes {geometry.image_size}")
        transformers_logging.disable_progress_bar()
        model, loading_info = architecture.from_pretrained(
            folder,
            config=config,
            attn_implementation=attn_implementation,
            dtype=torch.float32,
            use_safetensors=True,
            local_files_only=True,
            output_loading_info=True,
        )
    weights = [file for file in hub.checkpoint_files(folder) if file.suffix == ".safetensors"]
    check_weights(model, weights, loading_info, renamed=family.renamed, name=source.spec.title)
    return _Checkpoint(model, geometry, recipe)


def _identity(source: ModelSource, *, num_labels: int) -> ModelIdentity:
    spec = source.spec
    return ModelIdentity(
        id=spec.id,
        source=spec.source,
        revision=source.revision,
        num_labels=num_labels,
        reason=source.reason,
        licence=spec.licence,
        knows=spec.knows,
    )


def _family(source: ModelSource) -> type[Adapter]:
    """The adapter for this checkpoint's architecture.

    Raises:
        ModelUnavailableError: there is none, or config.json cannot be read.
    """
    with _damage_explained(source):
        model_type = json.loads((source.folder / hub.CONFIG).read_text(encoding="utf-8"))["model_type"]
    if model_type in FAMILIES:
        return FAMILIES[model_type]
    *others, last = (family.title for family in FAMILIES.values())
    known = f"{', '.join(others)} or {last}"
    raise ModelUnavailableError(
        later(
            "{title} is of the architecture {model_type!r}, which this program cannot open up. Choose a model of "
            "{known}.",
            title=source.spec.title,
            model_type=str(model_type)[:40],
            known=known,
        )
    )


def _config(source: ModelSource, family: type[Adapter]) -> PreTrainedConfig:
    config = family.config_class.from_pretrained(source.folder)
    config.update(dict(source.spec.config_overrides))
    return config


@contextmanager
def _damage_explained(source: ModelSource) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # transformers and safetensors name no common error for a damaged checkpoint
        raise ModelUnavailableError(
            later(
                "The files of {title} cannot be loaded ({first_line}). Choose another model, or remove the copy on "
                "this machine and fetch it again.",
                title=source.spec.title,
                first_line=_first_line(error),
            )
        ) from error


def _first_line(error: Exception) -> str:
    text = str(error).strip()
    return text.splitlines()[0][:200] if text else type(error).__name__
