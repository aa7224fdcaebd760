"""Scenery and what moves before it, told apart by the clip alone: the median over time, and what differs from it.

Each film takes something away from the model: the mover, its scenery, or its motion (Kowal et al. 2022 on static and
dynamic information; Li et al. 2023, arXiv 2211.12883, whose SCUBA clips have other backgrounds and whose SCUFO clips
hold one frame of those still). Their masks are given; here they are guessed, and ``Parts.moving_share`` says how well
that can have gone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image, ImageFilter

from ..records import SampledFrames
from ..words import later

NOISE_FACTOR = 3.0
"""How many times the median difference, a clip's noise, a pixel must differ from the scenery to count as moving."""
LEAST, MOST = 24.0, 48.0
"""The same in steps of 255, in its most different colour: no less, and no more, whatever the noise. Where everything
moves, the median difference is no noise."""
GROWTH = 3
"""Pixels that the mask reaches beyond what differs: edges are half mover, half scenery."""
SIDE = 240
"""Pixels of the short side at which all this is done."""
TOO_MUCH, TOO_LITTLE = 0.45, 0.002
"""Shares of the picture beyond which there is no scenery, or no mover, to tell apart."""
PLAIN = 124
"""Grey of a scenery without anything, close to the mean of ImageNet's pictures."""


@dataclass(frozen=True, eq=False)
class Parts:
    """A clip's frames, taken apart; ``SIDE`` pixels high or wide."""

    frames: SampledFrames
    scenery: np.ndarray
    """(H, W, 3) uint8: the median of the frames, pixel by pixel."""
    moving: np.ndarray
    """(T, H, W) uint8: how much of each pixel belongs to what moves, 255 for all of it."""

    @property
    def moving_share(self) -> float:
        """The mean share of a frame that moves."""
        return float(self.moving.mean()) / 255


def take_apart(frames: SampledFrames) -> Parts:
    """The median over time, and in each frame what differs from it by more than the clip's own noise."""
    frames = _reduced(frames)
    scenery = median(frames.rgb)
    apart = np.maximum(frames.rgb, scenery) - np.minimum(frames.rgb, scenery)
    most = np.maximum(np.maximum(apart[..., 0], apart[..., 1]), apart[..., 2])
    noise = float(np.median(most[:, ::4, ::4]))
    smooth = np.stack([_blurred(one, 1) for one in most])
    differs = np.where(smooth > min(max(NOISE_FACTOR * noise, LEAST), MOST), np.uint8(255), np.uint8(0))
    # A blur carries a quarter of the mask this far beyond its edge; four times as much is all of it, softly ended.
    wide = np.stack([_blurred(one, GROWTH) for one in differs])
    return Parts(frames, scenery, np.minimum(wide, 63) * 4 + np.minimum(wide, 3))


def median(pictures: np.ndarray) -> np.ndarray:
    """(T, ...) uint8 -> (...): the median, the upper one of an even number, by a network of exchanges.

    A round compares each second pair of neighbours; after T rounds all is sorted. Whole pictures at a time this is ten
    times faster than sorting each pixel's few values.

    >>> median(np.array([[9, 1], [3, 2], [7, 0]], np.uint8)).tolist()
    [7, 1]
    """
    lines = [*pictures]
    for number in range(len(lines)):
        for low in range(number % 2, len(lines) - 1, 2):
            pair = lines[low], lines[low + 1]
            lines[low], lines[low + 1] = np.minimum(*pair), np.maximum(*pair)
    return lines[len(lines) // 2]


def _reduced(frames: SampledFrames) -> SampledFrames:
    """The frames at a size that is enough for any model and quick to work on."""
    short = min(frames.rgb.shape[1:3])
    if short <= SIDE:
        return frames
    size = tuple(round(side * SIDE / short) for side in frames.rgb.shape[2:0:-1])
    small = [Image.fromarray(one).resize(size, Image.Resampling.BILINEAR, reducing_gap=2) for one in frames.rgb]
    return replace(frames, rgb=np.stack([np.asarray(one) for one in small]))


def doubt(parts: Parts) -> str | None:
    """One sentence where the parts are not what their names say; None where nothing speaks against them."""
    share = parts.moving_share
    if share > TOO_MUCH:
        return later(
            "{share:.0%} of the picture changes: the camera moves, or everything does. The median over time is no "
            "scenery here, and the films below say little.",
            share=share,
        )
    if share < TOO_LITTLE:
        return later("Hardly anything differs from the median over time: there is no mover to take out of this clip.")
    return None


def scenery_alone(parts: Parts, other: np.ndarray) -> SampledFrames:
    """The median, T times: nothing moves, and what moved is gone as far as it did not stay."""
    return _with(parts.frames, np.repeat(parts.scenery[None], len(parts.frames.rgb), axis=0))


def on_grey(parts: Parts, other: np.ndarray) -> SampledFrames:
    """What moves, before plain grey."""
    return _before(parts, np.full_like(parts.scenery, PLAIN))


def elsewhere(parts: Parts, other: np.ndarray) -> SampledFrames:
    """What moves, before another clip's scenery."""
    return _before(parts, fitted(other, parts.scenery.shape[:2]))


def elsewhere_still(parts: Parts, other: np.ndarray) -> SampledFrames:
    """The middle frame of the film before, T times: the mover's looks, and nothing else of this clip."""
    moved = elsewhere(parts, other)
    return _with(moved, np.repeat(moved.rgb[len(moved.rgb) // 2][None], len(moved.rgb), axis=0))


@dataclass(frozen=True)
class Swap:
    """One film of the parts."""

    title: str
    sentence: str
    make: Callable[[Parts, np.ndarray], SampledFrames]
    """Parts, and another clip's scenery (H', W', 3) -> the film."""


SWAPS: Mapping[str, Swap] = {
    "scenery": Swap(
        later("Scenery alone"), later("The median over time, as a still: the mover is gone."), scenery_alone
    ),
    "grey": Swap(later("Mover before grey"), later("What differs from the median, and no scenery at all."), on_grey),
    "elsewhere": Swap(later("Mover elsewhere"), later("The same mover before another clip's scenery."), elsewhere),
    "elsewhere_still": Swap(
        later("Mover elsewhere, still"), later("One frame of that, held still: its looks alone."), elsewhere_still
    ),
}


def fitted(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The picture, scaled and cut in the middle so that it fills (height, width)."""
    height, width = picture.shape[:2]
    scale = max(size[0] / height, size[1] / width)
    whole = Image.fromarray(picture).resize((round(width * scale), round(height * scale)), Image.Resampling.BILINEAR)
    left, top = (whole.width - size[1]) // 2, (whole.height - size[0]) // 2
    return np.asarray(whole.crop((left, top, left + size[1], top + size[0])))


def _before(parts: Parts, scenery: np.ndarray) -> SampledFrames:
    behind = Image.fromarray(scenery)
    pairs = zip(parts.frames.rgb, parts.moving, strict=True)
    films = [Image.composite(Image.fromarray(rgb), behind, Image.fromarray(share)) for rgb, share in pairs]
    return _with(parts.frames, np.stack([np.asarray(one) for one in films]))


def _with(frames: SampledFrames, rgb: np.ndarray) -> SampledFrames:
    return replace(frames, rgb=np.ascontiguousarray(rgb), decoder="edit")


def _blurred(picture: np.ndarray, radius: int) -> np.ndarray:
    return np.asarray(Image.fromarray(picture).filter(ImageFilter.BoxBlur(radius)))
