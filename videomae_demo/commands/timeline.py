"""``timeline CLIP --out DIR``: what happens when, over a clip of any length."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from ..errors import BadRequestError
from . import options
from .pace import duration, with_time_left


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("clip", metavar="CLIP", help="a video file of any length")
    options.add_look_options(parser)
    options.add_batch_option(parser)
    parser.add_argument("--out", metavar="DIR", type=Path, required=True, help="the folder for tables and report")
    parser.add_argument(
        "--window", metavar="S", type=options.positive_seconds, default=2.0, help="a window's length (default: 2)"
    )
    parser.add_argument(
        "--step",
        metavar="S",
        type=options.positive_seconds,
        default=None,
        help="from one window's start to the next one's (default: the window's length)",
    )
    parser.add_argument("--parquet", action="store_true", help="also write timeline.parquet")
    parser.add_argument("--json", action="store_true", help="also print the JSON object on stdout")
    parser.set_defaults(parser_error=parser.error)


def run(args: argparse.Namespace) -> int:
    window = options.window_of(args, args.parser_error)
    from ..report.export import error_json
    from ..report.over_time import stretches, timeline_json, write_timeline
    from ..sliding import clip_timeline

    if args.parquet:
        from ..report.tables import pyarrow

        pyarrow()  # missing, it is better missed before the work
    with options.only_results_on_stdout() as stdout:
        try:
            found = clip_timeline(
                Path(args.clip),
                clip_name=args.clip,
                window_seconds=args.window,
                step_seconds=args.step,
                window=window,
                batch_size=args.batch_size,
                settings=options.own_machine_settings(),
                on_progress=with_time_left(),
                **options.line_arguments(args),
            )
            write_timeline(found, args.out, top_k=args.top_k, parquet=args.parquet)
        except BadRequestError:
            raise
        except Exception as error:
            record = error_json(args.clip, error)
            if args.json:
                options.print_json(record, stdout)
            else:
                print(f"{args.clip}\n  failed ({record['error']['code']}): {record['error']['message']}", file=stdout)
            return options.SOME_FAILED
        print(f"{len(found.spans)} windows in {duration(found.seconds)}; written to {args.out}", file=sys.stderr)
        if args.json:
            options.print_json(timeline_json(found, args.top_k), stdout)
        else:
            print(as_text(stretches(found)), file=stdout)
    return options.DONE


def as_text(found: list[tuple[float, float, str, float]]) -> str:
    """A line for each run of windows with the same answer.

    >>> print(as_text([(0.0, 4.0, "jump", 0.93), (4.0, 6.0, "run", 0.5)]))
      0:00.0 to 0:04.0   93.0 %  jump
      0:04.0 to 0:06.0   50.0 %  run
    """
    from ..figures.over_time import clock

    lines: list[Any] = [
        f"  {clock(start)} to {clock(end)}  {100 * probability:5.1f} %  {label}"
        for start, end, label, probability in found
    ]
    return "\n".join(lines)
