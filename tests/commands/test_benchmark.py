import json

import numpy as np
import pytest
import torch
from tiny import save_hub_layout, tiny_classifier, tiny_model
from tolerances import TINY, bfloat16_steps

from videomae_demo.commands.benchmark import (
    ARMS,
    _peak_tensor_bytes,
    arms_on,
    as_text,
    flop_count,
    measure_memory,
    measure_speed,
    peak_memory,
)


@pytest.fixture(scope="module")
def report():
    classifiers = {"float32": tiny_classifier(), "bfloat16": tiny_classifier(dtype=torch.bfloat16)}
    return measure_speed(classifiers, repeats=2)


def test_the_contract_s_keys(report):
    for key in ("reference", "fused_forward", "ours"):
        assert report[key]["seconds"] > 0
    assert 0 <= report["map_relative_error"] < 4 * TINY
    assert report["gemm_share"] == report["ours"]["gemm_share"] > 0
    json.dumps(report)


def test_the_three_ways_agree(report):
    assert report["agreement"]["ours"]["same_top_token"]
    assert report["agreement"]["ours"]["same_top5"]
    assert TINY < report["agreement"]["ours_half"]["map_relative_error"] < 4 * bfloat16_steps(3)  # sharp attention


@pytest.mark.parametrize("readout", ["mean", "token_0"])
def test_every_arm_gives_the_same_answer(readout):
    classifier = tiny_classifier(readout)
    clip = np.random.default_rng(0).standard_normal((4, 3, 32, 32), np.float32)
    expected = classifier.forward(clip).logits
    for key, arm in ARMS.items():
        logits, values = arm.prepare(classifier)(clip)
        if logits is not None:
            np.testing.assert_allclose(logits, expected, atol=TINY, err_msg=key)
        if values is not None:
            assert values.shape == (32,)
            assert values.mean() == pytest.approx(1, abs=TINY)


def test_the_twins_of_the_plain_ways_share_the_weights():
    from videomae_demo.commands.benchmark import _transformers_model

    classifier = tiny_classifier()
    twin = _transformers_model(classifier, "eager")
    mine, theirs = classifier.model.classifier.weight, twin.classifier.weight
    assert mine.data_ptr() == theirs.data_ptr()


def test_work_is_counted_by_hand():
    """Two a multiply-add: embedding, 4 projections, 2 attention products and the MLP of 3 layers, the head."""
    tokens, width, middle, pixels = 32, 16, 32, 2 * 3 * 8 * 8
    layer = 4 * tokens * width**2 + 2 * tokens**2 * width + 2 * tokens * width * middle
    by_hand = 2 * (tokens * pixels * width + 3 * layer + width * 5)
    assert flop_count(tiny_classifier()) == pytest.approx(by_hand, rel=1e-6)


def test_peak_memory_is_of_a_fresh_process(tmp_path):
    """512 tokens x 4 heads x 3 layers of attention weights are 12.6 MB, and the plain way holds them all at once."""
    model = tiny_model(image_size=64, num_frames=16, heads=4)
    folder = str(save_hub_layout(model, tmp_path / "model"))
    peaks = measure_memory(folder, "cpu", ["reference"])
    assert peaks["reference"]["peak_resident_mb"] > 12.6
    assert 12.6 < peaks["reference"]["peak_extra_mb"] < 25
    small = [peak_memory("fused_forward", folder, "cpu")["peak_extra_mb"] for _ in range(2)]
    assert small[0] == small[1] > 512 * 16 * 4 / 1e6  # at least one layer's hidden states; the same every time
    assert small[0] < 3


def test_tensors_that_exist_at_once_are_counted():
    def work():
        first = torch.ones(250_000)
        del first
        second, third = torch.ones(500_000), torch.ones(125_000)
        return second.sum() + third.sum()

    # The sums have a few bytes of their own.
    assert _peak_tensor_bytes(work) == pytest.approx(4 * 625_000, rel=0.01)


def test_the_text_names_every_arm(report):
    report = {**report, "preprocess_seconds": 0.01, "decode": {"ratio": 1.1}}
    for key in arms_on("cpu"):
        report[key] = {**report[key], "peak_extra_mb": 3.0, "peak_resident_mb": 4.0}
    text = as_text(report)
    for arm in arms_on("cpu").values():
        assert arm.title in text
    assert "1.0 x its tensors" in " ".join(text.split())
