"""Live: the camera's last two seconds, answered again and again."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path

import gradio as gr
from gradio.route_utils import API_PREFIX

from ...live import SECONDS
from ...words import _, later
from .. import html
from ..camera import CONSTRAINTS
from ..page import QUIET, Page

MOST_SECONDS = 120
"""Then it stops, and waits for a press: nobody shares the model with a camera that was forgotten."""
HOW_TO_READ = later(
    "Each answer is about the last two seconds, seen as in a mirror. The map is that of the newest slice: the ledger, "
    "orange for the answer and blue against it, or rollout where the model has no ledger. It lags behind the picture "
    "as much as the answer does."
)
CANNOT_TELL = later(
    "What is not on the model’s list of classes. The bundled model learned from rendered clips: where it says that "
    "this is unlike them, believe that. What happens between two answers is seen by the next one, if it lasts."
)
PRIVATE = later(
    "The pictures go to the server of this page, small, with each question, and are forgotten with its answer. Nothing "
    "is written down, and no other visitor sees it."
)
OPTIONS = {
    "address": f"{API_PREFIX}/live",
    "constraints": CONSTRAINTS,
    "looksBack": SECONDS,
    "stopsAfter": MOST_SECONDS,
}
SCREEN = """
<div class="live" data-live="{options}">
  <div class="live-picture"><canvas width="640" height="480" role="img"
    aria-label="{picture}"></canvas>
    <video muted playsinline></video></div>
  <div class="live-side">
    <p class="live-buttons"><button type="button" class="live-start">{start}</button></p>
    <h3 class="live-answer" role="status">{off}</h3>
    <p class="caveat live-caveat">&nbsp;</p>
    <p class="facts live-facts">&nbsp;</p>
    <p class="words">{private}</p>
  </div>
</div>
"""
MODEL = "(model) => { document.querySelector('.live').dataset.model = model; return []; }"
SCRIPT = (Path(__file__).parents[1] / "live.js").read_text(encoding="utf-8")


def build(page: Page, tab: gr.Tab) -> None:
    screen = gr.HTML(screen_html(), elem_id="live", js_on_load=SCRIPT)
    gr.HTML(html.reading(HOW_TO_READ, CANNOT_TELL, about="live"))
    # The script asks which model is chosen; the browser knows it by itself.
    screen.input(None, page.model, None, js=MODEL, **QUIET)


def screen_html() -> str:
    """Picture, button and answer before anybody has started the camera."""
    return SCREEN.format(
        options=escape(json.dumps(OPTIONS), quote=True),
        picture=escape(_("The camera's picture with the map, and the likeliest classes below it")),
        start=escape(_("Start the camera")),
        off=escape(_("The camera is off")),
        private=escape(_(PRIVATE)),
    )
