"""``where``: where in the network is something known? Results lie beside the checkpoint, where the page finds them."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import BadRequestError
from . import options
from .readme_section import write_section

if TYPE_CHECKING:
    from ..models import VideoClassifier
    from ..records import OnProgress

PICTURE = "patching.svg"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    kinds = parser.add_subparsers(dest="kind", required=True, metavar="{probes,patching}")
    for kind, clips, summary in (
        ("probes", 1020, "train a linear probe a layer for place, direction, speed, growth and class"),
        ("patching", 100, "exchange parts of clips' runs for those of their reversals"),
    ):
        sub = kinds.add_parser(kind, help=summary)
        sub.add_argument("--model", metavar="M", default="bundled", help="bundled, or a folder (default: %(default)s)")
        sub.add_argument("--clips", metavar="N", type=options.whole_number, default=clips, help="default: %(default)s")
        sub.add_argument("--readme", metavar="FILE", type=Path, help="put the result into this README")


def run(args: argparse.Namespace) -> int:
    """Measure, write the files beside the checkpoint, and print the table. An interrupted run is gone on with."""
    from ..models import load_classifier, resolve_model

    tell = options.progress_on_stderr()
    source = resolve_model(args.model)
    if source.spec.source == "hub":
        raise BadRequestError("Results lie beside a checkpoint: give --model a folder, or bundled.")
    classifier = load_classifier(args.model, on_progress=tell)
    command = f"python -m videomae_demo where {args.kind} --model {args.model} --clips {args.clips}"
    text = _RUNS[args.kind](source.folder, classifier, args.clips, command, tell)
    if args.readme:
        write_section(args.readme, args.kind, text)
    print(text)
    return options.DONE


def _probes(folder: Path, classifier: VideoClassifier, clips: int, command: str, tell: OnProgress) -> str:
    from ..figures.where import probe_table
    from ..training.probing import train_probes

    return probe_table(train_probes(folder, classifier, clips=clips, command=command, on_progress=tell))


def _patching(folder: Path, classifier: VideoClassifier, clips: int, command: str, tell: OnProgress) -> str:
    from ..figures.where import patching_svg, patching_words
    from ..training.measure_patching import measure_patching

    study = measure_patching(folder, classifier, clips=clips, command=command, on_progress=tell)
    (folder / PICTURE).write_text(patching_svg(study.slices, study.additions) + "\n", encoding="utf-8")
    return patching_words(study)


_RUNS = {"probes": _probes, "patching": _patching}
