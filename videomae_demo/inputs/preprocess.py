"""Frames -> what the model gets: resized, cropped to a square, scaled and normalised, and the same for human eyes.

Equal to ``VideoMAEImageProcessorPil`` of transformers, which is the oracle in the tests, with two things more: the
crops at both ends of the long side, and where in the frame the crop lies.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from PIL import Image

from ..records import CropBox, ModelInput, Preprocessing, SampledFrames

CROPS: dict[str, Callable[[int], int]] = {
    "center": lambda room: room // 2,
    "start": lambda room: 0,
    "end": lambda room: room,
}
"""Name -> the crop's offset along the long side, in pixels, given the pixels to spare; centred along the short side."""


def read_recipe(config: Mapping[str, object]) -> Preprocessing:
    """The recipe in the file of a checkpoint's image or video processor.

    Only the file counts: the defaults of transformers' class (mean and deviation 0.5) are wrong for VideoMAE's weights.
    With ``offset``, 1 is taken off after scaling.

    Raises:
        ValueError: one line on what is missing or cannot be done.
    """

    def switch(name: str) -> bool:
        return bool(config.get(name, True))

    if not (switch("do_resize") and switch("do_center_crop")):
        raise ValueError("do_resize and do_center_crop: a checkpoint that switches one of them off is not supported")
    size, crop = config.get("size"), config.get("crop_size")
    if isinstance(size, Mapping):
        size = size.get("shortest_edge") or (size.get("height"), size.get("width"))
    if isinstance(crop, Mapping):
        if crop.get("height") != crop.get("width"):
            raise ValueError(f"crop_size {dict(crop)}: expected a square")
        crop = crop.get("height")
    wanted = {
        "size": size,
        "crop_size": crop,
        "image_mean": config.get("image_mean"),
        "image_std": config.get("image_std"),
    }
    if missing := [name for name, value in wanted.items() if value is None or value == (None, None)]:
        raise ValueError(f"no {', '.join(missing)}")
    normalize, rescale = switch("do_normalize"), switch("do_rescale")
    return Preprocessing(
        resize=size if isinstance(size, int) else (int(size[0]), int(size[1])),  # type: ignore[index]
        crop_size=int(crop),  # type: ignore[call-overload]
        mean=_triple(config["image_mean"]) if normalize else (0.0, 0.0, 0.0),
        std=_triple(config["image_std"]) if normalize else (1.0, 1.0, 1.0),
        scale=float(config.get("rescale_factor", 1 / 255)) if rescale else 1.0,  # type: ignore[arg-type]
        shift=-1.0 if rescale and config.get("offset", False) else 0.0,
        resample=int(config.get("resample", Image.Resampling.BILINEAR)),  # type: ignore[call-overload]
    )


def preprocess(frames: SampledFrames, recipe: Preprocessing, crop: str = "center") -> ModelInput:
    """The model's input and the crop that it is made of.

    Args:
        frames: T frames, (T, H, W, 3).
        recipe: From the checkpoint's own file, by ``read_recipe``.
        crop: A key of ``CROPS``.

    Raises:
        ValueError: ``crop`` is no key of ``CROPS``.
    """
    if crop not in CROPS:
        raise ValueError(f"{crop = }: expected one of {', '.join(CROPS)}")
    height, width = resized_size(frames.rgb.shape[1], frames.rgb.shape[2], recipe)
    side = recipe.crop_size
    offset = CROPS[crop]
    if width >= height:
        left, top = offset(width - side), (height - side) // 2
    else:
        left, top = (width - side) // 2, offset(height - side)
    filter_ = Image.Resampling(recipe.resample)
    view_rgb = np.empty((len(frames.rgb), side, side, 3), np.uint8)
    for view, frame in zip(view_rgb, frames.rgb, strict=True):  # one resized frame at a time in memory
        view[:] = np.asarray(Image.fromarray(frame).resize((width, height), filter_))[
            top : top + side, left : left + side
        ]
    # One table of 256 entries a channel holds every value that can occur: exact, and faster than arithmetic on 2.4
    # million numbers. Scaling in float64 and the rest in float32 is what transformers does.
    scaled = (np.arange(256) * recipe.scale).astype(np.float32) + np.float32(recipe.shift)
    table = (scaled - np.array(recipe.mean, np.float32)[:, None]) / np.array(recipe.std, np.float32)[:, None]
    pixel_values = np.stack([table[channel][view_rgb[..., channel]] for channel in range(3)], axis=1)
    return ModelInput(
        pixel_values=pixel_values,
        view_rgb=view_rgb,
        crop_box=CropBox(left / width, top / height, (left + side) / width, (top + side) / height),
    )


def resized_size(height: int, width: int, recipe: Preprocessing) -> tuple[int, int]:
    """(height, width) after resizing; the long side is rounded down, as in transformers and torchvision.

    >>> resized_size(360, 640, Preprocessing(224, 224, (0, 0, 0), (1, 1, 1)))
    (224, 398)
    """
    if not isinstance(recipe.resize, int):
        return recipe.resize
    short, long = sorted((height, width))
    long = int(recipe.resize * long / short)
    return (recipe.resize, long) if height <= width else (long, recipe.resize)


def _triple(value: object) -> tuple[float, float, float]:
    red, green, blue = value if isinstance(value, (list, tuple)) else (value,) * 3
    return float(red), float(green), float(blue)
