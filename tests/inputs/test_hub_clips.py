"""Clips from the hub: fetched once, then from the cache; and one clear sentence where that cannot be."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from fake_hub import NOBODY, FakeHub, point_to, serve
from huggingface_hub import constants

from videomae_demo.backend import real_backend
from videomae_demo.errors import ClipError
from videomae_demo.inputs.hub_clips import HUB_CLIPS, fetch_clip
from videomae_demo.settings import Settings

CLIP = HUB_CLIPS[0]
CONTENT = b"not really a film" * 5000


@pytest.fixture(autouse=True)
def fresh_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    impatient = SimpleNamespace(**{**vars(time), "sleep": lambda seconds: None})  # between retries
    monkeypatch.setattr("huggingface_hub.file_download.time", impatient)


@pytest.fixture
def fake_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    """A hub that holds the clip."""
    folder = tmp_path / "served"
    folder.mkdir()
    (folder / CLIP.file).write_bytes(CONTENT)
    with serve(FakeHub({CLIP.dataset: folder})) as running:
        point_to(running.url, monkeypatch)
        yield running


def test_a_clip_is_fetched_once_and_then_comes_from_the_cache(fake_hub, tmp_path, monkeypatch):
    told = []
    path = fetch_clip(CLIP, timeout=60, on_progress=lambda text, share: told.append(text))
    assert path.read_bytes() == CONTENT
    assert tmp_path / "cache" in path.parents
    assert told == [f"Fetching {CLIP.file}"]
    assert fake_hub.count("GET", CLIP.file) == 1
    point_to(NOBODY, monkeypatch)
    assert fetch_clip(CLIP, timeout=60) == path
    assert fake_hub.count("GET", CLIP.file) == 1


def test_the_page_gets_a_copy_under_the_clips_own_name(fake_hub, tmp_path):
    line = real_backend(Settings(hub_timeout=60))
    shown = line.hub_clip(CLIP)
    assert shown.read_bytes() == CONTENT
    assert shown.name == CLIP.file
    assert not shown.is_symlink()
    assert tmp_path / "cache" not in shown.parents
    assert line.hub_clip(CLIP) == shown


def test_an_unreachable_hub_is_one_sentence(monkeypatch):
    point_to(NOBODY, monkeypatch)
    with pytest.raises(ClipError, match=r"“Eating spaghetti” cannot be fetched: the hub .* did not answer"):
        fetch_clip(CLIP, timeout=0.4)


def test_a_slow_hub_is_not_waited_for(fake_hub):
    fake_hub.answering.clear()  # to wait for it would be to wait for ever
    with pytest.raises(ClipError, match=r"did not answer within 0.4 s"):
        fetch_clip(CLIP, timeout=0.4)


def test_a_hub_without_the_clip_says_so(fake_hub):
    (fake_hub.repos[CLIP.dataset] / CLIP.file).unlink()
    with pytest.raises(ClipError, match=r"is no longer at nielsr/video-demo on the hub"):
        fetch_clip(CLIP, timeout=60)
    fake_hub.repos.clear()
    with pytest.raises(ClipError, match=r"is no longer at nielsr/video-demo on the hub"):
        fetch_clip(CLIP, timeout=60)


def test_a_download_that_breaks_off_leaves_no_half_clip(fake_hub):
    fake_hub.cut_after_bytes, fake_hub.cuts = 1000, 99
    with pytest.raises(ClipError, match=r"“Eating spaghetti” broke off"):
        fetch_clip(CLIP, timeout=60)
    fake_hub.cuts = 0
    assert fetch_clip(CLIP, timeout=60).read_bytes() == CONTENT
