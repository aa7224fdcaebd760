import json

import numpy as np
import pytest
from tiny import tiny_classifier

from videomae_demo.commands.study import ClipRow, MapRow, as_markdown, read_rows, study, study_clip, summarise
from videomae_demo.errors import BadRequestError
from videomae_demo.explain import METHODS

SETTINGS = {"model": "tiny", "seed": 1}


def row(index, *, deletion, insertion, better, inside, area=0.2):
    maps = {
        "relevance": MapRow(deletion, insertion, better, inside, 0.5, 0.1),
        "center": MapRow(0.5, 0.5, False, area, None, None),
    }
    return ClipRow(index, "move left", True, area, (0.4, 0.6), maps)


ROWS = [
    row(0, deletion=0.3, insertion=0.7, better=True, inside=0.8),
    row(1, deletion=0.45, insertion=0.9, better=True, inside=None, area=None),
    row(2, deletion=0.6, insertion=0.5, better=False, inside=0.6, area=0.5),
    ClipRow(3, "move right", False, 0.1, (), {}),
]


def test_the_summary_counts_rightly_answered_clips_only():
    best, last = summarise(ROWS)
    assert (best.method, last.method) == ("relevance", "center")
    assert (best.better.count, best.better.total) == (2, 3)
    assert (best.deletion_better.count, best.insertion_better.count) == (1, 2)
    assert best.deletion == pytest.approx(0.45)
    assert best.lift == pytest.approx(0.7 / 0.35)  # the clip without a box does not count
    assert last.lift == pytest.approx(1)
    assert best.class_similarity == 0.5
    assert np.isnan(last.class_similarity)


def test_the_table_has_a_line_a_method():
    text = as_markdown(ROWS, "tiny")
    assert f"| {METHODS['relevance'].title} | yes | **67%**" in text
    assert "| 2.0 × | 0.50 | 0.10 |" in text
    assert "4 rendered clips, of which `tiny` answers 3 rightly" in text
    assert "nan" not in text


def test_a_study_without_right_answers_says_so():
    with pytest.raises(BadRequestError, match="No clip was answered rightly"):
        as_markdown(ROWS[3:], "tiny")


def test_an_interrupted_study_goes_on(tmp_path):
    from dataclasses import asdict

    path = tmp_path / "study.jsonl"
    assert read_rows(path, SETTINGS) == []
    lines = [json.dumps(SETTINGS), *(json.dumps(asdict(row)) for row in ROWS)]
    path.write_text("\n".join(lines) + "\n" + lines[-1][:20], encoding="utf-8")  # the last line was cut off
    assert read_rows(path, SETTINGS) == ROWS
    with pytest.raises(BadRequestError, match="other settings"):
        read_rows(path, {**SETTINGS, "seed": 2})


def test_a_clip_that_is_answered_rightly_is_judged_by_every_method():
    """A tiny model of the right number of classes, whose head is turned so that its answer to clip 0 is class 0."""
    classifier = tiny_classifier(num_labels=34, num_frames=16, image_size=32)
    classifier.head.bias[0] = 100
    clip, wrong = study(classifier, 2)
    assert (clip.right, wrong.right) == (True, False)
    assert clip.label == "move left"
    assert set(clip.maps) == set(METHODS)
    assert len(clip.random) == 10
    for method, judged in clip.maps.items():
        assert 0 <= judged.deletion <= 1
        assert judged.class_similarity is not None
        if not METHODS[method].class_specific:
            assert judged.class_similarity == 1
        if clip.area_share is not None:
            assert 0 <= judged.share_inside <= 1
    assert wrong.maps == {}
    assert study_clip(classifier, 1) == wrong
