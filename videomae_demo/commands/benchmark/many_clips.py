"""Many clips: ``classify``'s way beside a plain loop over transformers' pipeline, the same model on the same files.

Both take the same frames, the first ones in a row, because that is what the pipeline takes for checkpoints with an
image processor. Rounds alternate between the two ways over one part of the files after the other, so that what else the
machine does falls on both alike; a round of ours pays for filling and emptying its line, as a run of a thousand clips
pays only once.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...records import OnProgress
from ...settings import Settings

if TYPE_CHECKING:
    from ...models import VideoClassifier

SAMPLING = "first"
PART = 32
"""Clips of one round."""


def write_clips(folder: Path, count: int) -> list[Path]:
    """Short clips of 320 x 240, two seconds each, every one another: a texture that glides under a square."""
    import numpy as np

    from ...video.mp4_writer import write_mp4

    files = []
    for number in range(count):
        random = np.random.default_rng(number)
        texture = random.integers(0, 256, (30, 80, 3), np.uint8).repeat(8, 0).repeat(8, 1)
        film = np.stack([texture[:, 3 * frame :][:, :320].copy() for frame in range(48)])
        for frame, picture in enumerate(film):
            picture[80:160, 4 * frame :][:, :80] = random.integers(0, 256, 3)
        files.append(folder / f"{number:04d}.mp4")
        write_mp4(files[-1], film, fps=24)
    return files


def measure_many(
    classifier: VideoClassifier, model_folder: Path, files: Sequence[Path], *, settings: Settings, tell: OnProgress
) -> dict[str, Any]:
    """Clips a second of both ways, their ratio part by part, and whether they answer the same.

    Args:
        classifier: The model, loaded; its dtype and device are the pipeline's, too.
        model_folder: Where transformers loads the same weights from.
        files: Looked at in parts of ``PART``.
        settings: ``decode_workers`` counts.
    """
    import torch
    from transformers import pipeline, utils

    from ... import video
    from ...many import analyse_many, batch_size_for
    from ...models import name_of

    utils.logging.set_verbosity_error()
    plain = pipeline(
        "video-classification",
        model=str(model_folder),
        device=classifier.device,
        dtype=getattr(torch, classifier.dtype),
    )
    batch_size = batch_size_for(classifier.geometry, classifier.device)
    line = {
        "model": name_of(classifier.identity),
        "device": classifier.device,
        "dtype": classifier.dtype,
        "sampling": SAMPLING,
    }

    def plain_answers(part: Sequence[Path]) -> list[str]:
        return [plain(str(file), top_k=1)[0]["label"] for file in part]

    def our_answers(part: Sequence[Path]) -> list[str]:
        named = [(file.name, file) for file in part]
        batches = analyse_many(named, batch_size=batch_size, settings=settings, **line)
        answers = [answer for batch in batches for answer in batch]
        failures = [answer for answer in answers if isinstance(answer, Exception)]
        if failures:
            raise failures[0]
        return [answer.prediction.top(1)[0][1] for answer in answers if not isinstance(answer, Exception)]

    ways = {"plain": plain_answers, "ours": our_answers}
    video.warm_up(settings=settings)
    for way in ways.values():  # the first call of each pays for set-up
        way(files[:batch_size])
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    answers: dict[str, list[str]] = {name: [] for name in ways}
    for start in range(0, len(files), PART):
        part = files[start : start + PART]
        tell(f"Clips {start + 1} to {start + len(part)} of {len(files)}", start / len(files))
        for name, way in ways.items():
            begin = time.perf_counter()
            answers[name] += way(part)
            seconds[name].append(time.perf_counter() - begin)
    ratios = [plain / ours for plain, ours in zip(seconds["plain"], seconds["ours"], strict=True)]
    same = sum(one == other for one, other in zip(answers["plain"], answers["ours"], strict=True))
    return {
        "num_clips": len(files),
        "batch_size": batch_size,
        "decode_workers": settings.decode_workers,
        "dtype": classifier.dtype,
        "plain_clips_per_second": len(files) / sum(seconds["plain"]),
        "ours_clips_per_second": len(files) / sum(seconds["ours"]),
        "ratio": sum(seconds["plain"]) / sum(seconds["ours"]),
        "ratios": ratios,
        "median_ratio": statistics.median(ratios),
        "same_answer": same,
    }


def many_as_text(found: dict[str, Any]) -> str:
    """The report for people."""
    return (
        f"{found['num_clips']} clips of 48 frames, 320 x 240, {found['dtype']}, batches of {found['batch_size']},"
        f" {found['decode_workers']} decode workers, both ways in turn:\n"
        f"  a plain loop over transformers' pipeline {found['plain_clips_per_second']:6.1f} clips a second\n"
        f"  classify                                 {found['ours_clips_per_second']:6.1f} clips a second,"
        f" {found['ratio']:.2f} x as many ({min(found['ratios']):.2f} to {max(found['ratios']):.2f})\n"
        f"  the same answer to {found['same_answer']} of {found['num_clips']}"
    )
