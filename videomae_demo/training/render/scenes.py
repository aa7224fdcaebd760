"""Putting a scene together: background, distractors, the mover on its track, what stands in front."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from videomae_demo.training.render.backgrounds import Background, paint_background
from videomae_demo.training.render.colours import any_colour
from videomae_demo.training.render.dice import Dice
from videomae_demo.training.render.effects import view
from videomae_demo.training.render.motions import MOVES, SCENE_CLASSES, meeting_tracks
from videomae_demo.training.render.records import MOTION_TARGETS, Track
from videomae_demo.training.render.sprites import Sprite, corners_on_screen, make_sprite, paste

Size = tuple[int, int]  # height, width

MOTION_SCALE = np.array([16.0, 16.0, 8.0, 4.0, 8.0])
"""Makes each of `MOTION_TARGETS` about unit size: a thing that crosses the frame in 16 frames has velocity 1."""


@dataclass(frozen=True)
class Take:
    """A scene as filmed, before anything spoils it."""

    frames: np.ndarray
    """(T, H, W, 3) uint8."""
    boxes: np.ndarray
    """(T, 4) the mover's, as shares of the frame."""
    motion: np.ndarray
    """(T, M) scaled `MOTION_TARGETS`."""
    whole_scene: bool
    """Whether all of it moves."""


def share_of_frame(points: np.ndarray, size: Size) -> np.ndarray:
    """(T, 4) boxes around (T, K, 2) points in short sides from the middle, clipped, as shares of the frame."""
    height, width = size
    short = min(size)
    low, high = points.min(axis=1), points.max(axis=1)
    scale = np.array([short / width, short / height])
    return np.clip(np.concatenate([low * scale + 0.5, high * scale + 0.5], axis=1), 0, 1)


def motion_targets(track: Track) -> np.ndarray:
    """(T, M) scaled changes per 16th of the clip, whatever its number of frames."""
    per_sixteenth = len(track.x) / 16
    values = (track.x, track.y, np.log(track.scale), track.angle, track.opacity)
    changes = np.stack([np.gradient(value) for value in values], axis=1) * per_sixteenth
    assert changes.shape[1] == len(MOTION_TARGETS)
    return changes * MOTION_SCALE


def draw_motion_scene(dice: Dice, label: str, times: np.ndarray, size: Size) -> Take:
    """A shape, two shapes or the whole scene doing what the label says."""
    if label in SCENE_CLASSES and dice.chance(0.16):
        return _draw_moving_scene(dice, label, times, size)
    height, width = size
    background = paint_background(dice, height, width, floor=dice.uniform(0.1, 0.4), place_share=0.3)
    turning = "rotate" in label or label == "shake"
    radius = _radius(dice, label)
    sprites = [make_sprite(dice, radius, min(size), background.mean, must_show_turn=turning)]
    if label in ("come together", "move apart"):
        sprites.append(make_sprite(dice, radius, min(size), background.mean, must_show_turn=False))
        tracks = meeting_tracks(dice, times, radius, 1 if label == "come together" else -1)
    else:
        track = MOVES[label](dice, times, radius, sprites[0].symmetry_angle)
        if not turning:
            track = _tilt(dice, track)
        tracks = (track,)

    still = background.rgb.copy()
    _add_distractors(dice, still, background, tracks)
    frames = np.repeat(still[None], len(times), axis=0)
    for sprite, track in zip(sprites, tracks, strict=True):
        for frame, x, y, scale, angle, opacity in zip(
            frames, track.x, track.y, track.scale, track.angle, track.opacity, strict=True
        ):
            paste(frame, sprite, x, y, scale, angle, opacity)
    add_occluder(dice, frames, 0.1)
    outlines = [_outline_track(sprite, track) for sprite, track in zip(sprites, tracks, strict=True)]
    boxes = share_of_frame(np.concatenate(outlines, axis=1), size)
    # Two movers go opposite ways: no single velocity is true of both.
    motion = motion_targets(tracks[0]) if len(tracks) == 1 else np.zeros((len(times), len(MOTION_TARGETS)))
    return Take(frames, boxes, motion, whole_scene=False)


def _radius(dice: Dice, label: str) -> float:
    """The mover's largest radius: what turns or grows needs pixels to show it."""
    if label in ("grow", "shrink"):
        return dice.amount(0.2, 0.42)
    if "rotate" in label:
        return dice.amount(0.16, 0.4)
    if label in ("come together", "move apart"):
        return dice.amount(0.07, 0.15)
    return dice.amount(0.09, 0.24)


def _tilt(dice: Dice, track: Track) -> Track:
    """The track with any resting angle."""
    return Track(track.x, track.y, track.scale, track.angle + dice.uniform(0, 2 * np.pi), track.opacity)


def _outline_track(sprite: Sprite, track: Track) -> np.ndarray:
    """(T, K, 2) corners of the mover in every frame."""
    places = zip(track.x, track.y, track.scale, track.angle, strict=True)
    return np.stack([corners_on_screen(sprite, *place) for place in places])


def _add_distractors(dice: Dice, canvas: np.ndarray, background: Background, tracks: tuple[Track, ...]) -> None:
    """Things that just lie about, smaller than the mover mostly."""
    if not dice.nuisance(0.55):
        return
    for _ in range(dice.integer(1, 3)):
        sprite = make_sprite(
            dice, dice.uniform(0.04, 0.12), min(canvas.shape[:2]), background.mean, must_show_turn=False
        )
        place = dice.uniform(-0.6, 0.6), dice.uniform(-0.45, 0.45)
        paste(canvas, sprite, *place, 1.0, dice.uniform(0, 2 * np.pi), 1.0)


def add_occluder(dice: Dice, frames: np.ndarray, widest: float) -> None:
    """Sometimes a post or a rail in front, too thin to hide a track."""
    if not dice.nuisance(0.2):
        return
    height, width = frames.shape[1:3]
    short = min(height, width)
    thick = dice.uniform(0.03, widest) * short
    colour = np.array(any_colour(dice), np.uint8)
    if dice.chance(0.65):
        left = width / 2 + dice.uniform(-0.4, 0.4) * short
        frames[:, :, int(left) : int(left + thick) + 1] = colour
    else:
        top = height / 2 + dice.uniform(-0.35, 0.35) * short
        frames[:, int(top) : int(top + thick) + 1] = colour


def _draw_moving_scene(dice: Dice, label: str, times: np.ndarray, size: Size) -> Take:
    """Everything moves as one: what a camera that pans, tilts, zooms or rolls sees."""
    height, width = size
    margin = 1.5
    large = (round(height * margin), round(width * margin))
    background = paint_background(dice, *large, floor=dice.uniform(0.05, 0.4), place_share=0.4)
    canvas = background.rgb
    # Landmarks, or a plain background would show no motion.
    for _ in range(dice.integer(4, 8)):
        sprite = make_sprite(dice, dice.uniform(0.05, 0.16), min(large), background.mean, must_show_turn=False)
        paste(canvas, sprite, dice.uniform(-0.5, 0.5), dice.uniform(-0.45, 0.45), 1.0, dice.uniform(0, 2 * np.pi), 1.0)
    track = MOVES[label](dice, times, 0.3, 2 * np.pi)
    # The camera looks at the middle of the scene halfway through.
    middle_x, middle_y = (track.x.max() + track.x.min()) / 2, (track.y.max() + track.y.min()) / 2
    zoom = track.scale * (1.6 if label in ("grow", "shrink") else 1.0)
    frames = np.stack(
        [
            view(canvas, x - middle_x, y - middle_y, scale, angle, size)
            for x, y, scale, angle in zip(track.x, track.y, zoom, track.angle, strict=True)
        ]
    )
    boxes = np.tile(np.array([0.0, 0.0, 1.0, 1.0]), (len(times), 1))
    return Take(frames, boxes, motion_targets(track), whole_scene=True)
