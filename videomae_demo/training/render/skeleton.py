"""Jointed figures: how long the bones are, and where the joints go.

Lengths are in body heights, x forwards (to the viewer's right when seen from the front), y down, the floor at 0, so a
figure that stands upright reaches from 0 to -1. All functions take and return one value per frame: (T,) or (T, 2).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from videomae_demo.training.render.draws import Draws

Points = np.ndarray  # (T, 2)
Angles = np.ndarray  # (T,) radians

ANKLE_HEIGHT = 0.035


@dataclass(frozen=True)
class Build:
    """Bone lengths and girths, in body heights."""

    thigh: float
    shin: float
    torso: float
    """From the hips to the shoulders."""
    upper_arm: float
    forearm: float
    neck: float
    head: float
    """Radius."""
    shoulder: float
    """Half the width between the shoulders, seen from the front."""
    hip: float
    """Half the width between the hips, seen from the front."""
    limb: float
    """Radius of an upper arm; legs are thicker, hands thinner."""
    waist: float
    """Radius of the trunk, seen from the side."""

    @property
    def hip_height(self) -> float:
        """Of a figure that stands, knees not quite straight."""
        return ANKLE_HEIGHT + 0.985 * (self.thigh + self.shin)


def random_build(draws: Draws) -> Build:
    """Tall and short-legged, stout and slim, big-headed like a child; always one body height high."""
    head = draws.amount(0.07, 0.115)
    neck = 0.02
    rest = 1 - 2 * head - neck - ANKLE_HEIGHT
    leg = rest * draws.amount(0.55, 0.63)
    arm = draws.uniform(0.36, 0.43)
    stout = draws.amount(0.8, 1.35)
    return Build(
        thigh=0.51 * leg, shin=0.49 * leg, torso=rest - leg, upper_arm=0.48 * arm, forearm=0.52 * arm, neck=neck,
        head=head, shoulder=0.1 * stout, hip=0.055 * stout, limb=0.032 * stout**0.6, waist=0.068 * stout,
    )  # fmt: skip


def along(length: float, angle: Angles) -> Points:
    """A step of this length; an angle of 0 points down, a positive one turns forwards."""
    return length * np.stack([np.sin(angle), np.cos(angle)], axis=-1)


def moved(points: Points, x: float | np.ndarray, y: float | np.ndarray) -> Points:
    """The points, all moved by (x, y)."""
    return points + np.stack(np.broadcast_arrays(x, y), axis=-1)


def two_bones(root: Points, target: Points, first: float, second: float, bend: float) -> tuple[Points, Points]:
    """Joint and end of a limb that reaches for the target, as far as it can.

    Args:
        root: (T, 2) shoulder or hip.
        target: (T, 2) where the hand or foot wants to be.
        first: length of the upper bone.
        second: length of the lower bone.
        bend: 1 or -1, the side the joint points to: 1 is clockwise of the way from root to target.
    """
    way = target - root
    distance = np.hypot(way[:, 0], way[:, 1])
    reach = np.clip(distance, abs(first - second) + 1e-3, first + second - 1e-3)
    direction = way / np.maximum(distance, 1e-6)[:, None]
    along_way = (first**2 + reach**2 - second**2) / (2 * reach)
    off_way = np.sqrt(np.maximum(first**2 - along_way**2, 0))
    across = np.stack([-direction[:, 1], direction[:, 0]], axis=1)
    joint = root + direction * along_way[:, None] + bend * across * off_way[:, None]
    return joint, root + direction * reach[:, None]


@dataclass(frozen=True)
class Trunk:
    """Hips to head."""

    pelvis: Points
    chest: Points
    head: Points
    lean: Angles
    """Of the spine, positive forwards."""


@dataclass(frozen=True)
class Pose:
    """A whole figure over time."""

    trunk: Trunk
    arms: tuple[np.ndarray, ...]
    """Far (or left) and near (or right) arm, each (T, 3, 2): shoulder, elbow, hand."""
    legs: tuple[np.ndarray, ...]
    """Far (or left) and near (or right) leg, each (T, 4, 2): hip, knee, ankle, toe."""

    def joints(self) -> np.ndarray:
        """(T, J, 2) all joints, for the figure's extent."""
        trunk = np.stack([self.trunk.pelvis, self.trunk.head], axis=1)
        return np.concatenate([trunk, *self.arms, *self.legs], axis=1)


@dataclass(frozen=True)
class Body:
    """A build seen from one side: turns angles and targets into joints."""

    build: Build
    front: bool
    """Seen from the front; otherwise from the side, facing forwards."""

    def out(self, limb: int) -> int:
        """The direction in x that "forwards" or "outwards" is for limb 0 or 1."""
        return (-1, 1)[limb] if self.front else 1

    def trunk(self, pelvis: Points, lean: Angles, nod: Angles | float = 0.0) -> Trunk:
        """The trunk over the pelvis, bent forwards by `lean`, the head by another `nod`.

        Seen from the front, a trunk that bends forwards is just shorter.
        """
        if self.front:
            short = np.cos(lean)[:, None]
            chest = pelvis - np.array([0.0, self.build.torso]) * short
            head = chest - np.array([0.0, self.build.neck + self.build.head]) * (0.4 + 0.6 * short)
            return Trunk(pelvis, chest, head, 0.0 * lean)
        chest = pelvis + along(self.build.torso, np.pi - lean)
        head = chest + along(self.build.neck + self.build.head, np.pi - lean - nod)
        return Trunk(pelvis, chest, head, lean)

    def shoulder(self, trunk: Trunk, limb: int) -> Points:
        """Where an arm is attached."""
        spread = self.build.shoulder if self.front else 0.012
        sideways = np.array([(-1, 1)[limb] * spread, 0.0])
        # A little below the neck, along the spine.
        return trunk.chest + sideways + along(0.03, -trunk.lean)

    def swing_arm(self, trunk: Trunk, limb: int, upper: Angles, flex: Angles) -> np.ndarray:
        """(T, 3, 2) an arm by its angles: 0 hangs down, positive is forwards or outwards; `flex` bends the elbow."""
        shoulder = self.shoulder(trunk, limb)
        turn = np.array([self.out(limb), 1])
        elbow = shoulder + along(self.build.upper_arm, upper) * turn
        return np.stack([shoulder, elbow, elbow + along(self.build.forearm, upper + flex) * turn], axis=1)

    def reach(self, trunk: Trunk, limb: int, target: Points) -> np.ndarray:
        """(T, 3, 2) an arm whose hand goes to the target; elbows point down and back, or outwards."""
        shoulder = self.shoulder(trunk, limb)
        upper, lower = self.build.upper_arm, self.build.forearm
        if not self.front:
            elbow, hand = two_bones(shoulder, target, upper, lower, 1)
            return np.stack([shoulder, elbow, hand], axis=1)
        # From the front a bent arm may point at the viewer and look short, so only its full length is binding.
        way = target - shoulder
        distance = np.hypot(way[:, 0], way[:, 1])
        hand = shoulder + way * np.minimum(1.0, 0.99 * (upper + lower) / np.maximum(distance, 1e-6))[:, None]
        slack = np.sqrt(np.maximum(upper**2 - (np.minimum(distance, 2 * upper) / 2) ** 2, 0.0))
        elbow = moved((shoulder + hand) / 2, self.out(limb) * np.minimum(slack, 0.7 * upper), 0.0)
        return np.stack([shoulder, elbow, hand], axis=1)

    def leg(self, trunk: Trunk, limb: int, ankle: Points, toe_lift: Angles | float = 0.0) -> np.ndarray:
        """(T, 4, 2) a leg whose ankle goes to the target; knees bend forwards, or outwards."""
        spread = self.build.hip if self.front else 0.012
        hip = trunk.pelvis + np.array([(-1, 1)[limb] * spread, 0.0])
        knee, end = two_bones(hip, ankle, self.build.thigh, self.build.shin, -self.out(limb))
        if self.front:
            knee = knee + 0.55 * ((hip + end) / 2 - knee)  # most of the bend points at the viewer
        length = 0.03 if self.front else 0.085
        toe = end + along(length, np.pi / 2 - 0.25 + np.asarray(toe_lift) * np.ones(len(end))) * (self.out(limb), 1)
        return np.stack([hip, knee, end, toe], axis=1)

    def stand_legs(self, trunk: Trunk, stride: float = 0.05) -> tuple[np.ndarray, np.ndarray]:
        """Both legs of a figure whose feet stay where they are, `stride` behind and before the middle."""
        spread = self.build.hip * 1.25 if self.front else stride
        ones = np.ones((len(trunk.lean), 1))
        far, near = (ones * np.array([side * spread, -ANKLE_HEIGHT]) for side in (-1, 1))
        return self.leg(trunk, 0, far), self.leg(trunk, 1, near)

    def upright(self, times: np.ndarray, lean: float = 0.0) -> Trunk:
        """The trunk of a figure that just stands."""
        ones = np.ones(len(times))
        return self.trunk(np.stack([0 * ones, -self.build.hip_height * ones], axis=1), lean * ones)
