"""``study``: which maps know something of a clip, on rendered clips of the bundled model, and how often nothing passes.

The renderer knows what moves and where, so a map can be judged twice: by leaving tokens out in its order (the contests
of ``explain/faithfulness.py``), and by the share of its positive mass inside the mover's box (localisation). The sanity
checks of Adebayo et al. are run on every tenth clip. Beside the methods stand maps that know nothing of the clip
(``KNOW_NOTHING``): how often they pass is what a verdict is worth. ``study.md`` says it line by line.

One line of JSON a clip is written as soon as it is measured, so that an interrupted study goes on where it stopped.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import BadRequestError
from ..explain import METHODS, explain
from ..explain.nulls import NULLS
from ..explain.verdict import LEVEL, ahead
from ..records import OnProgress
from ..results import Faithfulness, Proportion, Target
from . import options
from .readme_section import write_section

if TYPE_CHECKING:
    from ..models import VideoClassifier
    from ..training.render import RenderedClip

SEED = 3_000_029
"""Of the published clips: neither training, nor the model's own test, nor the choice of the rule has seen them."""
CHOICE_SEED = 3_000_011
"""Of the clips on which the rule was chosen."""
OTHER_CLIP = 10_007
"""Added to a clip's number it gives another one, of another class, whose map is put on the first."""
DETAILS_EVERY = 5
"""The verdict is measured on every clip, all else on every fifth; the sanity checks on every second of those."""
SANITY_EVERY = 10
RANDOM_ORDERS = 5
"""As the earlier rule had, which is still counted: beyond all random orders."""


@dataclass(frozen=True)
class Scene:
    """One clip as the maps get it."""

    classifier: VideoClassifier
    pixel_values: np.ndarray
    target: Target
    other_pixel_values: np.ndarray
    """Another clip, of another class ..."""
    other_target: Target
    """... and that class."""
    chance: np.random.Generator


@dataclass(frozen=True)
class KnowNothing:
    """A map that does not depend on the clip it is put on, and should therefore pass as often as the level says."""

    title: str
    make: Callable[[Scene], np.ndarray]


def _smooth(width: float) -> Callable[[Scene], np.ndarray]:
    """Noise, smoothed by a bell of this many tokens (its σ) along all axes, which ends where the clip ends."""

    def make(scene: Scene) -> np.ndarray:
        values = scene.chance.normal(size=scene.classifier.geometry.grid)
        for axis, size in enumerate(values.shape):
            near = np.exp(-0.5 * (np.subtract.outer(np.arange(size), np.arange(size)) / width) ** 2)
            values = np.moveaxis(np.tensordot(near / near.sum(axis=1, keepdims=True), values, (1, axis)), 0, axis)
        return values

    return make


def _of_another_clip(method: str) -> Callable[[Scene], np.ndarray]:
    return lambda scene: explain(method, scene.classifier, scene.other_pixel_values, target=scene.other_target).values


KNOW_NOTHING: Mapping[str, KnowNothing] = MappingProxyType(
    {
        "smooth_1": KnowNothing("Noise, smoothed over 1 token", _smooth(1)),
        "smooth_2": KnowNothing("Noise, smoothed over 2 tokens", _smooth(2)),
        "other_relevance": KnowNothing("Relevance of another clip", _of_another_clip("relevance")),
        "other_rollout": KnowNothing("Rollout of another clip", _of_another_clip("rollout")),
    }
)
"""Beside those that are methods themselves, chance and the centre of the frame."""


@dataclass(frozen=True)
class Details:
    """What is measured of one map on every fifth clip."""

    deletion: float
    """Areas, see ``results.Faithfulness``."""
    insertion: float
    beyond_random: bool
    """Whether the gap of the areas is wider than that of every random order: the earlier rule, nearly."""
    when: bool | None
    """Whether it is ahead of its copies by whole slices; None for know-nothing maps."""
    where: bool | None
    """The same by whole columns of time."""
    saco: float
    class_similarity: float | None
    """Rank correlation with the likeliest other class's map; None where not measured."""
    weights_similarity: float | None
    """Rank correlation with the map of a model with random weights."""


@dataclass(frozen=True)
class MapRow:
    """One map of one clip."""

    gap: float
    """In log-odds, see ``results.Contest``."""
    gap_probability: float
    p_values: Mapping[str, float]
    """By kind of copy; the map was tested alone, so they are not corrected."""
    p_value: float
    """Of the verdict."""
    p_necessary: float
    p_sufficient: float
    share_inside: float | None
    """None where nothing moves, or everything does, and for know-nothing maps."""
    details: Details | None
    """None on other clips than every fifth."""

    @property
    def passed(self) -> bool:
        """The verdict: better than chance."""
        return self.p_value <= LEVEL


@dataclass(frozen=True)
class ClipRow:
    """One clip; without maps if the model got it wrong."""

    index: int
    label: str
    right: bool
    area_share: float | None
    """The mover's box, as a share of the clip; None where nothing moves, or everything does."""
    maps: Mapping[str, MapRow]
    """By key of ``METHODS`` or ``KNOW_NOTHING``."""


def study(
    classifier: VideoClassifier, count: int, *, done: int = 0, seed: int = SEED, tell: OnProgress | None = None
) -> Iterator[ClipRow]:
    """The clips ``done`` to ``count``, one by one; the classes in turn."""
    for index in range(done, count):
        if tell:
            tell(f"Clip {index + 1} of {count}", index / count)
        yield study_clip(classifier, index, seed=seed)


def study_clip(classifier: VideoClassifier, index: int, *, seed: int = SEED) -> ClipRow:
    """Render clip ``index``, answer it, and, if that was right, judge every method's map of it."""
    import torch

    from ..explain.localisation import share_inside
    from ..training.render import CLASSES
    from ..training.tokens import box_coverage

    geometry = classifier.geometry
    clip, target = _rendered(classifier, index, seed)
    label = CLASSES[target.label_id]
    coverage = None
    if not clip.whole_scene and label != "hold still":
        coverage = box_coverage(torch.from_numpy(clip.boxes)[None], geometry.grid[1]).numpy().reshape(geometry.grid)
    area = None if coverage is None else float(coverage.mean())
    pixel_values = _pixels(classifier, clip)
    if classifier.forward(pixel_values).logits.argmax() != target.label_id:
        return ClipRow(index, label, False, area, {})

    other, other_target = _rendered(classifier, index + OTHER_CLIP, seed)
    chance = np.random.default_rng((seed, index))
    scene = Scene(classifier, pixel_values, target, _pixels(classifier, other), other_target, chance)
    rows = {}
    for method in METHODS:
        values = explain(method, classifier, pixel_values, target=target, **_luck(method, index)).values
        inside = None if coverage is None else share_inside(values, coverage)
        rows[method] = _judged(scene, method, values, index, inside)
    for name, row in KNOW_NOTHING.items():
        rows[name] = _judged(scene, name, row.make(scene), index, None)
    return ClipRow(index, label, True, area, rows)


def _luck(method: str, index: int) -> dict[str, object]:
    """A method that draws by chance draws anew for every clip."""
    return {"seed": index} if "seed" in METHODS[method].options else {}


def _judged(scene: Scene, name: str, values: np.ndarray, index: int, inside: float | None) -> MapRow:
    from ..explain.faithfulness import contest

    seed = int(scene.chance.integers(2**31))
    held = contest(scene.classifier, scene.pixel_values, values, scene.target, seed=seed)
    return MapRow(
        gap=held.gap,
        gap_probability=held.gap_probability,
        p_values=dict(held.p_values),
        p_value=held.p_value,
        p_necessary=held.p_necessary,
        p_sufficient=held.p_sufficient,
        share_inside=inside,
        details=None if index % DETAILS_EVERY else _details(scene, name, values, index),
    )


def _details(scene: Scene, name: str, values: np.ndarray, index: int) -> Details:
    from ..explain.faithfulness import PARTS, measure

    measured = measure(
        scene.classifier,
        scene.pixel_values,
        values,
        scene.target,
        random_orders=RANDOM_ORDERS,
        parts=tuple(PARTS) if name in METHODS else ("tokens",),
        seed=index,
    )
    won = {part: ahead(one) for part, one in measured.contests.items()}
    of_class, of_weights = _similarities(scene, name, index)
    return Details(
        deletion=measured.deletion_auc,
        insertion=measured.insertion_auc,
        beyond_random=_beyond_random(measured),
        when=won.get("time"),
        where=won.get("space"),
        saco=measured.saco,
        class_similarity=of_class,
        weights_similarity=of_weights,
    )


def _beyond_random(measured: Faithfulness) -> bool:
    random = np.array(measured.random_auc)
    return bool(measured.insertion_auc - measured.deletion_auc > np.abs(random[1::2] - random[::2]).max())


def _similarities(scene: Scene, method: str, index: int) -> tuple[float | None, float | None]:
    if index % SANITY_EVERY or method not in METHODS:
        return None, None
    from ..explain import sanity

    of_class, of_weights = (
        check(method, scene.classifier, scene.pixel_values, scene.target).similarity
        for check in (sanity.other_class, sanity.random_weights)
    )
    return of_class, of_weights


def _rendered(classifier: VideoClassifier, index: int, seed: int) -> tuple[RenderedClip, Target]:
    from ..training.render import CLASSES, render_clip

    geometry, label_id = classifier.geometry, index % len(CLASSES)
    clip = render_clip(seed, index, size=geometry.image_size, num_frames=geometry.num_frames, label_id=label_id)
    return clip, Target(label_id)


def _pixels(classifier: VideoClassifier, clip: RenderedClip) -> np.ndarray:
    from ..inputs.preprocess import preprocess
    from ..records import SampledFrames

    numbers = tuple(range(len(clip.rgb)))
    frames = SampledFrames(clip.rgb, numbers, tuple(float(number) for number in numbers), decoder="edit")
    return preprocess(frames, classifier.preprocessing).pixel_values


@dataclass(frozen=True)
class MapSummary:
    """One map over all clips that were answered rightly."""

    name: str
    passed: Proportion
    """Clips on which the map is better than chance."""
    beyond_random: Proportion
    by_null: Mapping[str, Proportion]
    """Clips on which it is ahead of its copies of one kind."""
    necessary: Proportion
    sufficient: Proportion
    when: Proportion
    where: Proportion
    gap: float
    """Medians, log-odds and probability."""
    gap_probability: float
    saco: float
    """Mean."""
    deletion: float
    """Mean areas."""
    insertion: float
    lift: float
    """Mean share of positive mass inside the box, over the box's mean share of the area; nan where not measured."""
    class_similarity: float
    """Median rank correlations; nan where not measured."""
    weights_similarity: float


def summarise(rows: Sequence[ClipRow]) -> tuple[MapSummary, ...]:
    """A line a map, methods and know-nothing maps, most often better than chance first.

    Raises:
        BadRequestError: no clip was answered rightly.
    """
    right = [row for row in rows if row.right]
    if not right:
        raise BadRequestError("No clip was answered rightly, so there is nothing to explain. Study more clips.")
    return tuple(sorted((_summary(name, right) for name in right[0].maps), key=lambda line: -line.passed.share))


def _summary(name: str, right: Sequence[ClipRow]) -> MapSummary:
    maps = [row.maps[name] for row in right]
    details = [row.details for row in maps if row.details]
    boxed = [row for row in right if row.area_share is not None and row.maps[name].share_inside is not None]

    def count(hits: Iterable[bool | None]) -> Proportion:
        known = [bool(hit) for hit in hits if hit is not None]
        return Proportion(sum(known), len(known))

    def median(values: Iterable[float | None]) -> float:
        known = [value for value in values if value is not None]
        return statistics.median(known) if known else float("nan")

    def mean(values: Iterable[float]) -> float:
        known = list(values)
        return statistics.fmean(known) if known else float("nan")

    return MapSummary(
        name=name,
        passed=count(row.passed for row in maps),
        beyond_random=count(row.beyond_random for row in details),
        by_null={null: count(row.p_values[null] <= LEVEL for row in maps) for null in maps[0].p_values},
        necessary=count(row.p_necessary <= LEVEL for row in maps),
        sufficient=count(row.p_sufficient <= LEVEL for row in maps),
        when=count(row.when for row in details),
        where=count(row.where for row in details),
        gap=median(row.gap for row in maps),
        gap_probability=median(row.gap_probability for row in maps),
        saco=mean(row.saco for row in details),
        deletion=mean(row.deletion for row in details),
        insertion=mean(row.insertion for row in details),
        lift=_ratio([row.maps[name].share_inside for row in boxed], [row.area_share for row in boxed]),
        class_similarity=median(row.class_similarity for row in details),
        weights_similarity=median(row.weights_similarity for row in details),
    )


def _ratio(inside: Sequence[float | None], area: Sequence[float | None]) -> float:
    return float(np.mean(np.array(inside, float)) / np.mean(np.array(area, float))) if inside else float("nan")


def as_markdown(rows: Sequence[ClipRow], model: str, dtype: str) -> str:
    """Two tables, what each method's map is worth and how often each map beats which opponent, and their columns."""
    lines = summarise(rows)
    right = [row for row in rows if row.right]
    boxed = sum(row.area_share is not None for row in right)
    share = np.mean([row.area_share for row in right if row.area_share is not None]) if boxed else float("nan")
    worth = [
        "| method | for one class | better than chance | gap | needed | suffices | when | where | SaCo | in the box "
        "| other class | random weights |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
        *(
            f"| {_title(line.name)} | {'yes' if METHODS[line.name].class_specific else 'no'} "
            f"| **{line.passed.share:.0%}** {_interval(line.passed)} "
            f"| {line.gap:+.1f} ({line.gap_probability:+.2f}) | {line.necessary.share:.0%} "
            f"| {line.sufficient.share:.0%} | {line.when.share:.0%} | {line.where.share:.0%} | {_number(line.saco)} "
            f"| {_number(line.lift, ' ×')} | {_number(line.class_similarity)} | {_number(line.weights_similarity)} |"
            for line in lines
            if line.name in METHODS
        ),
    ]
    heads = [NULLS[null].title.lower() for null in lines[0].by_null]
    rates = [
        f"| map | beyond random orders | {' | '.join(f'ahead of it {head}' for head in heads)} |",
        f"| --- | --- | {' | '.join('---' for _ in heads)} |",
    ]
    for line in lines:
        cells = [line.beyond_random, *line.by_null.values()]
        rates.append(f"| {_title(line.name)} | {' | '.join(f'{one.share:.0%} {_interval(one)}' for one in cells)} |")
    notes = (
        f"{len(rows)} rendered clips, of which `{model}` in {dtype} answers {len(right)} rightly; the maps are of "
        "these, each tested alone, with 95 % intervals. *Better than chance*: ahead of all copies of itself that are "
        "turned about the middle. *Gap*: median difference, with the map's best quarter of the patches "
        "and with its worst, in the class's log-odds (in its probability). *Needed*, *suffices*: the same verdict by "
        "the patches left out, and by those kept, alone. *In the box*: share of positive mass inside the box of what "
        f"moves, over the box's share of the area ({share:.0%} on average; {boxed} clips in which something, but not "
        "everything, moves). Of every fifth clip only: *when*, *where*, by whole slices and by whole columns of time; "
        "*SaCo*, the mean; *other class*, *random weights*, the median rank correlation with the map of the likeliest "
        "other class, and of the same network with random weights (lower is better); *beyond random orders*. Of maps "
        "that know nothing of the clip, in italics, about 5 % should be ahead of all turned copies: that is the "
        "verdict."
    )
    return "\n".join([*worth, "", *rates, "", notes])


def _title(name: str) -> str:
    return METHODS[name].title if name in METHODS else f"*{KNOW_NOTHING[name].title}*"


def _interval(share: Proportion) -> str:
    low, high = share.interval
    return f"({low:.0%} to {high:.0%})"


def _number(value: float, unit: str = "") -> str:
    return "" if np.isnan(value) else f"{value:.{1 if unit else 2}f}{unit}"


def read_rows(path: Path, settings: Mapping[str, object]) -> list[ClipRow]:
    """The clips that an earlier, interrupted study has measured under the same settings.

    Raises:
        BadRequestError: the file is of other settings.
    """
    if not path.exists():
        return []
    first, *others = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.endswith("}")]
    if first != settings:
        raise BadRequestError(f"{path} is of a study under other settings. Remove it, or give another --out.")
    return [
        ClipRow(
            **{
                **row,
                "maps": {name: _map_row(values) for name, values in row["maps"].items()},
            }
        )
        for row in others
    ]


def _map_row(values: Mapping[str, Any]) -> MapRow:
    return MapRow(**{**values, "details": values["details"] and Details(**values["details"])})


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", metavar="M", default="bundled", help="bundled, or a folder (default: %(default)s)")
    parser.add_argument("--dtype", choices=("float32", "bfloat16"), default="float32", help="default: %(default)s")
    parser.add_argument(
        "--choice", action="store_true", help="the clips on which the rule was chosen, not the published ones"
    )
    parser.add_argument("--clips", metavar="N", type=int, default=200, help="default: %(default)s")
    parser.add_argument(
        "--out", metavar="FILE", type=Path, help="JSON lines, one a clip; an interrupted study of this file goes on"
    )
    parser.add_argument("--readme", metavar="FILE", type=Path, help="put the table into this README")


def run(args: argparse.Namespace) -> int:
    """Measure, and print the table."""
    from ..models import load_classifier

    tell = options.progress_on_stderr()
    classifier = load_classifier(args.model, dtype=args.dtype, on_progress=tell)
    seed = CHOICE_SEED if args.choice else SEED
    settings: dict[str, object] = {"model": classifier.identity.id, "maps": [*METHODS, *KNOW_NOTHING], "seed": seed}
    settings["dtype"] = args.dtype
    settings["weights"] = classifier.fingerprint()
    rows = read_rows(args.out, settings) if args.out else []
    if args.out:  # written anew, because an interruption may have cut the last line off
        args.out.parent.mkdir(parents=True, exist_ok=True)
        lines = [json.dumps(settings), *(json.dumps(asdict(row)) for row in rows)]
        args.out.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    for row in study(classifier, args.clips, done=len(rows), seed=seed, tell=tell):
        rows.append(row)
        if args.out:
            with args.out.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(row)) + "\n")
    text = as_markdown(rows, classifier.identity.id, args.dtype)
    if args.readme:
        write_section(args.readme, "study", text)
    print(text)
    return options.DONE
