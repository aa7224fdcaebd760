"""Live: the camera's last two seconds, answered again and again."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from ...figures.scales import scale_of
from ...figures.tiles import map_picture
from ...figures.words import answer_sentence, familiarity_sentence
from ...live import ENOUGH, SECONDS, LiveAnswer, Ring
from .. import html
from ..camera import CONSTRAINTS, Camera, frame_of
from ..errors import guarded, sentence_for
from ..page import AT_ONCE, QUIET, Page

FRAME_SECONDS = 0.1
"""From one frame that is sent to the next: the models take 16 of two seconds."""
MOST_SECONDS = 120
"""Then it stops, and waits for a press: nobody shares the model with a camera that was forgotten."""
LISTED = 5
HOW_TO_READ = (
    "Each answer is about the last two seconds, seen as in a mirror. The map is that of the newest slice: the ledger,"
    " orange for the answer and blue against it, or rollout where the model has no ledger. It lags behind the picture"
    " as much as the answer does."
)
CANNOT_TELL = (
    "What is not on the model’s list of classes. The bundled model learned from rendered clips: where it says that this"
    " is unlike them, believe that. What happens between two answers is seen by the next one, if it lasts."
)
PRIVATE = (
    "The pictures go to the server of this page, which holds two seconds of them in memory and forgets them when you"
    " stop. Nothing is written down, and no other visitor sees it."
)
SCREEN = f"""
<div class="live" data-live="{escape(json.dumps({"seconds": MOST_SECONDS, "constraints": CONSTRAINTS}), quote=True)}">
  <div class="live-picture"><canvas width="640" height="480" role="img"
    aria-label="The camera's picture with the map, and the likeliest classes below it"></canvas></div>
  <div class="live-side">
    <p class="live-buttons"><button type="button" class="live-start">Start the camera</button></p>
    <h3 class="live-answer" role="status">The camera is off</h3>
    <p class="caveat live-caveat">&nbsp;</p>
    <p class="facts live-facts">&nbsp;</p>
    <p class="words">{escape(PRIVATE)}</p>
  </div>
</div>
"""
SCRIPT = (Path(__file__).parents[1] / "live.js").read_text(encoding="utf-8")


def build(page: Page, tab: gr.Tab) -> None:
    ring = gr.State(Ring())
    screen = gr.HTML(SCREEN, elem_id="live", js_on_load=SCRIPT)
    found = gr.HTML(elem_id="live-found")
    gr.HTML(html.reading(HOW_TO_READ, CANNOT_TELL, about="live"))
    camera = Camera(
        sources=["webcam"],
        streaming=True,
        show_label=False,
        label="Camera",
        webcam_options=gr.WebcamOptions(mirror=True, constraints=CONSTRAINTS),
        elem_id="live-camera",
    )

    def keep(frame: str, ring: Ring) -> None:
        if frame:
            ring.add(frame_of(frame))

    async def answer(ring: Ring, model: str, event: gr.EventData) -> str:
        """The browser asks for one answer at a time, numbers its questions, and stands in line for each."""
        asked = {"number": getattr(event, "number", 0)}
        try:
            answered = await page.seats.run(lambda: page.backend.live(ring, model), counted=False)
        except Exception as error:
            return told({**asked, "failed": sentence_for(error)})
        if answered is None:
            return told({**asked, "wait": f"{len(ring)} frames of the last {SECONDS:g} s so far; it takes {ENOUGH}."})
        return told({**asked, **said(*answered)})

    camera.stream(guarded(keep), [camera, ring], None, stream_every=FRAME_SECONDS, **QUIET, **AT_ONCE)
    screen.input(answer, [ring, page.model], found, trigger_mode="multiple", **QUIET, **AT_ONCE)
    screen.click(lambda ring: ring.clear(), ring, None, **QUIET, **AT_ONCE)


def said(answer: LiveAnswer, age_seconds: float) -> dict[str, Any]:
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
        "classes": [[label, round(probability, 4)] for _, label, probability in prediction.top(LISTED)],
        "map": picture,
        "crop": [crop.left, crop.top, crop.right, crop.bottom],
        "age": round(age_seconds, 3),
        "span": round(answer.span_seconds, 1),
        "frames": answer.num_frames,
        "seconds": round(answer.seconds, 3),
        "device": answer.device,
    }


def told(message: dict[str, Any]) -> str:
    return f'<i data-found="{escape(json.dumps(message), quote=True)}"></i>'
