"""Maps on one scale, curves beside chance, badges and bars: by their numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from made_records import made_analysis, made_faithfulness, made_map
from tolerances import UNIT

from videomae_demo.explain.checks import Sanity
from videomae_demo.figures.scales import displayed
from videomae_demo.figures.worth import common_scale, faithfulness_figure, removal_result, side_by_side, verdicts
from videomae_demo.results import SanityCheck


def test_maps_share_one_range():
    flat = made_map(method="random")
    flat = replace(flat, values=np.ones_like(flat.values))
    strong = made_map()
    scale = common_scale([flat, strong])
    assert scale.low == 1 and scale.high >= float(np.quantile(displayed(strong), 0.99)) * 0.8
    assert common_scale([strong, flat]) == scale, "whichever comes first"
    with pytest.raises(ValueError, match="no common scale"):
        common_scale([strong, made_map(method="ledger", signed=True)])


def test_one_row_a_method_and_one_legend_a_unit():
    html = side_by_side(
        made_analysis(), {"Rollout": made_map(), "Chance": made_map(method="random"), "Ledger": made_map(signed=True)}
    )
    assert html.count('class="contest-row"') == 3
    assert html.count('class="mini"') == 3 * 8
    assert html.count('class="legend"') == 2
    assert "<title>slice 3: " in html


def test_curves_run_over_what_is_left_out_and_the_band_holds_the_random_orders():
    figure = faithfulness_figure({"A": made_faithfulness(), "B": made_faithfulness()})
    band, deletion = figure.data[0], figure.data[1]
    np.testing.assert_allclose(deletion.x, [0, 0.5, 0.9], atol=UNIT)
    np.testing.assert_allclose(deletion.y, [0.9, 0.2, 0.1], atol=UNIT)
    np.testing.assert_allclose(band.y, [0.9, 0.6, 0.3, 0.2, 0.5, 0.9], atol=UNIT)
    insertion = next(trace for trace in figure.data if trace.yaxis == "y2" and trace.name == "B")
    np.testing.assert_allclose(insertion.y, [0.9, 0.8, 0.7], atol=UNIT)
    assert [trace.name for trace in figure.data if trace.showlegend] == ["random orders", "A", "B"]


def test_a_card_says_verdict_areas_and_badges():
    check = SanityCheck("Does it change?", 0.31, True, "Yes: 0.31.")
    failed = replace(check, similarity=1.0, passed=False, verdict="No.")
    html = verdicts(
        {"A <1>": made_faithfulness(), "B": made_faithfulness(better=False)}, {"A <1>": Sanity(check, failed)}
    )
    assert "A &lt;1&gt;" in html
    assert "Area without strongest 0.31, without weakest 0.82; random orders 0.51 to 0.55" in html
    assert html.count("verdict-card better") == html.count("verdict-card chance") == 1
    assert "+2.5 in log-odds, +0.60 in probability; p = 0.025 (no smaller than 0.250, corrected for 2 maps)" in html
    assert html.count('class="copy"') == 2 * 6 and html.count('class="own"') == 2 * 2
    assert "ahead of 3 of 3" in html
    assert "Best patches needed: yes" in html and "Best patches needed: not shown" in html
    assert "Changes with the class: yes" in html and "Changes with the weights: no" in html


def test_a_removal_in_numbers():
    numbers = {"label": "left", "before": 0.9, "after": 0.25, "removed": 64, "num_tokens": 512}
    html = removal_result(**numbers, at_random=[0.5, 0.7], answer_now=("right", 0.6))
    for said in ("90 % → <strong>25 %", "64 of 512 patches (12 %)", "right, 60 %", "50 % to 70 %", "width:25.0%"):
        assert said in html
    assert "at random" not in removal_result(**numbers, at_random=None, answer_now=("right", 0.6))
