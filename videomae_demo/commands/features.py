"""``features CLIP... --out FILE``: what the model makes of clips before it names a class, to compute with."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..errors import BadRequestError
from . import options
from .classify import PARQUET, conditions_of, default_batch_size
from .clip_list import list_clips
from .pace import Pace
from .rows_file import Row, RowsFile, packed, unpacked

NPZ = ".npz"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    options.add_clip_options(parser, clips=options.MANY_CLIPS)
    options.add_batch_option(parser)
    parser.add_argument(
        "--out",
        metavar="FILE",
        type=_file,
        required=True,
        help="FILE.npz or FILE.parquet: clips, pooled (clips, D), error",
    )
    parser.add_argument(
        "--tokens",
        action="store_true",
        help="tokens (clips, views, N, D), too: 4.8 MB a view of ViT-B, all of it in memory until it is written",
    )
    parser.set_defaults(parser_error=parser.error)


def _file(text: str) -> Path:
    if Path(text).suffix not in (NPZ, PARQUET):
        raise argparse.ArgumentTypeError(f"{text!r}: expected a name that ends in {NPZ} or {PARQUET}")
    return Path(text)


def run(args: argparse.Namespace) -> int:
    window = options.window_of(args, args.parser_error)
    from ..many import features_of_many
    from ..models import load_classifier
    from ..report.export import error_json

    write = _write_npz
    if args.out.suffix == PARQUET:
        from ..report.tables import pyarrow, write_features_table

        pyarrow()  # missing, it is better missed before the work
        write = write_features_table
    with options.only_results_on_stdout():
        clips = list_clips(args.clips)
        settings = options.own_machine_settings(num_clips=len(clips))
        classifier = load_classifier(
            args.model,
            device=args.device,
            dtype=args.dtype,
            settings=settings,
            on_progress=options.progress_on_stderr(),
        )
        batch_size = args.batch_size or default_batch_size(classifier, args.views)
        wanted = ("pooled", "tokens") if args.tokens else ("pooled",)
        file = RowsFile(
            args.out.with_name(f"{args.out.name}.progress.jsonl"),
            conditions={
                "command": "features",
                **conditions_of(args, classifier),
                "window": [args.start, args.end],
                "columns": wanted,
            },
            keys=[{"clip": clip.name} for clip in clips],
            batch_size=batch_size,
            option="--out",
        )
        done = len(file.rows)
        if done:
            print(f"{done} of {len(clips)} clips are done already ({file.path})", file=sys.stderr)
        pace = Pace(len(clips), "clips", done=done)
        line = {**options.line_arguments(args), "window": window}
        named = [(clip.name, clip.path) for clip in clips[done:]]
        for batch in features_of_many(named, batch_size=batch_size, settings=settings, **line):
            rows: list[Row] = []
            for answer, clip in zip(batch, clips[len(file.rows) :], strict=False):
                if isinstance(answer, Exception):
                    found = error_json(clip.name, answer)["error"]
                    print(f"{clip.name}: {found['message']}", file=sys.stderr)
                    rows.append({"clip": clip.name, "error": f"{found['code']}: {found['message']}"})
                else:
                    numbers = dict(zip(wanted, map(packed, answer), strict=False))
                    rows.append({"clip": clip.name, "error": "", **numbers})
            file.add(rows)
            pace.add(len(batch))
        errors = [row["error"] for row in file.rows]
        if all(errors):
            file.remove()
            print("No clip has features: nothing is written.", file=sys.stderr)
            return options.SOME_FAILED
        columns = {name: _stacked([row.get(name) for row in file.rows]) for name in wanted}
        write(args.out, [clip.name for clip in clips], errors, columns)
        file.remove()
        print(f"{columns['pooled'].shape[0]} x {columns['pooled'].shape[1]} features in {args.out}", file=sys.stderr)
    return options.SOME_FAILED if any(errors) else options.DONE


def _stacked(rows: Sequence[Row | None]) -> np.ndarray:
    """One array; a clip without features is a row of nan, so that rows stay with their clips."""
    shape = next(row["shape"] for row in rows if row is not None)
    return np.stack([np.full(shape, np.nan, np.float32) if row is None else unpacked(row) for row in rows])


def _write_npz(path: Path, names: list[str], errors: list[str], columns: dict[str, np.ndarray]) -> None:
    """``clips`` and ``error`` as texts, the features as float32; NumPy loads all of it without pickle."""
    try:
        np.savez_compressed(path, clips=np.array(names), error=np.array(errors), **columns)  # type: ignore[arg-type]
    except OSError as error:
        raise BadRequestError(f"{path} cannot be written: name a place that can with --out.") from error
