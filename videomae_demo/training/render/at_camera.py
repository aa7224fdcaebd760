"""What someone does in front of a webcam: hands, things in hands, a hand over the lens.

The classes are those of the other scenes. A thing that is held, raised, brought closer or turned has a hand on it and a
forearm that leads out of the picture; behind it someone may sit and look into the camera. Covering the lens is a fade
of the whole picture.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from videomae_demo.training.render.backgrounds import Background
from videomae_demo.training.render.colours import Colour, any_colour, luminance, shade
from videomae_demo.training.render.cutouts import Paint, make_cutout
from videomae_demo.training.render.draws import Draws
from videomae_demo.training.render.easing import random_ease
from videomae_demo.training.render.figures import Look, random_look
from videomae_demo.training.render.hands import HANDS, WRIST, make_hand
from videomae_demo.training.render.motions import MOVES, meeting_tracks
from videomae_demo.training.render.outlines import CUTOUTS
from videomae_demo.training.render.parts import Part, cap, capsule, disc, draw_parts
from videomae_demo.training.render.records import Take, Track, motion_targets
from videomae_demo.training.render.scenery import Size
from videomae_demo.training.render.scenes import box_of, pair_track
from videomae_demo.training.render.sprites import Sprite, paste

SHUTTER = 0.7
"""Share of the time between frames over which a webcam in a dim room smears."""

ELBOW = 1.1
"""How far outside the elbow is, in short sides from the hand: a forearm leads out of the picture."""


@dataclass(frozen=True)
class Limb:
    """A hand, what it holds, and the forearm behind it."""

    hand: Sprite
    hand_track: Track
    elbow: np.ndarray
    """(T, 2) short sides from the middle."""
    sleeve: Colour
    thing: Sprite | None = None
    thing_track: Track | None = None

    def movers(self) -> list[tuple[Sprite, Track]]:
        """Back to front; the hand's fingers are before what it holds."""
        hand = [(self.hand, self.hand_track)]
        return [(self.thing, self.thing_track), *hand] if self.thing and self.thing_track else hand


Gesture = Callable[[Draws, "Stage", str, np.ndarray, float], tuple[list[Limb], Track]]
"""(choices, what is there, label, moments, share of the clip that the motion fills) -> hands, the motion to learn."""


@dataclass(frozen=True)
class Stage:
    """What a gesture is made with."""

    short: int
    """Of the frame, in pixels."""
    behind: float
    """Luminance of what is behind the hands, in [0, 1]."""
    look: Look
    """Of the person whose hands they are."""
    material: Callable[[], Paint | None]
    """A surface for a thing that is held."""

    def hand(self, draws: Draws, radius: float, kind: str | None = None) -> Sprite:
        """A hand of this person."""
        return make_hand(draws, radius, self.short, self.look.skin, kind or draws.pick(HANDS))

    @property
    def sleeve(self) -> Colour:
        """Of the forearms."""
        return self.look.top if self.look.long_sleeves else shade(self.look.skin, 0.95)


def draw_at_camera(
    draws: Draws,
    label: str,
    times: np.ndarray,
    span: float,
    size: Size,
    background: Background,
    material: Callable[[], Paint | None],
    *,
    held: bool,
) -> Take:
    """The label's motion, done by someone's hands.

    Args:
        draws: the clip's choices.
        label: a key of `GESTURES`.
        times: (T,) in [0, 1]; all the same where a moment is held.
        span: the share of the clip that the motion fills.
        size: of the frame.
        background: drawn on.
        material: draws a surface for a thing in a hand.
        held: whether nothing moves, the person included.
    """
    frames = np.repeat(background.rgb[None], len(times), axis=0)
    look = random_look(draws, background.tones)
    if draws.nuisance(0.7):
        _sit(draws, frames, look, still=held)
    if label in COVERED:
        return _cover(draws, label, times, frames, look)
    stage = Stage(min(size), float(frames[0].mean() / 255), look, material)
    limbs, motion = GESTURES[label](draws, stage, label, times, span)
    if draws.nuisance(0.4):
        moments = np.arange(len(times), dtype=float)
        exposures = []
        for offset in (-SHUTTER / 2, 0.0, SHUTTER / 2):
            exposures.append(frames.copy())
            for limb in limbs:
                _lay(exposures[-1], _at(limb, moments, moments + offset))
        frames = np.round(np.mean(exposures, axis=0, dtype=np.float32)).astype(np.uint8)
    else:
        for limb in limbs:
            _lay(frames, limb)
    sprites, tracks = zip(*[mover for limb in limbs for mover in limb.movers()], strict=True)
    return Take(frames, box_of(sprites, tracks, size), motion_targets(motion), whole_scene=False)


def _at(limb: Limb, moments: np.ndarray, others: np.ndarray) -> Limb:
    """The limb a little earlier or later."""

    def shift(track: Track) -> Track:
        return Track(**{name: np.interp(others, moments, column) for name, column in vars(track).items()})

    elbow = np.stack([np.interp(others, moments, column) for column in limb.elbow.T], axis=1)
    thing_track = limb.thing_track and shift(limb.thing_track)
    return replace(limb, hand_track=shift(limb.hand_track), elbow=elbow, thing_track=thing_track)


def _lay(frames: np.ndarray, limb: Limb) -> None:
    """Forearm, thing, hand, onto (T, H, W, 3) frames."""
    track = limb.hand_track
    reach = WRIST * limb.hand.radius * track.scale
    wrist = np.stack([track.x - reach * np.sin(track.angle), track.y + reach * np.cos(track.angle)], axis=1)
    thick = (0.26 * limb.hand.radius * track.scale)[:, None, None]
    draw_parts(frames, [Part(capsule(wrist, limb.elbow, thick, 1.7 * thick), limb.sleeve)], (0.0, 0.0), (1.0, 1.0))
    for sprite, path in limb.movers():
        for t, frame in enumerate(frames):
            paste(frame, sprite, path.x[t], path.y[t], path.scale[t], path.angle[t], path.opacity[t])


def _elbow(hand: Track, towards: float, follow: float) -> np.ndarray:
    """(T, 2) where the forearm comes from: outside, in the direction `towards`, going along with the hand in part."""
    places = np.stack([hand.x, hand.y], axis=1)
    middle = places.mean(axis=0)
    return middle + ELBOW * np.array([np.cos(towards), np.sin(towards)]) + follow * (places - middle)


def _arm_from(draws: Draws, track: Track) -> float:
    """The direction that a forearm comes from: from below, or from the side that the hand is on."""
    return float(np.pi / 2 - np.clip(track.x.mean() * 1.5, -0.8, 0.8) + draws.uniform(-0.5, 0.5))


def _hold(draws: Draws, stage: Stage, track: Track, radius: float, towards: float, *, turning: bool) -> Limb:
    """An empty hand, or one that holds a thing, along the thing's track."""
    follow = draws.uniform(0.2, 1.0)
    rest = towards - np.pi / 2
    turn = track.angle - track.angle[0]
    if draws.chance(0.4):
        hand = stage.hand(draws, radius)
        own = replace(track, angle=rest + turn)
        return Limb(hand, own, _elbow(own, towards, follow), stage.sleeve)
    thing = make_cutout(
        draws,
        draws.pick(CUTOUTS),
        radius,
        stage.short,
        stage.material(),
        stage.behind,
        least=draws.uniform(0.0, 0.2),
        turning=turning,
    )
    grip = draws.uniform(0.45, 0.8)
    hand = stage.hand(draws, float(np.clip(grip * radius, 0.06, 0.22)), draws.pick(("fist", "fist", "flat")))
    # A thing that is turned is held by its middle, or the hand would run round it.
    away = radius * (0.2 if turning else draws.uniform(0.6, 1.0)) * track.scale
    own = replace(
        track, x=track.x + away * np.cos(towards + turn), y=track.y + away * np.sin(towards + turn), angle=rest + turn
    )
    tilted = replace(track, angle=track.angle + (0.0 if turning else draws.uniform(0, 2 * np.pi)))
    return Limb(hand, own, _elbow(own, towards, follow), stage.sleeve, thing, tilted)


def _one(draws: Draws, stage: Stage, label: str, times: np.ndarray, span: float) -> tuple[list[Limb], Track]:
    """One hand, with or without a thing in it, does what things do."""
    low, high = (0.2, 0.45) if label in ("grow", "shrink") or "rotate" in label else (0.1, 0.3)
    radius = float(low * (high / low) ** draws.uniform(0, 1))
    turning = "rotate" in label or label == "shake"
    track = MOVES[label](draws, times, radius, 2 * np.pi * span)
    return [_hold(draws, stage, track, radius, _arm_from(draws, track), turning=turning)], track


def _two(draws: Draws, stage: Stage, label: str, times: np.ndarray, span: float) -> tuple[list[Limb], Track]:
    """Two hands meet, or part."""
    radius = draws.uniform(0.08, 0.16)
    tracks = meeting_tracks(draws, times, radius, 1 if label == "come together" else -1)
    limbs = []
    for track, other in (tracks, tracks[::-1]):
        side = 1.0 if track.x.mean() > other.x.mean() else -1.0
        towards = np.pi / 2 - side * draws.uniform(0.3, 1.4)
        limbs.append(_hold(draws, stage, track, radius, towards, turning=False))
    return limbs, pair_track(*tracks)


def _cycles(draws: Draws, low: float, high: float, times: np.ndarray) -> np.ndarray:
    return np.sin(2 * np.pi * (draws.uniform(low, high) * times + draws.uniform(0, 1)))


def _wave(draws: Draws, stage: Stage, label: str, times: np.ndarray, span: float) -> tuple[list[Limb], Track]:
    """An open hand swings from side to side, from the elbow or from the wrist."""
    radius = draws.uniform(0.1, 0.26)
    lean = draws.uniform(-0.3, 0.3)
    swing = lean + np.radians(draws.uniform(12, 34)) * _cycles(draws, 1.5, 3.4, times)
    arm = draws.uniform(0.3, 0.75) if draws.chance(0.6) else WRIST * radius
    foot_x, foot_y = draws.uniform(-0.3, 0.3), draws.uniform(-0.15, 0.2) + 0.8 * arm
    still = Track.still(len(times))
    track = replace(still, x=foot_x + arm * np.sin(swing), y=foot_y - arm * np.cos(swing), angle=swing)
    from_wrist = arm < 0.3
    elbow = np.tile([foot_x - ELBOW * np.sin(lean), foot_y + ELBOW * np.cos(lean)], (len(times), 1))
    if not from_wrist:  # the forearm swings about its own foot, which may be in the picture
        elbow = np.tile([foot_x, foot_y + 0.05], (len(times), 1))
    return [Limb(stage.hand(draws, radius, "open"), track, elbow, stage.sleeve)], track


def _clap(draws: Draws, stage: Stage, label: str, times: np.ndarray, span: float) -> tuple[list[Limb], Track]:
    """Two flat hands meet and part, again and again."""
    radius = draws.uniform(0.1, 0.22)
    middle_x, middle_y = draws.uniform(-0.15, 0.15), draws.uniform(-0.2, 0.25)
    gap = draws.uniform(0.12, 0.34) * (0.5 + 0.5 * _cycles(draws, 1.6, 3.2, times))
    lean = draws.uniform(0.0, 0.6)
    still = Track.still(len(times))
    limbs, tracks = [], []
    for side in (-1.0, 1.0):
        x = middle_x + side * (0.2 * radius + gap / 2)
        track = replace(still, x=x, y=middle_y + 0.3 * gap, angle=-side * (lean + 0.4 * gap))
        hand = stage.hand(draws, radius, "flat")
        tracks.append(track)
        towards = np.pi / 2 - side * draws.uniform(0.2, 0.8)
        limbs.append(Limb(hand, track, _elbow(track, towards, 0.5), stage.sleeve))
    return limbs, pair_track(*tracks)


GESTURES: dict[str, Gesture] = {
    "move left": _one,
    "move right": _one,
    "move up": _one,
    "move down": _one,
    "grow": _one,
    "shrink": _one,
    "rotate clockwise": _one,
    "rotate counter-clockwise": _one,
    "circle clockwise": _one,
    "circle counter-clockwise": _one,
    "shake": _one,
    "come together": _two,
    "move apart": _two,
    "wave": _wave,
    "clap": _clap,
}
"""Label -> what hands do."""

COVERED = frozenset({"fade in", "fade out", "blink"})
"""What a hand over the lens does to the picture."""

AT_CAMERA = frozenset(GESTURES) | COVERED
"""Labels that someone can do in front of a webcam."""


def _cover(draws: Draws, label: str, times: np.ndarray, frames: np.ndarray, look: Look) -> Take:
    """The whole picture goes dark, or comes back: a hand over the lens, too near to be sharp, or simply less light."""
    if label == "blink":
        closed = np.clip(0.5 + draws.uniform(1.2, 5.0) * _cycles(draws, 1.6, 3.4, times), 0, 1)
    else:
        progress = random_ease(draws)(times)
        closed = progress if label == "fade out" else 1 - progress
    count, height, width = frames.shape[:3]
    short = min(height, width)
    dark = np.array(shade(look.skin, draws.uniform(0.02, 0.45)) if draws.chance(0.6) else any_colour(draws))
    dark = dark * min(1.0, 0.35 / max(luminance(tuple(dark)), 1e-3)) if draws.chance(0.85) else dark
    softness = draws.uniform(0.15, 0.6) if draws.chance(0.7) else 4.0
    towards = draws.uniform(0, 2 * np.pi)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    across = (np.cos(towards) * (x - width / 2) + np.sin(towards) * (y - height / 2)) / short
    reach = float(np.abs(across).max())
    most = draws.uniform(0.9, 1.0)
    for t in range(count):
        edge = (2 * closed[t] - 1) * (reach + softness)
        cover = np.clip((edge - across) / (2 * softness) + 0.5, 0, 1)[..., None] * most
        frames[t] = np.round(frames[t] * (1 - cover) + dark * cover)
    opacity = replace(Track.still(count), opacity=1 - closed)
    boxes = np.tile(np.array([0.0, 0.0, 1.0, 1.0]), (count, 1))
    return Take(frames, boxes, motion_targets(opacity), whole_scene=True)


def _sit(draws: Draws, frames: np.ndarray, look: Look, *, still: bool) -> None:
    """Someone's head and shoulders, who hardly moves."""
    count = len(frames)
    times = np.linspace(0, 1, count)
    head = draws.uniform(0.09, 0.2)
    sway = np.sin(2 * np.pi * (draws.uniform(0.3, 1.2) * times + draws.uniform(0, 1)))
    swing = 0.0 if still else draws.uniform(0.0, 0.012)
    x = draws.uniform(-0.3, 0.3) + swing * sway
    y = draws.uniform(-0.25, 0.1) + 0.3 * swing * sway
    centre = np.stack([x, y], axis=1)
    up = np.full(count, -np.pi / 2) + (0.0 if still else draws.uniform(0, 0.05)) * sway
    shoulder = draws.uniform(1.5, 2.1) * head

    def at(across: float, down: float) -> np.ndarray:
        """(T, 2) a place of the body, in radii of the head from its middle."""
        return centre + np.array([across, down]) * head

    wide = shoulder / head
    chest = np.stack([at(-wide, 2.0), at(wide, 2.0), at(1.1 * wide, 11.6), at(-1.1 * wide, 11.6)], axis=1)
    ink = (30.0, 26.0, 30.0)
    parts = [
        Part(chest, look.top),
        Part(capsule(at(-0.8 * wide, 2.6), at(0.8 * wide, 2.6), 0.7 * head, 0.7 * head), look.top),
        Part(capsule(at(0, 0.6), at(0, 1.6), 0.42 * head, 0.5 * head), shade(look.skin, 0.85)),
        Part(disc(centre, head), look.skin),
        Part(cap(at(0, -0.05), 1.06 * head, up, draws.uniform(1.0, 1.5)), look.hair),
        *(Part(disc(at(side * 0.36, 0.02), 0.1 * head, 8), ink) for side in (-1, 1)),
        Part(capsule(at(-0.22, 0.5), at(0.22, 0.5), 0.05 * head, 0.05 * head), ink),
    ]
    draw_parts(frames, parts, (0.0, 0.0), (1.0, 1.0))
