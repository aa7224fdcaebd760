import numpy as np
import pytest

from videomae_demo.explain.localisation import share_inside


def test_even_maps_hold_the_box_s_share_of_the_area():
    coverage = np.zeros((2, 4, 4))
    coverage[:, :2, :2] = 1
    assert share_inside(np.ones((2, 4, 4)), coverage) == pytest.approx(0.25)


def test_what_speaks_against_counts_as_nothing():
    coverage = np.zeros((1, 2, 2))
    coverage[0, 0, 0] = 1
    assert share_inside(np.array([[[2.0, -7.0], [1.0, 1.0]]]), coverage) == pytest.approx(0.5)
    assert share_inside(-np.ones((1, 2, 2)), coverage) == 0
