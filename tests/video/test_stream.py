"""A stream of many frames: the right ones, from any kind of file, in little memory, and no process left."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

from videomae_demo import video
from videomae_demo.errors import ClipError
from videomae_demo.settings import Settings
from videomae_demo.video import worker_pool
from videomae_demo.video.corpus import B_FRAMES, read_number, write_clip

STRIPES = {"x264-params": "intra-refresh=1:keyint=15:bframes=0:scenecut=0", "preset": "veryfast"}


def streamed(path: Path, numbers: list[int], settings: Settings = Settings()) -> list[int | None]:
    frames = list(video.stream(video.probe(path, settings=settings), numbers, settings=settings))
    assert [number for number, _, _ in frames] == [found for _, found, _ in frames] == numbers
    return [read_number(rgb) for _, _, rgb in frames]


@pytest.mark.parametrize("numbers", [list(range(150)), [0, 1, 70, 72, 149], [149], [33]])
@pytest.mark.parametrize(("suffix", "options"), [("mp4", B_FRAMES), ("ts", B_FRAMES), ("mkv", STRIPES)])
def test_the_frames_are_the_right_ones(tmp_path: Path, numbers: list[int], suffix: str, options: dict[str, str]):
    path = tmp_path / f"clip.{suffix}"
    write_clip(path, numbers=range(150), options=options)
    assert streamed(path, numbers) == numbers


@pytest.mark.parametrize("share", [0.4, 1.5])
def test_pictures_wanted_smaller_are_pillows_own_and_larger_ones_stay(tmp_path: Path, share: float):
    path = tmp_path / "clip.mp4"
    write_clip(path, numbers=range(6))
    clip = video.probe(path)
    plain = np.stack([rgb for _, _, rgb in video.stream(clip, [1, 4])])
    frames = video.stream(clip, [1, 4], resize=lambda height, width: (round(share * height), round(share * width)))
    height, width = (round(min(share, 1) * side) for side in plain.shape[1:3])
    wanted = [Image.fromarray(rgb).resize((width, height), Image.Resampling.BILINEAR) for rgb in plain]
    np.testing.assert_array_equal([rgb for _, _, rgb in frames], np.stack(wanted))


def worker_of(frames) -> psutil.Process:
    """The one process that the stream has started."""
    before = {child.pid for child in psutil.Process().children()}
    next(frames)
    (worker,) = {child.pid for child in psutil.Process().children()} - before
    return psutil.Process(worker)


def test_who_stops_reading_leaves_no_process(slow_clip, monkeypatch):
    clip = video.probe(slow_clip)
    frames = video.stream(clip, list(range(300)))
    worker = worker_of(frames)
    killed = []
    kill = worker_pool.Worker.kill
    monkeypatch.setattr(worker_pool.Worker, "kill", lambda self: (killed.append(self), kill(self))[1])
    frames.close()
    assert not worker.is_running()
    assert killed  # it had most of the clip before it, and nobody waits for that


def test_a_worker_that_waits_for_its_reader_decodes_no_further(slow_clip):
    clip = video.probe(slow_clip)
    frames = video.stream(clip, list(range(300)))
    worker = worker_of(frames)
    used = -1.0
    while used != (used := sum(worker.cpu_times()[:2])):  # until it rests
        time.sleep(0.5)
    assert len(list(frames)) == 299


def test_a_worker_that_dies_is_replaced_where_it_was(slow_clip):
    clip = video.probe(slow_clip)
    frames = video.stream(clip, list(range(300)))
    worker_of(frames).kill()
    assert [number for number, _, _ in frames] == list(range(1, 300))


def test_a_worker_that_takes_too_long_is_ended(slow_clip, monkeypatch):
    clip = video.probe(slow_clip)
    ended = threading.Event()
    kill = worker_pool.Worker.kill
    monkeypatch.setattr(worker_pool.Worker, "kill", lambda self: (kill(self), ended.set())[0])
    with pytest.raises(ClipError, match="takes longer than"):
        list(video.stream(clip, [299], settings=replace(Settings(), decode_timeout=0.01)))
    assert ended.is_set()


def test_a_clip_that_was_exchanged_is_not_read(tmp_path: Path):
    path = tmp_path / "clip.mp4"
    write_clip(path)
    clip = video.probe(path)
    write_clip(path, numbers=range(5, 50))
    with pytest.raises(ClipError, match="changed"):
        list(video.stream(clip, [0]))
