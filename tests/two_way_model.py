"""A small random VideoMAE whose head, in closed form, tells one clip from the same clip played backwards."""

from __future__ import annotations

from pathlib import Path

import torch
from tiny import save_hub_layout, tiny_model

from videomae_demo import pipeline
from videomae_demo.inputs.edits import reverse

LABELS = ("forwards", "backwards", "sideways", "not at all")
MARGIN = 3.0
"""Logit of ``forwards`` minus that of ``backwards`` for the clip; the opposite for its reversal."""


def save_two_way_model(folder: Path, clip: Path) -> Path:
    """Write the model in the hub's layout: 16 frames of 64 x 64 pixels, 512 tokens.

    With f and r the head's inputs for the clip and its reversal, the first row of weights is along f - r and the bias
    puts zero half way, so that the logits of the first two classes are +-MARGIN / 2.

    Args:
        clip: the video that it shall know.
    """
    model = tiny_model(num_frames=16, image_size=64, patch_size=8, hidden_size=32, num_labels=len(LABELS))
    model.config.id2label = dict(enumerate(LABELS))
    model.config.label2id = {label: number for number, label in enumerate(LABELS)}
    save_hub_layout(model, folder)
    analysis = pipeline.analyse(clip, model=str(folder), methods=())
    recipe = pipeline.prepare(clip, model=str(folder)).recipe
    views = [pipeline.preprocess(frames, recipe).pixel_values for frames in (analysis.frames, reverse(analysis.frames))]
    with torch.no_grad():
        tokens = model.videomae(torch.stack([torch.from_numpy(view) for view in views])).last_hidden_state
        forwards, backwards = model.fc_norm(tokens.mean(dim=1)).double()
        direction = (forwards - backwards) * MARGIN / (forwards - backwards).square().sum()
        middle = (forwards + backwards) / 2 @ direction
        model.classifier.weight.zero_()
        model.classifier.bias.zero_()
        for row, sign in ((0, 1), (1, -1)):
            model.classifier.weight[row] = sign * direction
            model.classifier.bias[row] = -sign * middle
    return save_hub_layout(model, folder)
