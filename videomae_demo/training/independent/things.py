"""Outlines as masks, drawn large by Pillow: a function of (generator, side) -> an "L" picture, white inside."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFont

Rng = np.random.Generator
Mask = Callable[[Rng, int], Image.Image]


def _blank(side: int) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    picture = Image.new("L", (side, side), 0)
    return picture, ImageDraw.Draw(picture)


def egg(rng: Rng, side: int) -> Image.Image:
    """An oval."""
    picture, draw = _blank(side)
    squeeze = side * float(rng.uniform(0.0, 0.22))
    draw.ellipse((0, squeeze, side - 1, side - 1 - squeeze), fill=255)
    return picture


def card(rng: Rng, side: int) -> Image.Image:
    """A rectangle with round corners."""
    picture, draw = _blank(side)
    squeeze = side * float(rng.uniform(0.08, 0.26))
    draw.rounded_rectangle((0.06 * side, squeeze, 0.94 * side, side - squeeze), 0.12 * side, fill=255)
    return picture


def cake(rng: Rng, side: int) -> Image.Image:
    """A disc that lacks a slice."""
    picture, draw = _blank(side)
    start = float(rng.uniform(0, 360))
    draw.pieslice((0, 0, side - 1, side - 1), start, start + float(rng.uniform(220, 310)), fill=255)
    return picture


def kite(rng: Rng, side: int) -> Image.Image:
    """A quadrilateral, pointed below."""
    picture, draw = _blank(side)
    level = float(rng.uniform(0.25, 0.4)) * side
    draw.polygon([(side / 2, 0), (0.85 * side, level), (side / 2, side - 1), (0.15 * side, level)], fill=255)
    return picture


def snowman(rng: Rng, side: int) -> Image.Image:
    """Two discs, one on the other."""
    picture, draw = _blank(side)
    head = float(rng.uniform(0.4, 0.5)) * side
    draw.ellipse((side / 2 - head / 2, 0, side / 2 + head / 2, head), fill=255)
    body = 1.15 * (side - head)
    draw.ellipse((side / 2 - body / 2, side - body, side / 2 + body / 2, side - 1), fill=255)
    return picture


def letter(rng: Rng, side: int) -> Image.Image:
    """A capital letter that no turn maps onto itself."""
    picture, draw = _blank(side)
    font = ImageFont.load_default(int(1.15 * side))
    sign = str(rng.choice(list("FGJKLPR")))
    draw.text((side / 2, side / 2), sign, fill=255, font=font, anchor="mm", stroke_width=side // 24)
    return picture


def sickle(rng: Rng, side: int) -> Image.Image:
    """A disc with another disc cut out of it."""
    picture, draw = _blank(side)
    draw.ellipse((0, 0, side - 1, side - 1), fill=255)
    bite, cut = _blank(side)
    shift = float(rng.uniform(0.3, 0.5)) * side
    cut.ellipse((shift, -0.1 * side, side + shift, 0.9 * side), fill=255)
    return ImageChops.subtract(picture, bite)


def key(rng: Rng, side: int) -> Image.Image:
    """A ring with a shaft and two teeth."""
    picture, draw = _blank(side)
    middle, thick = 0.3 * side, 0.13 * side
    draw.ellipse((middle - 0.28 * side, 0, middle + 0.28 * side, 0.56 * side), outline=255, width=int(thick))
    draw.rectangle((middle - thick / 2, 0.5 * side, middle + thick / 2, side - 1), fill=255)
    for level in (0.72, 0.88):
        draw.rectangle(
            (middle, level * side, middle + float(rng.uniform(0.25, 0.4)) * side, (level + 0.1) * side), fill=255
        )
    return picture


MASKS: dict[str, tuple[Mask, ...]] = {"usual": (egg, card, cake, kite, snowman), "shifted": (letter, sickle, key)}
"""Style -> outlines of movers; bystanders take those of the other style, so that they are never the mover's like."""

ROUND: tuple[Mask, ...] = (egg,)
"""Outlines that hide a turn."""


def cut_out(mask: Image.Image, surface: Image.Image, rim: tuple[int, int, int] | None) -> Image.Image:
    """An RGBA picture of the mask's size, made of the surface, perhaps with a rim of one colour."""
    thing = surface.resize(mask.size).convert("RGBA")
    if rim:
        inner = mask.resize((int(mask.width * 0.9), int(mask.height * 0.9)))
        frame = Image.new("L", mask.size, 0)
        frame.paste(inner, ((mask.width - inner.width) // 2, (mask.height - inner.height) // 2))
        thing = Image.composite(thing, Image.new("RGBA", mask.size, (*rim, 255)), frame)
    thing.putalpha(mask)
    return thing
