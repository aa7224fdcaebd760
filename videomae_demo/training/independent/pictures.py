"""Real pictures, brought by whoever measures: as scenery, as what things are made of, or moved as a whole.

The project holds none. Any photographs will do; a few dozen different ones say more than many alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from videomae_demo.training.independent.surfaces import Rng, Surface

LARGEST = 1280
"""Longer side in pixels to which pictures are scaled down when they are read."""


def load_pictures(folder: Path) -> tuple[Image.Image, ...]:
    """Every picture in the folder that Pillow reads, upright, in the order of the names.

    Raises:
        ValueError: fewer than two: a thing must not be cut from its own background.
    """
    pictures = []
    for path in sorted(folder.iterdir()):
        try:
            with Image.open(path) as file:
                picture = ImageOps.exif_transpose(file).convert("RGB")
        except (UnidentifiedImageError, OSError):
            continue
        picture.thumbnail((LARGEST, LARGEST))
        pictures.append(picture)
    if len(pictures) < 2:
        raise ValueError(f"{folder} holds {len(pictures)} pictures that can be read: at least 2 are needed")
    return tuple(pictures)


def pieces_of(pictures: Sequence[Image.Image], least: float = 0.5) -> Surface:
    """A surface that is a piece of one of the pictures, at least this share of its size."""

    def surface(rng: Rng, width: int, height: int) -> Image.Image:
        return piece(rng, pictures[int(rng.integers(len(pictures)))], width, height, least)

    return surface


def piece(rng: Rng, picture: Image.Image, width: int, height: int, least: float) -> Image.Image:
    """A random cut of the picture with this aspect ratio, scaled to this size."""
    largest = min(picture.width / width, picture.height / height)
    scale = largest * float(rng.uniform(least, 1.0))
    left = float(rng.uniform(0, picture.width - scale * width))
    top = float(rng.uniform(0, picture.height - scale * height))
    box = (left, top, left + scale * width, top + scale * height)
    return picture.resize((width, height), Image.Resampling.BICUBIC, box=box, reducing_gap=2.0)


def split(rng: Rng, pictures: Sequence[Image.Image]) -> tuple[Surface, Surface]:
    """(scenery, things) from different pictures."""
    order = rng.permutation(len(pictures))
    half = max(1, len(pictures) // 2)
    return pieces_of([pictures[i] for i in order[:half]]), pieces_of([pictures[i] for i in order[half:]])
