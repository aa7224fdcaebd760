"""``evaluate MANIFEST.csv``: top-1 and top-5 with their intervals; goes on where it stopped."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import options

if TYPE_CHECKING:
    from ..results import Proportion
    from ..settings import Settings
    from .manifest import LabelledClip, Outcome


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("manifest", metavar="MANIFEST.csv", type=Path, help="columns path,label; paths from its folder")
    options.add_model_options(parser)
    options.add_view_options(parser)
    parser.add_argument(
        "--state", metavar="FILE", type=Path, help="the progress file (default: beside the manifest, by the settings)"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")


def run(args: argparse.Namespace) -> int:
    from ..models import load_classifier
    from ..settings import Settings
    from .manifest import ProgressFile, read_manifest

    environment, tell = Settings.from_environment(), options.progress_on_stderr()
    with options.only_results_on_stdout() as stdout:
        clips = read_manifest(args.manifest)
        classifier = load_classifier(
            args.model, device=args.device, dtype=args.dtype, settings=environment, on_progress=tell
        )
        conditions = {
            "model": classifier.identity.id,
            "revision": classifier.identity.revision,
            "weights": classifier.fingerprint(),
            "sampling": classifier.default_sampling if args.sampling == "auto" else args.sampling,
            "views": args.views,
            "dtype": classifier.dtype,
        }
        progress = ProgressFile(args.state or default_state(args.manifest, conditions), conditions)
        left = progress.left(clips)
        if len(left) < len(clips):
            print(f"{len(clips) - len(left)} of {len(clips)} clips are done already ({progress.path})", file=sys.stderr)
        for number, clip in enumerate(left, start=len(clips) - len(left) + 1):
            tell(f"Clip {number} of {len(clips)}", None)
            progress.add(outcome_of(clip, args, environment))
        record = summary(progress.of(clips), conditions)
        if args.json:
            options.print_json(record, stdout)
        else:
            print(as_text(record), file=stdout)
    return options.SOME_FAILED if record["failed"] else options.DONE


def outcome_of(clip: LabelledClip, args: argparse.Namespace, settings: Settings) -> Outcome:
    """Classify one row's clip and find the right class's rank."""
    from .. import pipeline
    from ..models.prediction import find_label
    from ..report.export import error_json
    from .manifest import Outcome

    beside = args.manifest.parent / clip.path
    try:
        analysis = pipeline.analyse(
            beside if beside.exists() else Path(clip.path),
            model=args.model,
            device=args.device,
            dtype=args.dtype,
            sampling=args.sampling,
            views=args.views,
            methods=(),
            settings=settings,
        )
        label_id = find_label(analysis.prediction.labels, clip.label)
        order = [row[0] for row in analysis.prediction.top(len(analysis.prediction.labels))]
        return Outcome(clip.path, clip.label, rank=order.index(label_id) + 1)
    except Exception as error:  # one clip must not end the others
        found = error_json(clip.path, error)["error"]
        return Outcome(clip.path, clip.label, code=found["code"], message=found["message"])


def default_state(manifest: Path, conditions: dict[str, Any]) -> Path:
    """Beside the manifest; a file for each combination of settings, so that two evaluations do not disturb each other.

    >>> default_state(Path("a/val.csv"), {"model": "m/x", "revision": None, "views": "5x3"}).name
    'val.x-5x3-7864a1f7.progress.jsonl'
    """
    told = hashlib.sha256(json.dumps(conditions, sort_keys=True).encode()).hexdigest()[:8]
    return manifest.with_name(
        f"{manifest.stem}.{Path(conditions['model']).name[:60]}-{conditions['views']}-{told}.progress.jsonl"
    )


def summary(outcomes: list[Outcome], conditions: dict[str, Any]) -> dict[str, Any]:
    """The command's JSON object."""
    from .manifest import top_k_accuracy

    failed = [outcome for outcome in outcomes if outcome.rank is None]
    return {
        **conditions,
        "num_clips": len(outcomes),
        "num_answered": len(outcomes) - len(failed),
        "top1": _proportion_json(top_k_accuracy(outcomes, 1)),
        "top5": _proportion_json(top_k_accuracy(outcomes, 5)),
        "failed": [
            {"path": outcome.path, "label": outcome.label, "error": {"code": outcome.code, "message": outcome.message}}
            for outcome in failed
        ],
    }


def as_text(record: dict[str, Any]) -> str:
    """The summary for a reader."""
    lines = [f"{record['model']}, {record['sampling']} sampling, {record['views']} views"]
    for name, title in (("top1", "top-1"), ("top5", "top-5")):
        found = record[name]
        low, high = found["interval_95"]
        lines.append(
            f"{title} {100 * found['accuracy']:.1f} %  (95 % interval {100 * low:.1f} to {100 * high:.1f} %,"
            f" {found['count']} of {record['num_answered']} clips)"
        )
    lines += [f"failed: {row['path']} ({row['error']['code']}): {row['error']['message']}" for row in record["failed"]]
    return "\n".join(lines)


def _proportion_json(proportion: Proportion) -> dict[str, Any]:
    return {"accuracy": proportion.share, "interval_95": list(proportion.interval), "count": proportion.count}
