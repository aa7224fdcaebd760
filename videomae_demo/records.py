"""The frozen records that travel down the line, in the order in which they arise. Read this file first.

    clip file -> ClipInfo -> SamplingPlan -> SampledFrames -> ModelInput -> ModelOutput -> Prediction, Explanation

Letters in shapes: T frames, H and W pixels, C channels; T', H', W' tokens along time, height and width;
N = T'·H'·W' tokens; D hidden width; d head width.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import numpy as np

from .words import later

OnProgress = Callable[[str, float | None], None]
"""Called with a plain sentence on what is being done and the share of it that is done, in [0, 1] or None if unknown."""

Device = Literal["auto", "cpu", "cuda"]
DType = Literal["auto", "float32", "bfloat16", "float16"]
Readout = Literal["mean", "token_0", "class_token", "pooler"]
"""What a classifier reads of the last layer's tokens: their mean, the first one, an extra token that stands for no
patch, or what a pooler's attention takes from them."""
Ability = Literal["ledger", "layer_answers", "slice_answers", "reconstruction", "returned_attention"]
"""What may not hold for a network: its logit as a sum over tokens; answers read from earlier layers' tokens, or from
those of one time slice; having learned to fill gaps with pixels; transformers returning all attention that leads to the
answer."""
ABILITIES: Mapping[Ability, str] = MappingProxyType(
    {
        "ledger": later("Ledger of the logit"),
        "layer_answers": later("“When does the answer form?”"),
        "slice_answers": later("“… and in which part?”"),
        "reconstruction": later("“How it learned”"),
        "returned_attention": "`benchmark`",
    }
)
"""What is switched off where it does not hold."""


@dataclass(frozen=True, eq=False)
class PacketScan:
    """How to reach each frame: what only the decoder needs of a scan, kept so that no clip is scanned twice."""

    stream_index: int
    time_base: Fraction
    """Seconds per tick of the time stamps below."""
    frame_ticks: np.ndarray
    """(num_frames,) int64, ascending: each frame's time stamp; 0, 1, 2, ... where not ``timestamped``."""
    key_ticks: np.ndarray
    """(K,) int64, ascending: time stamps of the frames where decoding can start; empty where seeking is not trusted."""
    timestamped: bool
    """Whether every packet carries its own time stamp, so that a decoded frame can be told by it."""
    plain: bool
    """Whether the packets prove that decord reads this file right (no trim, closed groups of pictures, ...)."""
    transposed: bool
    """Whether showing a frame exchanges its rows and columns; the flips below come after that."""
    flipped_x: bool
    flipped_y: bool
    file_identity: tuple[int, ...]
    """Device, inode, size and modification time: a file that was exchanged since the scan is not decoded by it."""


@dataclass(frozen=True, eq=False)
class ClipInfo:
    """What a scan of the clip's packets tells, before any frame is decoded."""

    path: Path
    num_frames: int
    """Frames that a player would show: packets that the container discards are not counted."""
    fps: float
    """Average frames per second."""
    duration_seconds: float
    width: int
    """Pixels as shown: rotation and sample aspect ratio applied."""
    height: int
    codec: str
    container: str
    rotation: int
    """Degrees that the file asks a player to rotate by, one of 0, 90, 180, 270; already applied in all frames."""
    frame_pts_seconds: np.ndarray
    """(num_frames,) float64, ascending: when each frame is shown, in seconds from the first one."""
    variable_frame_rate: bool
    browser_playable: bool
    """Whether common browsers play this container and codec; if not, the page shows its own preview."""
    notice: str | None = None
    """One sentence where the file holds less than it promises ("only 40 of 64 frames are readable")."""
    scan: PacketScan | None = field(default=None, repr=False)
    """For ``video.decode``; None in a record that did not come from ``video.probe``."""

    def __post_init__(self) -> None:
        if self.num_frames < 1 or self.frame_pts_seconds.shape != (self.num_frames,):
            raise ValueError(f"{self.num_frames = }, {self.frame_pts_seconds.shape = }")
        if self.fps <= 0 or self.width < 1 or self.height < 1:
            raise ValueError(f"{self.fps = }, {self.width = }, {self.height = }")


@dataclass(frozen=True)
class Window:
    """The part of the clip to look at, ``[start_seconds, end_seconds)`` from the first frame; None is its end."""

    start_seconds: float = 0.0
    end_seconds: float | None = None

    def __post_init__(self) -> None:
        if self.start_seconds < 0 or (self.end_seconds is not None and self.end_seconds <= self.start_seconds):
            raise ValueError(f"{self.start_seconds = }, {self.end_seconds = }")


@dataclass(frozen=True)
class SamplingPlan:
    """Which frames make one view, and which crop of them: indices first, decoding second."""

    sampler: str
    """A key of ``SAMPLERS``."""
    indices: tuple[int, ...]
    """T frame numbers in [0, num_frames), ascending; a short clip repeats frames."""
    pts_seconds: tuple[float, ...]
    """T times, in seconds from the first frame of the clip."""
    crop: str = "center"
    """A key of ``preprocess.CROPS``."""

    def __post_init__(self) -> None:
        if not self.indices or len(self.indices) != len(self.pts_seconds):
            raise ValueError(f"{len(self.indices) = }, {len(self.pts_seconds) = }")


@dataclass(frozen=True, eq=False)
class SampledFrames:
    """The frames of one view as decoded: upright, square pixels, and where in the clip they come from."""

    rgb: np.ndarray
    """(T, H, W, 3) uint8 in [0, 255]; source size, or scaled down to ``Settings.max_short_side`` pixels."""
    indices: tuple[int, ...]
    """T frame numbers that were really decoded."""
    pts_seconds: tuple[float, ...]
    """T presentation times, in seconds from the first frame of the clip."""
    decoder: str
    """Which decoder served: ``"decord"`` or ``"pyav"``; ``"edit"`` for frames that a what-if edit made, ``"camera"``
    for a visitor's own camera."""
    notice: str | None = None
    """One sentence where the file gave less than it promised ("only 40 of 64 frames are readable")."""

    def __post_init__(self) -> None:
        if self.rgb.ndim != 4 or self.rgb.shape[-1] != 3 or self.rgb.dtype != np.uint8:
            raise ValueError(f"{self.rgb.shape = }, {self.rgb.dtype = }; expected (T, H, W, 3) uint8")
        if not len(self.rgb) == len(self.indices) == len(self.pts_seconds):
            raise ValueError(f"{len(self.rgb) = }, {len(self.indices) = }, {len(self.pts_seconds) = }")


@dataclass(frozen=True)
class Geometry:
    """How a model cuts its input into tokens."""

    num_frames: int
    image_size: int
    """Pixels; the model's input is square."""
    tubelet_size: int
    """Frames per token."""
    patch_size: int
    """Pixels per token, along height and width."""

    def __post_init__(self) -> None:
        if self.num_frames % self.tubelet_size or self.image_size % self.patch_size:
            raise ValueError(f"{self} does not divide into whole tokens")

    @property
    def grid(self) -> tuple[int, int, int]:
        """(T', H', W') tokens; flattened in this order."""
        side = self.image_size // self.patch_size
        return self.num_frames // self.tubelet_size, side, side

    @property
    def num_tokens(self) -> int:
        """N = T'·H'·W'."""
        slices, rows, columns = self.grid
        return slices * rows * columns


@dataclass(frozen=True)
class Preprocessing:
    """How a checkpoint wants its pixels, as its own ``preprocessor_config.json`` says."""

    resize: int | tuple[int, int]
    """Pixels: the short side after resizing, or (height, width) where the proportions are not kept."""
    crop_size: int
    """Pixels: the side of the square that the model gets, cut from the resized frame."""
    mean: tuple[float, float, float]
    """Red, green, blue; after scaling, as are ``std``."""
    std: tuple[float, float, float]
    scale: float = 1 / 255
    """What a pixel in [0, 255] is multiplied by."""
    shift: float = 0.0
    """What is added to that."""
    resample: int = 2
    """Pillow's number of the filter; 2 is bilinear, which Pillow anti-aliases."""

    def __post_init__(self) -> None:
        smallest = self.resize if isinstance(self.resize, int) else min(self.resize)
        if not 1 <= self.crop_size <= smallest:
            raise ValueError(f"{self.crop_size = } does not fit into {self.resize = }")
        if len(self.mean) != 3 or len(self.std) != 3 or min(self.std) <= 0:
            raise ValueError(f"{self.mean = }, {self.std = }: expected three each, and positive deviations")


@dataclass(frozen=True)
class CropBox:
    """The part of a frame that the model gets, as shares of the frame's width and height, all in [0, 1]."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, eq=False)
class ModelInput:
    """What the model gets, and the same thing for human eyes."""

    pixel_values: np.ndarray
    """(T, 3, S, S) float32: resized, cropped, normalised by the checkpoint's own mean and standard deviation."""
    view_rgb: np.ndarray
    """(T, S, S, 3) uint8: ``pixel_values`` before normalisation, at the model's own resolution."""
    crop_box: CropBox

    def __post_init__(self) -> None:
        if self.pixel_values.ndim != 4 or self.pixel_values.dtype != np.float32:
            raise ValueError(
                f"{self.pixel_values.shape = }, {self.pixel_values.dtype = }; expected (T, 3, S, S) float32"
            )


@dataclass(frozen=True)
class ModelIdentity:
    """Which model is answering, and why this one."""

    id: str
    source: Literal["hub", "folder", "bundled"]
    revision: str | None
    num_labels: int
    reason: str
    """One sentence for the page: why this model answers (asked for, found in the cache, hub out of reach ...)."""
    licence: str
    knows: str
    """One sentence: what this model can know, and what it cannot."""
    family: str = ""
    """Name of its architecture."""
    lacks: tuple[tuple[Ability, str], ...] = ()
    """What does not hold for its architecture, and why: half a sentence each, to stand behind a colon."""

    def why_not(self, *abilities: Ability) -> str | None:
        """Why the first of these that it lacks does not hold; None where it has them all."""
        return next((reason for ability, reason in self.lacks if ability in abilities), None)
