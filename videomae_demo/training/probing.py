"""Linear probes of every layer, trained and scored on rendered clips, whose renderer knows the answers.

Each probe has two controls. *Shuffled labels*: the same probe, its strength chosen in the same way, trained on the same
rows with their labels in another order; what it still gets on unseen clips is what the frequencies of the answers give
away (the selectivity of Hewitt and Liang 2019, arXiv 1909.03368, is the score minus this one). *Random weights*: the
same probe on the same network with each weight tensor drawn anew; what it reads is in the pixels and in the wiring.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from videomae_demo.errors import BadRequestError
from videomae_demo.explain.sanity import with_random_weights
from videomae_demo.explain.where import probes as stored
from videomae_demo.explain.where.probes import PROBES, checkpoint_digest
from videomae_demo.explain.where.records import Curve, ProbeSet, Readout, Score
from videomae_demo.explain.where.stream import places, slice_means, stream
from videomae_demo.inputs.preprocess import preprocess
from videomae_demo.models import VideoClassifier
from videomae_demo.records import Geometry, ModelInput, OnProgress, SampledFrames
from videomae_demo.results import Proportion
from videomae_demo.training.classifier import NUM_FRAMES
from videomae_demo.training.render import CLASSES, RenderedClip
from videomae_demo.training.render.worlds import STUDIO
from videomae_demo.training.stream import ClipStream
from videomae_demo.training.tokens import TUBELET_SIZE, box_coverage

SEED = 4_000_037
"""Of the clips: not trained on, not validated or tested on, and not the study's."""
TRAIN_SHARE = 2 / 3
"""The first clips of the stream; the rest is unseen until the scores."""
CHOOSING_SHARE = 0.25
"""Of the training clips: they choose the strength of the penalty, and then are trained on, too."""
STRENGTHS = (1e-3, 1e-2, 1e-1)
"""Penalties to choose from, on standardised inputs and the mean loss."""
CLEAR = 0.3
"""Picture widths a clip: slower is no clear direction."""
CLEARER = 1.5
"""How many times the movement along one axis must exceed that along the other."""
DOUBLINGS = 2 / np.log(2)
"""Makes doublings a clip of the renderer's ``d log scale``, which is 8 times the change of log size in a 16th of it."""
ROUNDS = 1000
"""Of the bootstrap over clips."""
TOKENS = 24
"""Tokens of each clip, at random, that the probe of tokens learns from and is scored on."""
BATCH = 8
KEEP_EVERY = 8
"""Batches between two saves of what is collected."""
PART = "probes.part"


@dataclass(frozen=True, eq=False)
class Collected:
    """What the network holds of each clip, and what the renderer knows of it; n clips so far."""

    means: np.ndarray
    """(n, L + 1, T', D) float32."""
    random_means: np.ndarray
    """(n, L + 1, T', D) float32: with random weights."""
    tokens: np.ndarray
    """(n, L + 1, ``TOKENS``, D) float16: some single tokens."""
    random_tokens: np.ndarray
    """(n, L + 1, ``TOKENS``, D) float16: the same ones with random weights."""
    label_ids: np.ndarray
    """(n,) int64."""
    coverage: np.ndarray
    """(n, ``TOKENS``) float32 in [0, 1]: how much of these tokens is in the mover's box; nan where there is none."""
    motion: np.ndarray
    """(n, T', M) float32: ``MOTION_TARGETS``."""


@dataclass(frozen=True, eq=False)
class Rows:
    """One probe's examples."""

    clip: np.ndarray
    """(R,) int64: which clip."""
    at: np.ndarray
    """(R,) int64: which of its tokens, or slices; all 0 for a probe of clips."""
    answer: np.ndarray
    """(R, K) float64 numbers, or (R,) int64 classes."""
    outputs: tuple[str, ...]

    def where(self, chosen: np.ndarray) -> Rows:
        return Rows(self.clip[chosen], self.at[chosen], self.answer[chosen], self.outputs)


def train_probes(
    folder: Path, classifier: VideoClassifier, *, clips: int, command: str, on_progress: OnProgress
) -> ProbeSet:
    """Collect, fit, score, and write the files beside the checkpoint. An interrupted call is gone on with by the next.

    Args:
        folder: The checkpoint's.
        classifier: The same, loaded.
        clips: Rendered clips, a third of them for the scores.
        command: How this was asked for.

    Raises:
        BadRequestError: The model takes other films than the renderer makes.
    """
    geometry = classifier.geometry
    if (geometry.num_frames, geometry.tubelet_size) != (NUM_FRAMES, TUBELET_SIZE):
        raise BadRequestError(
            f"The probes' clips are rendered as {NUM_FRAMES} frames, {TUBELET_SIZE} a slice, and this model takes"
            f" {geometry.num_frames}, {geometry.tubelet_size} a slice: it can have no probes."
        )
    part = folder / PART
    collected = collect(classifier, clips, worlds_of(folder), part, checkpoint_digest(folder), on_progress)
    found = fit(collected, command, on_progress)
    stored.save(folder, found)
    part.unlink(missing_ok=True)
    return found


def worlds_of(folder: Path) -> tuple[str, ...]:
    """The worlds that a checkpoint was trained in, as the record beside it says; the studio where it says nothing."""
    record = folder / "training.json"
    recipe = json.loads(record.read_text(encoding="utf-8"))["recipe"] if record.is_file() else {}
    return tuple(recipe.get("worlds", (STUDIO,)))


def collect(
    classifier: VideoClassifier,
    clips: int,
    worlds: tuple[str, ...],
    part: Path,
    checkpoint: str,
    on_progress: OnProgress,
) -> Collected:
    """Render the clips and run both networks on them; what is there already in ``part`` is taken from it."""
    clip_stream = ClipStream(SEED, classifier.geometry.image_size, 0, worlds=worlds)
    untrained = with_random_weights(classifier)
    settings = json.dumps([checkpoint, SEED, worlds, classifier.dtype])
    columns: dict[str, list[np.ndarray]] = {}
    if part.is_file():
        with np.load(part) as held:
            if str(held["settings"]) == settings:
                columns = {name: [held[name]] for name in held.files if name != "settings"}
    done = len(columns["label_ids"][0]) if columns else 0
    try:
        for number, first in enumerate(range(done, clips, BATCH)):
            on_progress(f"Clips: {first} of {clips}", first / clips)
            for name, values in _batch(classifier, untrained, clip_stream, range(first, min(first + BATCH, clips))):
                columns.setdefault(name, []).append(values)
            if number % KEEP_EVERY == KEEP_EVERY - 1:
                _keep(part, settings, columns)
    finally:  # also when it is interrupted
        _keep(part, settings, columns)
    return Collected(**{name: np.concatenate(values)[:clips] for name, values in columns.items()})


def _batch(
    classifier: VideoClassifier, untrained: VideoClassifier, clip_stream: ClipStream, numbers: range
) -> list[tuple[str, np.ndarray]]:
    """The fields of ``Collected`` for these clips, at once, so that an interruption leaves no field behind."""
    geometry, slices = classifier.geometry, classifier.geometry.grid[0]
    rendered = [clip_stream.clip(index) for index in numbers]
    seen = [preprocess(_frames(clip), classifier.preprocessing) for clip in rendered]
    chosen = _choice(numbers, geometry.num_tokens)
    coverage = np.stack([_coverage(*pair, geometry) for pair in zip(rendered, seen, strict=True)])
    fields = {
        "label_ids": np.array([clip.label_id for clip in rendered]),
        "coverage": np.take_along_axis(coverage, chosen, axis=1),
        "motion": np.stack([clip.motion.reshape(slices, -1, clip.motion.shape[-1]).mean(1) for clip in rendered]),
    }
    for prefix, network in (("", classifier), ("random_", untrained)):
        states = places(network, stream(network, np.stack([one.pixel_values for one in seen])))
        tokens = [np.take_along_axis(state.half().cpu().numpy(), chosen[..., None], axis=1) for state in states]
        fields |= {f"{prefix}means": slice_means(states, slices), f"{prefix}tokens": np.stack(tokens, axis=1)}
    return [*fields.items()]


def _keep(part: Path, settings: str, columns: dict[str, list[np.ndarray]]) -> None:
    """Write what is collected, never leaving half a file; each field's pieces become one."""
    count = min((sum(map(len, pieces)) for pieces in columns.values()), default=0)
    for name, pieces in columns.items():
        columns[name] = [np.concatenate(pieces)[:count]]
    half = part.with_suffix(".half.part")
    with half.open("wb") as file:
        np.savez(file, settings=np.array(settings), **{name: piece for name, (piece,) in columns.items()})  # type: ignore[arg-type]
    half.replace(part)


def _frames(clip: RenderedClip) -> SampledFrames:
    numbers = tuple(range(len(clip.rgb)))
    return SampledFrames(clip.rgb, numbers, tuple(float(number) for number in numbers), decoder="edit")


def _choice(numbers: range, num_tokens: int) -> np.ndarray:
    """(clips, ``TOKENS``) int64: which tokens of these clips; the same however often it runs."""
    kept = min(TOKENS, num_tokens)
    return np.stack([np.random.default_rng([SEED, number]).permutation(num_tokens)[:kept] for number in numbers])


def _coverage(clip: RenderedClip, seen: ModelInput, geometry: Geometry) -> np.ndarray:
    """(N,) float32: how much of each token is in the mover's box; nan where nothing moves, or everything."""
    if clip.whole_scene or CLASSES[clip.label_id] == "hold still":
        return np.full(geometry.num_tokens, np.nan, np.float32)
    crop = seen.crop_box
    corner, room = np.array([crop.left, crop.top]), np.array([crop.right - crop.left, crop.bottom - crop.top])
    boxes = (clip.boxes - np.tile(corner, 2)) / np.tile(room, 2)
    return box_coverage(torch.from_numpy(boxes)[None], geometry.grid[1]).numpy().ravel()


def _rows(which: np.ndarray, answer: np.ndarray, outputs: tuple[str, ...]) -> Rows:
    """The examples where (n, T') ``which`` is true."""
    clip, at = np.nonzero(which)
    return Rows(clip, at, answer[clip, at], outputs)


def _place(found: Collected) -> Rows:
    answer = found.coverage[..., None].astype(np.float64)
    return _rows(np.isfinite(found.coverage), answer, PROBES["place"].outputs)


def _direction(found: Collected) -> Rows:
    x, y = found.motion[..., 0], found.motion[..., 1]
    most, least = np.maximum(np.abs(x), np.abs(y)), np.minimum(np.abs(x), np.abs(y))
    way = np.where(np.abs(x) > np.abs(y), np.where(x < 0, 0, 1), np.where(y < 0, 2, 3))
    return _rows((most >= CLEAR) & (most >= CLEARER * least), way, PROBES["direction"].outputs)


def _speed(found: Collected) -> Rows:
    speed = np.linalg.norm(found.motion[..., :2].astype(np.float64), axis=-1)[..., None]
    return _rows(np.ones(speed.shape[:2], bool), speed, PROBES["speed"].outputs)


def _growth(found: Collected) -> Rows:
    growth = found.motion[..., 2:3].astype(np.float64) * DOUBLINGS
    return _rows(np.ones(growth.shape[:2], bool), growth, PROBES["growth"].outputs)


def _class(found: Collected) -> Rows:
    return _rows(np.ones((len(found.label_ids), 1), bool), found.label_ids[:, None], CLASSES)


QUESTIONS: Mapping[str, Callable[[Collected], Rows]] = {
    "place": _place,
    "direction": _direction,
    "speed": _speed,
    "growth": _growth,
    "class": _class,
}
"""By key of ``PROBES``: the renderer's answers."""


def fit(found: Collected, command: str, on_progress: OnProgress) -> ProbeSet:
    """All probes with their controls."""
    num_clips, states = found.means.shape[:2]
    first_unseen = round(num_clips * TRAIN_SHARE)
    mean = found.means[:first_unseen].mean(axis=(0, 2))
    readouts, curves = {}, {}
    for number, key in enumerate(PROBES):
        on_progress(f"Probes: {PROBES[key].title}", number / len(PROBES))
        rows = QUESTIONS[key](found)
        training, unseen = rows.where(rows.clip < first_unseen), rows.where(rows.clip >= first_unseen)
        shuffled = Rows(
            training.clip,
            training.at,
            training.answer[np.random.default_rng(number).permutation(len(training.answer))],
            rows.outputs,
        )
        scores: dict[str, list[Score]] = {"scores": [], "shuffled": [], "random_weights": []}
        weights, biases = [], []
        for layer in range(states):
            inputs = looked_at(PROBES[key].of, found.means, found.tokens, layer, first_unseen)
            others = looked_at(PROBES[key].of, found.random_means, found.random_tokens, layer, first_unseen)
            for name, seen, examples in (
                ("scores", inputs, training),
                ("shuffled", inputs, shuffled),
                ("random_weights", others, training),
            ):
                weight, bias = _fitted(seen, examples)
                scores[name].append(score(seen[unseen.clip, unseen.at] @ weight + bias, unseen))
                if name == "scores":
                    weights.append(weight)
                    biases.append(bias)
        readouts[key] = Readout(np.stack(weights).astype(np.float32), np.stack(biases).astype(np.float32), rows.outputs)
        lines = {name: tuple(values) for name, values in scores.items()}
        curves[key] = Curve(**lines, clips=len(np.unique(unseen.clip)))
    return ProbeSet(mean.astype(np.float32), readouts, curves, command)


def looked_at(of: str, means: np.ndarray, tokens: np.ndarray, layer: int, first_unseen: int) -> np.ndarray:
    """(n, tokens or T' or 1, D) float64: what a probe gets, less the mean token of the training clips."""
    mean = means[:first_unseen, layer].mean(axis=(0, 1))
    seen = (tokens if of == "token" else means)[:, layer].astype(np.float64) - mean
    return seen.mean(axis=1, keepdims=True) if of == "clip" else seen


def _fitted(seen: np.ndarray, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
    """The probe with the penalty that does best on a part of the training clips, trained on all; as it is stored."""
    chosen_from = rows.clip >= np.quantile(rows.clip, 1 - CHOOSING_SHARE)
    fitting, choosing = rows.where(~chosen_from), rows.where(chosen_from)
    spread = seen[rows.clip, rows.at].std(axis=0) + 1e-6

    def trained(examples: Rows, strength: float) -> tuple[np.ndarray, np.ndarray]:
        inputs = seen[examples.clip, examples.at] / spread
        by_class = examples.answer.ndim == 1
        solve = logistic if by_class else ridge
        answer = np.eye(len(examples.outputs))[examples.answer] if by_class else examples.answer
        weight, bias = solve(inputs, answer, strength)
        return (weight / spread[:, None]).astype(np.float16).astype(np.float64), bias.astype(np.float16)

    def value(strength: float) -> float:
        weight, bias = trained(fitting, strength)
        return plain_score(seen[choosing.clip, choosing.at] @ weight + bias, choosing)

    return trained(rows, max(STRENGTHS, key=value))


def ridge(inputs: np.ndarray, answer: np.ndarray, strength: float) -> tuple[np.ndarray, np.ndarray]:
    """(D, K) weights and (K,) bias that minimise mean squared error + strength · |weights|², in closed form.

    Args:
        inputs: (R, D).
        answer: (R, K).
    """
    middle, level = inputs.mean(axis=0), answer.mean(axis=0)
    centred = inputs - middle
    gram = centred.T @ centred / len(inputs) + strength * np.eye(inputs.shape[1])
    weight = np.linalg.solve(gram, centred.T @ (answer - level) / len(inputs))
    return weight, level - middle @ weight


def logistic(inputs: np.ndarray, answer: np.ndarray, strength: float) -> tuple[np.ndarray, np.ndarray]:
    """The same for classes: mean cross-entropy + strength / 2 · |weights|², which has one minimum, by L-BFGS from zero.

    Args:
        inputs: (R, D).
        answer: (R, K), one 1 a row.
    """
    given, wanted = torch.from_numpy(inputs), torch.from_numpy(answer)
    weight = torch.zeros(inputs.shape[1], answer.shape[1], dtype=torch.float64, requires_grad=True)
    bias = torch.zeros(answer.shape[1], dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([weight, bias], max_iter=100, tolerance_change=1e-7, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        value = functional.cross_entropy(given @ weight + bias, wanted) + strength / 2 * weight.square().sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimiser.step(loss)  # type: ignore[arg-type]
    return weight.detach().numpy(), bias.detach().numpy()


def plain_score(read_off: np.ndarray, rows: Rows) -> float:
    """R² of numbers, accuracy of classes.

    Args:
        read_off: (R, K).
    """
    if rows.answer.ndim == 1:
        return float((read_off.argmax(axis=1) == rows.answer).mean())
    wrong = np.square(rows.answer - read_off).sum()
    return float(_explained(wrong, np.square(rows.answer - rows.answer.mean(axis=0)).sum()))


def score(read_off: np.ndarray, rows: Rows) -> Score:
    """The same with a 95 % interval: Wilson's for one answer a clip, else by drawing clips with replacement."""
    value = plain_score(read_off, rows)
    names, clip = np.unique(rows.clip, return_inverse=True)
    if rows.answer.ndim == 1 and len(names) == len(clip):
        return Score(value, *Proportion(round(value * len(clip)), len(clip)).interval)

    def by_clip(values: np.ndarray) -> np.ndarray:
        sums = np.zeros((len(names), *values.shape[1:]))
        np.add.at(sums, clip, values)
        return sums

    drawn = np.random.default_rng(0).multinomial(len(names), np.full(len(names), 1 / len(names)), size=ROUNDS)
    counts = drawn @ by_clip(np.ones(len(clip)))
    if rows.answer.ndim == 1:
        values = drawn @ by_clip((read_off.argmax(axis=1) == rows.answer).astype(float)) / counts
    else:
        wrong = drawn @ by_clip(np.square(rows.answer - read_off).sum(axis=1))
        sums, squares = drawn @ by_clip(rows.answer), drawn @ by_clip(np.square(rows.answer).sum(axis=1))
        values = _explained(wrong, squares - np.square(sums).sum(axis=1) / counts)
    low, high = np.percentile(values, [2.5, 97.5])
    return Score(value, float(low), float(high))


def _explained(wrong: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """1 - wrong / spread, and 0 where all answers are the same, so that there is nothing to know."""
    known = spread > 1e-9
    return np.where(known, 1 - wrong / np.where(known, spread, 1), 0)
