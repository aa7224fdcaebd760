"""Activation patching with the reversed clip: which layer's state of which slice carries the direction of time?

Two runs, the clip's and its reversal's. Part of the clip's residual stream is replaced by the reversal's, the rest of
the layers are computed again, and the difference d of two logits is followed (Vig et al. 2020; Meng et al. 2022; Zhang
and Nanda 2024 on the choice of the number). The effect is scaled by what exchanging everything does:

    effect = (d(clip) - d(patched)) / (d(clip) - d(reversal)),   0: as before, 1: as for the reversed clip

Slices are exchanged at the same place of the sequence: the third slice of the clip gets the third slice of the
reversal's run, which shows the third last moment with its two frames exchanged. So its positions are its own, and
before the first layer the exchange is a film that anybody could cut: that slice's frames from the reversed clip.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from ...errors import BadRequestError
from ...records import OnProgress
from ...words import later
from .records import Patching
from .stream import logits_from, stream

if TYPE_CHECKING:
    from ...models import VideoClassifier


def patch_reversal(
    classifier: VideoClassifier, pixel_values: np.ndarray, *, on_progress: OnProgress | None = None
) -> Patching:
    """The whole table of one clip, in about half as many forward passes as it has cells.

    Args:
        pixel_values: (T, 3, S, S) float32.
        on_progress: Told before each layer.

    Raises:
        BadRequestError: the reversed clip has the same answer, so that there is nothing to follow.
    """
    clip, backwards = _runs(classifier, pixel_values, pixel_values[::-1])
    first, second = (logits_from(classifier, run[-1], len(run) - 1)[0].argmax() for run in (clip, backwards))
    if first == second:
        raise BadRequestError(
            later(
                "Played backwards this clip has the same answer, {labels}: there is no change of answer to follow. "
                "Choose a clip whose meaning depends on its direction.",
                labels=classifier.labels[first],
            )
        )
    return patch(classifier, clip, backwards, int(first), int(second), on_progress=on_progress)


def patch(
    classifier: VideoClassifier,
    clip: list[torch.Tensor],
    other: list[torch.Tensor],
    label_id: int,
    against_id: int,
    *,
    scale_by: tuple[float, float] | None = None,
    on_progress: OnProgress | None = None,
) -> Patching:
    """The effects of exchanging parts of one run by those of another.

    Args:
        clip: Its ``stream``: L + 1 tensors (1, P + N, D).
        other: Of another clip.
        label_id: The logit of this class minus that of ``against_id`` is followed.
        scale_by: (d of the clip, d where the effect is 1); of the two runs where None.
        on_progress: Told before each layer.
    """
    slices, layers = classifier.geometry.grid[0], len(clip) - 1

    def difference(states: torch.Tensor, done: int) -> np.ndarray:
        logits = logits_from(classifier, states, done).astype(np.float64)
        return logits[:, label_id] - logits[:, against_id]

    start, end = scale_by or (float(difference(clip[-1], layers)[0]), float(difference(other[-1], layers)[0]))
    by_slice, by_layer = [], []
    for done, (mine, theirs) in enumerate(zip(clip, other, strict=True)):
        if on_progress:
            on_progress(
                later("Exchanging slices after {done} of {layers} layers", done=done, layers=layers),
                _work_done(done, layers),
            )
        by_slice.append(difference(exchanged(mine, theirs, slices, classifier.adapter.num_prefix), done))
        if done < layers:
            added = mine + (other[done + 1] - theirs)
            by_layer.append(difference(added, done + 1)[0])
    return Patching(
        label_id=label_id,
        reversed_label_id=against_id,
        difference=start,
        reversed_difference=end,
        slices=((start - np.stack(by_slice)) / (start - end)).astype(np.float32),
        additions=((start - np.array(by_layer)) / (start - end)).astype(np.float32),
    )


def exchanged(mine: torch.Tensor, theirs: torch.Tensor, slices: int, num_prefix: int = 0) -> torch.Tensor:
    """(T', P + N, D): T' copies of a state, the t-th with slice t of the other state.

    Args:
        mine: (1, P + N, D), tokens slice by slice after those that stand for no place; as ``theirs``.
    """
    rows = mine.repeat(slices, 1, 1)
    cells = rows[:, num_prefix:].unflatten(1, (slices, -1))  # a view: what is written there is written into the rows
    each = torch.arange(slices)
    cells[each, each] = theirs[0, num_prefix:].unflatten(0, (slices, -1))
    return rows


def _runs(classifier: VideoClassifier, *clips: np.ndarray) -> list[list[torch.Tensor]]:
    return [stream(classifier, one[None]) for one in clips]


def _work_done(done: int, layers: int) -> float:
    """The share of the layers to compute that are behind: L for the first row, L - 1 for the second ...

    >>> [round(_work_done(done, 3), 2) for done in range(4)]
    [0.0, 0.5, 0.83, 1.0]
    """
    return 1 - (layers - done) * (layers - done + 1) / (layers * (layers + 1))
