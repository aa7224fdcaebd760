"""A timeline's files agree with it."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from contract import CONTRACT, assert_obeys
from made_records import LABELS, made_timeline

from videomae_demo.errors import BadRequestError
from videomae_demo.report.over_time import stretches, timeline_json, write_timeline
from videomae_demo.results import Familiarity


def test_json_keeps_the_contract():
    record = timeline_json(made_timeline(), 2)
    shape = {
        key: value for key, value in CONTRACT.items() if key not in ("sampling", "predictions", "familiar", "seconds")
    }
    assert_obeys(record, shape)
    window = {"start_seconds": float, "end_seconds": float, "predictions": CONTRACT["predictions"]}
    assert_obeys(record["windows"], [window])
    assert [one["predictions"][0]["label"] for one in record["windows"]] == [LABELS[0], LABELS[1], LABELS[1]]
    assert len(record["windows"][0]["predictions"]) == 2


def test_each_window_says_whether_it_is_known():
    timeline = replace(made_timeline(), familiar=(Familiarity(1.0), Familiarity(-1.0), Familiarity()))
    assert [one["familiar"]["known"] for one in timeline_json(timeline)["windows"]] == [True, False, None]
    unsaid = [one["familiar"] for one in timeline_json(made_timeline())["windows"]]
    assert unsaid == [{"score": None, "known": None}] * 3


def test_windows_with_one_answer_are_one_stretch():
    found = stretches(made_timeline())
    assert [(start, end, label) for start, end, label, _ in found] == [(0.0, 1.0, LABELS[0]), (1.0, 3.0, LABELS[1])]
    assert found[1][3] == pytest.approx(0.9)


def test_the_files_say_the_same(tmp_path: Path):
    parquet = pytest.importorskip("pyarrow.parquet")
    timeline = made_timeline()
    write_timeline(timeline, tmp_path / "out", parquet=True)
    assert json.loads((tmp_path / "out" / "timeline.json").read_text())["windows"] == timeline_json(timeline)["windows"]
    with (tmp_path / "out" / "timeline.csv").open(newline="") as file:
        head, *rows = csv.reader(file)
    assert head == ["start_seconds", "end_seconds", "label", "probability", *LABELS]
    np.testing.assert_allclose(np.array([row[4:] for row in rows], float), timeline.probabilities, rtol=1e-5)
    assert [row[2] for row in rows] == [LABELS[0], LABELS[1], LABELS[1]]
    table = parquet.read_table(tmp_path / "out" / "timeline.parquet")
    np.testing.assert_array_equal(np.array(table["probabilities"].to_pylist(), np.float32), timeline.probabilities)
    assert json.loads(table.schema.metadata[b"labels"]) == list(LABELS)


def test_the_report_stands_alone(tmp_path: Path):
    timeline = replace(made_timeline(), clip_name="<i>a</i>.mp4")
    write_timeline(timeline, tmp_path)
    body = (tmp_path / "report.html").read_text(encoding="utf-8").split("</head>")[1]
    assert "://" not in body and "<i>a" not in body
    assert "0:01.0</td><td>0:03.0" in body


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path):
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(BadRequestError, match="--out"):
        write_timeline(made_timeline(), tmp_path / "taken")
