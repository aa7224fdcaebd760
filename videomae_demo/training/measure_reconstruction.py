"""How well a pre-trained encoder and decoder fill in what is hidden, against the two simple fills."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import torch
from transformers import VideoMAEForPreTraining

from videomae_demo.inputs.preprocess import preprocess, read_recipe
from videomae_demo.inputs.samples import SAMPLES
from videomae_demo.models.masking import MASKS
from videomae_demo.models.reconstruction import compare
from videomae_demo.records import Geometry, Preprocessing, SampledFrames
from videomae_demo.training.measure import TEST_SEED, Numbers, app_view, as_frames
from videomae_demo.training.render import render_clip
from videomae_demo.training.render.worlds import WORLDS
from videomae_demo.training.stream import ClipStream

RATIOS = (0.5, 0.75, 0.9)
COMMON_SIZE = 96
"""Side at which whole pictures are compared: models of finer grids leave smaller holes, which are easier to fill."""


def mean_interval(values: np.ndarray) -> Numbers:
    """The mean over clips and its 95 % interval (normal approximation)."""
    mean, error = float(values.mean()), 1.96 * float(values.std(ddof=1)) / len(values) ** 0.5
    return {"mean": mean, "low": mean - error, "high": mean + error, "clips": len(values)}


def measure_case(
    model: VideoMAEForPreTraining, clips: list[SampledFrames], recipe: Preprocessing, mask: str, ratio: float
) -> Numbers:
    """PSNR over the hidden pixels of some clips: of the model, of each fill, and the gain over the better fill.

    The gain is taken clip by clip, so that on every clip the fill that suits it counts. `picture` and `picture_fill`
    are of the model's and of the nearest fill's whole pictures, visible tokens and all, at `COMMON_SIZE`: the only
    numbers here that models of different grids can be compared by.
    """
    config = model.config
    geometry = Geometry(config.num_frames, config.image_size, config.tubelet_size, config.patch_size)
    rows = []
    for number, frames in enumerate(clips):
        model_input = preprocess(frames, recipe)
        hidden = MASKS[mask].draw(geometry.grid, ratio, np.random.default_rng([TEST_SEED, number]))
        with torch.no_grad():
            predicted = model(
                torch.from_numpy(model_input.pixel_values)[None].to(model.device),
                bool_masked_pos=torch.from_numpy(hidden)[None].to(model.device),
            ).logits[0]
        result = compare(
            model_input.view_rgb,
            hidden,
            predicted.float().cpu().numpy(),
            geometry,
            normalised_targets=config.norm_pix_loss,
        )
        pictures = [picture_psnr_db(rgb, result.original_rgb) for rgb in (result.own_rgb, result.nearest_fill_rgb)]
        rows.append((result.own_psnr_db, result.mean_fill_psnr_db, result.nearest_fill_psnr_db, *pictures))
    own, mean_fill, nearest_fill, picture, picture_fill = np.array(rows).T
    return {
        "model": mean_interval(own),
        "mean_fill": mean_interval(mean_fill),
        "nearest_fill": mean_interval(nearest_fill),
        "gain": mean_interval(own - np.maximum(mean_fill, nearest_fill)),
        "picture": mean_interval(picture),
        "picture_fill": mean_interval(picture_fill),
    }


def picture_psnr_db(rgb: np.ndarray, original_rgb: np.ndarray) -> float:
    """PSNR of whole pictures, scaled to `COMMON_SIZE`.

    Args:
        rgb: (T, S, S, 3) uint8.
        original_rgb: the same shape.
    """
    side = (COMMON_SIZE, COMMON_SIZE)
    errors = [
        cv2.resize(frame.astype(np.float32), side, interpolation=cv2.INTER_AREA)
        - cv2.resize(true.astype(np.float32), side, interpolation=cv2.INTER_AREA)
        for frame, true in zip(rgb, original_rgb, strict=True)
    ]
    return -10 * math.log10(max(float(np.square(errors).mean()) / 255**2, 1e-10))


def measure_autoencoder(folder: Path, num_clips: int, device: torch.device, *, say: Callable[[str], None]) -> Numbers:
    """The whole table: full-difficulty, calm, held-out, all worlds' and sample clips, both kinds of mask.

    Args:
        folder: of the checkpoint.
        num_clips: per cell.
        device: where to run it.
        say: told what is being measured.
    """
    model = VideoMAEForPreTraining.from_pretrained(folder, dtype=torch.float32).eval().to(device)
    recipe = read_recipe(json.loads((folder / "preprocessor_config.json").read_text()))
    size = model.config.image_size

    def clips(*, style: str = "train", calm: bool = False) -> list[SampledFrames]:
        return [as_frames(render_clip(TEST_SEED, i, size=size, style=style, calm=calm)) for i in range(num_clips)]

    stream = ClipStream(TEST_SEED, size, 0, worlds=tuple(WORLDS))
    sets = {
        "full": clips(),
        "calm": clips(calm=True),
        "held_out": clips(style="held_out"),
        "worlds": [as_frames(stream.clip(i)) for i in range(num_clips)],
        "samples": [app_view(sample.path, model.config.num_frames) for sample in SAMPLES],
    }
    result: Numbers = {}
    for name, members in sets.items():
        for mask in MASKS:
            for ratio in RATIOS:
                say(f"{name} clips, {mask} mask, {ratio:.0%}")
                result[f"{name}/{mask}/{ratio:.2f}"] = measure_case(model, members, recipe, mask, ratio)
    return result
