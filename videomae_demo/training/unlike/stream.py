"""Strange clips for training: no class may be likelier than another on them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from videomae_demo.training.pairs import NO_LABEL
from videomae_demo.training.render import MOTION_TARGETS, RenderedClip
from videomae_demo.training.unlike import kinds_for, unlike_clip


@dataclass(frozen=True)
class StrangeStream:
    """What number `index` of an endless sequence of clips without a class looks like.

    The kinds for choosing come in turn; those that numbers are published on are never trained on.
    """

    seed: int
    size: int
    """Side of the picture, in pixels."""

    def clip(self, index: int) -> RenderedClip:
        """Render one clip; its box is the whole frame."""
        kinds = kinds_for("choose")
        frames = unlike_clip(kinds[index % len(kinds)], self.seed, index // len(kinds), size=self.size)
        boxes = np.tile(np.array([0, 0, 1, 1], np.float32), (len(frames), 1))
        motion = np.zeros((len(frames), len(MOTION_TARGETS)), np.float32)
        return RenderedClip(frames, NO_LABEL, boxes, motion, whole_scene=True)
