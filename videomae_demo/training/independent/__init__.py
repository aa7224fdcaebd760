"""A second renderer, for testing alone: nothing is ever trained on its clips, nor tuned until they come out right.

It shares no drawing code with the first one, only the names of the motions: pictures are made by Pillow, with other
textures, outlines, speeds, bystanders, cameras and light. What a model can do here it can do in a world that it does
not know. Nothing here imports anything else of the project, and a test holds it to that.

>>> film_clip(0, 3).shape
(32, 240, 320, 3)
"""

from videomae_demo.training.independent.film import (
    CAMERA_MOTIONS,
    NUM_FRAMES,
    STYLES,
    film_camera,
    film_clip,
    film_cutouts,
    motion_of,
)
from videomae_demo.training.independent.paths import MOTIONS
from videomae_demo.training.independent.pictures import load_pictures

__all__ = [
    "CAMERA_MOTIONS",
    "MOTIONS",
    "NUM_FRAMES",
    "STYLES",
    "film_camera",
    "film_clip",
    "film_cutouts",
    "load_pictures",
    "motion_of",
]
