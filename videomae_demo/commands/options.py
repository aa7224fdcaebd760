"""Options that several commands share, and how they print."""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TextIO, get_args

from ..errors import BadRequestError
from ..inputs.sampling import SAMPLERS, parse_views
from ..records import Device, DType, OnProgress, Window
from ..settings import Settings

MOST_WORKERS = 16
"""Decode processes on a machine with many cores; each may take hundreds of megabytes."""

DONE, SOME_FAILED, WRONG_USAGE = 0, 1, 2
"""Exit statuses."""


def add_model_options(parser: argparse.ArgumentParser) -> None:
    """``--model``, ``--device``, ``--dtype``; the environment's ``VIDEOMAE_*`` are the defaults."""
    settings = Settings.from_environment()
    parser.add_argument(
        "--model",
        metavar="M",
        default=settings.model,
        help="auto (the Kinetics model where it is in reach, else the bundled one), bundled, a hub id, or a folder"
        " (default: %(default)s)",
    )
    parser.add_argument("--device", choices=get_args(Device), default=settings.device, help="default: %(default)s")
    parser.add_argument("--dtype", choices=get_args(DType), default=settings.dtype, help="default: %(default)s")


def add_view_options(parser: argparse.ArgumentParser) -> None:
    """``--sampling`` and ``--views``."""
    parser.add_argument(
        "--sampling",
        choices=("auto", *SAMPLERS),
        default="auto",
        help="how frames are chosen (default: auto, as the model was trained)",
    )
    parser.add_argument(
        "--views",
        metavar="CxK",
        type=views,
        default="1x1",
        help="C clips times K crops, averaged after the softmax; 5x3 is the official test (default: %(default)s)",
    )


def add_batch_option(parser: argparse.ArgumentParser) -> None:
    """``--batch-size``, of the commands for many clips."""
    parser.add_argument(
        "--batch-size",
        metavar="N",
        type=whole_number,
        default=None,
        help="clips that go through the model at once (default: what fills the device)",
    )


MANY_CLIPS = "video files, folders, patterns ('clips/**/*.mp4'), or .csv files with a column path"


def line_arguments(args: argparse.Namespace) -> dict[str, Any]:
    """What ``add_model_options`` and ``add_view_options`` asked for, as ``pipeline.prepare`` takes it."""
    return {name: getattr(args, name) for name in ("model", "device", "dtype", "sampling", "views")}


def add_clip_options(parser: argparse.ArgumentParser, *, clips: str = "video files") -> None:
    """The clips, and everything about how to look at them."""
    parser.add_argument("clips", metavar="CLIP", nargs="+", help=clips)
    add_look_options(parser)


def add_look_options(parser: argparse.ArgumentParser) -> None:
    """How to look at a clip: the model, frames and views, the part of it, how many classes to list."""
    add_model_options(parser)
    add_view_options(parser)
    parser.add_argument("--start", metavar="S", type=seconds, default=0.0, help="look from this second on")
    parser.add_argument("--end", metavar="S", type=seconds, default=None, help="look up to this second")
    parser.add_argument(
        "--top-k", metavar="K", type=whole_number, default=5, help="how many classes to list (default: %(default)s)"
    )


def own_machine_settings(*, num_clips: int = 1) -> Settings:
    """The environment's, but a clip may be of any length and size here.

    Those limits (``VIDEOMAE_MAX_SECONDS``, ``VIDEOMAE_MAX_UPLOAD_MB``) are for what strangers send to a server. All
    that guards against broken files stays.

    Args:
        num_clips: Where there are several, each core gets a decode worker of one thread, unless the environment says
            otherwise.
    """
    settings = replace(Settings.from_environment(), max_seconds=math.inf, max_upload_mb=math.inf, max_packets=10**9)
    if num_clips > 1 and "VIDEOMAE_DECODE_WORKERS" not in os.environ:
        settings = replace(settings, decode_workers=min(os.cpu_count() or 1, MOST_WORKERS, num_clips))
        if "VIDEOMAE_DECODE_THREADS" not in os.environ:
            settings = replace(settings, decode_threads=1)
    return settings


def window_of(args: argparse.Namespace, parser_error: Callable[[str], Any]) -> Window:
    """``--start`` and ``--end`` as a window; an empty one is wrong usage."""
    if args.end is not None and args.end <= args.start:
        parser_error(f"--end {args.end:g} must be later than --start {args.start:g}")
    return Window(args.start, args.end)


def views(text: str) -> str:
    try:
        parse_views(text)
    except BadRequestError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def seconds(text: str) -> float:
    value = _number(text, float, "a number of seconds")
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r}: expected a number of seconds, 0 or more")
    return value


def positive_seconds(text: str) -> float:
    value = seconds(text)
    if value == 0:
        raise argparse.ArgumentTypeError(f"{text!r}: expected a number of seconds above 0")
    return value


def whole_number(text: str) -> int:
    value = _number(text, int, "a whole number")
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text!r}: expected a whole number, 1 or more")
    return int(value)


def _number(text: str, kind: type[float], expected: str) -> float:
    try:
        return kind(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r}: expected {expected}") from None


@contextmanager
def only_results_on_stdout() -> Iterator[TextIO]:
    """Within the block whatever anybody prints goes to stderr; the stream that it gives is the real stdout."""
    stdout, sys.stdout = sys.stdout, sys.stderr
    try:
        yield stdout
    finally:
        sys.stdout = stdout


def print_json(record: dict[str, Any], stream: TextIO) -> None:
    """One object, one line, at once: a reader at the other end of a pipe does not wait."""
    print(json.dumps(record, ensure_ascii=False, allow_nan=False), file=stream, flush=True)


def progress_on_stderr() -> OnProgress:
    """Says on stderr what is being done: one line that is overwritten on a terminal, a line a step elsewhere."""
    last = ""

    def tell(text: str, share: float | None) -> None:
        nonlocal last
        step = text if sys.stderr.isatty() or share is None else text.split(":")[0]
        if step == last:
            return
        last = step
        print(
            f"\r\x1b[K{text}" if sys.stderr.isatty() else step, end="" if sys.stderr.isatty() else "\n", file=sys.stderr
        )
        if sys.stderr.isatty() and (share is None or share >= 1):
            print(file=sys.stderr)

    return tell
