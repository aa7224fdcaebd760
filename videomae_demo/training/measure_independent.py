"""What a classifier can do in a world it has never seen: clips of the independent renderer, through files."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from videomae_demo.models import VideoClassifier
from videomae_demo.models.prediction import softmax
from videomae_demo.records import SampledFrames
from videomae_demo.training.independent import (
    CAMERA_MOTIONS,
    MOTIONS,
    STYLES,
    film_camera,
    film_clip,
    film_cutouts,
    motion_of,
)
from videomae_demo.training.measure import FILE_CRF, FILE_FPS, accuracy, answers, app_view
from videomae_demo.training.render import CLASSES
from videomae_demo.training.render.encode import write_h264

ECE_BINS = 15

Json = dict[str, Any]


def calibration_error(confidence: np.ndarray, hit: np.ndarray, bins: int = ECE_BINS) -> float:
    """Expected calibration error: how far confidence is from the share of right answers, on average.

    Args:
        confidence: (n,) probability of the answer, in [0, 1].
        hit: (n,) whether it is right.
        bins: equal parts of [0, 1], each weighted by its number of answers (https://arxiv.org/abs/1706.04599).

    >>> round(calibration_error(np.array([0.95, 0.95, 0.65, 0.65]), np.array([True, True, True, False])), 3)
    0.1
    """
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = np.bincount(place, confidence, bins) - np.bincount(place, hit.astype(float), bins)
    return float(np.abs(gaps).sum() / len(hit))


@dataclass(frozen=True)
class Series:
    """Clips of one kind."""

    motions: tuple[str, ...]
    film: Callable[[int, int], np.ndarray]
    """(seed, index) -> (T, H, W, 3) uint8."""


def all_series(pictures: Sequence[Image.Image] = ()) -> dict[str, Series]:
    """The renderer's styles and, where there are real pictures, what is made of those."""
    series = {style: Series(MOTIONS, partial(film_clip, style=style)) for style in STYLES}
    if pictures:
        series["real pictures, cut out"] = Series(MOTIONS, partial(film_cutouts, pictures=pictures))
        series["real pictures, as a whole"] = Series(CAMERA_MOTIONS, partial(film_camera, pictures=pictures))
    return series


def measure_independent(
    classifier: VideoClassifier, per_class: int, *, seed: int = 0, pictures: Sequence[Image.Image] = ()
) -> Json:
    """Accuracy by class, confusions and calibration, for each of `all_series`.

    Args:
        classifier: the model, as the app loads it.
        per_class: clips of each motion in each series.
        seed: of the clips.
        pictures: real ones, for two more series.

    Returns:
        "series": name -> the numbers of `measure.accuracy`, of the mean confidence where right and where wrong, and
        of the expected calibration error; besides "seed", "per_class" and the number of "pictures".
    """
    results: Json = {}
    for name, series in all_series(pictures).items():
        count = per_class * len(series.motions)
        truth = np.array([CLASSES.index(motion_of(i, series.motions)) for i in range(count)])
        logits = answers(classifier, _through_files(classifier, count, series, seed))
        confidence = softmax(logits / classifier.temperature).max(axis=1)
        hit = logits.argmax(axis=1) == truth
        results[name] = {
            **accuracy(logits, truth),
            "confidence_right": float(confidence[hit].mean()) if hit.any() else None,
            "confidence_wrong": float(confidence[~hit].mean()) if not hit.all() else None,
            "calibration_error": calibration_error(confidence, hit),
        }
    return {"seed": seed, "per_class": per_class, "pictures": len(pictures), "series": results}


def _through_files(classifier: VideoClassifier, count: int, series: Series, seed: int) -> Iterator[SampledFrames]:
    """The clips as H.264 files, decoded and sampled as the app does it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        for index in range(count):
            write_h264(path, series.film(seed, index), FILE_FPS, crf=FILE_CRF)
            yield app_view(path, classifier.geometry.num_frames)


def summary(numbers: Json) -> str:
    """The numbers as lines of text."""
    lines = []
    for name, own in numbers["series"].items():
        lines.append(f"{name}: top-1 {_percent(own['top1'])}, top-5 {_percent(own['top5'])}")
        lines.append(f"  expected calibration error {100 * own['calibration_error']:.1f} %")
        for label, share in own["by_class"].items():
            wrong = [f"{c['read_as']} ({c['count']})" for c in own["confusions"] if c["is"] == label]
            lines.append(f"  {label:26} {share['count']:3} of {share['total']}  {', '.join(wrong)}".rstrip())
    return "\n".join(lines)


def _percent(share: Json) -> str:
    return f"{100 * share['share']:.1f} % ({100 * share['low']:.1f} to {100 * share['high']:.1f}; n = {share['total']})"
