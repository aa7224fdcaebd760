"""What if the clip ran backwards? Edits of the sampled frames, before preprocessing; one row each in ``EDITS``.

An edit changes what the model gets and nothing else: the same T frames, the same crop. Frame numbers and times travel
with the pictures, so a strip of the edited frames still says where each one comes from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from ..records import CropBox, SampledFrames
from ..results import Prediction
from ..words import later

SHUFFLE_SEED = 0
"""One fixed order, so that the same clip gives the same numbers every time."""
WHOLE_FRAME = CropBox(0.0, 0.0, 1.0, 1.0)


def reorder(frames: SampledFrames, order: np.ndarray) -> SampledFrames:
    """The frames ``order`` names, in that order; repeats allowed.

    Args:
        frames: T frames.
        order: (T,) whole numbers in [0, T).
    """
    return replace(
        frames,
        rgb=frames.rgb[order],
        indices=tuple(frames.indices[i] for i in order),
        pts_seconds=tuple(frames.pts_seconds[i] for i in order),
        decoder="edit",
    )


def reverse(frames: SampledFrames) -> SampledFrames:
    """Last frame first."""
    return reorder(frames, np.arange(len(frames.rgb))[::-1])


def shuffle(frames: SampledFrames) -> SampledFrames:
    """The same frames in a random order, always the same one."""
    return reorder(frames, np.random.default_rng(SHUFFLE_SEED).permutation(len(frames.rgb)))


def freeze(frames: SampledFrames, *, at: int | None = None) -> SampledFrames:
    """One frame, T times.

    Args:
        frames: T frames.
        at: Which one, in [0, T); the middle one where None.
    """
    return reorder(frames, np.full(len(frames.rgb), len(frames.rgb) // 2 if at is None else at))


def first_half(frames: SampledFrames) -> SampledFrames:
    """The first half only, each frame shown twice."""
    return reorder(frames, np.arange(len(frames.rgb)) // 2)


def double_speed(frames: SampledFrames) -> SampledFrames:
    """Every second frame, then the last of them held still."""
    num_frames = len(frames.rgb)
    return reorder(frames, np.minimum(np.arange(num_frames) * 2, (num_frames - 1) // 2 * 2))


def mirror(frames: SampledFrames) -> SampledFrames:
    """Left and right exchanged."""
    return replace(frames, rgb=np.ascontiguousarray(frames.rgb[:, :, ::-1]), decoder="edit")


def grey(frames: SampledFrames) -> SampledFrames:
    """No colour: each pixel its luma (ITU-R BT.601)."""
    luma = np.rint(frames.rgb @ np.array([0.299, 0.587, 0.114])).astype(np.uint8)
    return replace(frames, rgb=np.repeat(luma[..., None], 3, axis=-1), decoder="edit")


def hide_region(frames: SampledFrames, hidden: np.ndarray, *, within: CropBox = WHOLE_FRAME) -> SampledFrames:
    """Paint over a region in every frame, with the clip's mean colour.

    Args:
        frames: T frames, (T, H, W, 3).
        hidden: (rows, columns) bool at any size, True where nothing may be seen.
        within: The part of the frame that ``hidden`` covers: the model's crop, where it is a grid of tokens.
    """
    if hidden.ndim != 2 or hidden.dtype != bool:
        raise ValueError(f"{hidden.shape = }, {hidden.dtype = }; expected (rows, columns) bool")
    _, height, width, _ = frames.rgb.shape
    top, bottom = round(within.top * height), round(within.bottom * height)
    left, right = round(within.left * width), round(within.right * width)
    mask = np.zeros((height, width), bool)
    mask[top:bottom, left:right] = Image.fromarray(hidden).resize(
        (right - left, bottom - top), Image.Resampling.NEAREST
    )
    rgb = frames.rgb.copy()
    rgb[:, mask] = np.rint(frames.rgb.mean(axis=(0, 1, 2))).astype(np.uint8)
    return replace(frames, rgb=rgb, decoder="edit")


@dataclass(frozen=True)
class Edit:
    """One change to try."""

    title: str
    sentence: str
    """What is changed."""
    apply: Callable[..., SampledFrames]
    """Takes the frames, and the ``choices`` as keywords."""
    changes_time_only: bool
    """Whether each picture stays as it is and only order or repetition changes: what ``motion_score`` averages over."""
    choices: tuple[str, ...] = ()
    """What a visitor may choose for it; ``hidden`` and where it lies must be chosen, all else has a default."""


EDITS: Mapping[str, Edit] = {
    "reverse": Edit(later("Reverse"), later("The frames run backwards."), reverse, True),
    "shuffle": Edit(later("Shuffle"), later("The same frames in a random order."), shuffle, True),
    "freeze": Edit(later("Freeze"), later("One frame stands still."), freeze, True, ("at",)),
    "first_half": Edit(
        later("First half only"), later("What comes later is not seen; each frame is shown twice."), first_half, False
    ),
    "double_speed": Edit(
        later("Double speed"), later("Every second frame, then the last one stands still."), double_speed, False
    ),
    "mirror": Edit(later("Mirror"), later("Left and right are exchanged."), mirror, False),
    "grey": Edit(later("No colour"), later("Only brightness is left."), grey, False),
    "hide": Edit(
        later("Hide a region"),
        later("The painted cells get the clip's mean colour."),
        hide_region,
        False,
        ("hidden", "within"),
    ),
}


def motion_score(original: Prediction, edited: Mapping[str, Prediction]) -> float:
    """Does motion matter? How far the answer moves when only the order of the pictures changes, in [0, 1].

    The mean, over the edits that change time only, of the total variation distance between the probabilities: the
    probability that changes its class. 0: a single picture would have done; 1: the answer rests on the order alone.

    Raises:
        ValueError: none of the edits changes time only.
    """
    moved = [
        0.5 * float(np.abs(original.probabilities - prediction.probabilities).sum())
        for name, prediction in edited.items()
        if name in EDITS and EDITS[name].changes_time_only
    ]
    if not moved:
        raise ValueError(f"no edit that changes time only among {', '.join(edited) or 'none'}")
    return float(np.mean(moved))
