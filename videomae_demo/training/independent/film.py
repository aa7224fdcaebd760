"""From a seed and a number to a clip: a textured mover and still bystanders, a drifting camera, drifting light."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageChops, ImageEnhance

from videomae_demo.training.independent.paths import MOTIONS, PAIRS, Path, paths_of
from videomae_demo.training.independent.pictures import pieces_of, split
from videomae_demo.training.independent.surfaces import SURFACES, Rng, Surface, ink
from videomae_demo.training.independent.things import MASKS, ROUND, Mask, cut_out

STYLES = ("usual", "shifted")
"""The second has other textures, outlines and colours than the first."""

WIDTH, HEIGHT = 320, 240
NUM_FRAMES = 32
_MARGIN = 40
"""Pixels of scenery beyond the frame on each side, for the camera to drift over."""
_DETAIL = 192
"""Side in pixels of the pictures of things."""

Affine = np.ndarray
"""(3, 3) from one picture's pixels to another's."""


@dataclass(frozen=True)
class Look:
    """What a clip's scenery and things are made of."""

    scenery: tuple[Surface, ...]
    things: tuple[Surface, ...]
    outlines: tuple[Mask, ...]
    others: tuple[Mask, ...]
    """Outlines of bystanders, so that they are never the mover's like."""
    pale: bool = False
    """Whether the scenery is drained of colour."""
    rims: float = 0.6
    """Share of the movers that have a rim of one colour."""


LOOKS = {
    style: Look(SURFACES[style], SURFACES[style], MASKS[style], MASKS[STYLES[1 - number]], pale=style == "shifted")
    for number, style in enumerate(STYLES)
}

CAMERA_MOTIONS = tuple(motion for motion in MOTIONS if motion not in ("fade in", "fade out", "blink", *PAIRS))
"""What a whole picture can do, as a camera that pans, zooms, rolls or shakes sees it."""


def motion_of(index: int, motions: Sequence[str] = MOTIONS) -> str:
    """The motion of clip number `index`: all of them in turn.

    >>> motion_of(0), motion_of(18)
    ('move left', 'move left')
    """
    return motions[index % len(motions)]


def film_clip(seed: int, index: int, style: str = "usual") -> np.ndarray:
    """(32, 240, 320, 3) uint8 of `motion_of(index)`; the same for the same arguments.

    Raises:
        ValueError: for an unknown style.
    """
    if style not in STYLES:
        raise ValueError(f"style {style!r} is not one of {STYLES}")
    rng = np.random.default_rng([seed, index, STYLES.index(style)])
    return _film(rng, motion_of(index), LOOKS[style])


def film_cutouts(seed: int, index: int, pictures: Sequence[Image.Image]) -> np.ndarray:
    """The same with things cut out of some of the pictures before others of them."""
    rng = np.random.default_rng([seed, index, len(STYLES)])
    scenery, things = split(rng, pictures)
    outlines = MASKS["usual"] + MASKS["shifted"]
    return _film(rng, motion_of(index), Look((scenery,), (things,), outlines, outlines, rims=0.0))


def film_camera(seed: int, index: int, pictures: Sequence[Image.Image]) -> np.ndarray:
    """(32, 240, 320, 3) uint8: one picture that does, as a whole, the motion `motion_of(index, CAMERA_MOTIONS)`."""
    rng = np.random.default_rng([seed, index, len(STYLES) + 1])
    moments = (np.arange(NUM_FRAMES) + 0.5) / NUM_FRAMES
    path = paths_of(motion_of(index, CAMERA_MOTIONS), rng, moments, 0.15)[0]
    # Large enough to fill the frame wherever the picture goes and however it is turned.
    wide, high = round(1.6 * WIDTH), round(1.6 * HEIGHT)
    picture = pieces_of(pictures, 0.85)(rng, wide, high)
    light = _Light(rng)
    frames = []
    for t, moment in enumerate(moments):
        zoom = 1.1 * path.size[t] / path.size.min()
        x, y = (path.x[t] - path.x.mean()) * HEIGHT, (path.y[t] - path.y.mean()) * HEIGHT
        turn = path.degrees[t] - path.degrees[0]
        place = _moved(WIDTH / 2 + x, HEIGHT / 2 + y) @ _turned(float(turn), float(zoom)) @ _moved(-wide / 2, -high / 2)
        frames.append(np.asarray(light.on(_resample(picture, place, Image.Resampling.BILINEAR), float(moment))))
    return np.stack(frames)


def _film(rng: Rng, motion: str, look: Look) -> np.ndarray:
    """(T, H, W, 3): the motion's things in that look."""
    moments = (np.arange(NUM_FRAMES) + 0.5) / NUM_FRAMES
    scenery = _pick(rng, look.scenery)(rng, WIDTH + 2 * _MARGIN, HEIGHT + 2 * _MARGIN)
    if look.pale:
        scenery = ImageEnhance.Color(scenery).enhance(float(rng.uniform(0.2, 0.8)))
    size = float(rng.uniform(0.07, 0.17))
    paths = paths_of(motion, rng, moments, size)
    _add_bystanders(rng, scenery, look)
    things = [_thing(rng, look, turning="rotate" in motion) for _ in paths]
    camera, light = _Camera(rng), _Light(rng)
    frames = []
    for t, moment in enumerate(moments):
        view = camera.at(float(moment))
        frame = _resample(scenery, view @ _moved(-_MARGIN, -_MARGIN), Image.Resampling.BILINEAR)
        for thing, path in zip(things, paths, strict=True):
            _paste(frame, thing, view @ _place(path, t), float(path.alpha[t]))
        frames.append(np.asarray(light.on(frame, float(moment))))
    return np.stack(frames)


def _pick(rng: Rng, items: tuple):
    return items[int(rng.integers(len(items)))]


def _thing(rng: Rng, look: Look, *, turning: bool) -> Image.Image:
    masks = tuple(mask for mask in look.outlines if mask not in ROUND) if turning else look.outlines
    mask = _pick(rng, masks)(rng, _DETAIL)
    surface = _pick(rng, look.things)(rng, 120, 120)
    return cut_out(mask, surface, ink(rng) if rng.random() < look.rims else None)


def _add_bystanders(rng: Rng, scenery: Image.Image, look: Look) -> None:
    """Up to three things, which stay where they are."""
    for _ in range(int(rng.integers(0, 4))):
        mask = _pick(rng, look.others)(rng, _DETAIL)
        side = int(HEIGHT * rng.uniform(0.1, 0.26))
        thing = cut_out(mask, _pick(rng, look.things)(rng, 120, 120), None).resize((side, side))
        thing = thing.rotate(float(rng.uniform(0, 360)), Image.Resampling.BICUBIC)
        corner = int(rng.uniform(_MARGIN, WIDTH + _MARGIN - side)), int(rng.uniform(_MARGIN, HEIGHT + _MARGIN - side))
        scenery.paste(thing, corner, thing)


def _moved(x: float, y: float) -> Affine:
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]], float)


def _turned(degrees: float, zoom: float) -> Affine:
    cos, sin = np.cos(np.radians(degrees)) * zoom, np.sin(np.radians(degrees)) * zoom
    return np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]], float)


def _place(path: Path, t: int) -> Affine:
    """From a thing's picture to the frame, before the camera moves."""
    zoom = 2 * path.size[t] * HEIGHT / _DETAIL
    middle = _moved(WIDTH / 2 + path.x[t] * HEIGHT, HEIGHT / 2 + path.y[t] * HEIGHT)
    return middle @ _turned(float(path.degrees[t]), zoom) @ _moved(-_DETAIL / 2, -_DETAIL / 2)


def _resample(picture: Image.Image, place: Affine, filter_: Image.Resampling) -> Image.Image:
    inverse = np.linalg.inv(place)
    return picture.transform((WIDTH, HEIGHT), Image.Transform.AFFINE, tuple(inverse[:2].ravel()), filter_)


def _paste(frame: Image.Image, thing: Image.Image, place: Affine, alpha: float) -> None:
    """Lay the thing onto the frame; first made smaller, because an affine transform does not average pixels."""
    zoom = float(np.hypot(place[0, 0], place[1, 0]))
    side = int(np.clip(np.ceil(_DETAIL * zoom), 4, _DETAIL))
    small = thing.resize((side, side), Image.Resampling.BOX)
    factor = _DETAIL / side
    laid = _resample(small, place @ np.diag([factor, factor, 1.0]), Image.Resampling.BICUBIC)
    mask = laid.getchannel("A").point([round(level * alpha) for level in range(256)])
    frame.paste(laid.convert("RGB"), (0, 0), mask)


class _Camera:
    """Held by a hand: a slow wandering of a few pixels, a degree, a hundredth of zoom."""

    def __init__(self, rng: Rng) -> None:
        self._size = np.array([7.0, 6.0, 0.9, 0.012]) * rng.uniform(0.2, 1.0)
        self._rate = rng.uniform(0.3, 1.1, (2, 4))
        self._phase = rng.uniform(0, 2 * np.pi, (2, 4))

    def at(self, moment: float) -> Affine:
        """From the scene to the frame."""
        x, y, degrees, zoom = self._size * np.sin(2 * np.pi * self._rate * moment + self._phase).mean(axis=0)
        middle = _moved(WIDTH / 2, HEIGHT / 2)
        return _moved(x, y) @ middle @ _turned(degrees, 1 + zoom) @ np.linalg.inv(middle)


class _Light:
    """A slope of light that leans over while the brightness drifts."""

    def __init__(self, rng: Rng) -> None:
        depth = float(rng.uniform(0.0, 0.4))
        slope = Image.linear_gradient("L").point([255 - round(depth * (255 - level)) for level in range(256)])
        self._slopes = [
            slope.rotate(float(rng.uniform(0, 360)), Image.Resampling.BILINEAR, fillcolor=255 - round(depth * 128))
            .resize((WIDTH, HEIGHT))
            .convert("RGB")
            for _ in range(2)
        ]
        self._share = float(rng.uniform(0, 0.5))
        self._drift = rng.uniform(-0.14, 0.14)

    def on(self, frame: Image.Image, moment: float) -> Image.Image:
        """The frame in the light of that moment."""
        shade = Image.blend(self._slopes[0], self._slopes[1], self._share * moment)
        return ImageEnhance.Brightness(ImageChops.multiply(frame, shade)).enhance(1.05 + self._drift * (moment - 0.5))
