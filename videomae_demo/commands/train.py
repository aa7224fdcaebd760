"""`python -m videomae_demo train ...`: train the classifier, pre-train the autoencoder, measure both."""

from __future__ import annotations

import argparse
import json
import logging
import os
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

import torch
from PIL import Image

from videomae_demo.errors import BadRequestError
from videomae_demo.training.classifier import NUM_FRAMES, ClassifierRecipe, ClassifierRun
from videomae_demo.training.classifier import PRESETS as CLASSIFIER_PRESETS
from videomae_demo.training.loop import STATE_FILE, train
from videomae_demo.training.pretrain import PRESETS as PRETRAIN_PRESETS
from videomae_demo.training.pretrain import PretrainRecipe, PretrainRun
from videomae_demo.training.render.worlds import STUDIO, WORLDS

log = logging.getLogger("videomae_demo.training")

_RUNS = {
    "classifier": (ClassifierRecipe, ClassifierRun, 7000),
    "pretrain": (PretrainRecipe, PretrainRun, 2000),
}
"""Kind -> recipe, run, steps of the bundled checkpoint."""

_PRESETS = {"classifier": CLASSIFIER_PRESETS, "pretrain": PRETRAIN_PRESETS}
"""Kind -> named sets of fields."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `train`, for the project's command line."""
    kinds = parser.add_subparsers(
        dest="kind",
        required=True,
        metavar="{classifier,pretrain,evaluate,calibrate,independent,reconstructions,ablate}",
    )
    for kind, (_, run, steps) in _RUNS.items():
        sub = kinds.add_parser(kind, help=(run.__doc__ or "").splitlines()[0])
        sub.add_argument("--out", type=Path, required=True, help="folder of the run: log.jsonl, state.pt, model/")
        sub.add_argument("--steps", type=int, default=steps, help="of the whole schedule (default: %(default)s)")
        sub.add_argument("--seed", type=int, default=0, help="of weights, clips and choices (default: %(default)s)")
        sub.add_argument("--resume", action="store_true", help="go on from the run's state.pt, if there is one")
        sub.add_argument("--validate-every", type=int, default=500, metavar="STEPS", help="(default: %(default)s)")
        sub.add_argument(
            "--set",
            nargs="*",
            default=[],
            metavar="NAME=VALUE",
            help="other fields of the recipe: " + ", ".join(_settable(kind)),
        )
        sub.add_argument("--preset", choices=tuple(_PRESETS[kind]), default="studio", help="(default: %(default)s)")
        sub.add_argument(
            "--without", nargs="*", default=[], metavar="WORLD", help="leave out of the preset's: " + ", ".join(WORLDS)
        )
        _add_machine_arguments(sub)
    evaluate = kinds.add_parser("evaluate", help="Measure a checkpoint and write the numbers into its card.")
    evaluate.add_argument("model", type=Path, help="folder of a classifier or of a pre-trained encoder and decoder")
    evaluate.add_argument("--clips", type=int, default=2040, help="of the main measure (default: %(default)s)")
    _add_pictures_argument(evaluate)
    _add_machine_arguments(evaluate)
    calibrate = kinds.add_parser("calibrate", help="Measure what a classifier knows of itself; write familiarity.json.")
    calibrate.add_argument("model", type=Path, help="folder of a classifier")
    calibrate.add_argument("--own", type=int, default=408, help="clips of all worlds (default: %(default)s)")
    calibrate.add_argument("--independent", type=int, default=54, help="of each style and half (default: %(default)s)")
    calibrate.add_argument("--unlike", type=int, default=24, help="of each kind (default: %(default)s)")
    calibrate.add_argument("--keep", type=Path, help="folder for what the model says, to go on from")
    _add_machine_arguments(calibrate)
    independent = kinds.add_parser("independent", help="Measure a classifier on a renderer that it never learns from.")
    independent.add_argument("model", type=Path, help="folder of a classifier")
    independent.add_argument("--per-class", type=int, default=12, help="clips of each motion and style (default: 12)")
    independent.add_argument("--seed", type=int, default=0, help="of the clips (default: %(default)s)")
    independent.add_argument("--out", type=Path, default=None, help="JSON file for all numbers")
    _add_pictures_argument(independent)
    _add_machine_arguments(independent)
    pictures = kinds.add_parser("reconstructions", help="Draw what pre-trained models make of the app's samples.")
    pictures.add_argument("models", type=Path, nargs="+", help="folders of encoders with decoders, side by side")
    pictures.add_argument("--out", type=Path, required=True, help="PNG file")
    pictures.add_argument("--count", type=int, default=12, help="samples (default: %(default)s)")
    _add_machine_arguments(pictures)
    ablate = kinds.add_parser("ablate", help="Train without one ingredient at a time, at equal cost.")
    ablate.add_argument("--out", type=Path, required=True, help="folder for the arms' runs and ablation.json")
    ablate.add_argument("--steps", type=int, default=700, help="of each arm (default: %(default)s)")
    ablate.add_argument("--arms", nargs="*", default=None, metavar="NAME", help="only these")
    ablate.add_argument("--seed", type=int, default=0)
    _add_machine_arguments(ablate)


def _add_pictures_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--pictures", type=Path, metavar="FOLDER", help="photographs of your own, to move and to cut things out of"
    )


def own_pictures(folder: Path | None) -> Sequence[Image.Image]:
    """The pictures in the folder; none without a folder.

    Raises:
        BadRequestError: the folder cannot be read or holds too few.
    """
    from videomae_demo.training.independent import load_pictures

    try:
        return load_pictures(folder) if folder else ()
    except (ValueError, OSError) as error:
        raise BadRequestError(f"--pictures: {error}") from error


def _add_machine_arguments(parser: argparse.ArgumentParser) -> None:
    """What depends on the machine and not on the recipe."""
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--threads", type=int, default=1, help="of torch on the CPU (default: %(default)s)")
    parser.add_argument(
        "--workers",
        type=int,
        default=None,
        help="rendering processes; 0 renders in between (default: all cores but one, at most 8)",
    )


def _settable(kind: str) -> list[str]:
    recipe = _RUNS[kind][0]
    given = ("steps", "seed")  # as options of their own
    return [field.name for field in fields(recipe) if field.name not in given and "tuple" not in str(field.type)]


def chosen_worlds(kind: str, preset: str, without: list[str]) -> dict[str, object]:
    """The preset's fields, some worlds left out.

    Raises:
        BadRequestError: for a world that the preset does not have, or when none is left.
    """
    fields_of = _PRESETS[kind][preset]
    worlds = fields_of.get("worlds", (STUDIO,))
    if unknown := [name for name in without if name not in worlds]:
        raise BadRequestError(f"--without {unknown[0]}: {preset!r} has the worlds {', '.join(dict.fromkeys(worlds))}")
    left = tuple(name for name in worlds if name not in without)
    if not left:
        raise BadRequestError("--without leaves no world to train on")
    return {**fields_of, "worlds": left}


def overrides(kind: str, pairs: list[str]) -> dict[str, object]:
    """["muon_lr=none", "guided=false"] -> values of the fields' own kinds.

    Raises:
        BadRequestError: for a name that is not in the recipe, or a value that it cannot have.
    """
    types = {field.name: str(field.type) for field in fields(_RUNS[kind][0])}
    values: dict[str, object] = {}
    for pair in pairs:
        name, _, text = pair.partition("=")
        if name not in _settable(kind) or not text:
            raise BadRequestError(f"{pair!r}: expected NAME=VALUE with one of {', '.join(_settable(kind))}")
        if text.lower() == "none" and "None" in types[name]:
            values[name] = None
        elif "str" in types[name]:
            values[name] = text
        elif types[name] == "bool":
            values[name] = {"true": True, "false": False}[text.lower()]
        else:
            values[name] = int(text) if types[name] == "int" else float(text)
    return values


def choose_device(name: str) -> torch.device:
    """`auto` is cuda where there is one."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


def run(args: argparse.Namespace) -> int:
    """Do what the command line asks; returns the exit status."""
    logging.getLogger("videomae_demo.training").setLevel(logging.INFO)  # progress, on stderr
    torch.set_num_threads(args.threads)
    device = choose_device(args.device)
    workers = min(8, (os.cpu_count() or 2) - 1) if args.workers is None else args.workers
    if args.kind == "evaluate":
        from videomae_demo.training.report import write_report

        write_report(args.model, num_clips=args.clips, device=device, pictures=own_pictures(args.pictures))
        return 0
    if args.kind == "calibrate":
        from videomae_demo.training.calibrate import Counts, calibrate, table
        from videomae_demo.training.report import write_card

        counts = Counts(args.own, args.independent, args.unlike)
        kind = "cuda" if device.type == "cuda" else "cpu"
        print(table(calibrate(args.model, counts, keep=args.keep, device=kind, say=log.info)))
        if all((args.model / name).exists() for name in ("training.json", "evaluation.json")):
            write_card(args.model)
        return 0
    if args.kind == "independent":
        from videomae_demo.models import load_classifier
        from videomae_demo.training.measure_independent import measure_independent, summary

        classifier = load_classifier(
            str(args.model), device="cuda" if device.type == "cuda" else "cpu", dtype="float32"
        )
        numbers = measure_independent(classifier, args.per_class, seed=args.seed, pictures=own_pictures(args.pictures))
        print(summary(numbers))
        if args.out:
            args.out.write_text(json.dumps(numbers, indent=1) + "\n")
        return 0
    if args.kind == "reconstructions":
        draw_reconstructions(args.models, args.out, count=args.count, device=device)
        return 0
    if args.kind == "ablate":
        from videomae_demo.training.ablate import run_arms

        run_arms(args.out, steps=args.steps, names=args.arms, seed=args.seed, device=device, workers=workers)
        return 0
    recipe_type, run_type, _ = _RUNS[args.kind]
    values = chosen_worlds(args.kind, args.preset, args.without) | overrides(args.kind, args.set)
    recipe = recipe_type(steps=args.steps, seed=args.seed, **values)
    train(
        run_type(recipe, device, workers, fresh=not (args.resume and (args.out / STATE_FILE).exists())),
        args.out,
        steps=args.steps,
        resume=args.resume,
        validate_every=args.validate_every,
        device=device,
    )
    return 0


def draw_reconstructions(folders: list[Path], out: Path, *, count: int, device: torch.device) -> None:
    """Write a sheet of the first samples, tubes, 75 and 90 % hidden."""
    from videomae_demo.inputs.samples import SAMPLES
    from videomae_demo.training.measure import app_view
    from videomae_demo.training.reconstruction_sheet import sheet

    clips = [app_view(sample.path, NUM_FRAMES) for sample in SAMPLES[:count]]
    out.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(sheet(folders, clips, device=device)).save(out)
