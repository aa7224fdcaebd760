"""``classify CLIP...``: what the model answers, clip by clip."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from . import options


def add_arguments(parser: argparse.ArgumentParser) -> None:
    options.add_clip_options(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object a clip and line on stdout")
    parser.set_defaults(parser_error=parser.error)


def run(args: argparse.Namespace) -> int:
    window = options.window_of(args, args.parser_error)
    from .. import pipeline
    from ..report.export import analysis_json, error_json
    from ..settings import Settings

    settings, tell = Settings.from_environment(), options.progress_on_stderr()
    status = options.DONE
    with options.only_results_on_stdout() as stdout:
        for clip in args.clips:
            try:
                analysis = pipeline.analyse(
                    Path(clip),
                    clip_name=clip,
                    window=window,
                    methods=(),
                    settings=settings,
                    on_progress=tell,
                    **options.line_arguments(args),
                )
                record = analysis_json(analysis, args.top_k)
            except Exception as error:  # one clip must not end the others
                record = error_json(clip, error)
                status = options.SOME_FAILED
            if args.json:
                options.print_json(record, stdout)
            else:
                print(as_text(record), file=stdout, flush=True)
    return status


def as_text(record: dict[str, Any]) -> str:
    """The contract's object for a reader: the answers, the frames that they rest on, and the model.

    >>> print(as_text({"clip": "a.mp4", "ok": False, "error": {"code": "empty", "message": "a.mp4 is empty."}}))
    a.mp4
      failed (empty): a.mp4 is empty.
    """
    if not record["ok"]:
        return f"{record['clip']}\n  failed ({record['error']['code']}): {record['error']['message']}"
    lines = [record["clip"]]
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
