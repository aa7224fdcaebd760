"""Many clips: ``classify``'s way beside a plain loop over transformers' pipeline, the same model on the same files.

Both take the same frames, the first ones in a row, because that is what the pipeline takes for checkpoints with an
image processor. Each is measured as it comes, in the precision that it chooses by itself, and, where these are two, in
the other's precision, too: so it is seen what comes of the precision and what of decoding ahead. The ways take turns
over one part of the files after the other, forth and back, so that what else the machine does falls on all alike; a
round of ours pays for filling and emptying its line, as a run of a thousand clips pays only once.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from ...records import Device, OnProgress
from ...settings import Settings

SAMPLING = "first"
PART = 32
"""Clips of one round."""

Way = tuple[str, str]
"""(``plain`` or ``ours``, dtype)."""


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
    model: str, model_folder: Path, files: Sequence[Path], *, device: Device, settings: Settings, tell: OnProgress
) -> dict[str, Any]:
    """Clips a second of both ways, their ratio part by part, and whether they answer the same.

    Args:
        model: As ``load_classifier`` takes it.
        model_folder: Where transformers loads the same weights from.
        files: Looked at in parts of ``PART``.
        device: Both ways' own.
        settings: ``decode_workers`` counts.

    Returns:
        ``clips_per_second`` by way and dtype, and ``comparisons``: first that of the two ways as they come, then those
        in one precision.
    """
    from transformers import utils

    from ... import video
    from ...many import batch_size_for
    from ...models import load_classifier

    utils.logging.set_verbosity_error()
    classifier = load_classifier(model, device=device)
    batch_size = batch_size_for(classifier.geometry, classifier.device)
    as_it_comes = _pipeline(model_folder, classifier.device)
    own = {"plain": str(as_it_comes.model.dtype).removeprefix("torch."), "ours": classifier.dtype}
    ways: dict[Way, Callable[[Sequence[Path]], list[str]]] = {}
    for dtype in dict.fromkeys(own.values()):
        pipe = as_it_comes if dtype == own["plain"] else _pipeline(model_folder, classifier.device, dtype)
        ways["plain", dtype] = partial(_plain_answers, pipe)
        line: dict[str, Any] = {"model": model, "device": classifier.device, "dtype": dtype, "sampling": SAMPLING}
        ways["ours", dtype] = partial(_our_answers, batch_size=batch_size, settings=settings, **line)
    video.warm_up(settings=settings)
    for way in ways.values():  # the first call of each pays for set-up
        way(files[:batch_size])
    seconds: dict[Way, list[float]] = {name: [] for name in ways}
    answers: dict[Way, list[str]] = {name: [] for name in ways}
    for number, start in enumerate(range(0, len(files), PART)):
        part = files[start : start + PART]
        tell(f"Clips {start + 1} to {start + len(part)} of {len(files)}", start / len(files))
        for name in list(ways)[:: -1 if number % 2 else 1]:
            begin = time.perf_counter()
            answers[name] += ways[name](part)
            seconds[name].append(time.perf_counter() - begin)
    pairs = [(own["plain"], own["ours"]), *((dtype, dtype) for dtype in dict.fromkeys(own.values()))]
    return {
        "num_clips": len(files),
        "batch_size": batch_size,
        "decode_workers": settings.decode_workers,
        "clips_per_second": {
            whose: {dtype: len(files) / sum(seconds[name, dtype]) for name, dtype in ways if name == whose}
            for whose in own
        },
        "comparisons": [
            _comparison(("plain", plain), ("ours", ours), seconds, answers) for plain, ours in dict.fromkeys(pairs)
        ],
    }


def _pipeline(model_folder: Path, device: Device, dtype: str | None = None) -> Any:
    """transformers' own; in the precision that it chooses where none is given."""
    import torch
    from transformers import pipeline

    given = {} if dtype is None else {"dtype": getattr(torch, dtype)}
    return pipeline("video-classification", model=str(model_folder), device=device, **given)


def _plain_answers(pipe: Any, part: Sequence[Path]) -> list[str]:
    return [pipe(str(file), top_k=1)[0]["label"] for file in part]


def _our_answers(part: Sequence[Path], *, batch_size: int, settings: Settings, **line: Any) -> list[str]:
    from ...many import analyse_many

    named = [(file.name, file) for file in part]
    labels = []
    for batch in analyse_many(named, batch_size=batch_size, settings=settings, **line):
        for answer in batch:
            if isinstance(answer, Exception):
                raise answer
            labels.append(answer.prediction.top(1)[0][1])
    return labels


def _comparison(
    plain: Way, ours: Way, seconds: Mapping[Way, Sequence[float]], answers: Mapping[Way, Sequence[str]]
) -> dict[str, Any]:
    ratios = [one / other for one, other in zip(seconds[plain], seconds[ours], strict=True)]
    return {
        "plain": plain[1],
        "ours": ours[1],
        "ratio": sum(seconds[plain]) / sum(seconds[ours]),
        "ratios": ratios,
        "median_ratio": statistics.median(ratios),
        "same_answer": sum(one == other for one, other in zip(answers[plain], answers[ours], strict=True)),
    }


def many_as_text(found: dict[str, Any]) -> str:
    """The report for people."""
    lines = [
        f"{found['num_clips']} clips of 48 frames, 320 x 240, batches of {found['batch_size']},"
        f" {found['decode_workers']} decode workers, all ways in turn; clips a second of a plain loop over"
        " transformers' pipeline and of classify, how many times as many (median and range of the rounds), and the same"
        " answers:"
    ]
    rate = found["clips_per_second"]
    for number, one in enumerate(found["comparisons"]):
        title = f"{one['plain']} and {one['ours']}" if one["plain"] != one["ours"] else f"both {one['plain']}"
        lines.append(
            f"  {title + (', as they come' if number == 0 else ''):40s}"
            f"{rate['plain'][one['plain']]:6.1f}{rate['ours'][one['ours']]:6.1f}"
            f"  {one['median_ratio']:.2f} x ({min(one['ratios']):.2f} to {max(one['ratios']):.2f})"
            f"  {one['same_answer']} of {found['num_clips']}"
        )
    return "\n".join(lines)
