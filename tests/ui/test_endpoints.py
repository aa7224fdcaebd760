"""The API as a program calls it: through ``gradio_client``, against the real app on a tiny model."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import gradio as gr
import pytest
from clips import counting_frames, write_clip
from gradio_client import Client, handle_file
from tiny import save_hub_layout, tiny_model

from videomae_demo.commands.main import main
from videomae_demo.report.api import predict_api
from videomae_demo.settings import Settings
from videomae_demo.ui import build_demo, launch_options
from videomae_demo.ui.endpoints import HAS_MCP, build_endpoints
from videomae_demo.ui.seats import Seats


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(model=str(save_hub_layout(tiny_model(num_frames=8), tmp_path_factory.mktemp("model"))))


@pytest.fixture(scope="module")
def client(settings: Settings) -> Iterator[Client]:
    demo = build_demo(settings=settings)
    _, url, _ = demo.launch(prevent_thread_lock=True, quiet=True, **launch_options(settings))
    yield Client(url, verbose=False)
    demo.close()


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("clip") / "up.mp4", counting_frames(20))


def test_predict_answers_with_the_command_lines_json(client, settings, clip, monkeypatch, capsys):
    monkeypatch.chdir(clip.parent)
    main(["classify", clip.name, "--model", settings.model, "--top-k", "3", "--json"])
    printed = json.loads(capsys.readouterr().out)
    answered = client.predict(handle_file(clip), settings.model, "auto", 3, api_name="/predict")
    assert answered.pop("seconds").keys() == printed.pop("seconds").keys()
    assert answered == printed


def test_explain_adds_the_maps_as_nested_lists(client, settings, clip):
    record = client.predict(
        handle_file(clip), model=settings.model, methods="rollout,ledger", target="3", api_name="/explain"
    )
    rollout, ledger = record["explanations"]["rollout"], record["explanations"]["ledger"]
    assert [len(rollout["values"]), len(rollout["values"][0]), len(rollout["values"][0][0])] == [4, 4, 4]
    assert ledger["target"]["label_id"] == 3
    assert ledger["unit"] == "logit"


def test_a_bad_file_is_an_error_object_not_a_failed_call(client, settings, tmp_path):
    text = tmp_path / "notes.mp4"
    text.write_text("no video at all")
    record = client.predict(handle_file(text), settings.model, api_name="/predict")
    assert record["ok"] is False
    assert record["error"]["code"] == "unreadable"


def test_a_stranger_cannot_choose_a_folder(client, clip):
    record = client.predict(handle_file(clip), "/etc", api_name="/predict")
    assert record["error"]["code"] == "bad_request"


def test_nothing_else_is_public(client):
    public = set(client.view_api(return_format="dict")["named_endpoints"])
    assert public - {"/classify_video"} == {"/predict", "/explain"}
    assert ("/classify_video" in public) == HAS_MCP


def test_the_mcp_tool_gives_the_same_json_as_text(settings, clip):
    with gr.Blocks() as demo:
        build_endpoints(settings, Seats(settings), mcp=True)
    (tool,) = (block.fn for block in demo.fns.values() if block.api_name == "classify_video")
    assert tool.__name__ == "classify_video"
    with ThreadPoolExecutor(1) as thread:  # a browser that other tests drive has a loop running in this one
        record = json.loads(thread.submit(asyncio.run, tool(str(clip), settings.model, top_k=2)).result())
    expected = predict_api(clip, settings.model, top_k=2, settings=settings)
    assert record.pop("seconds").keys() == expected.pop("seconds").keys()
    assert record == expected
