"""Scenes of the filmed worlds: any thing, before any surface, among bystanders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from videomae_demo.training.render.at_camera import AT_CAMERA, draw_at_camera
from videomae_demo.training.render.backgrounds import Background, as_background
from videomae_demo.training.render.cutouts import Paint, make_cutout, shadow_of
from videomae_demo.training.render.draws import Draws
from videomae_demo.training.render.effects import view
from videomae_demo.training.render.filming import develop, hand_held, light, through_camera
from videomae_demo.training.render.labels import FIGURE_CLASSES
from videomae_demo.training.render.motions import MOVES, SCENE_CLASSES, meeting_tracks
from videomae_demo.training.render.outlines import CUTOUTS
from videomae_demo.training.render.records import Take, Track, motion_targets
from videomae_demo.training.render.scenery import Size, add_occluder
from videomae_demo.training.render.scenes import box_of, pair_track, tilted
from videomae_demo.training.render.sprites import Sprite, paste
from videomae_demo.training.render.stage import add_bystander, draw_figure_scene
from videomae_demo.training.render.worlds import WORLDS

CYCLIC = frozenset({"shake", "blink", "bounce", "wave", "clap", "circle clockwise", "circle counter-clockwise"})
"""Motions by the beat: squeezed into a part of the clip they would soon be too fast to be seen."""

FADING = frozenset({"fade in", "fade out", "blink"})
"""What only contrast shows: a thing that melts into the background could not be seen to go."""

AT_CAMERA_SHARE = 0.25
"""Of the clips with something that hands can do in front of a webcam."""

SHUTTER = 0.6
"""Share of the time between frames over which a moving thing smears."""


@dataclass(frozen=True)
class Materials:
    """What things in a clip may be made of."""

    own: Paint
    """The world's surface."""
    partners: tuple[Paint, ...]
    """Those of the other worlds that the clip may know."""

    def pick(self, draws: Draws) -> Paint | None:
        """The background's own kind, another world's, or None for plain colours."""
        kind = draws.rng.random()
        if kind < 0.3:
            return None
        return draws.pick(self.partners) if kind > 0.65 and self.partners else self.own


def film_world(
    draws: Draws,
    label: str,
    times: np.ndarray,
    size: Size,
    world: str,
    partners: Sequence[str],
    *,
    held: bool,
    at_camera: bool = False,
) -> Take:
    """The label's motion in a world, filmed.

    Args:
        draws: the clip's choices.
        label: what is done.
        times: (T,) in [0, 1]; all the same where a moment is held.
        size: of the frame.
        world: a key of `WORLDS` that has a surface.
        partners: worlds whose surfaces things may have as well.
        held: whether nothing moves, so that bystanders must not either.
        at_camera: always in front of a webcam, where the label can be done there; else only now and then.
    """
    own = WORLDS[world].surface
    assert own is not None  # the studio has scenes of its own
    surfaces = tuple(paint for name in partners if (paint := WORLDS[name].surface) and name != world)
    materials = Materials(own, surfaces)
    film_times = np.linspace(0, 1, len(times))
    moments, span = (times, 1.0) if held else within(draws, label, times)
    at_camera = at_camera and label in AT_CAMERA
    if not at_camera and label in SCENE_CLASSES and draws.chance(0.22):
        take = _moving_scene(draws, label, moments, size, materials)
    elif at_camera or (label in AT_CAMERA and draws.chance(AT_CAMERA_SHARE)):
        background = paint_place(draws, size, materials)
        add_things(draws, background.rgb, background, materials, label)
        take = draw_at_camera(draws, label, moments, span, size, background, lambda: materials.pick(draws), held=held)
    elif label in FIGURE_CLASSES:
        background = paint_place(draws, size, materials)
        add_things(draws, background.rgb, background, materials, label)
        take = draw_figure_scene(draws, label, moments, size, background)
    else:
        take = _moving_thing(draws, label, moments, span, size, materials, held=held)
    light(draws, take.frames, film_times)
    path = hand_held(draws, film_times, 2.0 if take.whole_scene else 1.0)
    stretch = float(np.exp(draws.uniform(-0.22, 0.22))) if draws.nuisance(0.3) else 1.0
    frames, boxes = through_camera(take.frames, take.boxes, path, stretch)
    return replace(take, frames=develop(draws, frames), boxes=boxes)


def within(draws: Draws, label: str, times: np.ndarray) -> tuple[np.ndarray, float]:
    """(T,) moments of a motion that starts late, ends early, or both, and its share of the clip.

    Late starts are as frequent as early ends, so that a reversed clip looks like any clip of its mirror class.
    """
    if not draws.nuisance(0.5):
        return times, 1.0
    span = draws.uniform(0.85, 1.0) if label in CYCLIC else draws.uniform(0.55, 1.0)
    start = draws.uniform(0, 1 - span)
    return np.clip((times - start) / span, 0, 1), span


def paint_place(draws: Draws, size: Size, materials: Materials) -> Background:
    """A background of the world's surface; often a floor of it meets a wall of it."""
    height, width = size
    picture = materials.own(draws, height, width)
    if draws.chance(0.35):
        floor = materials.own(draws, height, width) * draws.uniform(0.6, 1.1)
        line = int(height / 2 + draws.uniform(0.05, 0.4) * min(size))
        tilt = draws.uniform(-0.08, 0.08)
        below = np.arange(height)[:, None] - line > tilt * (np.arange(width)[None] - width / 2)
        picture = np.where(below[..., None], floor, picture)
    if draws.nuisance(0.3):
        # Out of focus, as a background often is.
        picture = cv2.GaussianBlur(picture.astype(np.float32), (0, 0), draws.uniform(0.005, 0.02) * min(size))
    return as_background(picture)


def add_things(draws: Draws, canvas: np.ndarray, background: Background, materials: Materials, label: str) -> None:
    """Things that stand about, drawn onto one (H, W, 3) picture."""
    if not draws.nuisance(0.6):
        return
    for _ in range(draws.integer(1, 4)):
        thing = _bystander(draws, min(canvas.shape[:2]), background, materials)
        paste(canvas, thing, draws.uniform(-0.6, 0.6), draws.uniform(-0.5, 0.5), 1.0, draws.uniform(0, 6.3), 1.0)
    if label not in FIGURE_CLASSES and draws.nuisance(0.12):
        add_bystander(draws, canvas, background)


def _bystander(draws: Draws, short: int, background: Background, materials: Materials) -> Sprite:
    radius = 0.03 * (0.22 / 0.03) ** draws.uniform(0, 1)
    return make_cutout(
        draws, draws.pick(CUTOUTS), radius, short, materials.pick(draws), background.tones[1], least=0.05
    )


def _radius(draws: Draws, label: str) -> float:
    """The mover's largest radius in short sides: from under a hundredth to over half of the frame's area."""
    low, high = 0.055, 0.4
    if label in ("grow", "shrink"):
        low, high = 0.12, 0.47
    elif "rotate" in label:
        low, high = 0.1, 0.45
    elif label in ("come together", "move apart"):
        low, high = 0.05, 0.16
    elif label in FADING:
        low = 0.075
    elif label == "bounce" or "circle" in label:
        high = 0.3
    # Calm clips come first in training: their movers are large enough to be noticed.
    low = max(low, 0.12 * (1 - draws.difficulty))
    return float(low * (high / low) ** draws.uniform(0, 1))


def _contrast(draws: Draws, label: str) -> float:
    if label in FADING:
        return draws.uniform(0.2, 0.45)
    return draws.uniform(0.0, 0.2) if draws.nuisance(1.0) else 0.2


def _moving_thing(
    draws: Draws, label: str, times: np.ndarray, span: float, size: Size, materials: Materials, *, held: bool
) -> Take:
    """A thing, or two, before a place that stays as it is."""
    short = min(size)
    background = paint_place(draws, size, materials)
    radius, turning = _radius(draws, label), "rotate" in label or label == "shake"
    pair = label in ("come together", "move apart")
    shapes = [draws.pick(CUTOUTS) for _ in range(2 if pair else 1)]
    tracks: tuple[Track, ...]
    if pair:
        tracks = meeting_tracks(draws, times, radius, 1 if label == "come together" else -1)
    else:
        # A motion squeezed into a part of the clip is faster by as much, and the limit of turns is per frame.
        track = MOVES[label](draws, times, radius, shapes[0].symmetry_angle * span)
        tracks = (track if turning else tilted(draws, track),)
    still = background.rgb
    add_things(draws, still, background, materials, label)
    sprites = [
        make_cutout(
            draws,
            shape,
            radius,
            short,
            materials.pick(draws),
            luminance_around(still, track, radius),
            least=_contrast(draws, label),
            turning=turning,
        )
        for shape, track in zip(shapes, tracks, strict=True)
    ]
    frames = np.repeat(still[None], len(times), axis=0)
    if not held and draws.nuisance(0.3):
        _add_restless(draws, frames, background, materials, fading=label not in FADING)
    shadows = draws.chance(0.3)
    smeared = draws.nuisance(0.2)
    for sprite, track in zip(sprites, tracks, strict=True):
        if shadows:
            dark = replace(track, opacity=track.opacity * draws.uniform(0.25, 0.55))
            offset = draws.uniform(-0.3, 0.3) * radius, draws.uniform(0.05, 0.35) * radius
            _lay(frames, shadow_of(sprite, draws.uniform(0.02, 0.08)), dark, offset)
        (_smear if smeared else _lay)(frames, sprite, track)
    add_occluder(draws, frames, min(0.1, 0.5 * radius))
    motion = motion_targets(tracks[0] if not pair else pair_track(*tracks))
    return Take(frames, box_of(sprites, tracks, size), motion, whole_scene=False)


def luminance_around(canvas: np.ndarray, track: Track, radius: float) -> float:
    """Mean luminance in [0, 1] of the (H, W, 3) picture about the middle of a track."""
    height, width = canvas.shape[:2]
    short = min(height, width)
    reach = max(2, int(radius * short))
    x = int(np.clip(width / 2 + track.x.mean() * short, 0, width - 1))
    y = int(np.clip(height / 2 + track.y.mean() * short, 0, height - 1))
    piece = canvas[max(0, y - reach) : y + reach, max(0, x - reach) : x + reach]
    return float((piece.mean(axis=(0, 1)) / 255) @ (0.299, 0.587, 0.114))


def _lay(frames: np.ndarray, sprite: Sprite, track: Track, offset: tuple[float, float] = (0.0, 0.0)) -> None:
    """The sprite along its track on (T, H, W, 3) frames."""
    for t, frame in enumerate(frames):
        x, y = track.x[t] + offset[0], track.y[t] + offset[1]
        paste(frame, sprite, x, y, track.scale[t], track.angle[t], track.opacity[t])


def _smear(frames: np.ndarray, sprite: Sprite, track: Track) -> None:
    """The same with an open shutter: each frame is the mean of three moments."""
    moments = np.arange(len(frames), dtype=float)
    exposures = []
    for offset in (-SHUTTER / 2, 0.0, SHUTTER / 2):
        values = {name: np.interp(moments + offset, moments, column) for name, column in vars(track).items()}
        exposure = frames.copy()
        _lay(exposure, sprite, Track(**values))
        exposures.append(exposure)
    frames[:] = np.round(np.mean(exposures, axis=0, dtype=np.float32)).astype(np.uint8)


def _add_restless(
    draws: Draws, frames: np.ndarray, background: Background, materials: Materials, *, fading: bool
) -> None:
    """A bystander that sways a little on the spot, or slowly pales."""
    times = np.linspace(0, 1, len(frames))
    still = Track.still(len(frames), draws.uniform(-0.5, 0.5), draws.uniform(-0.45, 0.45))
    swing = np.sin(2 * np.pi * (draws.uniform(0.4, 1.3) * times + draws.uniform(0, 1)))
    if fading and draws.chance(0.4):
        track = replace(still, opacity=0.85 + 0.15 * swing)
    else:
        track = replace(still, x=still.x + 0.012 * swing, angle=draws.uniform(0, 6.3) + draws.uniform(0, 0.08) * swing)
    _lay(frames, _bystander(draws, min(frames.shape[1:3]), background, materials), track)


def _moving_scene(draws: Draws, label: str, times: np.ndarray, size: Size, materials: Materials) -> Take:
    """Everything moves as one, as when the camera does it."""
    height, width = size
    large = (round(height * 1.5), round(width * 1.5))
    background = paint_place(draws, large, materials)
    canvas = background.rgb
    for _ in range(draws.integer(2, 7)):
        thing = _bystander(draws, min(large), background, materials)
        paste(canvas, thing, draws.uniform(-0.5, 0.5), draws.uniform(-0.45, 0.45), 1.0, draws.uniform(0, 6.3), 1.0)
    track = MOVES[label](draws, times, 0.3, 2 * np.pi)
    middle_x, middle_y = (track.x.max() + track.x.min()) / 2, (track.y.max() + track.y.min()) / 2
    zoom = track.scale * (1.6 if label in ("grow", "shrink") else 1.0)
    places = zip(track.x - middle_x, track.y - middle_y, zoom, track.angle, strict=True)
    frames = np.stack([view(canvas, *place, size) for place in places])
    boxes = np.tile(np.array([0.0, 0.0, 1.0, 1.0]), (len(times), 1))
    return Take(frames, boxes, motion_targets(track), whole_scene=True)
