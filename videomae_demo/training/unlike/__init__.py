"""Clips with none of the classes' motions, to measure whether a model knows that it does not know.

They have the worlds, things, light and camera of the renderer's own clips; what happens in them has no name among the
classes. Kinds of one purpose are never shown to the other: what is chosen by looking at some is judged on the rest.

>>> unlike_clip("wanderers", 0, 3, size=64).shape
(16, 64, 64, 3)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from videomae_demo.training.render.clip import frame_times
from videomae_demo.training.render.draws import Draws
from videomae_demo.training.render.effects import spoil
from videomae_demo.training.render.filming import develop, hand_held, light, through_camera
from videomae_demo.training.render.worlds import STUDIO, WORLDS
from videomae_demo.training.unlike import pictures, surfaces, things
from videomae_demo.training.unlike.place import Place

Purpose = Literal["choose", "publish"]


@dataclass(frozen=True)
class Kind:
    """One way to be none of the classes."""

    film: Callable[[Place], np.ndarray]
    """-> (T, H, W, 3) uint8."""
    purpose: Purpose
    """What its clips are for: choosing (a score, its statistics), or the published numbers."""


KINDS: dict[str, Kind] = {
    "crowd": Kind(things.crowd, "choose"),
    "wanderers": Kind(things.wanderers, "choose"),
    "medley": Kind(things.medley, "choose"),
    "relay": Kind(things.relay, "choose"),
    "confetti": Kind(things.confetti, "choose"),
    "jumpy": Kind(things.jumpy, "choose"),
    "morphing": Kind(things.morphing, "choose"),
    "stalks": Kind(things.stalks, "choose"),
    "boiling": Kind(surfaces.boiling, "choose"),
    "ripples": Kind(surfaces.ripples, "choose"),
    "patchwork": Kind(surfaces.patchwork, "choose"),
    "cuts": Kind(pictures.cuts, "choose"),
    "flicker": Kind(pictures.flicker, "choose"),
    "camera chaos": Kind(pictures.camera_chaos, "choose"),
    "parallax": Kind(pictures.parallax, "choose"),
    "shuffled": Kind(pictures.shuffled, "choose"),
    "swarm": Kind(things.swarm, "publish"),
    "traffic": Kind(things.traffic, "publish"),
    "scribble": Kind(things.scribble, "publish"),
    "typing": Kind(things.typing, "publish"),
    "snow": Kind(surfaces.snow, "publish"),
    "wobbling": Kind(surfaces.wobbling, "publish"),
    "flames": Kind(surfaces.flames, "publish"),
    "spotlights": Kind(surfaces.spotlights, "publish"),
    "dissolves": Kind(pictures.dissolves, "publish"),
    "tiles": Kind(pictures.tiles, "publish"),
    "kaleidoscope": Kind(pictures.kaleidoscope, "publish"),
    "stutter": Kind(pictures.stutter, "publish"),
}


def kinds_for(purpose: Purpose) -> tuple[str, ...]:
    """The kinds of that purpose."""
    return tuple(name for name, kind in KINDS.items() if kind.purpose == purpose)


def unlike_clip(kind: str, seed: int, index: int, *, size: int | tuple[int, int], num_frames: int = 16) -> np.ndarray:
    """(T, H, W, 3) uint8: the clip of this kind, seed and index, always the same; the worlds come in turn.

    Args:
        kind: a key of `KINDS`.
        seed: of the collection.
        index: of the clip within it.
        size: side in pixels, or (height, width).
        num_frames: T.

    Raises:
        ValueError: on an unknown kind.
    """
    if kind not in KINDS:
        raise ValueError(f"kind {kind!r} is not one of {tuple(KINDS)}")
    world = tuple(WORLDS)[index % len(WORLDS)]
    draws = Draws(seed + 7919 * (1 + tuple(KINDS).index(kind)), index, wide=world != STUDIO)
    frame_size = (size, size) if isinstance(size, int) else size
    frames = KINDS[kind].film(Place(draws, world, frame_size, frame_times(num_frames)))
    if world == STUDIO:
        return spoil(draws, frames)
    times = np.linspace(0, 1, num_frames)
    light(draws, frames, times)
    still = np.tile(np.array([0.0, 0.0, 1.0, 1.0]), (num_frames, 1))
    frames, _ = through_camera(frames, still, hand_held(draws, times), 1.0)
    return develop(draws, frames)
