"""Accuracy over a manifest: what is counted, how sure it is, and going on where it stopped."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from videomae_demo.commands.manifest import LabelledClip, Outcome, ProgressFile, read_manifest, top_k_accuracy
from videomae_demo.errors import BadRequestError
from videomae_demo.results import Proportion

SETTINGS = {"model": "tiny", "views": "1x1"}
CLIPS = [LabelledClip("a.mp4", "jump"), LabelledClip("b.mp4", "run"), LabelledClip("a.mp4", "jump")]


@pytest.mark.parametrize(
    ("count", "total", "interval"),
    # Published examples: Wilson's interval without continuity correction (Newcombe 1998, table I).
    [(81, 263, (0.2553, 0.3662)), (15, 148, (0.0624, 0.1605)), (0, 20, (0.0, 0.1611)), (1, 29, (0.0061, 0.1718))],
)
def test_the_interval_is_wilsons(count, total, interval):
    assert Proportion(count, total).interval == pytest.approx(interval, abs=1e-4)


@given(total=st.integers(1, 10_000), data=st.data())
def test_the_interval_holds_the_share_and_stays_in_range(total, data):
    proportion = Proportion(data.draw(st.integers(0, total)), total)
    low, high = proportion.interval
    assert 0 <= low <= proportion.share + 1e-12
    assert proportion.share - 1e-12 <= high <= 1


def test_nothing_counted_says_nothing():
    assert Proportion(0, 0).interval == (0.0, 1.0)


def test_failed_clips_count_for_neither_side():
    outcomes = [Outcome("a", "x", rank=1), Outcome("b", "x", rank=4), Outcome("c", "x", code="empty", message="Empty.")]
    assert top_k_accuracy(outcomes, 1) == Proportion(1, 2)
    assert top_k_accuracy(outcomes, 5) == Proportion(2, 2)


def test_a_manifest_is_read_with_spaces_bom_quotes_and_further_columns(tmp_path: Path):
    manifest = tmp_path / "clips.csv"
    manifest.write_text('\ufefflabel,path,note\n"pour, slowly", a b.mp4 ,x\nrun,b.mp4,\n', encoding="utf-8")
    assert read_manifest(manifest) == (LabelledClip("a b.mp4", "pour, slowly"), LabelledClip("b.mp4", "run"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("file,label\na,b\n", "no column path"),
        ("", "no column label or path"),
        ("path,label\n", "no row"),
        ("path,label\na.mp4\n", "without a path or a label"),
    ],
)
def test_a_manifest_that_cannot_be_used_is_said(tmp_path: Path, text, message):
    manifest = tmp_path / "clips.csv"
    manifest.write_text(text)
    with pytest.raises(BadRequestError, match=message):
        read_manifest(manifest)
    with pytest.raises(BadRequestError, match="cannot be read"):
        read_manifest(tmp_path / "gone.csv")


def test_progress_goes_on_where_it_stopped(tmp_path: Path):
    file = tmp_path / "progress.jsonl"
    first = ProgressFile(file, SETTINGS)
    assert first.left(CLIPS) == CLIPS
    first.add(Outcome("a.mp4", "jump", rank=2))

    second = ProgressFile(file, SETTINGS)
    assert second.outcomes == [Outcome("a.mp4", "jump", rank=2)]
    assert second.left(CLIPS) == CLIPS[1:]  # the same row twice wants two outcomes
    second.add(Outcome("b.mp4", "run", code="timeout", message="Too slow."))
    second.add(Outcome("a.mp4", "jump", rank=2))
    assert ProgressFile(file, SETTINGS).left(CLIPS) == []
    assert len(second.of(CLIPS[:1])) == 2


def test_a_line_that_was_cut_off_is_done_again(tmp_path: Path):
    file = tmp_path / "progress.jsonl"
    ProgressFile(file, SETTINGS).add(Outcome("a.mp4", "jump", rank=1))
    with file.open("a") as stream:
        stream.write('{"path": "b.mp4", "la')
    again = ProgressFile(file, SETTINGS)
    assert again.left(CLIPS[:2]) == [CLIPS[1]]
    again.add(Outcome("b.mp4", "run", rank=3))
    assert [json.loads(line) for line in file.read_text().splitlines()][2]["rank"] == 3


@pytest.mark.parametrize("content", ['{"model": "other"}\n', "no json\n", "\n"])
def test_a_progress_file_of_something_else_is_left_alone(tmp_path: Path, content):
    file = tmp_path / "progress.jsonl"
    file.write_text(content)
    with pytest.raises(BadRequestError, match="--state"):
        ProgressFile(file, SETTINGS)
    assert file.read_text() == content
