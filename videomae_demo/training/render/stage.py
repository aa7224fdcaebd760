"""Putting figures on a stage: one acts, others may stand by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from videomae_demo.training.render.actions import ACTIONS, FACING
from videomae_demo.training.render.backgrounds import Background, paint_background
from videomae_demo.training.render.colours import Colour, contrasting, luminance
from videomae_demo.training.render.draws import Draws
from videomae_demo.training.render.figures import Look, dress, random_look
from videomae_demo.training.render.gestures import stand
from videomae_demo.training.render.parts import Part, draw_parts
from videomae_demo.training.render.performance import Performance
from videomae_demo.training.render.records import Take, Track, motion_targets
from videomae_demo.training.render.scenery import Size, add_distractors, add_occluder, share_of_frame

ROOM = 0.47
"""Half the width and height that an action may fill, in short sides: the centre crop must see it."""

LEAST_PATH = 0.03
"""A part whose corners all stay within this many body heights does not count as moving."""


@dataclass(frozen=True)
class Stand:
    """Where a figure is on screen."""

    x: float
    """Of its (0, 0), in short sides from the middle."""
    floor: float
    """Height of the floor it stands on, in short sides below the middle."""
    tall: float
    """Its body height, in short sides."""
    facing: int
    """1 to the right, -1 to the left."""


def draw_figure_scene(
    draws: Draws, label: str, times: np.ndarray, size: Size, background: Background | None = None
) -> Take:
    """A figure doing what the label says, alone or among others who stand by; before any place if none is given."""
    height, width = size
    floor = draws.uniform(0.3, 0.44)
    tall = draws.amount(0.56, 0.86)
    facing = FACING.get(label) or draws.sign()
    if background is None:
        background = paint_background(draws, height, width, floor=floor - 0.05 * tall, place_share=0.6)

    look = random_look(draws, background.tones)

    def paint() -> Colour:
        """A prop must be told from the shirt before which it is held, too."""
        return contrasting(draws, (*background.tones, luminance(look.top)))

    performance = ACTIONS[label](draws, times, paint)
    place = _fit(draws, performance, floor, tall, facing)
    still = background.rgb.copy()
    add_distractors(draws, still, background, chance=0.25, lowest=floor - 0.45 * tall)
    if draws.nuisance(0.35):
        for _ in range(draws.integer(1, 2)):
            add_bystander(draws, still, background, place)
    frames = np.repeat(still[None], len(times), axis=0)
    parts = assemble(performance, look)
    stretch = (place.facing * place.tall, place.tall)
    draw_parts(frames, parts, (place.x, place.floor), stretch)
    add_occluder(draws, frames, 0.05)

    pelvis = performance.pose.trunk.pelvis
    steady = Track.still(len(times))
    track = Track(pelvis[:, 0] * stretch[0], pelvis[:, 1] * stretch[1], steady.scale, steady.angle, steady.opacity)
    return Take(frames, _box(parts, place, size), motion_targets(track), whole_scene=False)


def assemble(performance: Performance, look: Look) -> list[Part]:
    """All parts, back to front."""
    figure, near = dress(performance.pose, performance.body, look)
    return [*performance.behind, *figure, *performance.held, *near]


def _extent(performance: Performance) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest x and y of figure and fixed props over the whole clip, in body heights."""
    points = performance.pose.joints().reshape(-1, 2)
    margin = performance.body.build.head
    props = [part.points.reshape(-1, 2) for part in performance.behind]
    if not performance.ahead:
        props += [part.points.reshape(-1, 2) for part in performance.held]
    everything = np.concatenate([points - margin, points + margin, *props])
    return everything.min(axis=0), everything.max(axis=0)


def _fit(draws: Draws, performance: Performance, floor: float, tall: float, facing: int) -> Stand:
    """A place where the whole action is inside the centre square, the figure smaller where it must be."""
    low, high = _extent(performance)
    tall = min(tall, (ROOM + floor) / -low[1], 2 * ROOM / (high[0] - low[0]))
    left, right = (low[0], high[0]) if facing > 0 else (-high[0], -low[0])
    first, last = -ROOM - left * tall, ROOM - right * tall
    if performance.ahead:
        # Stand back, so that what flies away is seen flying.
        back = first if facing > 0 else last
        return Stand(back + facing * draws.uniform(0.0, 0.12), floor, tall, facing)
    return Stand(draws.uniform(first, last), floor, tall, facing)


def _box(parts: list[Part], place: Stand, size: Size) -> np.ndarray:
    """(T, 4) boxes around all that moves and is in the frame, as shares of the frame.

    Of a figure that waves only the arm moves; of one that nothing of moves, the box is the figure's.
    """
    height, width = size
    short = min(size)
    edge = np.array([width, height]) / (2 * short)
    own = [part for part in parts if part.moving]
    low, high = [], []
    for part in [part for part in own if np.ptp(part.points, axis=0).max() > LEAST_PATH] or own:
        points = part.points * (place.facing * place.tall, place.tall) + (place.x, place.floor)
        # A ball that has left the frame must not hold the box open towards where it went.
        outside = (np.abs(points.mean(axis=1)) > edge).any(axis=1)
        low.append(np.where(outside[:, None], np.inf, points.min(axis=1)))
        high.append(np.where(outside[:, None], -np.inf, points.max(axis=1)))
    corners = np.stack([np.min(low, axis=0), np.max(high, axis=0)], axis=1)
    return share_of_frame(corners, size)


def add_bystander(draws: Draws, canvas: np.ndarray, background: Background, actor: Stand | None = None) -> None:
    """Someone who stands there, drawn onto one (H, W, 3) picture; beside the actor, if there is one."""
    performance = stand(draws, np.zeros(1), lambda: (0.0, 0.0, 0.0))
    tall = actor.tall * draws.uniform(0.75, 1.0) if actor else draws.uniform(0.3, 0.55)
    floor = actor.floor - draws.uniform(0.0, 0.04) if actor else draws.uniform(0.2, 0.45)
    x = draws.uniform(-0.6, 0.6)
    if actor and abs(x - actor.x) < 0.3 * tall + 0.05:
        x = actor.x - actor.facing * draws.uniform(0.35, 0.5) * (1 if draws.chance(0.6) else -1)
    parts = assemble(performance, random_look(draws, background.tones))
    draw_parts(canvas[None], parts, (x, floor), (draws.sign() * tall, tall))
