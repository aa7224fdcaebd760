"""Two maps over one film: read off at the same moment and place, and how far their orders agree."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from made_records import made_analysis, made_map

from videomae_demo.explain.agreement import agreement, laid_over, same_moments, same_places
from videomae_demo.records import CropBox, Geometry

COARSE = Geometry(num_frames=16, image_size=64, tubelet_size=4, patch_size=16)
FINE = Geometry(num_frames=16, image_size=64, tubelet_size=2, patch_size=8)


def test_a_map_agrees_with_itself_and_not_with_its_opposite():
    values = np.arange(32.0).reshape(2, 4, 4) + 1
    assert agreement(values, values * 3).rank_correlation == 1
    assert agreement(values, values).shared == 1
    assert agreement(values, 1 / values).rank_correlation == -1
    assert agreement(values, 1 / values).shared == 0


def test_only_patches_that_both_see_count():
    values = np.arange(32.0).reshape(2, 4, 4)
    partly = values.copy()
    partly[:, :, 0] = np.nan
    assert agreement(values, partly).rank_correlation == 1
    with pytest.raises(ValueError, match="no patch in common"):
        agreement(values, np.full_like(values, np.nan))


def test_on_its_own_grid_a_map_stays_as_it_is():
    analysis = made_analysis()
    values = made_map(analysis.geometry).values
    np.testing.assert_array_equal(laid_over(analysis, analysis, values), values)


def test_a_coarse_map_is_the_same_all_over_its_tokens():
    fine, coarse = made_analysis(geometry=FINE), made_analysis(geometry=COARSE)
    values = np.random.default_rng(0).random(COARSE.grid).astype(np.float32)
    expected = values.repeat(2, axis=0).repeat(2, axis=1).repeat(2, axis=2)
    np.testing.assert_array_equal(laid_over(fine, coarse, values), expected)


def test_where_the_other_crop_does_not_reach_there_is_nothing():
    analysis = made_analysis()
    crop = analysis.model_input.crop_box
    half = CropBox(crop.left, crop.top, (crop.left + crop.right) / 2, crop.bottom)
    narrow = replace(analysis, model_input=replace(analysis.model_input, crop_box=half))
    values = made_map(analysis.geometry).values
    laid = laid_over(analysis, narrow, values)
    columns = values.shape[2]
    assert np.isnan(laid[:, :, columns // 2 :]).all()
    np.testing.assert_array_equal(laid[:, :, : columns // 2], values[:, :, 1::2])  # read off at the middles


def test_frames_belong_together_by_their_seconds_or_by_their_place():
    whole = made_analysis()
    count = len(whole.frames.pts_seconds)
    assert same_moments(whole, whole) == same_places(whole, whole) == list(range(count))
    first = made_analysis(indices=tuple(range(count)))  # the clip's first frames in a row: the others come too late
    assert same_moments(whole, first)[-1] == count - 1
    assert same_moments(first, whole)[0] == 0
    assert same_places(whole, first) == list(range(count))
