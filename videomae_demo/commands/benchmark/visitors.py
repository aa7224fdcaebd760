"""Visitors at the same time: passes that they share beside passes of one clip, in turn, in one run.

Each visitor asks about clips of its own, one after the other, as the page does: the answer with every layer's queries
and keys. Rounds alternate between the two ways, so that what else the machine does falls on both alike.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from ...records import OnProgress
from .machine import machine
from .timed import noise_clip

if TYPE_CHECKING:
    from ...models import VideoClassifier

CLIPS_EACH = 4
"""Clips that each visitor asks about in one round."""


def measure_visitors(
    classifiers: Mapping[str, VideoClassifier], visitors: int, *, repeats: int, tell: OnProgress
) -> dict[str, Any]:
    """Clips a second of both ways, their ratio round by round, and how far the answers differ.

    Args:
        classifiers: One model, by dtype; all on one device.
        visitors: How many ask at the same time.
        repeats: Rounds for each dtype.
    """
    first = next(iter(classifiers.values()))
    return {
        "model": {"id": first.identity.id, "reason": first.identity.reason},
        "machine": machine(first.device),
        "visitors": visitors,
        "clips_each": CLIPS_EACH,
        "repeats": repeats,
        "by_dtype": {dtype: _measure(classifier, visitors, repeats, tell) for dtype, classifier in classifiers.items()},
    }


def _measure(classifier: VideoClassifier, visitors: int, repeats: int, tell: OnProgress) -> dict[str, Any]:
    ways = {"alone": classifier.with_passes_of(1), "shared": classifier.with_passes_of(None)}
    rates: dict[str, list[float]] = {name: [] for name in ways}
    difference = 0.0
    for number in range(-1, repeats):  # the first round pays for set-up, and does not count
        tell(f"{classifier.dtype}, round {max(number, 0) + 1} of {repeats}", max(number, 0) / repeats)
        count = visitors * CLIPS_EACH
        clips = [noise_clip(classifier.geometry, seed=(number + 1) * count + clip) for clip in range(count)]
        logits = {}
        for name, way in ways.items():
            seconds, logits[name] = _ask(way, clips, visitors)
            if number >= 0:
                rates[name].append(count / seconds)
        difference = max(
            difference, float(np.abs(logits["shared"] - logits["alone"]).max() / logits["alone"].std(axis=1).min())
        )
    ratios = [shared / alone for shared, alone in zip(rates["shared"], rates["alone"], strict=True)]
    return {
        "most_in_a_pass": ways["shared"].most_in_a_pass,
        "alone_clips_per_second": statistics.median(rates["alone"]),
        "shared_clips_per_second": statistics.median(rates["shared"]),
        "ratio": statistics.median(ratios),
        "ratios": ratios,
        "logit_difference": difference,
    }


def _ask(classifier: VideoClassifier, clips: list[np.ndarray], visitors: int) -> tuple[float, np.ndarray]:
    """Seconds until every visitor has all of its answers, and the answers, (clips, num_labels)."""

    def visit(visitor: int) -> list[np.ndarray]:
        return [classifier.forward(clip).logits for clip in clips[visitor::visitors]]

    with ThreadPoolExecutor(visitors) as pool:
        begin = time.perf_counter()
        answers = list(pool.map(visit, range(visitors)))
        seconds = time.perf_counter() - begin
    ordered = np.empty((len(clips), answers[0][0].size), np.float32)
    for visitor, own in enumerate(answers):
        ordered[visitor::visitors] = own
    return seconds, ordered


def visitors_as_text(found: Mapping[str, Any]) -> str:
    """The report for people."""
    lines = [
        f"{found['model']['id']} on {found['machine']['name']}, {found['machine']['threads']} threads:"
        f" {found['visitors']} visitors at once, {found['clips_each']} clips each,"
        f" medians of {found['repeats']} rounds."
    ]
    for dtype, one in found["by_dtype"].items():
        lines.append(
            f"{dtype}: passes of one clip {one['alone_clips_per_second']:.2f} clips a second, shared passes of up to"
            f" {one['most_in_a_pass']} {one['shared_clips_per_second']:.2f}: {one['ratio']:.2f} x as many"
            f" ({min(one['ratios']):.2f} to {max(one['ratios']):.2f}). Logits differ by at most"
            f" {one['logit_difference']:.0e} of their standard deviation."
        )
    return "\n".join(lines)
