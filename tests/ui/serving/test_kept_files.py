"""Whose file is whose, and when it goes."""

from __future__ import annotations

import os
import time

import pytest

from videomae_demo.settings import Settings
from videomae_demo.ui.serving.kept_files import UNCLAIMED_SECONDS, KeptFiles
from videomae_demo.video.file_check import checked_file


@pytest.fixture
def kept(tmp_path):
    return KeptFiles(tmp_path / "uploads", seconds=600)


def put(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"film")
    return path


def value_of(path):
    """As Gradio writes a file among an event's values."""
    return [None, {"video": {"path": str(path), "meta": {"_type": "gradio.FileData"}}}]


def test_a_clip_goes_with_its_visitor(kept):
    mine, theirs = put(kept.place_for_upload() / "a.mp4"), put(kept.place_for_upload() / "a.mp4")
    kept.use("me", value_of(mine))
    kept.use("them", value_of(theirs))
    kept.leave("me")
    assert (mine.exists(), mine.parent.exists(), theirs.exists()) == (False, False, True)


def test_what_two_use_goes_with_the_last_one(kept):
    path = put(kept.folder / "hash" / "preview.mp4")
    kept.use("me", value_of(path))
    kept.use("them", value_of(path))
    kept.leave("me")
    assert path.exists()
    kept.leave("them")
    assert not path.exists()


def test_what_nobody_uses_goes_after_a_while(kept):
    old, used, begun = (put(kept.place_for_upload() / name) for name in ("a.mp4", "b.mp4", "tmpxyz"))
    long_ago = time.time() - 601
    for path in (old, used, begun):
        os.utime(path, (long_ago, long_ago))
        os.utime(path.parent, (long_ago, long_ago))
    kept.use("me", value_of(used))
    kept.sweep()
    assert (old.exists(), used.exists(), begun.exists(), begun.parent.exists()) == (False, True, False, False)


def test_an_upload_that_nobody_names_goes_soon(kept):
    """Its page was closed before it heard that the clip had arrived."""
    lost, mine = (put(kept.place_for_upload() / "sha" / "a.mp4") for _ in range(2))
    shown = put(kept.folder / "hash" / "preview.mp4")
    kept.use("me", value_of(mine))
    kept.sweep(now=time.time() + UNCLAIMED_SECONDS - 5)
    assert lost.exists()
    kept.sweep(now=time.time() + UNCLAIMED_SECONDS + 5)
    assert (lost.exists(), mine.exists(), shown.exists()) == (False, True, True)


def test_a_clip_that_is_used_is_still_the_one_that_was_scanned(kept):
    """It is decoded again for another window, another rule, a lesson's exercise."""
    path = put(kept.place_for_upload() / "mine.mp4")
    os.utime(path, (1e9, 1e9))
    with checked_file(path, Settings()) as (_, identity):
        pass
    kept.use("me", value_of(path))
    with checked_file(path, Settings(), expected=identity):
        pass


def test_files_elsewhere_are_not_touched(kept, tmp_path):
    outside = put(tmp_path / "mine.mp4")
    before = outside.stat().st_mtime_ns
    kept.use("me", [value_of(outside), value_of(kept.folder / ".." / "mine.mp4")])
    kept.leave("me")
    assert outside.stat().st_mtime_ns == before


def test_what_an_event_waits_with_stays_however_long_it_waits(kept):
    path = put(kept.place_for_upload() / "a.mp4")
    later = time.time() + 3600
    with kept.at_work("me", value_of(path)), kept.at_work("them", value_of(path)):
        kept.sweep(now=later)
    assert path.exists()
    kept.sweep(now=later)
    assert not path.exists()


def test_the_while_begins_when_the_event_ends(kept):
    path = put(kept.place_for_upload() / "a.mp4")
    with kept.at_work("me", value_of(path)):
        long_ago = time.time() - 3600  # when the event began
        os.utime(path, (long_ago, path.stat().st_mtime))
    kept.sweep()
    assert path.exists()
