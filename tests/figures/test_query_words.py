"""One query's attention in words, on attention whose numbers are plain."""

from __future__ import annotations

import numpy as np

from videomae_demo.explain.inside.records import Token
from videomae_demo.figures.query_words import look_captions, look_sentence


def test_where_a_query_looks():
    values = np.zeros((2, 4, 4))
    values[0, 0, 0] = 24  # itself: three quarters
    values[1, 3, 0] = 8  # three patches and one slice away: one quarter
    assert look_captions(values) == ("slice 1 gets 75 %", "slice 2 gets 25 %")
    sentence = look_sentence(values, Token(0, 0, 0))
    assert "75 % of this patch's attention stays in its own slice, 75 % on itself" in sentence
    assert "looks 0.8 patches and 0.2 slices away. Most goes to itself: 24.0 times its share" in sentence
    assert "Most goes to slice 1, row 1, column 1:" in look_sentence(values, Token(1, 1, 1))
