"""Where a token is, and how far attention would look if it looked everywhere."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from videomae_demo.explain.inside.records import Token, uniform_distances
from videomae_demo.records import Geometry

GEOMETRY = Geometry(num_frames=6, image_size=24, tubelet_size=2, patch_size=8)


def test_tokens_are_numbered_by_slice_row_column():
    places = itertools.product(*map(range, GEOMETRY.grid))
    assert [Token(*place).index(GEOMETRY) for place in places] == list(range(GEOMETRY.num_tokens))


def test_uniform_distances_are_means_over_all_pairs():
    slices, rows, columns = GEOMETRY.grid
    cells = list(itertools.product(range(rows), range(columns)))
    space = np.mean([np.hypot(a[0] - b[0], a[1] - b[1]) for a in cells for b in cells])
    time = np.mean([abs(a - b) for a in range(slices) for b in range(slices)])
    assert uniform_distances(GEOMETRY) == pytest.approx((space, time))
