"""Textures by Pillow: (generator, width, height) -> an RGB picture. `SURFACES` has them by style."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont, ImageOps

Rng = np.random.Generator
Ink = tuple[int, int, int]
Surface = Callable[[Rng, int, int], Image.Image]


def ink(rng: Rng) -> Ink:
    """Any colour, none of them nearly black or white."""
    red, green, blue = (int(level) for level in rng.integers(25, 231, 3))
    return red, green, blue


def near(rng: Rng, colour: Ink, spread: int) -> Ink:
    """A colour within `spread` levels of another."""
    red, green, blue = (int(np.clip(level + rng.integers(-spread, spread + 1), 0, 255)) for level in colour)
    return red, green, blue


def felt(rng: Rng, width: int, height: int) -> Image.Image:
    """Fine noise, blurred a little, between two colours."""
    levels = np.clip(rng.normal(128, rng.uniform(40, 110), (height, width)), 0, 255).astype(np.uint8)
    grey = Image.fromarray(levels).filter(ImageFilter.GaussianBlur(float(rng.uniform(0.6, 3.0))))
    return ImageOps.colorize(ImageOps.autocontrast(grey), ink(rng), ink(rng))


def blotches(rng: Rng, width: int, height: int) -> Image.Image:
    """A few random pixels, enlarged smoothly, twice."""
    layers = []
    for cells in (4, 11):
        pixels = rng.integers(0, 256, (cells, cells, 3), dtype=np.uint8)
        layers.append(Image.fromarray(pixels).resize((width, height), Image.Resampling.BICUBIC))
    return Image.blend(layers[0], layers[1], float(rng.uniform(0.25, 0.6)))


def patchwork(rng: Rng, width: int, height: int) -> Image.Image:
    """A rectangle, cut in two again and again."""
    picture = Image.new("RGB", (width, height), ink(rng))
    draw = ImageDraw.Draw(picture)
    pieces = [(0, 0, width, height)]
    for _ in range(int(rng.integers(18, 50))):
        left, top, right, bottom = pieces.pop(int(rng.integers(0, max(1, len(pieces) // 2))))
        share = float(rng.uniform(0.3, 0.7))
        if right - left > bottom - top:
            middle = int(left + share * (right - left))
            halves = [(left, top, middle, bottom), (middle, top, right, bottom)]
        else:
            middle = int(top + share * (bottom - top))
            halves = [(left, top, right, middle), (left, middle, right, bottom)]
        pieces += halves
        for piece in halves:
            draw.rectangle(piece, fill=ink(rng), outline=(20, 20, 20))
    return picture


def scribble(rng: Rng, width: int, height: int) -> Image.Image:
    """Wandering lines."""
    paper = ink(rng)
    picture = Image.new("RGB", (width, height), paper)
    draw = ImageDraw.Draw(picture)
    for _ in range(int(rng.integers(10, 26))):
        steps = rng.normal(0, 0.09 * width, (14, 2))
        way = np.cumsum(steps, axis=0) + rng.uniform(0, 1, 2) * (width, height)
        draw.line(
            [tuple(point) for point in way], fill=near(rng, ink(rng), 40), width=int(rng.integers(1, 5)), joint="curve"
        )
    return picture


def quarter_rings(rng: Rng, width: int, height: int) -> Image.Image:
    """Truchet tiles: two quarter rings each, one way or the other."""
    side = int(rng.integers(14, 36))
    picture = Image.new("RGB", (width, height), ink(rng))
    draw = ImageDraw.Draw(picture)
    colour, thick = ink(rng), max(2, int(side * rng.uniform(0.12, 0.35)))
    for x in range(0, width, side):
        for y in range(0, height, side):
            if rng.random() < 0.5:
                corners = ((x, y, 0), (x + side, y + side, 180))
            else:
                corners = ((x + side, y, 90), (x, y + side, 270))
            for cx, cy, start in corners:
                half = side / 2
                draw.arc((cx - half, cy - half, cx + half, cy + half), start, start + 90, fill=colour, width=thick)
    return picture


def pebbles(rng: Rng, width: int, height: int) -> Image.Image:
    """Ovals with a dark rim."""
    base = ink(rng)
    picture = Image.new("RGB", (width, height), base)
    draw = ImageDraw.Draw(picture)
    for _ in range(int(rng.integers(60, 200))):
        x, y = rng.uniform(0, width), rng.uniform(0, height)
        wide, high = rng.uniform(4, 22, 2)
        draw.ellipse((x - wide, y - high, x + wide, y + high), fill=near(rng, base, 90), outline=(30, 26, 24))
    return picture


def hatching(rng: Rng, width: int, height: int) -> Image.Image:
    """Short strokes of two directions."""
    picture = Image.new("RGB", (width, height), ink(rng))
    draw = ImageDraw.Draw(picture)
    slopes, colours = rng.uniform(0, np.pi, 2), (ink(rng), ink(rng))
    for _ in range(int(rng.integers(200, 500))):
        which = int(rng.integers(0, 2))
        x, y, length = rng.uniform(0, width), rng.uniform(0, height), rng.uniform(6, 24)
        end = (x + length * np.cos(slopes[which]), y + length * np.sin(slopes[which]))
        draw.line((x, y, *end), fill=colours[which], width=2)
    return picture


def chevrons(rng: Rng, width: int, height: int) -> Image.Image:
    """Pointed bands."""
    step, rise = int(rng.integers(14, 34)), int(rng.integers(8, 30))
    colours = [ink(rng) for _ in range(3)]
    picture = Image.new("RGB", (width, height), colours[0])
    draw = ImageDraw.Draw(picture)
    for i, y in enumerate(range(-rise, height + 2 * rise, step // 2)):
        points = [(x, y + (rise if (x // step) % 2 else 0)) for x in range(0, width + step, step)]
        draw.line(points, fill=colours[1 + i % 2], width=max(2, step // 4))
    return picture


def rosettes(rng: Rng, width: int, height: int) -> Image.Image:
    """Wheels of pie slices."""
    picture = Image.new("RGB", (width, height), ink(rng))
    draw = ImageDraw.Draw(picture)
    for _ in range(int(rng.integers(8, 22))):
        x, y, radius = rng.uniform(0, width), rng.uniform(0, height), rng.uniform(12, 48)
        colours, slices = (ink(rng), ink(rng)), int(rng.integers(5, 11))
        for i in range(slices):
            box = (x - radius, y - radius, x + radius, y + radius)
            draw.pieslice(box, 360 * i / slices, 360 * (i + 1) / slices, fill=colours[i % 2])
    return picture


def writing(rng: Rng, width: int, height: int) -> Image.Image:
    """Rows of letters and digits."""
    picture = Image.new("RGB", (width, height), ink(rng))
    draw = ImageDraw.Draw(picture)
    size = int(rng.integers(12, 34))
    font, colour = ImageFont.load_default(size), ink(rng)
    for y in range(-4, height, int(size * 1.1)):
        text = "".join(rng.choice(list("abcdefghkmnprstuvwxyz0123456789  "), 2 + 3 * width // size))
        draw.text((int(rng.integers(-20, 1)), y), text, fill=colour, font=font)
    return picture


def contours(rng: Rng, width: int, height: int) -> Image.Image:
    """Height lines of a smooth landscape."""
    pixels = rng.integers(0, 256, (6, 6), dtype=np.uint8)
    land = Image.fromarray(pixels).resize((width, height), Image.Resampling.BICUBIC)
    count = int(rng.integers(4, 9))
    bands = land.point([(level * count // 256) * 255 // count for level in range(256)])
    lines = bands.filter(ImageFilter.FIND_EDGES).point([min(255, 12 * level) for level in range(256)])
    return ImageChops.subtract(ImageOps.colorize(bands, ink(rng), ink(rng)), lines.convert("RGB"))


SURFACES: dict[str, tuple[Surface, ...]] = {
    "usual": (felt, blotches, patchwork, scribble, quarter_rings, pebbles, hatching),
    "shifted": (chevrons, rosettes, writing, contours),
}
