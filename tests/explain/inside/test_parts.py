"""What a model is made of: numbers from the paper, and formulas written down by hand."""

from __future__ import annotations

import threading

import pytest
import torch
from tiny import tiny_model
from transformers import VideoMAEConfig, VideoMAEForVideoClassification

from videomae_demo.explain.inside.parts import measure_anatomy


def test_vit_b_has_the_numbers_of_the_paper():
    """VideoMAE ViT-B: 180 GFLOPs (multiply-adds) a view, 87 M parameters (Tong et al. 2022, table of Kinetics-400)."""
    with torch.device("meta"):
        model = VideoMAEForVideoClassification(VideoMAEConfig(num_labels=400))
    anatomy = measure_anatomy(model)
    assert anatomy.multiply_adds / 1e9 == pytest.approx(180.3, abs=0.1)
    assert anatomy.parameters == 86_534_800


def test_each_part_has_its_formula():
    anatomy = measure_anatomy(tiny_model(num_labels=5))
    tokens, width, middle, layers, patch, labels = 32, 16, 32, 3, 2 * 8 * 8 * 3, 5
    by_hand = {  # parameters, multiply-adds
        "embedding": (patch * width + width, tokens * patch * width),
        "projections": (layers * (4 * width**2 + 3 * width), layers * tokens * 4 * width**2),  # no bias for the keys
        "attention": (0, layers * 2 * tokens**2 * width),
        "mlp": (layers * (2 * width * middle + width + middle), layers * tokens * 2 * width * middle),
        "norms": (layers * 4 * width + 2 * width, 0),
        "head": (width * labels + labels, width * labels),
    }
    assert {part.key: (part.parameters, part.multiply_adds) for part in anatomy.parts} == by_hand


def test_all_parameters_are_counted():
    model = tiny_model("token_0")
    anatomy = measure_anatomy(model)
    assert anatomy.parameters == sum(parameter.numel() for parameter in model.parameters())
    assert (anatomy.num_layers, anatomy.num_heads, anatomy.readout) == (3, 2, "token_0")


def test_the_model_is_left_as_it_was():
    model = tiny_model()
    before = model.config.to_dict(), model.config._attn_implementation
    measure_anatomy(model)
    assert (model.config.to_dict(), model.config._attn_implementation) == before


def test_another_models_work_meanwhile_is_not_counted():
    model, other = tiny_model(num_labels=5), tiny_model(layers=1)
    alone = measure_anatomy(model)
    stop = threading.Event()

    def keep_busy() -> None:
        while not stop.is_set():
            other(torch.zeros(1, 4, 3, 32, 32))

    thread = threading.Thread(target=keep_busy)
    thread.start()
    try:
        assert [measure_anatomy(model) for _ in range(5)] == [alone] * 5
    finally:
        stop.set()
        thread.join()
