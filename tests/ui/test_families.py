"""What the page says where something does not hold for the architecture that answers."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import gradio as gr
import pytest
from made_records import made_analysis, made_map

from videomae_demo import pipeline
from videomae_demo.errors import BadRequestError
from videomae_demo.explain import METHODS
from videomae_demo.ui import html
from videomae_demo.ui.tabs.why import another_way
from videomae_demo.ui.tabs.worth.side_by_side import explained, refusals

PLAIN = made_analysis()
LACKING = replace(
    PLAIN,
    model=replace(
        PLAIN.model,
        family="ViViT",
        lacks=(("ledger", "its answer is read elsewhere"), ("reconstruction", "it never filled gaps")),
    ),
)


def test_the_model_card_says_what_is_off():
    assert "Not for this ViViT: Ledger of the logit; “How it learned”; each says why." in html.model_card(LACKING.model)
    assert "Not for" not in html.model_card(PLAIN.model)


def test_the_maps_side_by_side_leave_out_what_does_not_apply_and_say_so():
    asked = []
    backend = SimpleNamespace(
        methods=METHODS, explain=lambda analysis, key, target: asked.append(key) or made_map(method=key)
    )
    keys = ("rollout", "ledger")
    steps = explained(backend, LACKING, keys, None, gr.HTML(render=False))
    with pytest.raises(StopIteration) as done:
        while True:
            next(steps)
    assert list(done.value.value) == [METHODS["rollout"].title]
    assert asked == ["rollout"]
    sentence = "Ledger of the logit does not apply to this model: its answer is read elsewhere."
    assert refusals(backend, LACKING, keys) == [sentence]
    assert refusals(backend, PLAIN, keys) == []
    with pytest.raises(BadRequestError, match="its answer is read elsewhere"):
        next(explained(backend, LACKING, ("ledger",), None, gr.HTML(render=False)))


def test_why_not_names_another_way():
    ways = ("ledger", "attn_lrp")
    assert another_way(METHODS, ways, "ledger", LACKING) == f" Choose “{METHODS['attn_lrp'].title}” instead."
    assert another_way(METHODS, ways, "ledger", PLAIN) == another_way(METHODS, ways, "attn_lrp", LACKING) == ""


def test_nothing_is_reconstructed_for_a_model_that_never_filled_gaps():
    with pytest.raises(BadRequestError, match="Filling gaps does not apply to this model: it never filled gaps"):
        pipeline.reconstruct(LACKING)
