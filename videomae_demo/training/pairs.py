"""Every clip with its own time reversal in one batch, and half of them mirrored: labels and targets follow.

A clip and its reversal show the same pictures; the only thing that tells them apart is the order. A batch of such
pairs leaves the model no other way to lower its loss than to look at time.
"""

from __future__ import annotations

import numpy as np
import torch

from videomae_demo.training.pool import ClipBatch
from videomae_demo.training.render import CLASSES, MIRROR_SPACE, MIRROR_TIME, SELF_REVERSE

NO_LABEL = -1


def _ids(names: dict[str, str], default: bool) -> np.ndarray:
    """A label -> label table as ids; labels that are not in it stay themselves (`default`) or become `NO_LABEL`."""
    ids = {name: i for i, name in enumerate(CLASSES)}
    return np.array([ids[names[n]] if n in names else (ids[n] if default else NO_LABEL) for n in CLASSES])


REVERSED_LABEL = _ids(MIRROR_TIME | {name: name for name in SELF_REVERSE}, default=False)
"""(number of classes,) label id -> label id of the reversed clip, or `NO_LABEL`."""
MIRRORED_LABEL = _ids(MIRROR_SPACE, default=True)
"""(number of classes,) label id -> label id of the clip flipped left to right."""

_MIRROR_SIGN = torch.tensor([-1.0, 1, 1, -1, 1])
"""What flipping left to right does to `MOTION_TARGETS`: leftward turns rightward, clockwise counter-clockwise."""


def reverse(clips: ClipBatch) -> ClipBatch:
    """Played backwards: every change changes its sign."""
    return ClipBatch(
        rgb=clips.rgb.flip(1),
        label_ids=REVERSED_LABEL[clips.label_ids],
        boxes=clips.boxes.flip(1),
        motion=-clips.motion.flip(1),  # changes are central differences
    )


def mirror(clips: ClipBatch) -> ClipBatch:
    """Flipped left to right."""
    x0, y0, x1, y1 = clips.boxes.unbind(-1)
    return ClipBatch(
        rgb=clips.rgb.flip(3),
        label_ids=MIRRORED_LABEL[clips.label_ids],
        boxes=torch.stack([1 - x1, y0, 1 - x0, y1], dim=-1),
        motion=clips.motion * _MIRROR_SIGN.to(clips.motion.device),
    )


def shuffle_frames(clips: ClipBatch, rng: np.random.Generator) -> ClipBatch:
    """The same frames, each clip's in an order of its own: pictures without a motion. Labels are `NO_LABEL`."""
    order = clips.index(rng.permuted(np.tile(np.arange(clips.rgb.shape[1]), (len(clips.rgb), 1)), axis=1))
    clip = torch.arange(len(order), device=order.device)[:, None]
    return ClipBatch(
        rgb=clips.rgb[clip, order],
        label_ids=np.full(len(order), NO_LABEL),
        boxes=clips.boxes[clip, order],
        motion=torch.zeros_like(clips.motion),
    )


def select(clips: ClipBatch, which: np.ndarray) -> ClipBatch:
    """The clips at the given places (or where a mask is true)."""
    if which.dtype == bool:
        which = np.flatnonzero(which)  # a mask would make a GPU wait, to learn how many there are
    there = clips.index(which)
    return ClipBatch(clips.rgb[there], clips.label_ids[which], clips.boxes[there], clips.motion[there])


def join(a: ClipBatch, b: ClipBatch) -> ClipBatch:
    """`a`, then `b`."""
    return ClipBatch(
        torch.cat([a.rgb, b.rgb]),
        np.concatenate([a.label_ids, b.label_ids]),
        torch.cat([a.boxes, b.boxes]),
        torch.cat([a.motion, b.motion]),
    )


def pairs(clips: ClipBatch, spare: ClipBatch, rng: np.random.Generator) -> ClipBatch:
    """B clips and their reversals, each pair mirrored with probability 1/2: 2·B clips.

    A clip whose reversal has no name is joined by a spare clip instead, so that the batch keeps its size.

    Args:
        clips: B clips.
        spare: B other clips.
    """
    backwards = reverse(clips)
    nameless = backwards.label_ids == NO_LABEL
    kept = select(backwards, ~nameless)
    both = join(join(clips, kept), select(spare, nameless))
    flip = rng.random(len(clips.rgb)) < 0.5
    flip = np.concatenate([flip, flip[~nameless], flip[nameless]])
    # Every clip in its place again: those that are not mirrored come first in the joined batch.
    place = np.argsort(np.argsort(flip, kind="stable"))
    return select(join(select(both, ~flip), mirror(select(both, flip))), place)
