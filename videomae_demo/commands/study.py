"""``study``: which explanation methods beat chance and point at what moves, on rendered clips of the bundled model.

The renderer knows what moves and where, so a map can be judged twice: by leaving tokens out in its order (faithfulness,
beside random orders), and by the share of its positive mass inside the mover's box (localisation). The sanity checks of
Adebayo et al. are run on every tenth clip. One line of JSON a clip is written as soon as it is measured, so that an
interrupted study goes on where it stopped.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import BadRequestError
from ..explain import METHODS, explain
from ..records import OnProgress, SampledFrames
from ..results import Proportion, Target
from . import options
from .readme_section import write_section

if TYPE_CHECKING:
    from ..models import VideoClassifier

SEED = 3_000_029
"""Of the clips: neither training, nor the model's own test, nor the choice of the verdict's rule has seen them."""
SANITY_EVERY = 10


@dataclass(frozen=True)
class MapRow:
    """One method's map of one clip."""

    deletion: float
    """Areas, see ``records.Faithfulness``."""
    insertion: float
    better_than_chance: bool
    share_inside: float | None
    """None where nothing moves, or everything does."""
    class_similarity: float | None
    """Rank correlation with the likeliest other class's map; None where not measured, as below."""
    weights_similarity: float | None
    """Rank correlation with the map of a model with random weights."""


@dataclass(frozen=True)
class ClipRow:
    """One clip; without maps if the model got it wrong."""

    index: int
    label: str
    right: bool
    area_share: float | None
    """The mover's box, as a share of the clip; None where nothing moves, or everything does."""
    random: tuple[float, ...]
    """Areas of the random orders."""
    maps: Mapping[str, MapRow]


def study(
    classifier: VideoClassifier, count: int, *, done: int = 0, tell: OnProgress | None = None
) -> Iterator[ClipRow]:
    """The clips ``done`` to ``count``, one by one; the classes in turn."""
    for index in range(done, count):
        if tell:
            tell(f"Clip {index + 1} of {count}", index / count)
        yield study_clip(classifier, index)


def study_clip(classifier: VideoClassifier, index: int) -> ClipRow:
    """Render clip ``index``, answer it, and, if that was right, judge every method's map of it."""
    from ..explain import faithfulness, sanity
    from ..explain.localisation import share_inside
    from ..inputs.preprocess import preprocess
    from ..training.render import CLASSES, render_clip
    from ..training.tokens import box_coverage

    geometry = classifier.geometry
    label_id = index % len(CLASSES)
    clip = render_clip(SEED, index, size=geometry.image_size, num_frames=geometry.num_frames, label_id=label_id)
    numbers = tuple(range(len(clip.rgb)))
    frames = SampledFrames(clip.rgb, numbers, tuple(float(number) for number in numbers), decoder="edit")
    pixel_values = preprocess(frames, classifier.preprocessing).pixel_values
    coverage = None
    if not clip.whole_scene and CLASSES[label_id] != "hold still":
        coverage = box_coverage(clip.boxes[None], geometry.grid[1])[0].reshape(geometry.grid)
    area = None if coverage is None else float(coverage.mean())
    if classifier.forward(pixel_values).logits.argmax() != label_id:
        return ClipRow(index, CLASSES[label_id], False, area, (), {})

    target = Target(label_id)
    maps = {method: explain(method, classifier, pixel_values, target=target).values for method in METHODS}
    measured = faithfulness.measure_all(classifier, pixel_values, maps, target, seed=index)
    rows = {}
    for method, values in maps.items():
        similarities: list[float | None] = [None, None]
        if index % SANITY_EVERY == 0:
            checks = (sanity.other_class, sanity.random_weights)
            similarities = [check(method, classifier, pixel_values, target).similarity for check in checks]
        rows[method] = MapRow(
            deletion=measured[method].deletion_auc,
            insertion=measured[method].insertion_auc,
            better_than_chance=measured[method].better_than_chance,
            share_inside=None if coverage is None else share_inside(values, coverage),
            class_similarity=similarities[0],
            weights_similarity=similarities[1],
        )
    band = next(iter(measured.values())).random_auc
    return ClipRow(index, CLASSES[label_id], True, area, band, rows)


@dataclass(frozen=True)
class MethodSummary:
    """One line of the table: one method over all clips that were answered rightly."""

    method: str
    better: Proportion
    """Clips on which the map is better than chance."""
    deletion_better: Proportion
    """Clips on which the probability falls earlier than in every random order."""
    insertion_better: Proportion
    """Clips on which the best patches alone keep it up longer than every random order's."""
    deletion: float
    """Mean areas."""
    insertion: float
    lift: float
    """Mean share of positive mass inside the box, over the box's mean share of the area."""
    class_similarity: float
    """Median rank correlations; nan where not measured."""
    weights_similarity: float


def summarise(rows: Sequence[ClipRow]) -> tuple[MethodSummary, ...]:
    """A line a method, most often better than chance first.

    Raises:
        BadRequestError: no clip was answered rightly.
    """
    right = [row for row in rows if row.right]
    if not right:
        raise BadRequestError("No clip was answered rightly, so there is nothing to explain. Study more clips.")
    return tuple(sorted((_summary(method, right) for method in right[0].maps), key=lambda line: -line.better.share))


def _summary(method: str, right: Sequence[ClipRow]) -> MethodSummary:
    maps = [row.maps[method] for row in right]
    boxed = [row for row in right if row.area_share is not None]

    def count(hits: Iterator[bool]) -> Proportion:
        return Proportion(sum(hits), len(right))

    def median(values: Iterator[float | None]) -> float:
        known = [value for value in values if value is not None]
        return statistics.median(known) if known else float("nan")

    return MethodSummary(
        method=method,
        better=count(row.better_than_chance for row in maps),
        deletion_better=count(row.maps[method].deletion < min(row.random) for row in right),
        insertion_better=count(row.maps[method].insertion > max(row.random) for row in right),
        deletion=float(np.mean([row.deletion for row in maps])),
        insertion=float(np.mean([row.insertion for row in maps])),
        lift=_ratio([row.maps[method].share_inside for row in boxed], [row.area_share for row in boxed]),
        class_similarity=median(row.class_similarity for row in maps),
        weights_similarity=median(row.weights_similarity for row in maps),
    )


def _ratio(inside: Sequence[float | None], area: Sequence[float | None]) -> float:
    return float(np.mean(np.array(inside, float)) / np.mean(np.array(area, float))) if inside else float("nan")


def as_markdown(rows: Sequence[ClipRow], model: str) -> str:
    """The table, and what its columns mean."""
    lines = summarise(rows)
    right = [row for row in rows if row.right]
    boxed = sum(row.area_share is not None for row in right)
    random = float(np.mean([area for row in right for area in row.random]))
    table = [
        "| method | for one class | better than chance | deletion ↓ | insertion ↑ | in the box | other class "
        "| random weights |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for line in lines:
        low, high = line.better.interval
        table.append(
            f"| {METHODS[line.method].title} | {'yes' if METHODS[line.method].class_specific else 'no'} "
            f"| **{line.better.share:.0%}** ({low:.0%} to {high:.0%}) "
            f"| {line.deletion:.2f} ({line.deletion_better.share:.0%}) "
            f"| {line.insertion:.2f} ({line.insertion_better.share:.0%}) "
            f"| {line.lift:.1f} × | {_number(line.class_similarity)} | {_number(line.weights_similarity)} |"
        )
    table.append(f"| random orders | | | {random:.2f} | {random:.2f} | 1.0 × | | |")
    share = np.mean([row.area_share for row in right if row.area_share is not None]) if boxed else float("nan")
    notes = (
        f"{len(rows)} rendered clips, of which `{model}` answers {len(right)} rightly; the maps are of these. *Better "
        "than chance*: clips on which the gap between the insertion and the deletion area is wider than those of all "
        "random orders (with 95 % interval; of random maps about 5 % pass). *Deletion*, *insertion*: mean area under "
        "the probability of the right class, and the share of clips on which this curve alone beats every random "
        f"order. *In the box*: share of positive mass inside the box of what moves, over the box's share of the area "
        f"({share:.0%} on average; {boxed} clips in which something, but not everything, moves). *Other class*, "
        "*random weights*: median rank correlation of the map with that of the likeliest other class, and with that "
        "of the same network with random weights; lower is better."
    )
    return "\n".join([*table, "", notes])


def _number(value: float) -> str:
    return "" if np.isnan(value) else f"{value:.2f}"


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
                "random": tuple(row["random"]),
                "maps": {method: MapRow(**values) for method, values in row["maps"].items()},
            }
        )
        for row in others
    ]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", metavar="M", default="bundled", help="bundled, or a folder (default: %(default)s)")
    parser.add_argument("--clips", metavar="N", type=int, default=200, help="default: %(default)s")
    parser.add_argument(
        "--out", metavar="FILE", type=Path, help="JSON lines, one a clip; an interrupted study of this file goes on"
    )
    parser.add_argument("--readme", metavar="FILE", type=Path, help="put the table into this README")


def run(args: argparse.Namespace) -> int:
    """Measure, and print the table."""
    from ..models import load_classifier

    tell = options.progress_on_stderr()
    classifier = load_classifier(args.model, dtype="float32", on_progress=tell)
    settings = {"model": classifier.identity.id, "methods": list(METHODS), "seed": SEED}
    settings["weights"] = classifier.fingerprint()
    rows = read_rows(args.out, settings) if args.out else []
    if args.out:  # written anew, because an interruption may have cut the last line off
        args.out.parent.mkdir(parents=True, exist_ok=True)
        lines = [json.dumps(settings), *(json.dumps(asdict(row)) for row in rows)]
        args.out.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    for row in study(classifier, args.clips, done=len(rows), tell=tell):
        rows.append(row)
        if args.out:
            with args.out.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(row)) + "\n")
    text = as_markdown(rows, classifier.identity.id)
    if args.readme:
        write_section(args.readme, "study", text)
    print(text)
    return options.DONE
