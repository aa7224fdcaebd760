import json

import numpy as np
import pytest
from tiny import tiny_classifier

from videomae_demo.commands.study import (
    KNOW_NOTHING,
    ClipRow,
    Details,
    MapRow,
    as_markdown,
    read_rows,
    study,
    study_clip,
    summarise,
)
from videomae_demo.errors import BadRequestError
from videomae_demo.explain import METHODS

SETTINGS = {"model": "tiny", "seed": 1}


def map_row(*, gap=0.0, turned=0.05, inside=None, details=None):
    return MapRow(
        gap=gap,
        gap_probability=0.3,
        p_values={"shifted": 0.05, "turned": turned},
        p_value=turned,
        p_necessary=turned,
        p_sufficient=0.4,
        share_inside=inside,
        details=details,
    )


def row(index, *, gap, turned, inside, area=0.2, when=None):
    details = None if when is None else Details(0.3, 0.7, when, when, not when, 0.25, 0.5, 0.1)
    known = map_row(gap=gap, turned=turned, inside=inside, details=details)
    nothing = map_row(turned=0.6)
    return ClipRow(index, "move left", True, area, {"relevance": known, "center": nothing, "smooth_1": nothing})


ROWS = [
    row(0, gap=0.4, turned=0.05, inside=0.8, when=True),
    row(1, gap=0.45, turned=0.05, inside=None, area=None),
    row(2, gap=-0.1, turned=0.3, inside=0.6, area=0.5, when=False),
    ClipRow(3, "move right", False, 0.1, {}),
]


def test_the_summary_counts_rightly_answered_clips_only():
    best, *others = summarise(ROWS)
    assert [best.name, *(one.name for one in others)] == ["relevance", "center", "smooth_1"]
    assert (best.passed.count, best.passed.total) == (2, 3)
    assert (best.by_null["shifted"].count, best.by_null["turned"].count) == (3, 2)
    assert (best.necessary.count, best.sufficient.count) == (2, 0)
    assert [(one.count, one.total) for one in (best.beyond_random, best.when, best.where)] == [(1, 2)] * 3
    assert others[0].when.total == 0
    assert (best.deletion, best.saco) == (0.3, 0.25)
    assert best.gap == pytest.approx(0.4)
    assert best.lift == pytest.approx(0.7 / 0.35)  # the clip without a box does not count
    assert best.class_similarity == 0.5
    assert np.isnan(others[0].class_similarity) and np.isnan(others[0].lift)


def test_each_map_has_its_lines():
    text = as_markdown(ROWS, "tiny", "float32")
    assert f"| {METHODS['relevance'].title} | yes | **67%**" in text
    assert "| 2.0 × | 0.50 | 0.10 |" in text
    assert "4 rendered clips, of which `tiny` in float32 answers 3 rightly" in text
    assert text.count("*Noise, smoothed over 1 token*") == 1, "a map that is no method stands in the second table only"
    assert "nan" not in text


def test_a_study_without_right_answers_says_so():
    with pytest.raises(BadRequestError, match="No clip was answered rightly"):
        as_markdown(ROWS[3:], "tiny", "float32")


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
    assert set(clip.maps) == {*METHODS, *KNOW_NOTHING}
    for name, judged in clip.maps.items():
        assert set(judged.p_values) == {"shifted", "turned"}
        assert judged.passed == (judged.p_values["turned"] <= 0.05)
        found = judged.details
        assert 0 <= found.deletion <= 1
        assert (found.when is None, found.class_similarity is None) == (name in KNOW_NOTHING,) * 2
        if name in METHODS and not METHODS[name].class_specific:
            assert found.class_similarity == 1
        if name in METHODS and clip.area_share is not None:
            assert 0 <= judged.share_inside <= 1
    assert wrong.maps == {}
    assert study_clip(classifier, 1) == wrong
