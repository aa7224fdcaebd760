"""The model's stages: real pixels, real numbers."""

from __future__ import annotations

import re

import numpy as np
import pytest
from made_records import KINETICS_GEOMETRY, SMALL_GEOMETRY, made_analysis

from videomae_demo.explain.inside.records import Anatomy, Part, Passage, Token
from videomae_demo.figures.anatomy import amount, stage_cards, stages_of, tubelet_pixels


def made_anatomy(readout: str = "mean") -> Anatomy:
    keys = ("embedding", "projections", "attention", "mlp", "norms", "head")
    parts = tuple(Part(key, key.title(), 1000 * number, 10**6 * (number + 1)) for number, key in enumerate(keys))
    return Anatomy(4, 3, 192, 768, 8, readout, "A pattern is added.", 0, parts)


def made_passage(num_tokens: int) -> Passage:
    draw = np.random.default_rng(0).standard_normal
    tokens = draw((num_tokens, 192)).astype(np.float32)
    answers = np.full((5, 8), 1 / 8, np.float32)
    return Passage(tokens, 2 * tokens, tokens.mean(axis=0), answers, np.repeat(answers[:, None], 8, axis=1))


@pytest.mark.parametrize("geometry", [SMALL_GEOMETRY, KINETICS_GEOMETRY])
def test_a_tubelet_is_cut_where_its_token_says(geometry):
    analysis = made_analysis(geometry=geometry)
    token = Token(3, 2, 5)
    pixels = tubelet_pixels(analysis, token)
    patch = geometry.patch_size
    assert pixels.shape == (2, patch, patch, 3)
    expected = analysis.model_input.view_rgb[6:8, 2 * patch : 3 * patch, 5 * patch : 6 * patch]
    np.testing.assert_array_equal(pixels, expected)


def test_the_numbers_follow_model_and_clip():
    analysis = made_analysis()
    stages = {stage.key: stage for stage in stages_of(analysis, made_anatomy(), made_passage(512), Token(0, 0, 0))}
    assert list(stages) == ["clip", "tubelet", "token", "layers", "readout", "answer"]
    assert stages["tubelet"].shape == "2 × 8 × 8 px = 384 numbers"
    assert stages["token"].shape == "512 tokens of 192 numbers"
    assert ("Attention weights", "4 × 3 × 512² = 3.15 million") in stages["layers"].facts
    assert ("Mlp", "3 thousand parameters · 4 million multiply-adds (19 %)") in stages["layers"].facts
    assert ("The whole model", "15 thousand parameters · 21 million multiply-adds") in stages["answer"].facts
    assert "93 %" in stages["answer"].picture


def test_token_0_is_said_where_it_is_read():
    stages = stages_of(made_analysis(), made_anatomy("token_0"), made_passage(512), Token(0, 0, 0))
    assert stages[4].title == "First token"


def test_every_card_has_its_detail():
    html = stage_cards(made_analysis(), made_anatomy(), made_passage(512), Token(0, 0, 0))
    assert re.findall(r'data-stage="(\w+)"', html) == re.findall(r'data-detail="(\w+)"', html)


def test_amounts_have_three_digits():
    assert [amount(number) for number in (12, 999, 86_534_800)] == ["12", "999", "86.5 million"]
