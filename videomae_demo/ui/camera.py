"""A visitor's camera: its last seconds come as one JPEG, and an answer to them goes back. The server keeps nothing.

It is a request of its own and no event of Gradio's: of those each costs a tenth of a second and more, in the browser
and in the queue's polling, and a camera asks again as soon as it is answered.
"""

from __future__ import annotations

import io
from dataclasses import asdict
from typing import Any

import gradio as gr
import numpy as np
from gradio.context import LocalContext
from gradio.route_utils import API_PREFIX
from PIL import Image
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from ..errors import BadRequestError
from ..figures.scales import scale_of
from ..figures.tiles import map_picture
from ..figures.words import answer_sentence, familiarity_sentence, percent
from ..live import LiveAnswer, Wanted
from ..models import MODELS, nameable
from ..records import SampledFrames
from ..settings import Settings
from ..words import class_name, later
from .errors import sentence_for

CONSTRAINTS = {"video": {"width": {"ideal": 320}, "height": {"ideal": 240}, "frameRate": {"ideal": 30}}}
"""What the browser asks the camera for; the models see squares of 112 or 224 pixels."""
MOST_PIXELS = 8_000_000
"""Of all frames together: 64 of 256 x 454."""
MOST_FRAMES = 256
LISTED = 5


def camera_route(settings: Settings) -> Route:
    """``POST /gradio_api/live``: frames of a camera one above another, as a JPEG -> the answer to them.

    Query parameters: ``model``; ``frames``, how many; ``seconds``, from the first to the last; ``session``, any word
    that stays the same while a page is open: it stands in line as one visitor.
    """
    allowed = nameable(MODELS, settings)

    async def answer(request: Request) -> JSONResponse:
        blocks, asked = request.app.get_blocks(), request.query_params
        LocalContext.request.set(gr.Request(request, session_hash=asked.get("session")))
        body = await request.body()

        def look() -> LiveAnswer | Wanted:
            model = asked.get("model", "auto")
            if model not in allowed:
                raise BadRequestError(later("This page does not offer that model."))
            frames = frames_of(body, asked.get("frames", ""), asked.get("seconds", "")) if body else None
            found: LiveAnswer | Wanted = blocks.backend.live(frames, model)
            return found

        try:
            found = await blocks.seats.run(look, kind="live", counted=False)
        except Exception as error:
            return JSONResponse({"failed": sentence_for(error)})
        return JSONResponse({"wanted": asdict(found)} if isinstance(found, Wanted) else said(found))

    return Route(f"{API_PREFIX}/live", answer, methods=["POST"])


def frames_of(jpeg: bytes, frames: str, seconds: str) -> SampledFrames:
    """So many frames, which lie one above another in a picture whose size is read first.

    Raises:
        BadRequestError: it is something else, or too large.
    """
    try:
        count, span = int(frames), float(seconds)
        picture = Image.open(io.BytesIO(jpeg), formats=("JPEG",))
        width, height = picture.size
        if not 0 < count <= MOST_FRAMES or height % count or width * height > MOST_PIXELS or not 0 <= span < 60:
            raise ValueError(f"{count = }, {span = }, {picture.size = }")
        rgb = np.asarray(picture.convert("RGB")).reshape(count, height // count, width, 3)
    except (OSError, ValueError, OverflowError, SyntaxError) as error:  # what Pillow raises for a damaged file
        raise BadRequestError(later("The camera's pictures could not be read: start the camera again.")) from error
    times = tuple(np.linspace(0, span, count).tolist())
    return SampledFrames(rgb=rgb, indices=tuple(range(count)), pts_seconds=times, decoder="camera")


def said(answer: LiveAnswer) -> dict[str, Any]:
    """An answer for ``live.js``."""
    prediction, explanation = answer.prediction, answer.explanation
    crop = answer.crop_box
    picture = None
    if explanation is not None:
        picture = map_picture(explanation.values[-1], scale_of(explanation))
    return {
        "headline": answer_sentence(prediction),
        "caveat": familiarity_sentence(prediction),
        "known": prediction.familiar.known is not False,
        "classes": [
            [class_name(label), round(probability, 4), percent(probability)]
            for _, label, probability in prediction.top(LISTED)
        ],
        "map": picture,
        "crop": [crop.left, crop.top, crop.right, crop.bottom],
        "seconds": round(answer.seconds, 3),
        "device": answer.device,
    }
