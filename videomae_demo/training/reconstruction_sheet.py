"""A picture sheet of reconstructions: what to look at before believing a number."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from transformers import VideoMAEForPreTraining

from videomae_demo.inputs.preprocess import preprocess, read_recipe
from videomae_demo.models.reconstruction import Reconstruction, compare, draw_mask
from videomae_demo.records import Geometry, SampledFrames

CELL = 168
"""Side of a picture on the sheet, in pixels."""
HEADER = 26
GAP = 6
GROUND, INK = (250, 250, 250), (40, 40, 40)
SEED = 0
"""Of the masks: those that the page draws first."""


def reconstructed(
    folder: Path, clips: Sequence[SampledFrames], *, mask: str, ratio: float, device: torch.device
) -> Iterator[Reconstruction]:
    """What a checkpoint makes of each clip.

    Args:
        folder: of an encoder with decoder.
        clips: as the app samples them.
        mask: key of `MASKS`.
        ratio: share of the tokens that is hidden.
        device: where to run it.
    """
    model = VideoMAEForPreTraining.from_pretrained(folder, dtype=torch.float32).eval().to(device)
    recipe = read_recipe(json.loads((folder / "preprocessor_config.json").read_text()))
    config = model.config
    geometry = Geometry(config.num_frames, config.image_size, config.tubelet_size, config.patch_size)
    hidden = draw_mask(mask, geometry, ratio=ratio, seed=SEED)
    for frames in clips:
        model_input = preprocess(frames, recipe)
        with torch.no_grad():
            predicted = model(
                torch.from_numpy(model_input.pixel_values)[None].to(device),
                bool_masked_pos=torch.from_numpy(hidden)[None].to(device),
            ).logits[0]
        yield compare(
            model_input.view_rgb,
            hidden,
            predicted.float().cpu().numpy(),
            geometry,
            normalised_targets=config.norm_pix_loss,
        )


def sheet(
    folders: Sequence[Path],
    clips: Sequence[SampledFrames],
    *,
    mask: str = "tube",
    ratios: Sequence[float] = (0.75, 0.9),
    device: torch.device | str = "cpu",
) -> np.ndarray:
    """One row a clip: its middle frame, then for each ratio and checkpoint what was visible and what came back.

    Args:
        folders: checkpoints to compare.
        clips: as the app samples them.
        mask: key of `MASKS`.
        ratios: shares of the tokens that are hidden.
        device: where to run them.

    Returns:
        (H, W, 3) uint8.
    """
    columns: list[list[np.ndarray]] = []
    for ratio in ratios:
        for folder in folders:
            results = list(reconstructed(folder, clips, mask=mask, ratio=ratio, device=torch.device(device)))
            if not columns:
                columns.append(_column("Original", [result.original_rgb for result in results]))
            columns.append(_column(f"{ratio:.0%} hidden", [result.visible_rgb for result in results]))
            decibels = np.mean([result.own_psnr_db for result in results])
            title = f"{folder.resolve().name[-14:]} {decibels:.1f} dB"
            columns.append(_column(title, [result.own_rgb for result in results]))
    gap = np.full((len(columns[0][0]) + (CELL + GAP) * len(clips), GAP, 3), GROUND, np.uint8)
    return np.concatenate([part for column in columns for part in (np.concatenate(column), gap)], axis=1)


def _column(title: str, clips: Sequence[np.ndarray]) -> list[np.ndarray]:
    """A title and the middle frame of each clip, (rows, CELL, 3) each."""
    header = np.full((HEADER, CELL, 3), GROUND, np.uint8)
    cv2.putText(header, title, (2, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.42, INK, 1, cv2.LINE_AA)
    gap = np.full((GAP, CELL, 3), GROUND, np.uint8)
    column = [header]
    for rgb in clips:
        column += [cv2.resize(rgb[len(rgb) // 2], (CELL, CELL), interpolation=cv2.INTER_CUBIC), gap]
    return column
