"""Rounds in which every arm has its turn, and what follows from their seconds."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ...records import OnProgress, SampledFrames
from .agreement import agreement
from .arms import MAPS, arms_on
from .machine import MATRIX_SHAPE, PRODUCTS, flop_count, machine, matrix_products
from .timed import noise_clip, timed

if TYPE_CHECKING:
    from ...models import VideoClassifier

Runs = dict[str, Callable[[np.ndarray], Any]]
"""Name -> what is timed: one clip's (T, 3, S, S) float32 in."""

RATIOS = {
    "ours_to_fused_forward": ("ours", "fused_forward"),
    "reference_to_ours": ("reference", "ours"),
    "relevance_to_fused_forward": ("relevance", "fused_forward"),
    "relevance_to_reference": ("relevance", "reference"),
    "ours_half_to_fused_forward": ("ours_half", "fused_forward"),
    "ours_half_to_fused_forward_half": ("ours_half", "fused_forward_half"),
}
"""Name -> whose seconds are divided by whose, round by round."""


def measure_speed(
    classifiers: Mapping[str, VideoClassifier], *, repeats: int = 5, tell: OnProgress | None = None
) -> dict[str, Any]:
    """Everything that ``benchmark --json`` prints about the arms, but for their memory.

    Args:
        classifiers: one model, by dtype; all on one device.
        repeats: rounds; each runs every arm once, on a clip of its own.
    """
    first = next(iter(classifiers.values()))
    arms = arms_on(first.device)
    runs: Runs = {key: arm.prepare(classifiers[arm.dtype]) for key, arm in arms.items()}
    products: Runs = {dtype: matrix_products(first.device, dtype) for dtype in classifiers}
    maps: Runs = {f"map {key}": arm.prepare(classifiers[arm.dtype]) for key, arm in MAPS.items()}
    seconds, answers = _take_turns({**runs, **maps, **products}, first, repeats, tell, unseen=maps.keys())
    for key, arm in arms.items():
        seconds[key] = [elapsed / arm.clips for elapsed in seconds[key]]

    flop = flop_count(first)
    product_flop = 2 * PRODUCTS * math.prod(MATRIX_SHAPE[first.device])
    rates = {dtype: product_flop / statistics.median(seconds[dtype]) for dtype in products}
    report: dict[str, Any] = {}
    for key, arm in arms.items():
        usual = statistics.median(seconds[key])
        report[key] = {"title": arm.title, "dtype": arm.dtype, "seconds": usual}
        report[key]["gemm_share"] = flop / usual / rates[arm.dtype]
    report["agreement"] = {key: agreement(answers[key], answers["reference"]) for key in ("ours", "ours_half")}
    report["map_relative_error"] = report["agreement"]["ours"]["map_relative_error"]
    report["gemm_share"] = report["ours"]["gemm_share"]

    def ratio(over: str, under: str) -> float:
        return statistics.median(top / bottom for top, bottom in zip(seconds[over], seconds[under], strict=True))

    report["ratios"] = {name: ratio(top, bottom) for name, (top, bottom) in RATIOS.items()}
    report["maps"] = {
        key: {
            "title": arm.title,
            "seconds": statistics.median(seconds[f"map {key}"]),
            "to_fused_forward": ratio(f"map {key}", "fused_forward"),
        }
        for key, arm in MAPS.items()
    }
    report["matrix_product_gflops"] = {dtype: rate / 1e9 for dtype, rate in rates.items()}
    report["forward_gflop"] = flop / 1e9
    report["repeats"] = repeats
    report["model"] = {"id": first.identity.id, "reason": first.identity.reason}
    report["machine"] = machine(first.device)
    return report


def _take_turns(
    runs: Runs, classifier: VideoClassifier, repeats: int, tell: OnProgress | None, *, unseen: Collection[str]
) -> tuple[dict[str, list[float]], dict[str, list[Any]]]:
    """By run: the seconds and the results of all rounds.

    Each round has a clip of its own, and each run of ``unseen`` another one: the classifier remembers the last clips,
    and a map whose forward pass another run has done already would come for less.
    """
    clips = iter(range(1 + repeats * (1 + len(unseen))))
    first = noise_clip(classifier.geometry, seed=next(clips))
    for work in runs.values():  # the first call of each pays for set-up
        work(first)
    seconds: dict[str, list[float]] = {key: [] for key in runs}
    results: dict[str, list[Any]] = {key: [] for key in runs}
    for repeat in range(repeats):
        if tell:
            tell(f"Round {repeat + 1} of {repeats}", repeat / repeats)
        clip = noise_clip(classifier.geometry, seed=next(clips))
        for key, work in runs.items():
            its_clip = noise_clip(classifier.geometry, seed=next(clips)) if key in unseen else clip
            elapsed, result = timed(work, its_clip, classifier.device)
            seconds[key].append(elapsed)
            results[key].append(result)
    return seconds, results


def seconds_to_preprocess(classifier: VideoClassifier, repeats: int) -> float:
    """Median seconds from 16 decoded frames of 640 x 480 to pixel values."""
    from ...inputs.preprocess import preprocess

    rgb = np.random.default_rng(0).integers(0, 256, (classifier.geometry.num_frames, 480, 640, 3), np.uint8)
    numbers = tuple(range(len(rgb)))
    frames = SampledFrames(rgb, numbers, tuple(float(number) for number in numbers), decoder="edit")
    return statistics.median(
        timed(lambda _: preprocess(frames, classifier.preprocessing), rgb, "cpu")[0] for _ in range(repeats)
    )
