"""The contract's JSON: every key, every type, and nothing that a stranger should not read."""

from __future__ import annotations

import json
import logging
from dataclasses import replace

import numpy as np
import pytest
from contract import CONTRACT, assert_obeys
from made_records import made_analysis, made_faithfulness, made_map, made_prediction

from videomae_demo.errors import ClipError, ModelUnavailableError
from videomae_demo.records import SamplingPlan
from videomae_demo.report.export import analysis_json, error_json
from videomae_demo.results import Familiarity, Target


def test_the_object_obeys_the_contract_and_survives_the_trip():
    record = analysis_json(made_analysis(), top_k=3)
    assert_obeys(record, CONTRACT)
    assert json.loads(json.dumps(record, allow_nan=False)) == record
    assert [row["rank"] for row in record["predictions"]] == [1, 2, 3]
    assert record["predictions"][0]["label"] == "move left"
    assert "explanations" not in record


@pytest.mark.parametrize(("score", "known"), [(1.25, True), (0.0, True), (-0.5, False), (None, None)])
def test_it_says_whether_the_clip_is_known(score, known):
    prediction = replace(made_prediction(), familiar=Familiarity(score))
    record = analysis_json(made_analysis(prediction=prediction))
    assert_obeys(record, CONTRACT)
    assert record["familiar"] == {"score": score, "known": known}


def test_all_views_are_listed():
    analysis = made_analysis()
    plans = tuple(SamplingPlan("dense", (i, i + 4), (i / 25, i / 25 + 0.16), "center") for i in range(3))
    views = analysis_json(replace(analysis, plans=plans, shown=1))["sampling"]
    assert views["name"] == "dense"
    assert [view["indices"] for view in views["views"]] == [[0, 4], [1, 5], [2, 6]]


def test_no_more_classes_than_there_are():
    assert len(analysis_json(made_analysis(), top_k=400)["predictions"]) == 8


def test_explanations_carry_unit_target_and_where_asked_for_the_map():
    signed = replace(made_map(method="ledger", signed=True), target=Target(2, 0), figures={"constant": 0.5})
    analysis = made_analysis(explanations=(made_map(), signed))
    record = analysis_json(analysis)
    assert list(record["explanations"]) == ["rollout", "ledger"]
    assert record["explanations"]["rollout"]["target"] is None
    assert record["explanations"]["ledger"]["target"] == {
        "label_id": 2,
        "label": "circle clockwise",
        "against_label_id": 0,
        "against_label": "move left",
    }
    assert record["explanations"]["ledger"]["figures"] == {"constant": 0.5}
    assert "values" not in record["explanations"]["ledger"]
    with_maps = analysis_json(analysis, with_maps=True)["explanations"]["ledger"]["values"]
    np.testing.assert_array_equal(np.array(with_maps, np.float32), signed.values)
    assert isinstance(record["explanations"]["ledger"]["seconds"], float)


def test_measured_faithfulness_comes_along():
    measured = made_faithfulness()
    analysis = made_analysis(explanations=(replace(made_map(), faithfulness=measured),))
    found = analysis_json(analysis)["explanations"]["rollout"]["faithfulness"]
    assert found["deletion_auc"] == 0.31
    assert found["better_than_chance"] is True
    assert found["random"] == measured.random.tolist()
    assert (found["saco"], found["gap_probability"], found["gap_log_odds"]) == (0.42, 0.6, 2.5)
    assert (found["p_value"], found["p_value_resolution"], found["tested_together"]) == (0.025, 0.25, 2)
    assert found["contests"]["tokens"]["copies"]["turned"] == [-0.5, 0.5, 1.5]
    assert found["contests"]["time"]["p_value"] == 0.4


@pytest.mark.parametrize(
    ("error", "code"),
    [(ClipError("no_video", "Only sound."), "no_video"), (ModelUnavailableError("Not now."), "model_unavailable")],
)
def test_an_expected_error_is_an_object(error, code):
    record = error_json("a.mp4", error)
    assert record == {"clip": "a.mp4", "ok": False, "error": {"code": code, "message": str(error)}}


def test_an_unexpected_error_tells_the_log_and_not_the_world(caplog):
    with caplog.at_level(logging.ERROR):
        record = error_json("a.mp4", ZeroDivisionError("/secret/path/decoder.cc:42"))
    assert record["error"]["code"] == "internal"
    assert "secret" not in json.dumps(record)
    assert "/secret/path/decoder.cc:42" in caplog.text
