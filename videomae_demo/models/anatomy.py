"""What a model is made of, measured on the model itself: parameters and multiply-adds, part by part."""

from __future__ import annotations

import re
from collections import Counter

import torch
from torch.utils.flop_counter import FlopCounterMode
from transformers import VideoMAEForVideoClassification

from ..inspection import Anatomy, Part

PARTS = (
    ("embedding", "Tubelet embedding", r"\.embeddings\."),
    ("projections", "Queries, keys, values, output", r"\.attention\.(attention\.(query|key|value)|output)\b"),
    ("attention", "Attention between tokens", r"\.attention\.attention$"),
    ("mlp", "MLP", r"\.layer\.\d+\.(intermediate|output)\b"),
    ("norms", "LayerNorms", r"norm"),
    ("head", "Classifier", r"\.classifier\b"),
)
"""Key, title, and what the full name of such a part's module or parameter matches; the first that fits."""


def measure_anatomy(model: VideoMAEForVideoClassification) -> Anatomy:
    """Counts of one clip's way through a model of this configuration.

    The multiply-adds are counted by running a twin without weights or numbers (torch's ``meta`` device), whose
    attention is two plain matrix products. LayerNorm, softmax and GELU are no matrix products and are not counted, as
    is usual.
    """
    config = model.config
    with torch.device("meta"):
        twin = type(model)._from_config(config, attn_implementation="eager").eval()
        clip = torch.empty(1, config.num_frames, config.num_channels, config.image_size, config.image_size)
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        twin(clip)
    root = type(twin).__name__
    totals = {name: sum(counts.values()) // 2 for name, counts in counter.get_flop_counts().items() if name != "Global"}
    own = dict(totals)  # without what a module's own modules did
    for name in totals:
        above = [outer for outer in totals if name.startswith(f"{outer}.")]
        if above:
            own[max(above, key=len)] -= totals[name]
    work: Counter[str] = Counter()
    for name, count in own.items():
        if count:
            work[_part_of(name)] += count
    parameters: Counter[str] = Counter()
    for name, parameter in model.named_parameters():
        parameters[_part_of(f"{root}.{name}")] += parameter.numel()
    return Anatomy(
        num_layers=config.num_hidden_layers,
        num_heads=config.num_attention_heads,
        hidden_size=config.hidden_size,
        mlp_size=config.intermediate_size,
        num_labels=config.num_labels,
        readout="mean" if config.use_mean_pooling else "token_0",
        parts=tuple(Part(key, title, parameters[key], work[key]) for key, title, _ in PARTS),
    )


def _part_of(name: str) -> str:
    """The part that a module or parameter belongs to.

    Raises:
        ValueError: none; then transformers has named its modules anew, and no number may go missing silently.
    """
    for key, _, pattern in PARTS:
        if re.search(pattern, name):
            return key
    raise ValueError(f"{name} belongs to no part of the model that is known here")
