"""Rounds on a tiny model: the contract's keys, and ways that agree."""

import json

from tiny import tiny_classifier
from tolerances import TINY, bfloat16_steps

from videomae_demo.commands.benchmark.speed import _take_turns
from videomae_demo.explain import METHODS


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


def test_every_method_has_its_price(report):
    priced = {method for method, row in METHODS.items() if row.source != "Baseline"}
    assert set(report["maps"]) == priced
    for found in report["maps"].values():
        assert found["to_fused_forward"] > 0


def test_no_map_lives_on_a_forward_pass_of_another():
    classifier = tiny_classifier()
    seen = []
    runs = {"answer": lambda clip: seen.append(clip), "map": lambda clip: seen.append(clip)}
    _take_turns(runs, classifier, 2, None, unseen={"map"})
    assert len({clip.tobytes() for clip in seen[2:]}) == 4
