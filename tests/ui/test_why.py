"""The sum of “Why not”: whatever a method keeps for itself, the printed terms add up to the difference."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from made_records import made_map

from videomae_demo.explain import METHODS
from videomae_demo.ui.tabs.why import equation_html


@pytest.mark.parametrize("method", [key for key, row in METHODS.items() if row.sum])
def test_the_rest_is_what_the_patches_lack(method):
    values = np.zeros((8, 2, 2), np.float32)
    values[1, 0, 0], values[4, 1, 1] = 2.5, -0.75
    difference = replace(made_map(signed=True), method=method, values=values, figures={"logit": 2.25, "sum": 2.25})
    words = METHODS[method].sum
    html = equation_html(difference, 1.5, ("a <b>", "c"), words)
    rest, plus, minus, total, this, that = re.findall(r"<b>(.*?)</b>", html)
    assert (rest, plus, minus, total, this, that) == ("+0.50", "2.50", "0.75", "+2.25", "1.50", "(−0.75)")
    assert words.rest in html
    assert words.lies.format(label="a &lt;b&gt;", slice=2, slices=8, most="+2.50") in html
    assert "a &lt;b&gt;" in html
