"""Is the clip like what the model learned, and does 80 % mean 80 %? A few numbers beside the weights tell.

They stand in ``familiarity.json`` in the checkpoint's folder; ``train calibrate`` writes them. The score is linear in
three summaries of the encoder's last tokens (their mean, their spread, and how much their mean changes from slice to
slice) and in how far the likeliest class is ahead (Hendrycks and Gimpel 2017, arXiv 1610.02136). Its weights come from
clips with and without the classes' motions (a linear probe, Alain and Bengio 2016, arXiv 1610.01644, trained on
outliers, Hendrycks et al. 2019, arXiv 1812.04606). The temperature divides the logits before the softmax (Guo et al.
2017, arXiv 1706.04599). A file without numbers for these very weights counts as none.
"""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import dataclass
from pathlib import Path

import torch

from .hub import FAMILIARITY
from .output import ClassifierHead

log = logging.getLogger(__name__)

SUMMARIES = 3
"""Vectors of width D that the score is made from."""


@dataclass(frozen=True, eq=False)
class Calibration:
    """What a checkpoint knows of itself; the defaults are those of one that knows nothing."""

    temperature: float = 1.0
    """What logits are divided by before the softmax."""
    weights: torch.Tensor | None = None
    """(3·D + 1,) float32 of the score, on the CPU: those of the summaries, then that of the lead."""
    offset: float = 0.0
    """Added to the score, so that a clip is known from 0 on."""

    def score(self, tokens: torch.Tensor, logits: torch.Tensor, num_slices: int) -> torch.Tensor | None:
        """How familiar clips are, from 0 on known; None without numbers.

        Args:
            tokens: (B, N, D) last hidden states of the clips' tokens.
            logits: (B, num_labels) on the CPU, before any temperature.
            num_slices: T'.

        Returns:
            (B,) float32 on the CPU.
        """
        if self.weights is None:
            return None
        evidence = torch.cat([summaries(tokens, num_slices).cpu(), lead(logits)[:, None]], dim=1)
        return evidence @ self.weights + self.offset


def summaries(tokens: torch.Tensor, num_slices: int) -> torch.Tensor:
    """(B, N, D) -> (B, 3·D) float32: mean, standard deviation, and root mean square change between slices' means."""
    tokens = tokens.float()
    by_slice = tokens.unflatten(1, (num_slices, -1)).mean(dim=2)
    change = by_slice.diff(dim=1).square().mean(dim=1).sqrt()
    return torch.cat([tokens.mean(dim=1), tokens.std(dim=1, correction=0), change], dim=-1)


def lead(logits: torch.Tensor) -> torch.Tensor:
    """(B, num_labels) -> (B,) float32: log-odds of the likeliest class against all others together.

    >>> lead(torch.tensor([[0.9, 0.06, 0.04]]).log()).exp().round(decimals=3)
    tensor([9.])
    """
    ordered = logits.float().sort(dim=-1, descending=True).values
    return ordered[..., 0] - ordered[..., 1:].logsumexp(dim=-1)


def read_calibration(folder: Path, head: ClassifierHead) -> Calibration:
    """The numbers beside the weights; the defaults where there are none, or none for these weights.

    Args:
        folder: of the checkpoint.
        head: of the model in it.
    """
    file = folder / FAMILIARITY
    if not file.is_file():
        return Calibration()
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        weights = torch.tensor(found["weights"], dtype=torch.float32)
        calibration = Calibration(float(found["temperature"]), weights, float(found["offset"]))
        right = weights.shape == (SUMMARIES * head.weight.shape[1] + 1,) and bool(weights.isfinite().all())
        if not right or not 0 < calibration.temperature < 1e3 or not abs(calibration.offset) < 1e6:
            raise ValueError("numbers of another model, or none")
        if found["head"] != head_digest(head):
            raise ValueError("made for other weights")
    except (ValueError, KeyError, TypeError, RuntimeError, OSError) as error:
        log.warning("%s is not used: %s", file, error)
        return Calibration()
    return calibration


def head_digest(head: ClassifierHead) -> str:
    """16 hexadecimal digits that tell a head from that of any further training, on any device and in any dtype."""
    digest = hashlib.blake2b(digest_size=8)
    for tensor in (one for one in (head.norm_weight, head.norm_bias, head.weight, head.bias) if one is not None):
        digest.update(tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()
