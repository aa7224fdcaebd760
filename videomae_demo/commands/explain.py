"""``explain CLIP... --out DIR``: the answer, the maps behind it, and everything to take away, in a folder."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import BadRequestError
from ..explain import METHODS
from ..records import OnProgress, Window
from . import options
from .classify import as_text

if TYPE_CHECKING:
    from ..results import Analysis
    from ..settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    options.add_clip_options(parser)
    parser.add_argument("--out", metavar="DIR", type=Path, required=True, help="the folder; several clips get one each")
    parser.add_argument(
        "--method",
        metavar="NAME,...",
        type=methods,
        default=("rollout",),
        help=f"any of {', '.join(METHODS)} (default: rollout)",
    )
    parser.add_argument(
        "--target", metavar="LABEL_OR_ID", help="the class to explain (default: the model's own answer)"
    )
    parser.add_argument("--against", metavar="LABEL_OR_ID", help="explain why the target and not this class")
    parser.add_argument(
        "--faithfulness",
        action="store_true",
        help="test each map by leaving tokens out in its order (slower)",
    )
    parser.add_argument("--json", action="store_true", help="also print one JSON object a clip and line on stdout")
    parser.set_defaults(parser_error=parser.error)


def methods(text: str) -> tuple[str, ...]:
    """``"rollout,ledger"`` -> names of ``METHODS``, each once."""
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    if unknown := [name for name in names if name not in METHODS]:
        raise argparse.ArgumentTypeError(f"no method {', '.join(unknown)}; there are {', '.join(METHODS)}")
    if not names:
        raise argparse.ArgumentTypeError(f"name at least one of {', '.join(METHODS)}")
    return names


def run(args: argparse.Namespace) -> int:
    window = options.window_of(args, args.parser_error)
    from ..report.export import analysis_json, error_json

    settings, tell = options.own_machine_settings(), options.progress_on_stderr()
    status = options.DONE
    with options.only_results_on_stdout() as stdout:
        for clip, folder in zip(args.clips, folders(args.clips, args.out), strict=True):
            try:
                analysis = explained(args, clip, window, settings, tell)
                _write(analysis, folder, top_k=args.top_k)
                record = analysis_json(analysis, args.top_k)
            except Exception as error:  # one clip must not end the others
                record = error_json(clip, error)
                status = options.SOME_FAILED
            if args.json:
                options.print_json(record, stdout)
            else:
                print(as_text(record) + (f"\n  written to {folder}" if record["ok"] else ""), file=stdout, flush=True)
    return status


def explained(args: argparse.Namespace, clip: str, window: Window, settings: Settings, tell: OnProgress) -> Analysis:
    """One clip's analysis with the maps that were asked for."""
    from .. import pipeline
    from ..models.prediction import find_target

    prepared = pipeline.prepare(
        Path(clip),
        clip_name=clip,
        window=window,
        settings=settings,
        on_progress=tell,
        **options.line_arguments(args),
    )
    # Before the model runs: a wrong name fails at once.
    target = find_target(prepared.labels, args.target, args.against)
    analysis = pipeline.classify(prepared)
    explanations = [pipeline.explain(analysis, method, target=target) for method in args.method]
    if args.faithfulness:
        explanations = list(pipeline.measure_faithfulness(analysis, explanations, target=target, on_progress=tell))
    return pipeline.with_explanations(analysis, explanations)


def _write(analysis: Analysis, folder: Path, *, top_k: int) -> None:
    from ..report.downloads import write_folder

    try:
        write_folder(analysis, folder, top_k=top_k)
    except OSError as error:
        raise BadRequestError(
            f"{folder} cannot be written ({error.strerror}): name another folder with --out."
        ) from error


def folders(clips: list[str], out: Path) -> list[Path]:
    """Where each clip's files go: ``out`` itself for one clip, else a folder each, named after the clip.

    >>> [str(folder) for folder in folders(["a.mp4", "b/a.mkv"], Path("out"))]
    ['out/a', 'out/a-2']
    """
    if len(clips) == 1:
        return [out]
    taken: list[Path] = []
    for clip in clips:
        stem, number = Path(clip).stem or "clip", 1
        while (folder := out / (stem if number == 1 else f"{stem}-{number}")) in taken:
            number += 1
        taken.append(folder)
    return taken
