"""What figures do with their bodies alone."""

from __future__ import annotations

import numpy as np

from videomae_demo.training.render.draws import Draws
from videomae_demo.training.render.easing import smooth
from videomae_demo.training.render.performance import Paint, Performance, Times, at, cycles, degrees, hanging
from videomae_demo.training.render.skeleton import ANKLE_HEIGHT, Body, Pose, random_build


def stand(draws: Draws, t: Times, paint: Paint) -> Performance:
    """Stands there and does nothing: a bystander."""
    body = Body(random_build(draws), front=draws.chance(0.5))
    trunk = body.upright(t, np.radians(draws.uniform(-3, 6)))
    arms = tuple(
        body.swing_arm(trunk, limb, degrees(t, draws.uniform(3, 25)), degrees(t, draws.pick((8, 25, 95))))
        for limb in (0, 1)
    )
    return Performance(body, Pose(trunk, arms, body.stand_legs(trunk, draws.uniform(0.02, 0.08))))


def wave(draws: Draws, t: Times, paint: Paint) -> Performance:
    """One raised arm swings from side to side."""
    body = Body(random_build(draws), front=True)
    trunk = body.upright(t)
    swing = cycles(draws, 1.5, 3.3, t)
    waving = draws.integer(0, 1)
    if draws.chance(0.6):
        upper = np.radians(draws.uniform(95, 130) + 6 * swing)
        flex = np.radians(draws.uniform(50, 65) + draws.amount(28, 55) * swing)
    else:
        upper = np.radians(draws.uniform(138, 152) + draws.amount(18, 36) * swing)
        flex = np.radians(12 + 10 * swing)
    arms = [hanging(body, trunk, limb, t) for limb in (0, 1)]
    arms[waving] = body.swing_arm(trunk, waving, upper, flex)
    return Performance(body, Pose(trunk, (arms[0], arms[1]), body.stand_legs(trunk)))


def clap(draws: Draws, t: Times, paint: Paint) -> Performance:
    """Both hands meet and part again."""
    body = Body(random_build(draws), front=draws.chance(0.7))
    trunk = body.upright(t)
    apart = 0.5 + 0.5 * cycles(draws, 1.6, 3.2, t)
    if body.front:
        build = body.build
        close = np.radians(draws.uniform(12, 26))
        # Folded so far that the hands meet in the middle: shoulder + upper arm + forearm = 0 in x.
        inwards = np.clip((0.012 - build.shoulder - build.upper_arm * np.sin(close)) / build.forearm, -0.98, 0)
        fold = -np.pi - np.arcsin(inwards) - close
        spread = np.radians(draws.amount(38, 72)) - close
        unfold = np.radians(draws.uniform(10, 55)) - fold
        arms = tuple(body.swing_arm(trunk, limb, close + spread * apart, fold + unfold * apart) for limb in (0, 1))
    else:
        forward, spread = np.radians(draws.uniform(75, 95)), draws.amount(0.45, 0.8) * apart
        arms = tuple(
            body.swing_arm(trunk, limb, forward + side * spread - 0.1, degrees(t, 10))
            for limb, side in enumerate((1, -1))
        )
    return Performance(body, Pose(trunk, arms, body.stand_legs(trunk)))


def jump(draws: Draws, t: Times, paint: Paint) -> Performance:
    """Crouch, take off, land, once or twice; the same backwards."""
    body = Body(random_build(draws), front=draws.chance(0.5))
    phase = (draws.pick((1, 2, 2)) * t) % 1.0
    air = np.clip((phase - 0.25) / 0.5, 0, 1)
    lift = draws.amount(0.16, 0.36) * 4 * air * (1 - air)
    crouch = np.exp(-(((phase - 0.16) / 0.085) ** 2)) + np.exp(-(((phase - 0.84) / 0.085) ** 2))
    pelvis = at(-0.03 * crouch, -body.build.hip_height + draws.uniform(0.1, 0.15) * crouch - lift, t)
    trunk = body.trunk(pelvis, (0.0 if body.front else 0.45) * crouch)
    raise_ = np.radians(draws.amount(50, 165)) * np.sin(np.pi * air)
    arms = tuple(
        body.swing_arm(trunk, limb, np.radians(12) + raise_ - 0.35 * crouch * (not body.front), degrees(t, 14))
        for limb in (0, 1)
    )
    tuck = draws.uniform(0.0, 0.06) * np.sin(np.pi * air)
    spread = 1.25 * body.build.hip if body.front else 0.035
    legs = tuple(body.leg(trunk, limb, at(side * spread, -ANKLE_HEIGHT - lift - tuck, t), -0.5 * np.sin(np.pi * air))
                 for limb, side in enumerate((-1, 1)))  # fmt: skip
    return Performance(body, Pose(trunk, arms, legs))


def bow(draws: Draws, t: Times, paint: Paint) -> Performance:
    """Bends forwards and comes up again, once or twice."""
    body = Body(random_build(draws), front=False)
    depth = np.sin(np.pi * draws.pick((1, 1, 2)) * t) ** 2
    lean = np.radians(draws.amount(55, 100)) * depth
    pelvis = at(-0.07 * depth, -body.build.hip_height + 0.01 * depth, t)
    trunk = body.trunk(pelvis, lean, 0.25 * depth)
    along_body = draws.uniform(0.0, 0.9)
    arms = tuple(
        body.swing_arm(trunk, limb, np.radians(6) - lean * along_body * 0.6, degrees(t, 10)) for limb in (0, 1)
    )
    return Performance(body, Pose(trunk, arms, body.stand_legs(trunk, 0.035)))


def walk(draws: Draws, t: Times, paint: Paint) -> Performance:
    """Walks forwards: the standing foot stays where it is, the other swings past it."""
    body = Body(random_build(draws), front=False)
    step = draws.amount(0.26, 0.4)
    distance = draws.amount(0.55, 1.15)
    middle = distance * (t - 0.5)
    phase = middle / (2 * step) + draws.uniform(0, 1)
    bob = 0.012 * np.cos(4 * np.pi * phase)
    pelvis = at(middle, -body.build.hip_height + 0.03 + bob, t)
    trunk = body.trunk(pelvis, degrees(t, draws.uniform(3, 9)))
    legs, arms = [], []
    arm_swing = draws.uniform(22, 42)
    for limb in (0, 1):
        own = (phase + 0.5 * limb) % 1.0
        swinging = np.clip((own - 0.5) / 0.5, 0, 1)
        forward = np.where(own < 0.5, step * (0.5 - 2 * own), step * (smooth(swinging) - 0.5))
        # In the first half of its cycle the foot stands: it goes back exactly as fast as the body goes forward.
        ankle = at(middle + forward, -ANKLE_HEIGHT - 0.085 * np.sin(np.pi * swinging), t)
        legs.append(body.leg(trunk, limb, ankle, -0.5 * np.sin(np.pi * swinging)))
        swing = np.radians(-arm_swing * forward / (step / 2))
        arms.append(body.swing_arm(trunk, limb, swing, degrees(t, 22)))
    return Performance(body, Pose(trunk, (arms[0], arms[1]), (legs[0], legs[1])))
