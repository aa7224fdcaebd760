"""Figures' looks: dress, hair and colours around the bones of a pose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from videomae_demo.training.render.colours import Colour, Tones, contrasting, hsv, luminance, shade
from videomae_demo.training.render.draws import Draws
from videomae_demo.training.render.parts import Part, cap, capsule, disc
from videomae_demo.training.render.skeleton import Body, Pose, moved

_SKINS: tuple[Colour, ...] = (
    (250, 219, 192), (241, 194, 155), (224, 172, 125), (198, 134, 86), (150, 97, 60), (101, 66, 44),
)  # fmt: skip
_HAIRS: tuple[Colour, ...] = ((36, 28, 30), (70, 44, 32), (120, 74, 40), (206, 162, 92), (150, 150, 155), (160, 64, 40))

_DRESSES = {"train": ("trousers", "trousers", "shorts", "skirt"), "held_out": ("robe", "overall", "trousers")}
_HEADS = {"train": ("short hair", "long hair", "cap", "bald"), "held_out": ("bun", "top hat", "helmet")}


@dataclass(frozen=True)
class Look:
    """What a figure wears."""

    skin: Colour
    hair: Colour
    top: Colour
    bottom: Colour
    shoes: Colour
    dress: str
    head: str
    long_sleeves: bool


def random_look(draws: Draws, tones: Tones) -> Look:
    """Clothes that stand out from what is behind the figure."""
    top, bottom = contrasting(draws, tones, 0.15), contrasting(draws, tones, 0.15)
    skins: Sequence[Colour] = [
        skin for skin in _SKINS if min(abs(luminance(skin) - tone) for tone in tones) > 0.1
    ] or _SKINS
    skin = draws.pick(skins)
    if draws.style == "train" and draws.chance(0.12):
        skin = contrasting(draws, tones)  # a puppet
    return Look(
        skin=skin,
        hair=draws.pick(_HAIRS),
        top=top,
        bottom=top if draws.chance(0.1) else bottom,
        shoes=hsv(draws.uniform(0, 1), draws.uniform(0, 0.7), draws.pick((0.2, 0.3, 0.9))),
        dress=draws.pick(_DRESSES[draws.style]),
        head=draws.pick(_HEADS[draws.style]),
        long_sleeves=draws.chance(0.6),
    )


def dress(pose: Pose, body: Body, look: Look) -> tuple[list[Part], list[Part]]:
    """The figure's parts, back to front: all but the near arm(s), and the near arm(s).

    Something held or sat on goes between the two.
    """
    far_arm, near_arm = (_arm(arm, body, look) for arm in pose.arms)
    far_leg, near_leg = (_leg(leg, body, look) for leg in pose.legs)
    inner = [*_back_hair(pose, body, look), *_trunk(pose, body, look), *_head(pose, body, look)]
    skirt = _skirt(pose, body, look)
    if body.front:
        return [*far_leg, *near_leg, *skirt, *inner], [*far_arm, *near_arm]
    # The far limbs lie in shadow, which also tells the two legs of a walk apart.
    return [*_dim(far_arm), *_dim(far_leg), *near_leg, *skirt, *inner], near_arm


def _dim(parts: list[Part]) -> list[Part]:
    return [Part(part.points, shade(part.colour, 0.78), part.moving) for part in parts]


def _arm(arm: np.ndarray, body: Body, look: Look) -> list[Part]:
    limb = body.build.limb
    shoulder, elbow, hand = arm[:, 0], arm[:, 1], arm[:, 2]
    # A shade off the shirt, or an arm in front of the chest could not be seen.
    sleeve = shade(look.top, 0.82 if luminance(look.top) > 0.35 else 1.3)
    lower = sleeve if look.long_sleeves else look.skin
    return [
        Part(capsule(elbow, hand, 0.88 * limb, 0.72 * limb), lower),
        Part(capsule(shoulder, elbow, 1.1 * limb, 0.9 * limb), sleeve),
        Part(disc(hand, 0.98 * limb, 12), look.skin),
    ]


def _leg(leg: np.ndarray, body: Body, look: Look) -> list[Part]:
    limb = body.build.limb
    hip, knee, ankle, toe = leg[:, 0], leg[:, 1], leg[:, 2], leg[:, 3]
    lower = look.skin if look.dress in ("shorts", "skirt") else look.bottom
    upper = look.skin if look.dress == "skirt" else look.bottom
    return [
        Part(capsule(ankle, toe, 0.95 * limb, 0.75 * limb), look.shoes),
        Part(capsule(knee, ankle, 1.12 * limb, 0.82 * limb), lower),
        Part(capsule(hip, knee, 1.5 * limb, 1.12 * limb), upper),
    ]


def _trunk(pose: Pose, body: Body, look: Look) -> list[Part]:
    build = body.build
    trunk = pose.trunk
    neck = Part(capsule(trunk.chest, trunk.head, 0.75 * build.limb, 0.75 * build.limb), shade(look.skin, 0.9))
    if not body.front:
        belly = Part(capsule(moved(trunk.chest, 0, 0.02), trunk.pelvis, build.waist, build.waist * 0.95), look.top)
        bib = capsule(trunk.pelvis + 0.45 * (trunk.chest - trunk.pelvis), trunk.pelvis, build.waist, build.waist)
        return [neck, belly, *([Part(bib, look.bottom)] if look.dress == "overall" else [])]
    girth = build.limb * 1.35
    shoulders = [moved(body.shoulder(trunk, limb), 0.0, 0.004) for limb in (0, 1)]
    hips = [moved(trunk.pelvis, side * build.hip, 0.0) for side in (-1, 1)]
    sides = [capsule(shoulders[i], hips[i], 0.95 * girth, girth) for i in (0, 1)]
    yoke = capsule(shoulders[0], shoulders[1], 0.95 * girth, 0.95 * girth)
    hem = capsule(hips[0], hips[1], girth, girth)
    middle = np.stack([shoulders[0], shoulders[1], hips[1], hips[0]], axis=1)
    waist = [trunk.pelvis + 0.45 * (shoulder - trunk.pelvis) * (0.8, 1.0) for shoulder in shoulders]
    bib = np.stack([waist[0], waist[1], moved(hips[1], girth, 0), moved(hips[0], -girth, 0)], axis=1)
    shirt = [Part(points, look.top) for points in (*sides, yoke, hem, middle)]
    return [neck, *shirt, *([Part(bib, look.bottom)] if look.dress == "overall" else [])]


def _skirt(pose: Pose, body: Body, look: Look) -> list[Part]:
    """A skirt or robe hangs from the hips towards the knees, wherever they are."""
    if look.dress not in ("skirt", "robe"):
        return []
    knees = (pose.legs[0][:, 1] + pose.legs[1][:, 1]) / 2
    ankles = (pose.legs[0][:, 2] + pose.legs[1][:, 2]) / 2
    hem = knees + (ankles - knees) * (0.7 if look.dress == "robe" else 0.1)
    pelvis = pose.trunk.pelvis
    way = hem - pelvis
    way = way / np.maximum(np.hypot(way[:, 0], way[:, 1]), 1e-6)[:, None]
    across = np.stack([-way[:, 1], way[:, 0]], axis=1)
    waist = body.build.hip + body.build.limb if body.front else body.build.waist
    wide = 1.7 * waist
    cloth = np.stack(
        [pelvis + across * waist, hem + across * wide, hem - across * wide, pelvis - across * waist], axis=1
    )
    return [Part(cloth, look.bottom if look.dress == "skirt" else look.top)]


def _upward_and_forward(pose: Pose, body: Body) -> tuple[np.ndarray, np.ndarray]:
    """Two (T, 2) steps of a head's radius: to its crown, and to its face (or to the viewer's right, from the front)."""
    way = pose.trunk.head - pose.trunk.chest
    upward = way / np.maximum(np.hypot(way[:, 0], way[:, 1]), 1e-6)[:, None] * body.build.head
    return upward, np.stack([-upward[:, 1], upward[:, 0]], axis=1)


def _back_hair(pose: Pose, body: Body, look: Look) -> list[Part]:
    """What falls down behind the neck."""
    if look.head != "long hair":
        return []
    radius, centre = body.build.head, pose.trunk.head
    upward, forward = _upward_and_forward(pose, body)
    behind = 0.0 if body.front else 1.0
    start, end = centre + upward * 0.1 - forward * 0.35 * behind, centre - upward * 1.1 - forward * 0.6 * behind
    return [Part(capsule(start, end, 1.1 * radius, (0.8 if behind else 1.0) * radius), look.hair)]


def _head(pose: Pose, body: Body, look: Look) -> list[Part]:
    radius = body.build.head
    centre = pose.trunk.head
    upward, forward = _upward_and_forward(pose, body)
    up = np.arctan2(upward[:, 1], upward[:, 0])
    back = np.zeros_like(up) if body.front else np.full_like(up, -0.55)
    parts = [Part(disc(centre, radius), look.skin)]
    eye = shade(look.skin, 0.2)
    if body.front:
        parts += [Part(disc(centre + forward * side * 0.36 + upward * 0.05, 0.11 * radius, 8), eye) for side in (-1, 1)]
    else:
        parts.insert(0, Part(disc(centre + forward * 1.0 - upward * 0.1, 0.22 * radius, 10), look.skin))
        parts.append(Part(disc(centre + forward * 0.55 + upward * 0.1, 0.11 * radius, 8), eye))
    if look.head == "short hair":
        parts.append(Part(cap(centre, 1.06 * radius, up + back, 1.25), look.hair))
    elif look.head == "long hair":
        parts.append(Part(cap(centre, 1.08 * radius, up + back, 1.3), look.hair))
    elif look.head == "cap":
        parts.append(Part(cap(centre, 1.1 * radius, up, 1.35), look.hair))
        if not body.front:
            brim = centre + upward * 0.3
            parts.append(Part(capsule(brim, brim + forward * 1.5, 0.12 * radius, 0.1 * radius), look.hair))
    elif look.head == "bun":
        knot = centre + upward * 1.05 - forward * (0 if body.front else 0.5)
        parts.insert(0, Part(disc(knot, 0.5 * radius, 14), look.hair))
        parts.append(Part(cap(centre, 1.06 * radius, up + back, 1.2), look.hair))
    elif look.head == "top hat":
        brim = centre + upward * 0.6
        parts.append(
            Part(capsule(brim - forward * 1.25, brim + forward * 1.25, 0.12 * radius, 0.12 * radius), look.hair)
        )
        crown = [brim - forward * 0.75, brim + forward * 0.75,
                 brim + upward * 0.95 + forward * 0.7, brim + upward * 0.95 - forward * 0.7]  # fmt: skip
        parts.append(Part(np.stack(crown, axis=1), look.hair))
    elif look.head == "helmet":
        parts.append(Part(cap(centre, 1.18 * radius, up, 1.5), look.top))
    return parts
