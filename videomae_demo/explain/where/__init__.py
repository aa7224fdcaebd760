"""Where does it know? Probes, activation patching, and their results beside a checkpoint.

    stream     the residual stream, and the rest of the way from any layer
    probes     PROBES, one row each; read off a clip at every layer
    patching   parts of a clip's run exchanged for those of its reversal
    study      the patching of many clips, as one mean table

An ``Analysis`` goes in, numbers come out; what touches the model is at the end, at module level, as ZeroGPU wants it.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np

from ...models import load_classifier, name_of, resolve_model
from ...models.hub import checkpoint_files
from ...models.zerogpu import gpu
from ...records import Device, DType, OnProgress
from ...results import Analysis
from .records import Patching, PatchingStudy, ProbeSet, Readings


def readings(analysis: Analysis) -> Readings | None:
    """What the probes read off the shown view at every layer; None where this model has no probes."""
    probes = probes_of(analysis)
    return _readings(*_model(analysis), analysis.model_input.pixel_values, probes) if probes else None


def patched(analysis: Analysis, *, on_progress: OnProgress | None = None) -> Patching:
    """What exchanging parts of the shown view's run for those of its reversal does to the answer.

    Raises:
        BadRequestError: the reversed clip has the same answer.
    """
    return _patching(*_model(analysis), analysis.model_input.pixel_values, on_progress=on_progress)


def probes_of(analysis: Analysis) -> ProbeSet | None:
    """The probes beside this model's checkpoint."""
    from .probes import SCORES, load

    return _kept(load, *_file(analysis, SCORES))


def patching_study_of(analysis: Analysis) -> PatchingStudy | None:
    """The mean table of many clips that lies beside this model's checkpoint."""
    from .study import FILE, load

    return _kept(load, *_file(analysis, FILE))


@lru_cache(maxsize=8)
def _kept(load, folder: Path, times: tuple[int, ...]):  # type: ignore[no-untyped-def]
    """``load(folder)``, once for each state of its files."""
    return load(folder) if times else None


def _file(analysis: Analysis, name: str) -> tuple[Path, tuple[int, ...]]:
    """The model's folder, and when the file in it and the weights were written; no times where there is no file."""
    source = resolve_model(name_of(analysis.model))
    folder = source.folder
    measured = (folder / name).is_file() and not source.spec.untrained  # what lies there is of the learned weights
    files = (folder / name, *checkpoint_files(folder)) if measured else ()
    return folder, tuple(file.stat().st_mtime_ns for file in files)


def _model(analysis: Analysis) -> tuple[str, Device, DType]:
    return name_of(analysis.model), analysis.device, analysis.dtype  # type: ignore[return-value]


@gpu(duration=30)
def _readings(model: str, device: Device, dtype: DType, pixel_values: np.ndarray, probes: ProbeSet) -> Readings:
    from .probes import read
    from .stream import places, stream  # torch comes with it

    classifier = load_classifier(model, device=device, dtype=dtype)
    states = places(classifier, stream(classifier, pixel_values[None]))
    tokens = np.stack([state[0].float().cpu().numpy() for state in states])
    return read(probes, tokens, classifier.geometry.grid[0])


@gpu(duration=120)
def _patching(
    model: str, device: Device, dtype: DType, pixel_values: np.ndarray, *, on_progress: OnProgress | None = None
) -> Patching:
    from .patching import patch_reversal

    classifier = load_classifier(model, device=device, dtype=dtype)
    return patch_reversal(classifier, pixel_values, on_progress=on_progress)
