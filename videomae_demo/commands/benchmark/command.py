"""``benchmark``: its options, and the order in which everything is measured."""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import get_args

from ...records import Device, OnProgress
from ...settings import Settings
from .. import options
from ..readme_section import write_section
from .arms import arms_on
from .long_file import long_as_text, measure_long, write_film
from .many_clips import many_as_text, measure_many, write_clips
from .memory import measure_memory
from .model import RANDOM_MODEL, load
from .speed import measure_speed, seconds_to_preprocess
from .text import as_text
from .visitors import measure_visitors, visitors_as_text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--model",
        metavar="M",
        default="auto",
        help="auto (the Kinetics model where it is in reach, else random weights of its size), random, bundled, a hub"
        " id, or a folder (default: %(default)s)",
    )
    parser.add_argument("--device", choices=get_args(Device), default="auto", help="default: %(default)s")
    parser.add_argument(
        "--repeats", metavar="R", type=options.whole_number, default=5, help="rounds (default: %(default)s)"
    )
    parser.add_argument(
        "--many",
        metavar="N",
        type=options.whole_number,
        help="instead: N short clips through classify, beside a loop over transformers' pipeline",
    )
    parser.add_argument(
        "--long",
        metavar="MINUTES",
        type=options.positive_seconds,
        help="instead: a film of so many minutes as timeline decodes it, beside one plain linear pass",
    )
    parser.add_argument(
        "--visitors",
        metavar="V",
        type=options.whole_number,
        help="instead: V visitors at once, passes that they share beside passes of one clip",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--readme", metavar="FILE", type=Path, help="put the report into this README")


def run(args: argparse.Namespace) -> int:
    """Measure, and print."""
    from ...models import resolve_model
    from ...models.loading import choose_device
    from .decode_overhead import measure_decode

    tell = options.progress_on_stderr()
    if args.many:
        return _run_many(args, tell)
    if args.long:
        return _run_long(args, tell)
    model, device = args.model, choose_device(args.device)
    if model == "auto" and resolve_model("auto").spec.source == "bundled":
        model = RANDOM_MODEL
    if args.visitors:
        return _run_visitors(args, model, device, tell)
    with options.only_results_on_stdout() as stdout:
        # Memory first: fresh processes beside nothing else.
        peaks = measure_memory(model, device, arms_on(device), tell=tell)
        classifiers = {dtype: load(model, device, dtype) for dtype in ("float32", "bfloat16")}
        report = measure_speed(classifiers, repeats=args.repeats, tell=tell)
        for key, peak in peaks.items():
            report[key] |= {name: round(megabytes, 1) for name, megabytes in peak.items()}
        report["preprocess_seconds"] = seconds_to_preprocess(classifiers["float32"], args.repeats)
        # Without the deadline that visitors' clips get: a busy machine is measured, too.
        report["decode"] = measure_decode(settings=Settings(decode_timeout=600))
        if args.readme:
            write_section(args.readme, "benchmark", f"```\n{as_text(report)}\n```")
        print(json.dumps(report) if args.json else as_text(report), file=stdout)
    return options.DONE


def _run_visitors(args: argparse.Namespace, model: str, device: str, tell: OnProgress) -> int:
    with options.only_results_on_stdout() as stdout:
        classifiers = {dtype: load(model, device, dtype) for dtype in ("float32", "bfloat16")}
        found = measure_visitors(classifiers, args.visitors, repeats=args.repeats, tell=tell)
        print(json.dumps(found) if args.json else visitors_as_text(found), file=stdout)
    return options.DONE


def _run_many(args: argparse.Namespace, tell: OnProgress) -> int:
    from ...models import load_classifier, name_of, resolve_model

    source = resolve_model(args.model, on_progress=tell)
    settings = options.own_machine_settings(num_clips=args.many)
    with options.only_results_on_stdout() as stdout, tempfile.TemporaryDirectory(prefix="videomae-many-") as folder:
        model = name_of(load_classifier(args.model, device=args.device, on_progress=tell).identity)
        files = write_clips(Path(folder), args.many)
        found = measure_many(model, source.folder, files, device=args.device, settings=settings, tell=tell)
        print(json.dumps(found) if args.json else many_as_text(found), file=stdout)
    return options.DONE


def _run_long(args: argparse.Namespace, tell: OnProgress) -> int:
    from ...models import load_classifier

    settings = options.own_machine_settings()
    with options.only_results_on_stdout() as stdout, tempfile.TemporaryDirectory(prefix="videomae-long-") as folder:
        classifier = load_classifier(args.model, device=args.device, on_progress=tell)
        path = Path(folder) / "film.mp4"
        write_film(path, args.long)
        found = measure_long(path, classifier, rounds=args.repeats, settings=settings, tell=tell)
        print(json.dumps(found) if args.json else long_as_text(found), file=stdout)
    return options.DONE
