"""What a trained classifier knows of itself: a temperature for its probabilities, a score for what it has not learned.

Clips with the classes' motions come from all worlds and from the independent renderer; clips without them from
`unlike`. The score's weights (by kinds left out in turn) and its threshold are chosen on one part of them, and what is
published is measured on the other: other seeds, other kinds. The temperature is fitted to each half of the independent
renderer's clips and measured on the other half; the one that is kept is fitted to both.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from videomae_demo.inputs.preprocess import preprocess
from videomae_demo.inputs.sampling import uniform_indices
from videomae_demo.models import VideoClassifier, load_classifier
from videomae_demo.models.familiarity import head_digest, summaries
from videomae_demo.models.hub import FAMILIARITY
from videomae_demo.models.prediction import softmax
from videomae_demo.records import SampledFrames
from videomae_demo.training.card import percent
from videomae_demo.training.independent import NUM_FRAMES, STYLES, film_clip, motion_of
from videomae_demo.training.measure import as_frames, as_sampled, proportion
from videomae_demo.training.measure_independent import calibration_error
from videomae_demo.training.probe import SCORES, Group, Probe, area_under_curve, fit_probe
from videomae_demo.training.render import CLASSES, RenderedClip
from videomae_demo.training.render.worlds import WORLDS
from videomae_demo.training.stream import ClipStream
from videomae_demo.training.unlike import Purpose, kinds_for, unlike_clip

log = logging.getLogger(__name__)

SEEDS = {"fit": 5_000_003, "choose": 6_000_003, "publish": 7_000_003}
"""Of clips that nothing else is trained, validated or tested on."""
KEPT = 0.99
"""Share of clips with the classes' motions that get a headline."""
PART = 36
"""Clips that are kept together."""
BINS = 10
"""Of the expected calibration error: 15, as elsewhere, are more than so few clips fill."""

Json = dict[str, Any]


@dataclass(frozen=True)
class Counts:
    """How many clips of each sort."""

    own: int
    """Of all worlds, for the score's weights; half as many for the threshold, and for the published numbers."""
    independent: int
    """Of the independent renderer in each style, for temperature and threshold; as many for the published numbers."""
    unlike: int
    """Of each kind without the classes' motions."""


def calibrate(folder: Path, counts: Counts, *, keep: Path | None, device: str, say: Callable[[str], None]) -> Json:
    """Write familiarity.json into the folder of a classifier; returns what was measured.

    Args:
        folder: of the checkpoint.
        counts: how many clips.
        keep: where to keep what the model says to each group of clips, for an interrupted run to go on; None: nowhere.
        device: "cpu" or "cuda".
        say: told what is being done.
    """
    classifier = load_classifier(str(folder), device=device, dtype="float32")  # type: ignore[arg-type]
    digest = head_digest(classifier.head)

    def group(name: str, count: int, clips: Callable[[int], tuple[SampledFrames, int]]) -> Group:
        say(f"{count} clips: {name}")
        parts = []
        for start in range(0, count, PART):
            numbers = range(start, min(start + PART, count))
            kept = keep / f"{digest}-{name.replace(' ', '-')}-{start}-{numbers.stop}.npz" if keep else None
            if kept and kept.exists():
                parts.append(Group(**np.load(kept)))
                continue
            parts.append(_ask(classifier, map(clips, numbers)))
            if kept:
                kept.parent.mkdir(parents=True, exist_ok=True)
                np.savez(kept, **vars(parts[-1]))
        return Group.join(parts)

    def own(part: str, count: int) -> Group:
        stream = ClipStream(
            SEEDS[part], classifier.geometry.image_size, 0, labels=tuple(range(len(CLASSES))), worlds=tuple(WORLDS)
        )
        return group(f"worlds {part}", count, lambda i: _labelled(stream.clip(i)))

    def independent(part: str) -> Group:
        films = {style: partial(_filmed, SEEDS[part], style) for style in STYLES}
        return Group.join([group(f"independent {style} {part}", counts.independent, films[style]) for style in STYLES])

    def unlike(part: Purpose) -> dict[str, Group]:
        size = classifier.geometry.image_size
        films = {kind: partial(_strange, kind, SEEDS[part], size) for kind in kinds_for(part)}
        return {kind: group(f"{kind} {part}", counts.unlike, film) for kind, film in films.items()}

    fit, strange = own("fit", counts.own), unlike("choose")
    foreign, unseen = independent("choose"), independent("publish")
    chosen = Group.join([own("choose", counts.own // 2), foreign])
    published = Group.join([own("publish", counts.own // 2), unseen])
    nothing = unlike("publish")
    probe, by_decay = fit_probe(fit, strange, say=say)
    halves = foreign, unseen
    crossed = [fit_temperature(other.logits, other.truth) for other in halves[::-1]]
    both = Group.join(halves)
    temperature = fit_temperature(both.logits, both.truth)
    threshold = float(np.quantile(probe.score(chosen), 1 - KEPT))
    numbers = {
        "weight_decay": by_decay,
        "scores": compared(probe, fit, chosen, strange, published, nothing),
        **measured(probe, threshold, published, nothing),
        "calibration": {
            "before": reliability(both, np.ones(len(both.truth))),
            "after": reliability(both, np.repeat(crossed, [len(half.truth) for half in halves])),
        },
    }
    record = {
        "temperature": round(temperature, 4),
        "offset": float(f"{probe.offset - threshold:.6g}"),
        "weights": [float(f"{weight:.5g}") for weight in probe.weights],
        "head": digest,
        "command": f"python -m videomae_demo train calibrate {folder.as_posix()} --own {counts.own}"
        f" --independent {counts.independent} --unlike {counts.unlike}",
        "measured": numbers,
    }
    (folder / FAMILIARITY).write_text(json.dumps(record, indent=None, separators=(", ", ": ")) + "\n")
    return numbers


def _ask(classifier: VideoClassifier, clips: Iterator[tuple[SampledFrames, int]], batch: int = 8) -> Group:
    """What the model's tokens and logits are for these clips."""
    waiting: list[np.ndarray] = []
    parts: list[tuple[np.ndarray, np.ndarray]] = []
    truth: list[int] = []

    def answer() -> None:
        states = classifier._encode(classifier._embed(np.stack(waiting)))  # what a Calibration gets
        tokens = states[:, classifier.adapter.num_prefix :]
        parts.append((summaries(tokens, classifier.geometry.grid[0]).cpu().numpy(), classifier._read_out(states)))
        waiting.clear()

    for frames, label_id in clips:
        waiting.append(preprocess(frames, classifier.preprocessing).pixel_values)
        truth.append(label_id)
        if len(waiting) == batch:
            answer()
    if waiting:
        answer()
    features, logits = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Group(features, logits, np.array(truth))


def _labelled(clip: RenderedClip) -> tuple[SampledFrames, int]:
    return as_frames(clip), clip.label_id


def _filmed(seed: int, style: str, index: int) -> tuple[SampledFrames, int]:
    rgb = film_clip(seed, index, style)[uniform_indices(16, 0, NUM_FRAMES)]
    return as_sampled(rgb), CLASSES.index(motion_of(index))


def _strange(kind: str, seed: int, size: int, index: int) -> tuple[SampledFrames, int]:
    return as_sampled(np.ascontiguousarray(unlike_clip(kind, seed, index, size=size))), -1


def fit_temperature(logits: np.ndarray, truth: np.ndarray) -> float:
    """What to divide the logits by, so that the right classes' log-likelihood is largest.

    >>> rng = np.random.default_rng(0)
    >>> logits = rng.normal(0, 2, (4000, 5))
    >>> truth = np.array([rng.choice(5, p=softmax(row / 2)) for row in logits])
    >>> bool(abs(fit_temperature(logits, truth) - 2) < 0.2)
    True
    """
    rows = np.arange(len(truth))

    def loss(temperature: float) -> float:
        return float(-np.log(softmax(logits.astype(np.float64) / temperature)[rows, truth] + 1e-12).mean())

    return float(min(np.exp(np.linspace(np.log(0.3), np.log(5), 400)), key=loss))


def reliability(group: Group, temperature: np.ndarray, rounds: int = 500) -> Json:
    """Expected calibration error with its bootstrap 95 % interval, and what chance alone would make it.

    Args:
        group: clips with a class.
        temperature: (n,) of each clip.
        rounds: of the bootstrap.
    """
    odds = softmax(group.logits.astype(np.float64) / temperature[:, None])
    confidence, hit = odds.max(axis=1), odds.argmax(axis=1) == group.truth
    rng = np.random.default_rng(0)
    drawn = rng.integers(len(hit), size=(rounds, len(hit)))
    again = [calibration_error(confidence[rows], hit[rows], BINS) for rows in drawn]
    by_luck = [calibration_error(confidence, rng.random(len(hit)) < confidence, BINS) for _ in range(rounds)]
    low, high = np.percentile(again, [2.5, 97.5])
    return {
        "error": calibration_error(confidence, hit, BINS),
        "low": float(low),
        "high": float(high),
        "by_chance": float(np.mean(by_luck)),
        "confidence": float(confidence.mean()),
        "right": proportion(hit),
    }


def compared(
    probe: Probe, fit: Group, chosen: Group, strange: dict[str, Group], published: Group, nothing: dict[str, Group]
) -> Json:
    """Area under the curve of each score, on the kinds for choosing and on those for publishing."""
    scores: dict[str, Callable[[Group], np.ndarray]] = {**{name: make(fit) for name, make in SCORES.items()}}
    scores["linear probe"] = probe.score
    result = {}
    for name, score in scores.items():
        areas = [
            area_under_curve(score(good), np.concatenate([score(group) for group in others.values()]))
            for good, others in ((chosen, strange), (published, nothing))
        ]
        result[name] = {"choose": areas[0], "publish": areas[1]}
    return result


def measured(probe: Probe, threshold: float, published: Group, nothing: dict[str, Group], rounds: int = 500) -> Json:
    """The published numbers: area under the curve, good ones kept, others that still get a headline, kind by kind."""
    good = probe.score(published)
    others = {kind: probe.score(group) for kind, group in nothing.items()}
    pooled = np.concatenate(list(others.values()))
    rng = np.random.default_rng(0)
    again = [area_under_curve(rng.choice(good, len(good)), rng.choice(pooled, len(pooled))) for _ in range(rounds)]
    low, high = np.percentile(again, [2.5, 97.5])
    return {
        "area": {"value": area_under_curve(good, pooled), "low": float(low), "high": float(high)},
        "known_kept": proportion(good >= threshold),
        "unlike_kept": proportion(pooled >= threshold),
        "unlike_kept_by_kind": {kind: proportion(score >= threshold) for kind, score in others.items()},
    }


def table(numbers: Json) -> str:
    """The numbers as lines of text."""
    lines = ["area under the curve, clips with the classes' motions against clips with none:"]
    lines += [f"  {'':22} kinds for choosing   for publishing"]
    lines += [f"  {name:22} {row['choose']:18.3f} {row['publish']:16.3f}" for name, row in numbers["scores"].items()]
    area = numbers["area"]
    lines += [
        f"published: {area['value']:.3f} ({area['low']:.3f} to {area['high']:.3f})",
        f"  known clips kept {percent(numbers['known_kept'])}",
        f"  others that still get a headline {percent(numbers['unlike_kept'])}",
    ]
    lines += [f"    {kind:14} {percent(share)}" for kind, share in numbers["unlike_kept_by_kind"].items()]
    for when, row in numbers["calibration"].items():
        lines.append(
            f"expected calibration error {when}: {100 * row['error']:.1f} % ({100 * row['low']:.1f} to "
            f"{100 * row['high']:.1f}; n = {row['right']['total']}; by chance alone {100 * row['by_chance']:.1f} %), "
            f"confidence {100 * row['confidence']:.1f} %, right {percent(row['right'])}"
        )
    return "\n".join(lines)
