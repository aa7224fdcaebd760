"""What programs call: ``/predict`` and ``/explain`` over HTTP, and the same functions as MCP tools."""

from __future__ import annotations

from typing import Any

import gradio as gr

from ..api import explain_api, predict_api
from ..explain import METHODS
from ..models import MODELS
from ..sampling import SAMPLERS
from ..settings import Settings
from .page import MODEL_QUEUE


def build_endpoints(settings: Settings) -> None:
    """Attach both inside the open ``gr.Blocks``; nothing of it is seen on the page.

    The functions' names and docstrings are the names and descriptions of the MCP tools.
    """

    def classify_video(clip: str, model: str = "auto", sampling: str = "auto", top_k: int = 5) -> dict[str, Any]:
        """Say what happens in a video clip: the likeliest classes, and which frames the answer rests on.

        Args:
            clip: The video file.
            model: auto, bundled, or the hub id of one of the models on the page.
            sampling: auto (as the model was trained), uniform, dense, transformers or first.
            top_k: How many classes to list.

        Returns:
            ok, predictions (rank, label_id, label, probability), sampling, clip_info and model; or ok false and error.
        """
        return predict_api(clip, model, sampling, int(top_k), settings=settings)

    def explain_video(
        clip: str,
        model: str = "auto",
        sampling: str = "auto",
        top_k: int = 5,
        methods: str = "rollout",
        target: str = "",
    ) -> dict[str, Any]:
        """Say what happens in a video clip and which parts of it mattered, as maps over time, height and width.

        Args:
            clip: The video file.
            model: auto, bundled, or the hub id of one of the models on the page.
            sampling: auto (as the model was trained), uniform, dense, transformers or first.
            top_k: How many classes to list.
            methods: Explanation methods, with commas between them, for instance rollout,ledger.
            target: The class to explain, by label or number; empty for the model's own answer.

        Returns:
            As classify_video, and explanations: for each method its unit, its target and its values as nested lists.
        """
        return explain_api(clip, model, sampling, int(top_k), methods, target, settings=settings)

    with gr.Row(visible=False):
        # format=None hands the file over as it came; anything else would need ffmpeg on the server.
        clip = gr.Video(label="clip", format=None, sources=["upload"])
        model = gr.Textbox("auto", label="model", info=f"auto, {', '.join(MODELS)}")
        sampling = gr.Textbox("auto", label="sampling", info=f"auto, {', '.join(SAMPLERS)}")
        top_k = gr.Number(5, label="top_k", precision=0)
        methods = gr.Textbox("rollout", label="methods", info=", ".join(METHODS))
        target = gr.Textbox("", label="target")
        answer = gr.JSON(label="answer")
        ask = gr.Button("ask")
        ask.click(classify_video, [clip, model, sampling, top_k], answer, api_name="predict", **MODEL_QUEUE)
        ask.click(
            explain_video, [clip, model, sampling, top_k, methods, target], answer, api_name="explain", **MODEL_QUEUE
        )
