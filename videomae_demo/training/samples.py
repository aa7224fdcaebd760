"""The sample clips' scenes, and drawing them: an entry of `SCENES` a clip, by its name in `inputs.samples`.

They are drawn at twice their size and scaled down, and without any randomness but the figures' builds: calm, clean
pictures in a few colours. What the app shows is the first take; other takes of the same scenes, with other builds,
colours, sizes and places, say how much of a model's success on the shown ones is luck.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from videomae_demo.inputs.samples import SAMPLES, Sample
from videomae_demo.training.illustration import backdrops, objects
from videomae_demo.training.illustration import pieces as art
from videomae_demo.training.render.actions import ACTIONS, FACING
from videomae_demo.training.render.clip import frame_times
from videomae_demo.training.render.colours import Colour, mix, shade
from videomae_demo.training.render.draws import Draws
from videomae_demo.training.render.easing import smooth
from videomae_demo.training.render.effects import view
from videomae_demo.training.render.encode import write_h264
from videomae_demo.training.render.figures import Look
from videomae_demo.training.render.parts import Part, draw_parts
from videomae_demo.training.render.records import Track
from videomae_demo.training.render.stage import assemble

HEIGHT, WIDTH = 480, 640
FPS = 24
THUMBNAIL = (320, 240)
FIRST_TAKE = 1
"""What the app shows; seed of the figures' builds."""
_OVERSAMPLING = 2


@dataclass(frozen=True)
class Layer:
    """Parts in their own units, and where those are on screen."""

    parts: list[Part]
    origin: tuple[float, float] = (0.0, 0.0)
    stretch: tuple[float, float] = (1.0, 1.0)


@dataclass(frozen=True)
class Scene:
    """One sample clip."""

    seconds: float
    backdrop: Callable[[art.Size], np.ndarray]
    """(height, width) -> what stays the same."""
    layers: Callable[[np.ndarray, int], list[Layer]]
    """(T,) times in [0, 1], number of the take -> what moves, back to front. Things are the same in every take."""
    cover: float = 0.5
    """The moment that the thumbnail shows."""


def _gently(t: np.ndarray) -> np.ndarray:
    """Progress with soft ends."""
    return 0.45 * t + 0.55 * smooth(t)


def _track(t: np.ndarray, **values: np.ndarray | float) -> Track:
    """A still track but for these values."""
    ones = np.ones(len(t))
    return replace(Track.still(len(t)), **{name: value * ones for name, value in values.items()})


def _objects(*moving: tuple[list[Part], Track]) -> list[Layer]:
    return [Layer(art.on_track(parts, track)) for parts, track in moving]


# ----------------------------------------------------------------- motions


def _boat(t: np.ndarray, take: int) -> list[Layer]:
    sway = np.sin(2 * np.pi * 1.4 * t)
    track = _track(t, x=0.31 - 0.62 * _gently(t), y=0.11 + 0.006 * sway, scale=1.3, angle=0.025 * sway)
    return _objects((objects.boat(), track))


def _car(t: np.ndarray, take: int) -> list[Layer]:
    return _objects((objects.car(), _track(t, x=-0.31 + 0.62 * _gently(t), y=0.275, scale=1.15)))


def _balloon(t: np.ndarray, take: int) -> list[Layer]:
    sway = np.sin(2 * np.pi * 0.8 * t)
    track = _track(t, x=0.06 + 0.012 * sway, y=0.3 - 0.58 * _gently(t), scale=0.95, angle=0.02 * sway)
    return _objects((objects.balloon(), track))


def _star(t: np.ndarray, take: int) -> list[Layer]:
    star = objects.star_of(5, 0.4, 0.185, art.MUSTARD, shade(art.MUSTARD, 1.35))
    return _objects((star, _track(t, y=0.02, scale=np.exp(-np.log(3.2) * (1 - _gently(t))))))


def _beach_ball(t: np.ndarray, take: int) -> list[Layer]:
    track = _track(t, x=0.02, y=0.0, scale=np.exp(-np.log(3.2) * _gently(t)), angle=0.4)
    return _objects((objects.beach_ball(0.34), track))


def _pinwheel(t: np.ndarray, take: int) -> list[Layer]:
    stick = art.block(shade(art.WOOD, 0.8), -0.012, -0.08, 0.012, 0.6)
    wheel = art.on_track(objects.pinwheel(0.34), _track(t, y=-0.08, angle=np.radians(235) * _gently(t)))
    return [Layer([stick, *wheel])]


def _windmill(t: np.ndarray, take: int) -> list[Layer]:
    tower = [
        art.poly(art.BLUSH, (-0.075, -0.1), (0.075, -0.1), (0.13, 0.44), (-0.13, 0.44)),
        art.poly(mix(art.BLUSH, art.PLUM, 0.2), (0.02, -0.1), (0.075, -0.1), (0.13, 0.44), (0.05, 0.44)),
        art.poly(art.CORAL, (-0.1, -0.1), (0.1, -0.1), (0.045, -0.19), (-0.045, -0.19)),
        art.block(mix(art.WOOD, art.NAVY, 0.4), -0.035, 0.33, 0.035, 0.44),
    ]
    sails = art.on_track(objects.sails(0.36), _track(t, y=-0.09, angle=-np.radians(120) * _gently(t)))
    return [Layer([*tower, *sails])]


def _bounce(t: np.ndarray, take: int) -> list[Layer]:
    lift = 1 - (2 * ((2.5 * t + 0.5) % 1.0) - 1) ** 2
    radius, height, floor = 0.15, 0.3, 0.375
    rug = mix(art.TEAL, art.CREAM, 0.7)
    shadow = art.on_track(
        [art.oval(shade(rug, 0.82), 0.0, 0.0, 0.9 * radius, 0.018)], _track(t, x=0.02, y=floor, scale=1 - 0.45 * lift)
    )
    ball = objects.beach_ball(radius, (art.CORAL, art.CREAM, art.CORAL, art.CREAM))
    return [Layer(shadow), *_objects((ball, _track(t, x=0.02, y=floor - radius - height * lift, angle=0.5)))]


def _nothing(t: np.ndarray, take: int) -> list[Layer]:
    return []


# ----------------------------------------------------------------- figures


def _figure(
    label: str,
    look: Look,
    prop: Colour,
    ground: Colour,
    *,
    x: float,
    tall: float,
    floor: float,
    facing: int = 1,
) -> Callable[[np.ndarray, int], list[Layer]]:
    """A figure's action as layers: its shadow on the ground, then the figure and what it handles."""
    facing = FACING.get(label, facing)

    def layers(t: np.ndarray, take: int) -> list[Layer]:
        performance = ACTIONS[label](Draws(take, 0, difficulty=0.0), t, lambda: prop)
        pelvis = performance.pose.trunk.pelvis[:, 0]
        shadow = art.on_track([art.oval(shade(ground, 0.86), 0.0, 0.0, 0.15, 0.02)], _track(t, x=pelvis, y=0.004))
        stretch = (facing * tall, tall)
        return [Layer(shadow, (x, floor), stretch), Layer(assemble(performance, look), (x, floor), stretch)]

    return layers


_MEADOW = mix(art.SAGE, art.MOSS, 0.6)
_RUG = mix(art.TEAL, art.CREAM, 0.7)
_BOARDS = mix(art.SAND, art.WOOD, 0.35)
_DOOR = mix(art.CORAL, art.PLUM, 0.35)
_DARK, _BROWN, _GREY = (52, 40, 44), (112, 70, 46), (176, 174, 178)


def _look(skin: Colour, hair: Colour, top: Colour, bottom: Colour, head: str, dress: str = "trousers") -> Look:
    return Look(skin=skin, hair=hair, top=top, bottom=bottom, shoes=art.NAVY, dress=dress, head=head, long_sleeves=True)


SCENES: dict[str, Scene] = {
    "boat": Scene(3.0, backdrops.sea, _boat),
    "car": Scene(3.0, backdrops.street, _car),
    "balloon": Scene(3.0, backdrops.hills, _balloon),
    "star": Scene(3.0, backdrops.night, _star, cover=0.7),
    "beach-ball": Scene(3.0, backdrops.sea, _beach_ball, cover=0.3),
    "pinwheel": Scene(3.0, backdrops.hills, _pinwheel),
    "windmill": Scene(3.0, backdrops.hills, _windmill),
    "bounce": Scene(2.5, lambda size: backdrops.room(size, 0.34), _bounce, cover=0.42),
    "still-life": Scene(3.0, backdrops.still_life, _nothing),
    "wave": Scene(
        3.0, lambda size: backdrops.park(size, 0.36),
        _figure("wave", _look((241, 194, 155), _BROWN, art.CORAL, art.NAVY, "long hair"), art.CORAL, _MEADOW,
                x=0.0, tall=0.74, floor=0.42),
    ),
    "door": Scene(
        3.0, lambda size: backdrops.hall(size, 0.34),
        _figure("open a door", _look((150, 97, 60), _DARK, art.MUSTARD, art.NAVY, "short hair"), _DOOR,
                _BOARDS, x=-0.3, tall=0.76, floor=0.4), cover=0.75,
    ),
    "chair": Scene(
        3.0, lambda size: backdrops.room(size, 0.34),
        _figure("sit down", _look((224, 172, 125), _GREY, art.TEAL, art.NAVY, "short hair"), art.PLUM, _RUG,
                x=0.04, tall=0.72, floor=0.39), cover=0.6,
    ),
    "kick": Scene(
        2.5, lambda size: backdrops.park(size, 0.36),
        _figure("kick a ball", _look((101, 66, 44), _DARK, art.MUSTARD, art.NAVY, "short hair", "shorts"), art.WHITE,
                _MEADOW, x=-0.22, tall=0.72, floor=0.43), cover=0.52,
    ),
    "throw": Scene(
        2.5, lambda size: backdrops.park(size, 0.36),
        _figure("throw", _look((250, 219, 192), (160, 84, 50), art.TEAL, art.PLUM, "cap"), art.CORAL, _MEADOW,
                x=-0.22, tall=0.72, floor=0.43), cover=0.45,
    ),
    "box": Scene(
        3.0, lambda size: backdrops.hall(size, 0.34, art.SKY),
        _figure("lift a box", _look((198, 134, 86), _DARK, art.CORAL, art.NAVY, "cap"), art.WOOD, _BOARDS,
                x=0.0, tall=0.68, floor=0.41), cover=0.75,
    ),
    "walk": Scene(
        3.0, lambda size: backdrops.park(size, 0.36),
        _figure("walk right", _look((224, 172, 125), _BROWN, art.PLUM, art.NAVY, "long hair", "skirt"), art.CORAL,
                _MEADOW, x=0.0, tall=0.66, floor=0.43),
    ),
}  # fmt: skip


def draw_sample(
    name: str,
    *,
    height: int = HEIGHT,
    width: int = WIDTH,
    num_frames: int | None = None,
    stop: int | None = None,
    take: int = FIRST_TAKE,
) -> np.ndarray:
    """(T, H, W, 3) uint8: the sample clip of this name.

    Args:
        name: a key of `SCENES`.
        height: of the picture, in pixels; `width` likewise.
        width: see height.
        num_frames: T; None for the scene's own length at `FPS`.
        stop: how many of these frames to draw; None for all.
        take: the first is what the app shows; in any other one builds, colours, size and place are others.
    """
    scene = SCENES[name]
    times = frame_times(num_frames or round(scene.seconds * FPS))[:stop]
    large = scene.backdrop((height * _OVERSAMPLING, width * _OVERSAMPLING))
    layers = scene.layers(times, take)
    frames = np.empty((len(times), height, width, 3), np.uint8)
    for t in range(len(times)):
        canvas = large.copy()
        for layer in layers:
            now = [replace(part, points=part.points[t : t + 1] if len(part.points) > 1 else part.points)
                   for part in layer.parts]  # fmt: skip
            draw_parts(canvas[None], now, layer.origin, layer.stretch)
        frames[t] = cv2.resize(canvas, (width, height), interpolation=cv2.INTER_AREA)
    return frames if take == FIRST_TAKE else _otherwise(frames, Draws(take, list(SCENES).index(name)))


def _otherwise(frames: np.ndarray, draws: Draws) -> np.ndarray:
    """(T, H, W, 3): in other colours, from a little nearer or farther, and not quite in the middle."""
    place = draws.uniform(-0.05, 0.05), draws.uniform(-0.05, 0.05), draws.uniform(0.85, 1.1), 0.0
    turn, strength = draws.uniform(0, 180), draws.uniform(0.6, 1.2)
    light = draws.uniform(0.8, 1.1)
    out = np.empty_like(frames)
    for t, frame in enumerate(frames):
        hue, saturation, value = cv2.split(cv2.cvtColor(frame, cv2.COLOR_RGB2HSV).astype(np.float32))
        colours = np.dstack(
            [(hue + turn) % 180, np.clip(saturation * strength, 0, 255), np.clip(value * light, 0, 255)]
        )
        out[t] = view(cv2.cvtColor(colours.astype(np.uint8), cv2.COLOR_HSV2RGB), *place, frame.shape[:2])
    return out


def render_samples(out_dir: Path | str) -> list[Path]:
    """Draw every sample clip and its picture into the folder; returns the files."""
    folder = Path(out_dir)
    folder.mkdir(parents=True, exist_ok=True)
    return [path for sample in SAMPLES for path in _write(sample, folder)]


def _write(sample: Sample, folder: Path) -> tuple[Path, Path]:
    clip = draw_sample(sample.name)
    film, picture = folder / sample.path.name, folder / sample.thumbnail.name
    write_h264(film, clip, FPS, crf=22)
    cover = clip[int(SCENES[sample.name].cover * len(clip))]
    Image.fromarray(cover).resize(THUMBNAIL, Image.Resampling.LANCZOS).save(picture, "WEBP", quality=82, method=6)
    return film, picture
