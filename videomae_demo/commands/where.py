"""``where``: where in the network is something known? Results lie beside the checkpoint, where the page finds them."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from dataclasses import dataclass
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
    kinds = parser.add_subparsers(dest="kind", required=True, metavar=f"{{{','.join(KINDS)}}}")
    for name, kind in KINDS.items():
        sub = kinds.add_parser(name, help=kind.summary)
        sub.add_argument("--model", metavar="M", default="bundled", help="bundled, or a folder (default: %(default)s)")
        sub.add_argument(
            "--clips", metavar="N", type=options.whole_number, default=kind.clips, help="default: %(default)s"
        )
        sub.add_argument("--readme", metavar="FILE", type=Path, help="put the result into this README")


def run(args: argparse.Namespace) -> int:
    """Measure, write the files beside the checkpoint, and print the result. An interrupted run is gone on with."""
    from ..models import load_classifier, resolve_model

    tell = options.progress_on_stderr()
    source = resolve_model(args.model)
    if source.spec.source == "hub":
        raise BadRequestError("Results lie beside a checkpoint: give --model a folder, or bundled.")
    if source.spec.untrained:
        raise BadRequestError("The untrained network has no folder for results of its own: give --model another one.")
    classifier = load_classifier(args.model, on_progress=tell)
    command = f"python -m videomae_demo where {args.kind} --model {args.model} --clips {args.clips}"
    kind = KINDS[args.kind]
    text = kind.measure(source.folder, classifier, args.clips, command, tell)
    if args.readme:
        picture = ""
        if kind.picture:
            where = Path(os.path.relpath(source.folder / kind.picture, args.readme.parent)).as_posix()
            picture = f"![{kind.summary}]({where})\n\n"
        write_section(args.readme, args.kind, picture + text)
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


@dataclass(frozen=True)
class Kind:
    """One thing to find out."""

    summary: str
    clips: int
    """Rendered clips, by default."""
    measure: Callable[[Path, VideoClassifier, int, str, OnProgress], str]
    """(folder, classifier, clips, command, progress) -> the result in Markdown."""
    picture: str | None = None
    """The file beside the checkpoint that a README shows above the words."""


KINDS: dict[str, Kind] = {
    "probes": Kind("a linear probe a layer for place, direction, speed, growth and class", 1020, _probes),
    "patching": Kind("parts of clips' runs exchanged for those of their reversals", 100, _patching, PICTURE),
}
