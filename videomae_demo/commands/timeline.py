"""``timeline CLIP --out DIR``: what happens when, over a clip of any length."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import BadRequestError
from . import options
from .classify import conditions_of
from .pace import duration, with_time_left
from .rows_file import RowsFile, packed, unpacked

if TYPE_CHECKING:
    from ..records import ClipInfo, Window
    from ..sliding import WindowAnswer


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
    noted: list[_Noted] = []

    def resume(clip: ClipInfo, spans: Sequence[Window], batch_size: int) -> _Noted:
        noted.append(_Noted(args, clip, spans, batch_size))
        return noted[0]

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
                resume=resume,
                **options.line_arguments(args),
            )
            write_timeline(found, args.out, top_k=args.top_k, parquet=args.parquet)
            noted[0].file.remove()
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


class _Noted:
    """The answers so far, in a file beside the results: a run that was ended goes on from there."""

    def __init__(self, args: argparse.Namespace, clip: ClipInfo, spans: Sequence[Window], batch_size: int) -> None:
        from ..models import load_classifier
        from ..results import Familiarity
        from ..sliding import WindowAnswer

        assert clip.scan is not None
        conditions = {
            "command": "timeline",
            **conditions_of(args, load_classifier(args.model, device=args.device, dtype=args.dtype)),
            "file": clip.scan.file_identity,
        }
        try:
            args.out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BadRequestError(f"{args.out} cannot be written: name another folder with --out.") from error
        self._keys = [{"start_seconds": span.start_seconds, "end_seconds": span.end_seconds} for span in spans]
        self.file = RowsFile(
            args.out / "timeline.progress.jsonl",
            conditions=conditions,
            keys=self._keys,
            batch_size=batch_size,
            option="--out",
        )
        self.known = [
            WindowAnswer(unpacked(row["probabilities"]), Familiarity(row["familiar"]), row["stood_in"])
            for row in self.file.rows
        ]
        if self.known:
            print(f"{len(self.known)} of {len(spans)} windows are done already ({self.file.path})", file=sys.stderr)

    def add(self, answers: Sequence[WindowAnswer]) -> None:
        start = len(self.file.rows)
        self.file.add(
            {
                **key,
                "probabilities": packed(answer.probabilities),
                "familiar": answer.familiar.score,
                "stood_in": answer.stood_in,
            }
            for key, answer in zip(self._keys[start : start + len(answers)], answers, strict=True)
        )


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
