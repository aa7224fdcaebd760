"""Rounds on a tiny model: the contract's keys, and ways that agree."""

import json


def test_the_contract_s_keys(report):
    for key in ("reference", "fused_forward", "ours"):
        assert report[key]["seconds"] > 0
    assert 0 <= report["map_relative_error"] < 1e-4
    assert report["gemm_share"] == report["ours"]["gemm_share"] > 0
    json.dumps(report)


def test_the_three_ways_agree(report):
    assert report["agreement"]["ours"]["same_top_token"]
    assert report["agreement"]["ours"]["same_top5"]
    assert 1e-5 < report["agreement"]["ours_half"]["map_relative_error"] < 0.2  # sharp attention, in half precision
