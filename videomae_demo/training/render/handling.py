"""What figures do with things: a chair, a ball, a door, a box."""

from __future__ import annotations

import numpy as np

from videomae_demo.training.render.colours import luminance, shade
from videomae_demo.training.render.draws import Draws
from videomae_demo.training.render.easing import random_ease, smooth
from videomae_demo.training.render.parts import Part, disc, fixed
from videomae_demo.training.render.performance import Paint, Performance, Times, at, degrees, hanging, keys, turns
from videomae_demo.training.render.skeleton import ANKLE_HEIGHT, Body, Build, Pose, Trunk, moved, random_build


def sit_down(draws: Draws, t: Times, paint: Paint) -> Performance:
    """From standing before a chair to sitting on it."""
    build = random_build(draws)
    body = Body(build, front=False)
    u = random_ease(draws)(t)
    seat = ANKLE_HEIGHT + build.shin - 0.01
    sit_x = 0.04 - build.thigh * 0.95
    pelvis = at(0.03 + (sit_x - 0.03) * smooth(u), -build.hip_height + (build.hip_height - seat - 0.06) * u, t)
    trunk = body.trunk(pelvis, np.radians(draws.uniform(24, 38)) * np.sin(np.pi * u) + np.radians(2))
    legs = tuple(body.leg(trunk, limb, at(x, -ANKLE_HEIGHT, t)) for limb, x in enumerate((0.055, 0.03)))
    arms = []
    for limb in (0, 1):
        down = hanging(body, trunk, limb, t)[:, 2]
        knee = moved(trunk.pelvis + 0.85 * (legs[limb][:, 1] - trunk.pelvis), 0.0, -0.055)
        arms.append(body.reach(trunk, limb, down + (knee - down) * u[:, None]))
    colour, top = paint(), -seat + 0.045
    rear, fore = sit_x - 0.12, sit_x + 0.15
    chair = [
        fixed(t, (rear, top), (fore, top), (fore, top + 0.035), (rear, top + 0.035)),
        *(fixed(t, (x, top), (x + 0.03, top), (x + 0.03, 0.0), (x, 0.0)) for x in (rear, fore - 0.03)),
    ]
    if draws.chance(0.7):
        high = top - draws.uniform(0.26, 0.36)
        chair.append(fixed(t, (rear - 0.02, high), (rear + 0.012, high), (rear + 0.03, top), (rear, top)))
    return Performance(
        body, Pose(trunk, tuple(arms), legs), behind=[Part(points, colour, moving=False) for points in chair]
    )


def _flight(t: Times, start: np.ndarray, moment: float, speed: tuple[float, float], radius: float) -> np.ndarray:
    """(T, 2) a ball that leaves `start` at that moment, falls, and rolls once it is on the floor."""
    since = np.maximum(t - moment, 0.0)[:, None]
    path = start + since * np.array(speed) + since**2 * np.array([0.0, 1.1])
    path[:, 1] = np.minimum(path[:, 1], -radius)
    return path


def _ball(draws: Draws, path: np.ndarray, radius: float, paint: Paint) -> list[Part]:
    colour = paint()
    return [
        Part(disc(path, radius, 18), colour),
        Part(disc(path - radius * 0.25, radius * 0.45, 12), shade(colour, 1.35)),
    ]


def throw(draws: Draws, t: Times, paint: Paint) -> Performance:
    """Swings the arm, over or under, and lets a ball go that flies away forwards."""
    body = Body(random_build(draws), front=False)
    release = 0.42
    t = np.append(t, release)
    overhand = draws.chance(0.6)
    if overhand:
        upper = turns(t, (0, 45), (0.22, 195), (0.29, 200), (0.51, 75), (0.75, 35), (1, 30))
        flex = turns(t, (0, 60), (0.22, 75), (0.31, 75), (0.47, 5), (0.75, 20), (1, 20))
    else:
        upper = turns(t, (0, 25), (0.22, -75), (0.28, -78), (0.5, 95), (0.75, 60), (1, 40))
        flex = turns(t, (0, 25), (0.25, 5), (0.5, 8), (1, 20))
    lean = turns(t, (0, 2), (0.26, -12), (0.5, 18), (1, 6))
    trunk = body.trunk(
        at(keys(t, (0, 0), (0.26, -0.05), (0.5, 0.06), (1, 0.03)), -body.build.hip_height + 0.015, t), lean
    )
    near = body.swing_arm(trunk, 1, upper, flex)
    far = body.swing_arm(trunk, 0, turns(t, (0, 10), (0.26, 70), (0.53, -35), (1, 5)), degrees(t, 20))
    radius = draws.amount(0.05, 0.085)
    hand = near[:, 2] + (near[:, 2] - near[:, 1]) / body.build.forearm * radius * 0.8
    path = np.where(
        (t < release)[:, None],
        hand,
        _flight(
            t, hand[-1], release, (draws.amount(1.2, 2.2), draws.uniform(-0.45, 0.0) - 0.3 * (not overhand)), radius
        ),
    )
    pose = Pose(trunk, (far, near), body.stand_legs(trunk, 0.1))
    return _without_last(Performance(body, pose, held=_ball(draws, path, radius, paint), ahead=0.75))


def kick(draws: Draws, t: Times, paint: Paint) -> Performance:
    """Swings a leg back and kicks a ball that lies in front of the foot; it flies or rolls away."""
    body = Body(random_build(draws), front=False)
    contact = 0.42
    high = draws.amount(0.12, 0.34)
    t = np.append(t, contact)
    foot_x = keys(t, (0, -0.02), (0.23, -0.34), (0.27, -0.34), (0.54, 0.4), (0.83, 0.05), (1, 0.03))
    foot_y = keys(t, (0, 0), (0.24, 0.2), (0.41, 0.02), (0.55, high), (0.83, 0), (1, 0))
    lean = turns(t, (0, 2), (0.25, 16), (0.53, -14), (0.87, 2))
    trunk = body.trunk(at(0.02, -body.build.hip_height + 0.02, t), lean)
    near = body.leg(trunk, 1, at(foot_x, -ANKLE_HEIGHT - foot_y, t), keys(t, (0.27, 0), (0.54, 0.5), (0.83, 0)))
    far = body.leg(trunk, 0, at(0.02, -ANKLE_HEIGHT, t))
    arms = tuple(
        body.swing_arm(trunk, limb, side * turns(t, (0, 5), (0.25, 45), (0.54, -45), (0.87, 5)) + 0.1, degrees(t, 20))
        for limb, side in enumerate((-1, 1))
    )
    radius = draws.amount(0.06, 0.1)
    rest = at(near[-1, 3, 0] + radius + 0.015, -radius, t)
    path = np.where(
        (t < contact)[:, None],
        rest,
        _flight(t, rest[-1], contact, (draws.amount(1.15, 2.1), -draws.uniform(0.0, 0.9)), radius),
    )
    pose = Pose(trunk, arms, (far, near))
    return _without_last(Performance(body, pose, held=_ball(draws, path, radius, paint), ahead=0.75))


def _without_last(performance: Performance) -> Performance:
    """Drops the extra moment at which an action needed to know its own pose."""
    pose = performance.pose
    trunk = Trunk(pose.trunk.pelvis[:-1], pose.trunk.chest[:-1], pose.trunk.head[:-1], pose.trunk.lean[:-1])
    arms, legs = (tuple(limb[:-1] for limb in limbs) for limbs in (pose.arms, pose.legs))
    held = [Part(part.points[:-1], part.colour, part.moving) for part in performance.held]
    return Performance(performance.body, Pose(trunk, arms, legs), held=held, ahead=performance.ahead)


def open_door(draws: Draws, t: Times, paint: Paint) -> Performance:
    """Takes the handle and swings a door open, towards the viewer or away."""
    build = random_build(draws)
    body = Body(build, front=False)
    wide, high, near = draws.uniform(0.38, 0.5), draws.uniform(0.95, 1.06), draws.uniform(0.24, 0.3)
    sill = -0.05
    turn = np.radians(draws.amount(62, 100)) * random_ease(draws)(t)
    hinge = near + wide
    edge = hinge - wide * np.cos(turn)
    # A door that swings towards the viewer grows at its free edge, one that swings away shrinks there.
    swell = draws.pick((0.1, -0.09)) * np.sin(turn)
    top, bottom = -high * (1 + swell) + sill, sill * (1 - 0.9 * swell / 0.1)
    handle = at(edge + 0.13 * (hinge - edge), -0.47 + 0.02 * np.sin(turn), t)
    step = 0.68 * (edge - near)
    trunk = body.trunk(at(step, -build.hip_height + 0.015, t), np.radians(3) + 0.25 * (edge - near))
    arms = (hanging(body, trunk, 0, t), body.reach(trunk, 1, handle))
    legs = (body.leg(trunk, 0, at(-0.06 + step * 0.8, -ANKLE_HEIGHT, t)),
            body.leg(trunk, 1, at(0.06 + step, -ANKLE_HEIGHT, t)))  # fmt: skip
    colour = paint()
    frame_colour = shade(colour, 0.55)
    # A bright room behind a dark door, a dark one behind a bright door: the gap has to show.
    beyond = (255.0, 246.0, 214.0) if luminance(colour) < 0.5 else (30.0, 30.0, 40.0)
    rim = 0.03
    frame = fixed(t, (near - rim, sill), (near - rim, -high + sill - rim), (hinge + rim, -high + sill - rim),
                  (hinge + rim, sill))  # fmt: skip
    opening = fixed(t, (near, sill), (near, -high + sill), (hinge, -high + sill), (hinge, sill))

    def panel(left: float, upper: float, right: float, lower: float) -> np.ndarray:
        """A piece of the door in shares of its width and height, in perspective."""
        corners = []
        for across, down in ((left, upper), (right, upper), (right, lower), (left, lower)):
            x = edge + across * (hinge - edge)
            start = top + across * (-high + sill - top)
            stop = bottom + across * (sill - bottom)
            corners.append(np.stack([x, start + down * (stop - start)], axis=1))
        return np.stack(corners, axis=1)

    behind = [
        Part(frame, frame_colour, moving=False),
        Part(opening, beyond, moving=False),
        Part(panel(0, 0, 1, 1), colour),
        Part(panel(0.16, 0.08, 0.84, 0.42), shade(colour, 0.82)),
        Part(panel(0.16, 0.54, 0.84, 0.92), shade(colour, 0.82)),
        Part(disc(handle, 0.02, 10), frame_colour),
    ]
    return Performance(body, Pose(trunk, arms, legs), behind=behind)


def _upright_box(centre: np.ndarray, half_width: float, half_height: float) -> np.ndarray:
    """(T, 4, 2) corners of a rectangle about (T, 2)."""
    corners = ((-1, -1), (1, -1), (1, 1), (-1, 1))
    return np.stack([moved(centre, x * half_width, y * half_height) for x, y in corners], axis=1)


def lift_box(draws: Draws, t: Times, paint: Paint) -> Performance:
    """From a squat with a box on the floor to standing with it held high."""
    build: Build = random_build(draws)
    body = Body(build, front=draws.chance(0.5))
    u = random_ease(draws)(t)
    half = draws.amount(0.085, 0.14)
    # Seen from the front a box before the chest or over the head; never before the face.
    high = draws.pick((0.62, 0.66, 1.04 + half)) if body.front else draws.amount(0.64, 1.0)
    centre_y = -half - (high - half) * u
    legs_up = smooth(np.clip(u * 1.5, 0, 1))
    squat = 0.21 * (1 - legs_up)
    lean = np.radians(draws.uniform(38, 52)) * (1 - legs_up) + np.radians(2)
    if body.front:
        trunk = body.trunk(at(0.0, -build.hip_height + squat, t), lean)
        centre = at(0.0, centre_y, t)
        grips = [moved(centre, side * (half + 0.01), 0.01) for side in (-1, 1)]
    else:
        trunk = body.trunk(at(-0.13 * (1 - legs_up), -build.hip_height + squat, t), lean)
        centre = at(0.26 + 0.04 * np.sin(np.pi * u) - 0.05 * u, centre_y, t)
        grips = [moved(centre, -half * 0.6, half * 0.5)] * 2
    arms = tuple(body.reach(trunk, limb, grip) for limb, grip in enumerate(grips))
    colour = paint()
    tape = _upright_box(centre, 0.16 * half, half)
    held = [Part(_upright_box(centre, half, half), colour), Part(tape, shade(colour, 0.7))]
    return Performance(body, Pose(trunk, arms, body.stand_legs(trunk, 0.05)), held=held)
