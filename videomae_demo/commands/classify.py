"""``classify CLIP...``: what the model answers, clip by clip; a thousand of them in one go, and on where it stopped."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from ..errors import DemoError
from . import options
from .clip_list import ListedClip, list_clips
from .pace import Pace
from .rows_file import Row, RowsFile

if TYPE_CHECKING:
    from ..models import VideoClassifier

PARQUET = ".parquet"

WORDS = {
    True: "Like what this model learned:",
    False: "Unlike what this model learned: no answer. The nearest classes, not to be trusted:",
    None: "It always names something; whether the clip is like what it learned, this model cannot tell:",
}
"""Above the classes, by whether the clip is known."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    options.add_clip_options(parser, clips=options.MANY_CLIPS)
    options.add_batch_option(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object a clip and line on stdout")
    parser.add_argument(
        "--out",
        metavar="FILE",
        type=Path,
        help="write the objects to FILE.jsonl, or a table to FILE.parquet; called again, it goes on where it stopped",
    )
    parser.set_defaults(parser_error=parser.error)


def run(args: argparse.Namespace) -> int:
    window = options.window_of(args, args.parser_error)
    from ..models import load_classifier
    from ..report.export import error_json

    tell = options.progress_on_stderr()
    with options.only_results_on_stdout() as stdout:
        clips = list_clips(args.clips)
        settings = options.own_machine_settings(num_clips=len(clips))
        try:
            classifier = load_classifier(
                args.model, device=args.device, dtype=args.dtype, settings=settings, on_progress=tell
            )
        except DemoError as error:
            if args.out:
                raise
            for clip in clips:
                _print(error_json(clip.name, error), args, stdout)
            return options.SOME_FAILED
        batch_size = args.batch_size or default_batch_size(classifier, args.views)
        file = _rows_file(args, clips, classifier, batch_size) if args.out else None
        done = len(file.rows) if file else 0
        if done:
            print(f"{done} of {len(clips)} clips are done already ({args.out})", file=sys.stderr)
        pace = Pace(len(clips), "clips", done=done)
        failed = any(not row["ok"] for row in file.rows) if file else False
        line = {**options.line_arguments(args), "window": window}
        for rows in answered_rows(clips[done:], batch_size, args.top_k, settings, line):
            failed |= any(not row["ok"] for row in rows)
            if file:
                file.add(map(repeatable, rows))
            if args.json or not file:
                for row in rows:
                    _print(row, args, stdout)
            if file or len(clips) > 1:
                pace.add(len(rows))
        if args.out and args.out.suffix == PARQUET and file:
            from ..report.tables import write_clips_table

            write_clips_table(file.rows, args.out)
    return options.SOME_FAILED if failed else options.DONE


def answered_rows(
    clips: Sequence[ListedClip], batch_size: int, top_k: int, settings: Any, line: dict[str, Any]
) -> Iterator[list[Row]]:
    """The contract's objects, a list a batch; the clips' own order."""
    from ..many import analyse_many
    from ..report.export import analysis_json, error_json

    named = [(clip.name, clip.path) for clip in clips]
    answers = analyse_many(named, batch_size=batch_size, settings=settings, **line)
    start = 0
    for batch in answers:
        yield [
            error_json(name, answer) if isinstance(answer, Exception) else analysis_json(answer, top_k)
            for (name, _), answer in zip(named[start : start + len(batch)], batch, strict=True)
        ]
        start += len(batch)


def default_batch_size(classifier: VideoClassifier, views: str) -> int:
    """What fills the model's device."""
    from ..inputs.sampling import parse_views
    from ..many import batch_size_for

    num_clips, num_crops = parse_views(views)
    return batch_size_for(classifier.geometry, classifier.device, views=num_clips * num_crops)


def repeatable(row: Row) -> Row:
    """Without what a clock says: answered again, a clip gives the same row to the last byte."""
    return {name: value for name, value in row.items() if name != "seconds"}


def conditions_of(args: argparse.Namespace, classifier: VideoClassifier) -> dict[str, Any]:
    """Whatever decides about the numbers, but for the clips."""
    from ..models.versions import package_versions

    return {
        "model": classifier.identity.id,
        "revision": classifier.identity.revision,
        "weights": classifier.fingerprint(),
        "sampling": classifier.default_sampling if args.sampling == "auto" else args.sampling,
        "views": args.views,
        "device": classifier.device,
        "dtype": classifier.dtype,
        "versions": dict(package_versions()),
    }


def _rows_file(
    args: argparse.Namespace, clips: Sequence[ListedClip], classifier: VideoClassifier, batch_size: int
) -> RowsFile:
    path = args.out
    if path.suffix == PARQUET:  # a table is written whole, at the end
        from ..report.tables import pyarrow

        pyarrow()
        path = path.with_name(f"{path.name}.rows.jsonl")
    conditions = {
        "command": "classify",
        **conditions_of(args, classifier),
        "window": [args.start, args.end],
        "top_k": args.top_k,
    }
    keys = [{"clip": clip.name} for clip in clips]
    return RowsFile(path, conditions=conditions, keys=keys, batch_size=batch_size, option="--out")


def _print(record: Row, args: argparse.Namespace, stdout: TextIO) -> None:
    if args.json:
        options.print_json(record, stdout)
    else:
        print(as_text(record), file=stdout, flush=True)


def as_text(record: dict[str, Any]) -> str:
    """The contract's object for a reader: the answers, the frames that they rest on, and the model.

    >>> print(as_text({"clip": "a.mp4", "ok": False, "error": {"code": "empty", "message": "a.mp4 is empty."}}))
    a.mp4
      failed (empty): a.mp4 is empty.
    """
    if not record["ok"]:
        return f"{record['clip']}\n  failed ({record['error']['code']}): {record['error']['message']}"
    lines = [record["clip"]]
    lines += [f"  {WORDS[record['familiar']['known']]}"]
    lines += [f"  {100 * row['probability']:5.1f} %  {row['label']}" for row in record["predictions"]]
    sampling = record["sampling"]
    times = sampling["views"][0]["pts_seconds"]
    views = len(sampling["views"])
    lines.append(
        f"  {len(times)} frames from {times[0]:.2f} to {times[-1]:.2f} s ({sampling['name']}),"
        f" {views} view{'s' * (views > 1)}, {record['seconds']['forward']:.2f} s on {record['device']}"
    )
    lines.append(f"  {record['model']['reason']}")
    lines += [f"  {record['notice']}"] if record["notice"] else []
    return "\n".join(lines)
