"""Rounds on a tiny model: the contract's keys, and ways that agree."""

import json

from tolerances import TINY, bfloat16_steps


def test_the_contract_s_keys(report):
    for key in ("reference", "fused_forward", "ours"):
        assert report[key]["seconds"] > 0
    assert 0 <= report["map_relative_error"] < 4 * TINY
    assert report["gemm_share"] == report["ours"]["gemm_share"] > 0
    json.dumps(report)


def test_the_three_ways_agree(report):
    assert report["agreement"]["ours"]["same_top_token"]
    assert report["agreement"]["ours"]["same_top5"]
    assert (
        TINY < report["agreement"]["ours_half"]["map_relative_error"] < 4 * bfloat16_steps(3)
    )  # sharp attention, in half precision
