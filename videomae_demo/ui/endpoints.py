"""What programs call: ``/predict`` and ``/explain`` over HTTP, and the MCP tool ``classify_video``."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

import gradio as gr

from ..errors import BusyError
from ..explain import METHODS
from ..happenings import tell
from ..inputs.sampling import SAMPLERS
from ..models import MODELS, nameable
from ..report.api import explain_api, predict_api
from ..report.export import error_json
from ..settings import Settings
from .clip_player import ClipPlayer
from .page import AT_ONCE
from .seats import Seats

Function = TypeVar("Function", bound=Callable[..., Any])
HAS_MCP = find_spec("mcp") is not None
"""Whether Gradio can serve MCP: ``pip install 'gradio[mcp]'``."""


def build_endpoints(settings: Settings, seats: Seats, *, mcp: bool = HAS_MCP) -> None:
    """Attach them inside the open ``gr.Blocks``; nothing of it is seen on the page.

    The docstrings are the descriptions that the API's documentation and MCP give out.
    """

    async def asked(clip: str, answer: Callable[[], dict[str, Any]], kind: str = "predict") -> dict[str, Any]:
        """The answer, once it is its turn; where the line is full, an error object at once."""
        try:
            said = await seats.run(answer, kind=kind)
        except BusyError as error:
            said = error_json(Path(clip or "").name, error)
        if not said["ok"]:
            tell("failed", code=said["error"]["code"])
        return said

    @_for_http_only
    async def predict(clip: str, model: str, sampling: str, top_k: int) -> dict[str, Any]:
        """Say what happens in a video clip: the object that ``classify --json`` prints."""
        return await asked(clip, partial(predict_api, clip, model, sampling, top_k, settings=settings))

    @_for_http_only
    async def explain(clip: str, model: str, sampling: str, top_k: int, methods: str, target: str) -> dict[str, Any]:
        """As /predict, with each method's map as nested lists over time, height and width, its target and unit."""
        answer = partial(explain_api, clip, model, sampling, top_k, methods, target, settings=settings)
        return await asked(clip, answer, "explain")

    async def classify_video(clip: str, model: str = "auto", sampling: str = "auto", top_k: int = 5) -> str:
        """Say what happens in a video clip: the likeliest classes, and which frames the answer rests on.

        Args:
            clip: The video file.
            model: auto, bundled, or the hub id of one of the models on the page.
            sampling: auto (as the model was trained), uniform, dense, transformers or first.
            top_k: How many classes to list.

        Returns:
            JSON: ok, predictions (rank, label_id, label, probability), sampling, clip_info, model; or ok false, error.
        """
        answer = await asked(clip, partial(predict_api, clip, model, sampling, top_k, settings=settings))
        return json.dumps(answer, ensure_ascii=False)

    with gr.Row(visible=False):
        clip = ClipPlayer(label="clip", sources=["upload"])
        model = gr.Textbox("auto", label="model", info=", ".join(nameable(MODELS, settings)))
        sampling = gr.Textbox("auto", label="sampling", info=f"auto, {', '.join(SAMPLERS)}")
        top_k = gr.Number(5, label="top_k", precision=0)
        methods = gr.Textbox("rollout", label="methods", info=", ".join(METHODS))
        target = gr.Textbox("", label="target", info="a class's label or number; empty for the model's own answer")
        answer = gr.JSON(label="answer")
        text = gr.Textbox(label="answer as text")
        ask = gr.Button("ask")
        choices = [clip, model, sampling, top_k]
        ask.click(predict, choices, answer, api_name="predict", **AT_ONCE)
        ask.click(explain, [*choices, methods, target], answer, api_name="explain", **AT_ONCE)
        if mcp:
            # MCP gives every answer as text, and of an object Gradio would make Python's text, not JSON.
            ask.click(classify_video, choices, text, api_name="classify_video", **AT_ONCE)


def _for_http_only(function: Function) -> Function:
    # Gradio offers every public endpoint as an MCP tool unless it is marked as something else.
    function._mcp_type = "http"  # type: ignore[attr-defined]
    return function
