"""``evaluate MANIFEST.csv``: top-1 and top-5 with their intervals, and a report; goes on where it stopped."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import options
from .classify import conditions_of, default_batch_size
from .clip_list import ListedClip, list_clips
from .pace import Pace
from .rows_file import Row, RowsFile

if TYPE_CHECKING:
    from ..results import Analysis, Proportion

MOST_IN_STATE_NAME = 60


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "clips",
        metavar="MANIFEST.csv",
        nargs="+",
        help="columns path,label; paths from its folder. Or folders, patterns and files: a clip's folder is its label",
    )
    options.add_model_options(parser)
    options.add_view_options(parser)
    options.add_batch_option(parser)
    parser.add_argument(
        "--state", metavar="FILE", type=Path, help="the progress file (default: beside the manifest, by the settings)"
    )
    parser.add_argument(
        "--report", metavar="FILE.html", type=Path, help="where the report goes (default: beside the progress file)"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")


def run(args: argparse.Namespace) -> int:
    from ..many import analyse_many
    from ..models import load_classifier
    from ..report.evaluation import write_report

    tell = options.progress_on_stderr()
    with options.only_results_on_stdout() as stdout:
        clips = list_clips(args.clips, labelled=True)
        settings = options.own_machine_settings(num_clips=len(clips))
        classifier = load_classifier(
            args.model, device=args.device, dtype=args.dtype, settings=settings, on_progress=tell
        )
        conditions = conditions_of(args, classifier)
        batch_size = args.batch_size or default_batch_size(classifier, args.views)
        state = args.state or default_state(Path(args.clips[0]), {**conditions, "batch_size": batch_size})
        keys = [{"path": clip.name, "label": clip.label} for clip in clips]
        file = RowsFile(state, conditions=conditions, keys=keys, batch_size=batch_size, option="--state")
        done = len(file.rows)
        if done:
            print(f"{done} of {len(clips)} clips are done already ({file.path})", file=sys.stderr)
        pace = Pace(len(clips), "clips", done=done)
        left = clips[done:]
        named = [(clip.name, clip.path) for clip in left]
        line = options.line_arguments(args)
        start = 0
        for answers in analyse_many(named, batch_size=batch_size, settings=settings, **line):
            batch = left[start : start + len(answers)]
            file.add(outcome_of(clip, answer) for clip, answer in zip(batch, answers, strict=True))
            pace.add(len(answers))
            start += len(answers)
        record = summary(file.rows, conditions)
        report = args.report or state.with_name(state.name.removesuffix(".progress.jsonl") + ".report.html")
        tell("Writing the report", None)
        write_report(
            report,
            record=record,
            rows=file.rows,
            labels=classifier.labels,
            paths=[clip.path for clip in clips],
            settings=settings,
        )
        print(f"The report is {report}", file=sys.stderr)
        if args.json:
            options.print_json(record, stdout)
        else:
            print(as_text(record), file=stdout)
    return options.SOME_FAILED if record["failed"] else options.DONE


def outcome_of(clip: ListedClip, answer: Analysis | Exception) -> Row:
    """One row of the progress file: where the right class stands, and what was answered."""
    from ..models.prediction import find_label
    from ..report.export import error_json

    row: Row = {"path": clip.name, "label": clip.label}
    try:
        if isinstance(answer, Exception):
            raise answer
        prediction = answer.prediction
        label_id = find_label(prediction.labels, clip.label)
    except Exception as error:  # the clip, or a label that the model does not have
        return {**row, "rank": None, "error": error_json(clip.name, error)["error"]}
    order = [number for number, _, _ in prediction.top(len(prediction.labels))]
    return {
        **row,
        "label_id": label_id,
        "rank": order.index(label_id) + 1,
        "probability": float(prediction.probabilities[label_id]),
        "answer_id": order[0],
        "answer_probability": float(prediction.probabilities[order[0]]),
    }


def default_state(first: Path, conditions: dict[str, Any]) -> Path:
    """Beside the manifest; a file for each combination of settings, so that two evaluations do not disturb each other.

    >>> default_state(Path("a/val.csv"), {"model": "m/x", "revision": None, "views": "5x3"}).name
    'val.x-5x3-7864a1f7.progress.jsonl'
    """
    told = hashlib.sha256(json.dumps(conditions, sort_keys=True).encode()).hexdigest()[:8]
    model = Path(conditions["model"]).name[:MOST_IN_STATE_NAME]
    name = f"{model}-{conditions['views']}-{told}.progress.jsonl"
    if first.suffix.lower() == ".csv" or first.is_dir():
        return first.with_name(f"{first.stem}.{name}")
    return Path(f"evaluation.{name}")  # of a pattern or of single clips: here


def summary(rows: list[Row], conditions: dict[str, Any]) -> dict[str, Any]:
    """The command's JSON object."""
    from ..results import Proportion

    ranks = [row["rank"] for row in rows if row["rank"] is not None]
    return {
        **conditions,
        "num_clips": len(rows),
        "num_answered": len(ranks),
        # Clips that failed count for neither side.
        "top1": _proportion_json(Proportion(sum(rank <= 1 for rank in ranks), len(ranks))),
        "top5": _proportion_json(Proportion(sum(rank <= 5 for rank in ranks), len(ranks))),
        "failed": [
            {"path": row["path"], "label": row["label"], "error": row["error"]} for row in rows if row["rank"] is None
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
