"""Scenes in which a shape, two shapes or everything moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from videomae_demo.training.render.backgrounds import paint_background
from videomae_demo.training.render.draws import Draws
from videomae_demo.training.render.effects import view
from videomae_demo.training.render.motions import MOVES, SCENE_CLASSES, meeting_tracks
from videomae_demo.training.render.records import Take, Track, motion_targets
from videomae_demo.training.render.scenery import Size, add_distractors, add_occluder, share_of_frame
from videomae_demo.training.render.sprites import Sprite, corners_on_screen, make_sprite, paste
from videomae_demo.training.render.stage import add_bystander


def draw_motion_scene(draws: Draws, label: str, times: np.ndarray, size: Size) -> Take:
    """A shape, two shapes or the whole scene doing what the label says."""
    if label in SCENE_CLASSES and draws.chance(0.16):
        return _draw_moving_scene(draws, label, times, size)
    height, width = size
    background = paint_background(draws, height, width, floor=draws.uniform(0.1, 0.4), place_share=0.3)
    turning = "rotate" in label or label == "shake"
    radius = _radius(draws, label)
    sprites = [make_sprite(draws, radius, min(size), background.tones, must_show_turn=turning)]
    if label in ("come together", "move apart"):
        sprites.append(make_sprite(draws, radius, min(size), background.tones, must_show_turn=False))
        tracks: tuple[Track, ...] = meeting_tracks(draws, times, radius, 1 if label == "come together" else -1)
    else:
        track = MOVES[label](draws, times, radius, sprites[0].symmetry_angle)
        if not turning:
            track = tilted(draws, track)
        tracks = (track,)

    still = background.rgb.copy()
    add_distractors(draws, still, background, chance=0.55)
    if draws.nuisance(0.12):
        add_bystander(draws, still, background)
    frames = np.repeat(still[None], len(times), axis=0)
    for sprite, track in zip(sprites, tracks, strict=True):
        for frame, x, y, scale, angle, opacity in zip(
            frames, track.x, track.y, track.scale, track.angle, track.opacity, strict=True
        ):
            paste(frame, sprite, x, y, scale, angle, opacity)
    add_occluder(draws, frames, 0.1)
    motion = motion_targets(tracks[0] if len(tracks) == 1 else pair_track(*tracks))
    return Take(frames, box_of(sprites, tracks, size), motion, whole_scene=False)


def pair_track(first: Track, second: Track) -> Track:
    """Two movers as one thing: it stays where it is and has the size of the gap between their centres."""
    gap = np.hypot(first.x - second.x, first.y - second.y)
    return replace(Track.still(len(gap)), scale=gap / gap.max())


def _radius(draws: Draws, label: str) -> float:
    """The mover's largest radius: what turns or grows needs pixels to show it."""
    if label in ("grow", "shrink"):
        return draws.amount(0.2, 0.42)
    if "rotate" in label:
        return draws.amount(0.19, 0.42)
    if label in ("come together", "move apart"):
        return draws.amount(0.07, 0.15)
    return draws.amount(0.09, 0.24)


def tilted(draws: Draws, track: Track) -> Track:
    """The track with any resting angle."""
    return Track(track.x, track.y, track.scale, track.angle + draws.uniform(0, 2 * np.pi), track.opacity)


def box_of(sprites: Sequence[Sprite], tracks: Sequence[Track], size: Size) -> np.ndarray:
    """(T, 4) boxes around all the movers, as shares of the frame."""
    outlines = [_outline_track(sprite, track) for sprite, track in zip(sprites, tracks, strict=True)]
    return share_of_frame(np.concatenate(outlines, axis=1), size)


def _outline_track(sprite: Sprite, track: Track) -> np.ndarray:
    """(T, K, 2) corners of the mover in every frame."""
    places = zip(track.x, track.y, track.scale, track.angle, strict=True)
    return np.stack([corners_on_screen(sprite, *place) for place in places])


def _draw_moving_scene(draws: Draws, label: str, times: np.ndarray, size: Size) -> Take:
    """Everything moves as one: what a camera that pans, tilts, zooms or rolls sees."""
    height, width = size
    margin = 1.5
    large = (round(height * margin), round(width * margin))
    background = paint_background(draws, *large, floor=draws.uniform(0.05, 0.4), place_share=0.4)
    canvas = background.rgb
    # Landmarks, or a plain background would show no motion.
    for _ in range(draws.integer(4, 8)):
        sprite = make_sprite(draws, draws.uniform(0.05, 0.16), min(large), background.tones, must_show_turn=False)
        paste(
            canvas, sprite, draws.uniform(-0.5, 0.5), draws.uniform(-0.45, 0.45), 1.0, draws.uniform(0, 2 * np.pi), 1.0
        )
    if draws.chance(0.4):
        add_bystander(draws, canvas, background)
    track = MOVES[label](draws, times, 0.3, 2 * np.pi)
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
