"""What a classifier can do in a world it has never seen: clips of the independent renderer, through files."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from videomae_demo.models import VideoClassifier
from videomae_demo.records import SampledFrames
from videomae_demo.training.independent import MOTIONS, STYLES, film_clip, motion_of
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


def measure_independent(classifier: VideoClassifier, per_class: int, *, seed: int = 0) -> Json:
    """Accuracy by class, confusions and calibration, for each style of the independent renderer.

    Args:
        classifier: the model, as the app loads it.
        per_class: clips of each motion in each style.
        seed: of the clips.

    Returns:
        style -> the numbers of `measure.accuracy`, of the mean confidence where right and where wrong, and of the
        expected calibration error.
    """
    count = per_class * len(MOTIONS)
    truth = np.array([CLASSES.index(motion_of(i)) for i in range(count)])
    result: Json = {"seed": seed, "per_class": per_class}
    for style in STYLES:
        logits = answers(classifier, _through_files(classifier, count, style, seed))
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        confidence = odds.max(axis=1) / odds.sum(axis=1)
        hit = logits.argmax(axis=1) == truth
        result[style] = {
            **accuracy(logits, truth),
            "confidence_right": float(confidence[hit].mean()) if hit.any() else None,
            "confidence_wrong": float(confidence[~hit].mean()) if not hit.all() else None,
            "calibration_error": calibration_error(confidence, hit),
        }
    return result


def _through_files(classifier: VideoClassifier, count: int, style: str, seed: int) -> Iterator[SampledFrames]:
    """The clips as H.264 files, decoded and sampled as the app does it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        for index in range(count):
            write_h264(path, film_clip(seed, index, style), FILE_FPS, crf=FILE_CRF)
            yield app_view(path, classifier.geometry.num_frames)


def summary(numbers: Json) -> str:
    """The numbers as lines of text."""
    lines = []
    for style in STYLES:
        own = numbers[style]
        lines.append(f"{style} style: top-1 {_percent(own['top1'])}, top-5 {_percent(own['top5'])}")
        lines.append(f"  expected calibration error {100 * own['calibration_error']:.1f} %")
        for label, share in own["by_class"].items():
            wrong = [f"{c['read_as']} ({c['count']})" for c in own["confusions"] if c["is"] == label]
            lines.append(f"  {label:26} {share['count']:3} of {share['total']}  {', '.join(wrong)}".rstrip())
    return "\n".join(lines)


def _percent(share: Json) -> str:
    return f"{100 * share['share']:.1f} % ({100 * share['low']:.1f} to {100 * share['high']:.1f}; n = {share['total']})"
