"""No process but the decode workers opens a visitor's file, whatever FFmpeg is installed beside the app."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import gradio as gr
import httpx
import pytest
from fake_backend import FakeBackend
from gradio.data_classes import FileData
from started_processes import StartedProcesses, record
from tiny import save_hub_layout, tiny_model

from videomae_demo.commands.intake_report import write_corpus
from videomae_demo.settings import Settings
from videomae_demo.ui import build_demo, launch_options
from videomae_demo.ui.clip_player import ClipPlayer

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the recording programs are shell scripts")
NOWHERE = "http://127.0.0.1:9/"
VISITORS = 2
"""At the same time, as many as the page answers at once."""


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Every file of the corpus that is there and can be sent: no folder, no pipe, no device."""
    folder = tmp_path_factory.mktemp("corpus")
    write_corpus(folder, NOWHERE)
    found = sorted(path for place in folder.iterdir() if place.is_dir() for path in place.iterdir())
    return [path for path in found if path.is_file()]


@pytest.fixture
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StartedProcesses:
    return record(tmp_path, monkeypatch)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(model=str(save_hub_layout(tiny_model(num_frames=8), tmp_path_factory.mktemp("model"))))


@pytest.fixture(scope="module")
def address(settings: Settings) -> Iterator[str]:
    """The real page with its API, on a tiny model."""
    demo = build_demo(settings=settings, tabs={})
    _, url, _ = demo.launch(prevent_thread_lock=True, quiet=True, **launch_options(settings))
    yield url
    demo.close()


def test_the_recording_programs_would_notice(started, tmp_path):
    clip = tmp_path / "clip.m4v"
    clip.write_bytes(b"?")
    with pytest.warns(UserWarning, match="Converting to mp4"):
        gr.Video().postprocess(clip)
    assert [line.split()[0] for line in started.ffmpeg()] == ["ffprobe", "ffprobe", "ffmpeg"]
    assert started.others()


def test_a_clip_goes_in_and_out_unopened(corpus, started):
    assert len(corpus) > 450
    player = ClipPlayer()
    for path in corpus:
        assert player.preprocess(FileData(path=str(path))) == str(path)
        assert player.postprocess(path) == FileData(path=str(path), orig_name=path.name)
    assert player.preprocess(None) is None and player.postprocess(None) is None
    assert started.commands == [] and started.ffmpeg() == []


def test_no_option_of_the_player_brings_ffmpeg_back(corpus, started, tmp_path):
    watermark = tmp_path / "mark.png"
    watermark.touch()
    player = ClipPlayer(format="mp4", include_audio=False, sources=["webcam"], watermark=gr.WatermarkOptions(watermark))
    for path in corpus[::20]:
        player.preprocess(FileData(path=str(path)))
        player.postprocess(path)
    assert started.commands == [] and started.ffmpeg() == []


def test_no_other_component_of_the_page_looks_into_a_file(tmp_path):
    demo = build_demo(FakeBackend(tmp_path).backend(), Settings())
    media = (gr.Video, gr.Audio, gr.Image, gr.Gallery, gr.ImageEditor, gr.Chatbot, gr.MultimodalTextbox)
    found = [block for block in demo.blocks.values() if isinstance(block, media)]
    assert {type(block) for block in found} == {ClipPlayer}  # the camera is no component
    assert {block.get_block_name() for block in found} == {"video"}  # Gradio's own scripts show them


def test_programs_may_send_every_file_of_the_corpus(corpus, address, settings, started):
    with httpx.Client(base_url=f"{address}gradio_api", timeout=60) as http:
        sent = [("files", ("clip" + path.suffix, path.read_bytes())) for path in corpus]
        paths = http.post("/upload", files=sent).json()

        def ask(path: str) -> dict:
            clip = {"path": path, "meta": {"_type": "gradio.FileData"}}
            event = http.post("/call/predict", json={"data": [clip, settings.model, "auto", 1]}).json()["event_id"]
            event_stream = http.get(f"/call/predict/{event}").text
            assert event_stream.startswith("event: complete"), event_stream
            return json.loads(event_stream.splitlines()[1].removeprefix("data: "))[0]

        with ThreadPoolExecutor(VISITORS) as pool:
            answers = list(pool.map(ask, paths))
    codes = {answer["error"]["code"] for answer in answers if not answer["ok"]}
    assert sum(answer["ok"] for answer in answers) > 250
    assert "unreadable" in codes and "internal" not in codes
    assert started.ffmpeg() == [] and started.others() == []


def test_nobody_may_have_a_recording_of_the_screen_cut(address, started):
    """Gradio's route for it hands whatever is sent to FFmpeg, and asks for no page, event or session."""
    clip = {"video": ("clip.mp4", b"?", "video/mp4")}
    cut = {"remove_segment_start": "0", "remove_segment_end": "1"}
    answers = [
        httpx.post(f"{address}gradio_api/process_recording{end}", files=clip, data=cut, follow_redirects=True)
        for end in ("", "/")
    ]
    assert {answer.status_code for answer in answers} <= {404, 405}
    assert started.ffmpeg() == [] and started.others() == []


def test_gradio_writes_no_stub_beside_the_source():
    from videomae_demo.ui import clip_player

    assert not Path(clip_player.__file__).with_suffix(".pyi").exists()
