"""Files by the million on Ray Data: clips -> decode tasks -> a pool of models -> Parquet files.

A clip that cannot be read is a row that says why. Each part of ``rows_per_file`` clips is one file, written when all of
them are answered. Whoever starts again on the same folder goes on: files that were torn off in the middle are removed,
and clips that have a row are left out, so that each has exactly one.

Not ``ray.data.read_videos``: it decodes every frame, and by decord.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from .. import pipeline, video
from ..errors import DemoError
from ..inputs.preprocess import preprocess
from ..inputs.sampling import parse_views, plan_views
from ..models import load_classifier
from ..models.prediction import prediction_of
from ..records import Device, DType, Geometry, Preprocessing, Window
from ..settings import Settings

log = logging.getLogger(__name__)

TASKS_A_PROCESS = 100
"""Parts that a process decodes before another takes its place."""


@dataclass(frozen=True)
class Recipe:
    """What a decode task has to know of the model, without the model."""

    geometry: Geometry
    preprocessing: Preprocessing
    sampler: str
    views: str
    settings: Settings

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one view's pixel values."""
        size = self.geometry.image_size
        return self.geometry.num_frames, 3, size, size


@dataclass(frozen=True)
class Pool:
    """What the run may take of the cluster."""

    models: int = 1
    """Actors that hold a model."""
    batch_size: int = 8
    """Clips that a model answers at once."""
    cpus_a_model: float = 1.0
    gpus_a_model: float = 0.0
    cpus_a_decoder: float = 1.0
    rows_per_file: int = 64


def decode_clip(row: dict[str, Any], recipe: Recipe) -> dict[str, Any]:
    """One clip's pixel values; of one that cannot be read, zeros and the reason."""
    num_clips, num_crops = parse_views(recipe.views)
    pixel_values = np.zeros((num_clips * num_crops, *recipe.shape), np.float32)
    code: str = ""
    message = ""
    try:
        clip = video.probe(Path(row["clip"]), settings=recipe.settings)
        plans = plan_views(
            clip,
            sampler=recipe.sampler,
            window=Window(),
            num_frames=recipe.geometry.num_frames,
            views=recipe.views,
        )
        frames = pipeline.decode_views(clip, plans, recipe.settings)
        for number, (view, plan) in enumerate(zip(frames, plans, strict=True)):
            pixel_values[number] = preprocess(view, recipe.preprocessing, plan.crop).pixel_values
    except DemoError as error:
        code, message = error.code, str(error)
    except Exception:  # one clip must not end the run
        log.exception("a clip could not be decoded")
        code, message = "internal", "Something went wrong inside the program; the log has the details."
    return {"clip": row["clip"], "pixel_values": pixel_values, "error_code": code, "error_message": message}


class Answering:
    """An actor with a loaded model: batches of decoded clips -> rows of the result."""

    def __init__(self, model: str, device: Device, dtype: DType, top_k: int) -> None:
        self.classifier = load_classifier(model, device=device, dtype=dtype)
        self.top_k = top_k

    def __call__(self, batch: dict[str, np.ndarray]) -> dict[str, Any]:
        """Columns of as many rows as the batch has."""
        codes = [str(code) for code in batch["error_code"]]
        readable = [place for place, code in enumerate(codes) if not code]
        found: list[tuple[list[str], list[float], float | None]] = [([], [], None)] * len(codes)
        if readable:
            views = np.stack([np.asarray(batch["pixel_values"][place]) for place in readable])
            answers = self.classifier.answers(views.reshape(-1, *views.shape[2:]))
            for number, place in enumerate(readable):
                own = slice(number * views.shape[1], (number + 1) * views.shape[1])
                prediction = prediction_of(answers.only(own), self.classifier.labels)
                top = prediction.top(self.top_k)
                found[place] = ([name for _, name, _ in top], [p for *_, p in top], prediction.familiar.score)
        return {
            "clip": [str(clip) for clip in batch["clip"]],
            "ok": [not code for code in codes],
            "labels": [labels for labels, _, _ in found],
            "probabilities": [probabilities for _, probabilities, _ in found],
            "familiar_score": [np.nan if score is None else score for *_, score in found],
            "error_code": codes,
            "error_message": [str(message) for message in batch["error_message"]],
        }


def clips_done(folder: Path) -> set[str]:
    """The clips that have a row; files without an end are removed."""
    return {clip for file in sorted(folder.glob("*.parquet")) for clip in _clips_in(file)}


def _clips_in(file: Path) -> list[str]:
    import pyarrow
    from pyarrow import parquet

    try:
        return parquet.read_table(file, columns=["clip"])["clip"].to_pylist()
    except (pyarrow.ArrowInvalid, OSError):
        log.warning("%s was torn off in the middle: its clips are answered again", file.name)
        file.unlink()
        return []


def answer_files(
    clips: Iterable[Path],
    folder: Path,
    *,
    model: str = "auto",
    device: Device = "auto",
    dtype: DType = "auto",
    sampling: str = "auto",
    views: str = "1x1",
    top_k: int = 5,
    pool: Pool = Pool(),
    settings: Settings = Settings(),
) -> int:
    """Write a row a clip into the folder, and return how many were written now. Ray has been started.

    Args:
        clips: Files that every machine of the cluster can read under the same path.
        folder: Likewise; what an earlier run wrote there is kept.
    """
    import ray
    from ray.data import ActorPoolStrategy

    folder.mkdir(parents=True, exist_ok=True)
    done = clips_done(folder)
    wanted = [{"clip": path} for path in dict.fromkeys(str(clip) for clip in clips) if path not in done]
    if not wanted:
        return 0
    loaded = load_classifier(model, device=device, dtype=dtype, settings=settings)
    sampler = loaded.default_sampling if sampling == "auto" else sampling
    one_worker = replace(settings, decode_workers=1)  # each task's process has its own
    recipe = Recipe(loaded.geometry, loaded.preprocessing, sampler, views, one_worker)
    parts = -(-len(wanted) // pool.rows_per_file)
    (
        ray.data.from_items(wanted, override_num_blocks=parts)
        # With an end of its own: Ray makes one step of two that ask for the same, and the models would decode.
        .map(partial(decode_clip, recipe=recipe), num_cpus=pool.cpus_a_decoder, max_calls=TASKS_A_PROCESS)
        .map_batches(
            Answering,
            fn_constructor_kwargs={"model": model, "device": device, "dtype": dtype, "top_k": top_k},
            batch_size=pool.batch_size,
            compute=ActorPoolStrategy(size=pool.models),
            num_cpus=pool.cpus_a_model,
            num_gpus=pool.gpus_a_model,
        )
        .write_parquet(str(folder), ray_remote_args={"num_cpus": pool.cpus_a_decoder})
    )
    return len(wanted)
