"""Activation patching over rendered clips of classes that have a mirror in time, beside clips of the same class."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from videomae_demo.errors import BadRequestError
from videomae_demo.explain.where import study
from videomae_demo.explain.where.patching import patch
from videomae_demo.explain.where.probes import checkpoint_digest
from videomae_demo.explain.where.records import Patching, PatchingStudy
from videomae_demo.explain.where.stream import logits_from, stream
from videomae_demo.inputs.preprocess import preprocess
from videomae_demo.models import VideoClassifier
from videomae_demo.records import OnProgress, SampledFrames
from videomae_demo.training.pairs import REVERSED_LABEL
from videomae_demo.training.probing import worlds_of
from videomae_demo.training.render import CLASSES, MIRROR_TIME
from videomae_demo.training.stream import ClipStream

SEED = 4_100_009
"""Of the clips; that of their partners of the same class is one more."""
PAIRED = tuple(number for number, name in enumerate(CLASSES) if name in MIRROR_TIME)
MOST_TRIED = 4
"""Clips that are tried at most, for each one wanted."""
PART = "patching.part"


def measure_patching(
    folder: Path, classifier: VideoClassifier, *, clips: int, command: str, on_progress: OnProgress
) -> PatchingStudy:
    """Patch so many clips and write the mean table beside the checkpoint; what an interrupted call did is kept.

    Raises:
        BadRequestError: the model has other classes than the renderer, or answers too few of the clips rightly.
    """
    if classifier.labels != CLASSES:
        raise BadRequestError("This model's classes are not the renderer's, so there is no mirror class to patch for.")
    if clips < 2:
        raise BadRequestError(f"--clips {clips}: a mean needs two or more.")
    part = folder / PART
    settings = [checkpoint_digest(folder), SEED, worlds_of(folder)]
    lines = _held(part, settings)
    part.write_text("".join(json.dumps(line) + "\n" for line in [settings, *lines]), encoding="utf-8")
    with part.open("a", encoding="utf-8") as file:
        for line in _tried(classifier, len(lines), worlds_of(folder)):
            right = sum(known is not None for known in lines)
            if right == clips or len(lines) == clips * MOST_TRIED:
                break
            on_progress(f"Patching: clip {right + 1} of {clips}", right / clips)
            lines.append(line())
            print(json.dumps(lines[-1]), file=file, flush=True)
    pairs = [tuple(map(_patching, line)) for line in lines if line is not None][:clips]
    if len(pairs) < clips:
        raise BadRequestError(
            f"Of {len(lines)} clips the model answers only {len(pairs)} rightly both ways: ask for fewer by --clips."
        )
    found = study.summarise(pairs, command)  # type: ignore[arg-type]
    study.save(folder, found)
    part.unlink()
    return found


def _held(part: Path, settings: list) -> list:
    """What an interrupted call under the same settings has measured; its last line may have been cut off."""
    if not part.is_file():
        return []
    first, *others = [line for line in part.read_text(encoding="utf-8").split("\n") if line.endswith(("]", "null"))]
    same = json.loads(first) == json.loads(json.dumps(settings))
    return [json.loads(line) for line in others] if same else []


def _tried(classifier: VideoClassifier, first: int, worlds: tuple[str, ...]) -> Iterator:
    """One call a clip: what patching it comes to, or None where the model is wrong about it or its reversal."""
    mine, partners = (
        ClipStream(seed, classifier.geometry.image_size, 0, labels=PAIRED, worlds=worlds) for seed in (SEED, SEED + 1)
    )
    index = first
    while True:

        def measured(index: int = index) -> list[dict] | None:
            label_id = PAIRED[index % len(PAIRED)]
            mirror_id = int(REVERSED_LABEL[label_id])
            pixels, partner = (_pixels(classifier, source, index) for source in (mine, partners))
            runs = [stream(classifier, one[None]) for one in (pixels, pixels[::-1], partner)]
            answers = [logits_from(classifier, run[-1], len(run) - 1)[0] for run in runs]
            if [int(answer.argmax()) for answer in answers] != [label_id, mirror_id, label_id]:
                return None
            found = patch(classifier, runs[0], runs[1], label_id, mirror_id)
            ends = (found.difference, found.reversed_difference)
            control = patch(classifier, runs[0], runs[2], label_id, mirror_id, scale_by=ends)
            return [_record(found), _record(control)]

        yield measured
        index += 1


def _pixels(classifier: VideoClassifier, clips: ClipStream, index: int) -> np.ndarray:
    rgb = clips.clip(index).rgb
    numbers = tuple(range(len(rgb)))
    frames = SampledFrames(rgb, numbers, tuple(float(number) for number in numbers), decoder="edit")
    return preprocess(frames, classifier.preprocessing).pixel_values


def _record(found: Patching) -> dict:
    return {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in vars(found).items()}


def _patching(record: dict) -> Patching:
    tables = {name: np.array(record[name], np.float32) for name in ("slices", "additions")}
    return Patching(**{**record, **tables})
