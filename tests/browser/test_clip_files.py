"""Files of many kinds on the real page: played as they are or as the app's own film, and FFmpeg is never asked."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from fake_backend import FakeBackend
from playwright.sync_api import Page, expect
from serving import Served, serve
from started_processes import record
from tiny import save_hub_layout, tiny_model

from videomae_demo.backend import real_backend
from videomae_demo.settings import Settings
from videomae_demo.ui import build_demo
from videomae_demo.ui.serving.kept_files import UPLOADED as UPLOADED_TO
from videomae_demo.video.corpus import GOOD_CASES, hostile_cases

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the recording programs are shell scripts")

AS_IT_IS = r"/{name}$"
AS_A_FILM = r"/preview-[^/]*\.mp4$"
UPLOADED = {
    **dict.fromkeys(["h264.m4v", "libvpx-vp9.webm"], AS_IT_IS),
    **dict.fromkeys(["h264.mov", "h264.mkv", "h264.avi", "h264.ts", "picture.gif", "wmv2.wmv"], AS_A_FILM),
}
"""What the player shows then, by the end of its address."""
REFUSED = ["words.mp4", "hls address.mp4"]
DROPPED = {"h264 b-frames.m4v": AS_IT_IS, "h264 b-frames.avi": AS_A_FILM}
"""Into the empty player, after a refused file."""


@pytest.fixture(scope="module")
def first_screen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The first screen alone, on the real backend with a tiny model; its only sample is ``move-left.mp4``."""
    folder = tmp_path_factory.mktemp("first-screen")
    settings = Settings(model=str(save_hub_layout(tiny_model(num_frames=8), folder / "model")))
    backend = replace(real_backend(settings), samples=FakeBackend(folder).samples[:1])
    demo = build_demo(backend, settings, tabs={})
    yield Served(serve(demo, settings, allowed_paths=[str(folder)]), demo)
    demo.close()


def make(name: str, folder: Path) -> Path:
    """One file of the corpus, under a name that an address carries as it is."""
    case = next(case for case in (*GOOD_CASES, *hostile_cases()) if case.name == name)
    path = folder / name.replace(" ", "-")
    case.make(path)
    return path


def choose(page: Page, path: Path, *, within: str) -> None:
    page.locator(f"{within} input[type=file]").set_input_files(path)


def wait_for_film(page: Page, ending: str) -> None:
    """Wait until the player has another address than before, with this end, and can play what is there."""
    page.wait_for_function(
        """(ending) => {
            const video = document.querySelector('#clip video');
            return video && video.src !== window.shownBefore && video.readyState > 0 && video.videoWidth > 0
                && new RegExp(ending).test(video.src);
        }""",
        arg=ending,
    )
    page.evaluate("window.shownBefore = document.querySelector('#clip video').src")


def test_ffmpeg_is_never_started_beside_the_decode_workers(visit, first_screen, tmp_path, monkeypatch):
    programs = tmp_path / "programs"
    programs.mkdir()
    started = record(programs, monkeypatch)
    page = visit(first_screen)
    wait_for_film(page, AS_IT_IS.format(name="move-left.mp4"))
    for name, ending in UPLOADED.items():
        clip = make(name, tmp_path)
        choose(page, clip, within="#sources")
        wait_for_film(page, ending.format(name=clip.name))
    for refused, (name, ending) in zip(REFUSED, DROPPED.items(), strict=True):
        choose(page, make(refused, tmp_path), within="#sources")
        expect(page.locator("#answer [role=alert]")).to_be_visible()
        expect(page.locator("#clip video")).to_have_count(0)
        clip = make(name, tmp_path)
        choose(page, clip, within="#clip")
        wait_for_film(page, ending.format(name=clip.name))
    assert started.ffmpeg() == [] and started.others() == []


def test_a_clip_goes_when_its_page_is_closed_and_not_when_its_connection_ends(visit, first_screen, tmp_path):
    """As it does on a phone that sleeps for a moment."""
    demo = first_screen.demo
    sent = demo.kept.folder / UPLOADED_TO
    page = visit(first_screen)
    choose(page, make("h264.mov", tmp_path), within="#sources")
    wait_for_film(page, AS_A_FILM)
    mine = [path for path in sent.rglob("*") if path.name == "h264.mov"]
    assert len(mine) == 1

    for session in [*demo.state_holder.session_data]:
        demo.left(SimpleNamespace(session_hash=session))  # as Gradio says where a connection ends
    assert mine[0].exists()
    page.goto(f"{first_screen.url}livez")
    for _ in range(300):
        if not mine[0].exists():
            break
        page.wait_for_timeout(100)
    assert not mine[0].exists()
