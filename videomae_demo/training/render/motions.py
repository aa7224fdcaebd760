"""What the motion classes do: label -> tracks of the mover, or of the whole scene."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from videomae_demo.training.render.draws import Draws
from videomae_demo.training.render.easing import MAX_SPEED, random_ease
from videomae_demo.training.render.records import Track

Times = np.ndarray  # (T,) in [0, 1]

REACH = 0.46
"""Movers keep their centre this close to the middle, mostly: the centre crop must see the whole track."""

MAX_TURN_PER_FRAME = 0.4
"""Largest turn between two of 16 frames, as a share of the shape's symmetry angle: at a half the sense is lost."""


def _place(draws: Draws, room: float) -> float:
    """A coordinate that leaves `room` to the edge of the centre square."""
    limit = max(0.0, REACH - room)
    return draws.uniform(-limit, limit)


def _wander(draws: Draws, times: Times, track: Track) -> Track:
    """The track with a little drift, swell and turn that no label is about (nothing in calm clips)."""
    if not draws.nuisance(0.5):
        return track
    phase, rate = draws.uniform(0, 2 * np.pi), draws.uniform(0.5, 1.2)
    sway = np.sin(2 * np.pi * rate * times + phase)
    return replace(
        track,
        y=track.y + sway * draws.uniform(0, 0.012),
        scale=track.scale * (1 + sway * draws.uniform(0, 0.04)),
        angle=track.angle + sway * draws.uniform(0, 0.07),
    )


def _move(direction: tuple[int, int]) -> Callable[[Draws, Times, float, float], Track]:
    def move(draws: Draws, times: Times, radius: float, symmetry: float) -> Track:
        distance = draws.amount(0.26, 0.78, widest=(0.22, 0.9))
        progress = random_ease(draws)(times) - 0.5
        slope = draws.uniform(-0.22, 0.22) * draws.difficulty
        off_middle = _place(draws, radius + 0.1)
        # A longer way than the square has room for leaves it on both sides; the thing itself stays mostly visible.
        middle = _place(draws, distance / 2 + radius * 0.5)
        along, across = middle + distance * progress, off_middle + distance * slope * progress
        still = Track.still(len(times))
        if direction[0]:
            return _wander(draws, times, replace(still, x=along * direction[0], y=still.y + across))
        return _wander(draws, times, replace(still, x=still.x + across, y=along * direction[1]))

    return move


def _resize(sense: int) -> Callable[[Draws, Times, float, float], Track]:
    def resize(draws: Draws, times: Times, radius: float, symmetry: float) -> Track:
        log_ratio = np.log(draws.amount(1.7, 3.9, widest=(1.6, 4.2)))
        progress = random_ease(draws)(times)
        # 1 at the largest: the mover's own radius is its largest size.
        log_scale = log_ratio * (progress - 1 if sense > 0 else -progress)
        track = Track.still(len(times), _place(draws, radius), _place(draws, radius))
        drift = (progress - 0.5) * draws.uniform(0, 0.06) * draws.difficulty
        return replace(track, scale=np.exp(log_scale), x=track.x + drift * draws.sign())

    return resize


def _rotate(sense: int) -> Callable[[Draws, Times, float, float], Track]:
    def rotate(draws: Draws, times: Times, radius: float, symmetry: float) -> Track:
        most = MAX_TURN_PER_FRAME * symmetry * 16 / MAX_SPEED
        turn = min(np.radians(draws.amount(70, 280, widest=(55, 400))), most)
        track = Track.still(len(times), _place(draws, radius), _place(draws, radius))
        return replace(track, angle=draws.uniform(0, 2 * np.pi) + sense * turn * random_ease(draws)(times))

    return rotate


def _circle(sense: int) -> Callable[[Draws, Times, float, float], Track]:
    def circle(draws: Draws, times: Times, radius: float, symmetry: float) -> Track:
        orbit = draws.amount(0.13, 0.3, widest=(0.1, 0.34))
        sweep = np.radians(draws.amount(280, 520, widest=(250, 640)))
        angle = draws.uniform(0, 2 * np.pi) + sense * sweep * random_ease(draws)(times)
        room = orbit + 0.6 * radius
        track = Track.still(len(times), _place(draws, room), _place(draws, room))
        return replace(track, x=track.x + orbit * np.cos(angle), y=track.y + orbit * np.sin(angle))

    return circle


def _fade(sense: int) -> Callable[[Draws, Times, float, float], Track]:
    def fade(draws: Draws, times: Times, radius: float, symmetry: float) -> Track:
        faint, full = draws.uniform(0.0, 0.15), draws.uniform(0.85, 1.0)
        progress = random_ease(draws)(times)
        opacity = faint + (full - faint) * (progress if sense > 0 else 1 - progress)
        track = Track.still(len(times), _place(draws, radius), _place(draws, radius))
        return _wander(draws, times, replace(track, opacity=opacity))

    return fade


def _blink(draws: Draws, times: Times, radius: float, symmetry: float) -> Track:
    """On and off two to four times, softly switched."""
    wave = np.sin(2 * np.pi * (draws.amount(1.7, 3.2, widest=(1.6, 3.6)) * times + draws.uniform(0, 1)))
    track = Track.still(len(times), _place(draws, radius), _place(draws, radius))
    hardness = draws.uniform(1.2, 6.0) if draws.wide else 1.6
    return replace(track, opacity=np.clip(0.5 + hardness * wave, 0.0, 1.0))


def _bounce(draws: Draws, times: Times, radius: float, symmetry: float) -> Track:
    """Hops off a floor, mostly of constant height: parabolas, so it means the same backwards."""
    # Slow enough to be followed: at the floor a thing covers 4 * height * hops / 16 of the picture in a frame.
    height = draws.amount(0.18, 0.4, widest=(0.12, 0.44))
    hops = draws.amount(1.4, 2.6, widest=(1.3, 3.0))
    beat = hops * times + draws.uniform(0, 1)
    lift = 1 - (2 * (beat % 1.0) - 1) ** 2
    if draws.wide and draws.chance(0.4):
        # A ball that comes to rest; or, as often, the same backwards.
        lift = lift * draws.uniform(0.5, 0.85) ** np.floor(beat if draws.chance(0.5) else beat.max() - beat)
    floor = height / 2 + _place(draws, height / 2 + radius)
    track = Track.still(len(times), _place(draws, radius + 0.05), floor)
    drift = draws.uniform(-0.12, 0.12) * draws.difficulty * (times - 0.5)
    return replace(track, x=track.x + drift, y=track.y - height * lift)


def _shake(draws: Draws, times: Times, radius: float, symmetry: float) -> Track:
    """Quick swings from side to side, or tilts; never up and down, so that it cannot be taken for a bounce."""
    wave = np.sin(2 * np.pi * (draws.amount(1.7, 3.3, widest=(1.6, 3.8)) * times + draws.uniform(0, 1)))
    track = Track.still(len(times), _place(draws, radius + 0.08), _place(draws, radius))
    angle = np.full(len(times), draws.uniform(-0.3, 0.3))
    if draws.chance(0.3) and symmetry < 2 * np.pi + 1:
        angle = angle + wave * draws.amount(0.16, 0.45, widest=(0.14, 0.5))
        return replace(track, angle=angle, x=track.x + 0.03 * wave)
    swing = wave * draws.amount(0.055, 0.13, widest=(0.035, 0.14))
    return replace(track, x=track.x + swing, y=track.y + swing * draws.uniform(-0.25, 0.25), angle=angle)


MOVES: dict[str, Callable[[Draws, Times, float, float], Track]] = {
    "move left": _move((-1, 0)),
    "move right": _move((1, 0)),
    "move up": _move((0, -1)),
    "move down": _move((0, 1)),
    "grow": _resize(1),
    "shrink": _resize(-1),
    "rotate clockwise": _rotate(1),
    "rotate counter-clockwise": _rotate(-1),
    "circle clockwise": _circle(1),
    "circle counter-clockwise": _circle(-1),
    "fade in": _fade(1),
    "fade out": _fade(-1),
    "blink": _blink,
    "bounce": _bounce,
    "shake": _shake,
}
"""Label -> (draws, times, radius of the mover, symmetry angle of its shape in radians) -> its track."""

SCENE_CLASSES = (
    "move left", "move right", "move up", "move down", "grow", "shrink",
    "rotate clockwise", "rotate counter-clockwise", "circle clockwise", "circle counter-clockwise",
    "bounce", "shake",
)  # fmt: skip
"""What the whole scene can do, too."""


def meeting_tracks(draws: Draws, times: Times, radius: float, sense: int) -> tuple[Track, Track]:
    """Two things that come together (sense 1) or move apart (-1), each going half the way."""
    progress = random_ease(draws)(times)
    gap = draws.amount(0.32, 0.72, widest=(0.26, 0.76)) * (1 - progress if sense > 0 else progress)
    direction = draws.uniform(0, 2 * np.pi)
    half = radius * draws.uniform(0.95, 1.05) + gap / 2
    x, y = draws.uniform(-0.06, 0.06), draws.uniform(-0.06, 0.06)
    still = Track.still(len(times), x, y)
    offset_x, offset_y = half * np.cos(direction), half * np.sin(direction)
    return (
        replace(still, x=still.x + offset_x, y=still.y + offset_y),
        replace(still, x=still.x - offset_x, y=still.y - offset_y),
    )
