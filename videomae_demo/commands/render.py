"""`python -m videomae_demo render`: the sample clips, or labelled clips for training and tests, as files."""

from __future__ import annotations

import argparse
import csv
import sys
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be drawn."""
    kinds = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    samples = kinds.add_parser("samples", help="the sample clips on the page, with their pictures")
    samples.add_argument("--out", type=Path, default=None, help="folder (default: assets/clips)")
    clips = kinds.add_parser("clips", help="labelled clips, manifest.csv (path,label) and boxes.npz")
    clips.add_argument("--out", type=Path, required=True, help="folder")
    clips.add_argument("--seed", type=int, default=0, help="of the collection")
    clips.add_argument("--count", type=_positive, default=34, help="number of clips; the labels take turns")
    clips.add_argument("--style", choices=("train", "held_out"), default="train")
    clips.add_argument("--size", type=_size, default=(240, 320), metavar="WxH", help="in pixels, even (320x240)")
    clips.add_argument("--frames", type=_positive, default=48, help="per clip")
    clips.add_argument("--fps", type=_positive, default=24)
    clips.add_argument("--crf", type=int, default=20, help="x264's quality: 18 is almost lossless, 28 small")
    clips.add_argument("--calm", action="store_true", help="no noise, distractors, occlusion or jitter")


def run(arguments: argparse.Namespace) -> int:
    """Draw what was asked for; returns the exit status."""
    if arguments.what == "samples":
        from videomae_demo.inputs.samples import CLIPS_DIR
        from videomae_demo.training.samples import render_samples

        files = render_samples(arguments.out or CLIPS_DIR)
        total = sum(path.stat().st_size for path in files) / 1e6
        print(f"{len(files)} files, {total:.2f} MB, in {files[0].parent}", file=sys.stderr)
        return 0
    render_clips(
        arguments.out,
        seed=arguments.seed,
        count=arguments.count,
        style=arguments.style,
        size=arguments.size,
        num_frames=arguments.frames,
        fps=arguments.fps,
        crf=arguments.crf,
        calm=arguments.calm,
    )
    return 0


def render_clips(
    out_dir: Path | str,
    *,
    seed: int,
    count: int,
    style: str = "train",
    size: tuple[int, int] = (240, 320),
    num_frames: int = 48,
    fps: int = 24,
    crf: int = 20,
    calm: bool = False,
) -> Path:
    """Write labelled H.264 clips and return their manifest.

    The folder holds the clips, `manifest.csv` (path,label; paths relative to it) and `boxes.npz` with `boxes`, the
    mover's as (count, T, 4) float32 shares of the frame, and `label_ids`, (count,) int64, in the manifest's order.

    Args:
        out_dir: folder, made if need be.
        seed: of the collection.
        count: number of clips; clip i has label i modulo the number of classes.
        style: "train" or "held_out".
        size: (height, width), even.
        num_frames: T, per clip.
        fps: frames per second.
        crf: x264's quality.
        calm: whether nothing spoils the clips.
    """
    import numpy as np

    from videomae_demo.training.render import CLASSES, render_clip
    from videomae_demo.training.render.encode import write_h264

    folder = Path(out_dir)
    folder.mkdir(parents=True, exist_ok=True)
    boxes, label_ids = [], []
    manifest = folder / "manifest.csv"
    with manifest.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("path", "label"))
        for index in range(count):
            label_id = index % len(CLASSES)
            clip = render_clip(seed, index, size=size, num_frames=num_frames, style=style, label_id=label_id, calm=calm)
            name = f"{index:05d}-{CLASSES[label_id].replace(' ', '-')}.mp4"
            write_h264(folder / name, clip.rgb, fps, crf=crf)
            rows.writerow((name, CLASSES[label_id]))
            boxes.append(clip.boxes)
            label_ids.append(label_id)
            if (index + 1) % 50 == 0 or index + 1 == count:
                print(f"{index + 1} of {count} clips", file=sys.stderr)
    np.savez_compressed(folder / "boxes.npz", boxes=np.stack(boxes), label_ids=np.array(label_ids))
    return manifest


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return number


def _size(text: str) -> tuple[int, int]:
    """'320x240' -> (240, 320)."""
    try:
        width, height = (int(side) for side in text.lower().split("x"))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not WIDTHxHEIGHT") from None
    if min(width, height) < 16 or width % 2 or height % 2:
        raise argparse.ArgumentTypeError(f"{text!r}: both sides must be even and at least 16")
    return height, width
