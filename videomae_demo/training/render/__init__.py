"""The renderer: labelled clips of shapes and figures in motion, from a seed and an index.

>>> clip = render_clip(0, 7, size=64)
>>> clip.rgb.shape
(16, 64, 64, 3)
"""

from videomae_demo.training.render.clip import frame_times, render_clip
from videomae_demo.training.render.draws import STYLES
from videomae_demo.training.render.labels import (
    CLASSES,
    FIGURE_CLASSES,
    MIRROR_SPACE,
    MIRROR_TIME,
    MOTION_CLASSES,
    NAMED_CLASSES,
    SELF_REVERSE,
)
from videomae_demo.training.render.records import MOTION_TARGETS, RenderedClip

__all__ = [
    "CLASSES",
    "FIGURE_CLASSES",
    "MIRROR_SPACE",
    "MIRROR_TIME",
    "MOTION_CLASSES",
    "MOTION_TARGETS",
    "NAMED_CLASSES",
    "SELF_REVERSE",
    "STYLES",
    "RenderedClip",
    "frame_times",
    "render_clip",
]
