"""A visitor's camera: Gradio's webcam image, whose frames are read as what a browser sends and nothing else."""

from __future__ import annotations

import base64
import binascii
import io

import gradio as gr
import numpy as np
from gradio.data_classes import ImageData
from PIL import Image

from ..errors import BadRequestError
from .clip_player import WithoutStub

KIND = "data:image/jpeg;base64,"
MOST_BYTES = 2_000_000
MOST_PIXELS = 1920 * 1200
"""Of one frame. The page asks a camera for far less, but a camera may not have it."""
CONSTRAINTS = {"video": {"width": {"ideal": 320}, "height": {"ideal": 240}, "frameRate": {"ideal": 30}}}
"""What the browser asks the camera for; the models see squares of 112 or 224 pixels."""


class Camera(gr.Image, metaclass=WithoutStub):
    """``gr.Image`` that streams a webcam, and hands each frame over as it came, for ``frame_of``.

    Gradio lets Pillow open a picture of any kind and size, or a file by its path. Here nothing is opened on the way in,
    and nothing is written to a disk.
    """

    is_template = True  # Gradio's mark for a class that the page shows as its base class

    def preprocess(self, payload: ImageData | None) -> str:
        """The frame as the browser sent it; empty where there is none."""
        return "" if payload is None else payload.url or ""


def frame_of(url: str) -> np.ndarray:
    """(H, W, 3) uint8 of a frame as a browser sends it: a ``data:`` URI with a JPEG, whose size is read first.

    Raises:
        BadRequestError: it is something else, or too large.
    """
    if not url.startswith(KIND) or len(url) > MOST_BYTES:
        raise BadRequestError("The camera's picture did not arrive whole: start the camera again.")
    try:
        picture = Image.open(io.BytesIO(base64.b64decode(url[len(KIND) :], validate=True)), formats=("JPEG",))
        if picture.width * picture.height > MOST_PIXELS:
            raise BadRequestError(f"The camera's pictures are too large, {picture.width} x {picture.height} pixels.")
        return np.asarray(picture.convert("RGB"))
    except (OSError, binascii.Error, SyntaxError) as error:  # what Pillow raises for a damaged file
        raise BadRequestError("The camera's picture could not be read: start the camera again.") from error
