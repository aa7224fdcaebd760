import numpy as np
import pytest

from videomae_demo.models.masking import MASKS, to_patches
from videomae_demo.models.reconstruction import compare, psnr_db
from videomae_demo.records import Geometry

GEOMETRY = Geometry(num_frames=4, image_size=12, tubelet_size=2, patch_size=4)


@pytest.fixture
def view_rgb():
    return np.random.default_rng(0).integers(40, 216, (4, 12, 12, 3), dtype=np.uint8)


@pytest.fixture
def hidden():
    return MASKS["random"].draw(GEOMETRY.grid, 0.5, np.random.default_rng(5))


def test_a_perfect_prediction_gives_the_original_back(view_rgb, hidden):
    truth = to_patches(view_rgb / 255, GEOMETRY)[hidden].reshape(hidden.sum(), -1)
    result = compare(view_rgb, hidden, truth.astype(np.float32), GEOMETRY, normalised_targets=False)
    assert (result.own_rgb == view_rgb).all()
    assert result.own_psnr_db > 60
    assert np.nanmax(result.error) < 1e-3
    assert result.own_psnr_db > max(result.mean_fill_psnr_db, result.nearest_fill_psnr_db)


def test_normalised_targets_are_perfect_only_with_the_borrowed_statistics(view_rgb, hidden):
    truth = to_patches(view_rgb / 255, GEOMETRY)[hidden]
    mean, std = truth.mean(axis=(1, 2, 3), keepdims=True), truth.std(axis=(1, 2, 3), ddof=1, keepdims=True)
    normalised = ((truth - mean) / (std + 1e-6)).reshape(hidden.sum(), -1)
    result = compare(view_rgb, hidden, normalised.astype(np.float32), GEOMETRY, normalised_targets=True)
    assert (result.borrowed_rgb == view_rgb).all()
    assert result.borrowed_psnr_db > result.own_psnr_db


def test_own_never_reads_a_hidden_pixel(view_rgb, hidden):
    """Changing hidden pixels changes the truth, never the picture made from what was visible."""
    predicted = np.random.default_rng(1).normal(size=(hidden.sum(), 2 * 4 * 4 * 3)).astype(np.float32)
    places = to_patches(np.broadcast_to(np.arange(4 * 12 * 12).reshape(4, 12, 12, 1), (4, 12, 12, 3)), GEOMETRY)
    other = view_rgb.copy()
    other.reshape(-1, 3)[places[hidden][..., 0].ravel()] = 128
    for normalised in (False, True):
        first = compare(view_rgb, hidden, predicted, GEOMETRY, normalised_targets=normalised)
        second = compare(other, hidden, predicted, GEOMETRY, normalised_targets=normalised)
        assert (first.own_rgb == second.own_rgb).all()
        assert (first.visible_rgb == second.visible_rgb).all()


def test_errors_are_known_only_where_something_was_hidden(view_rgb, hidden):
    predicted = np.zeros((hidden.sum(), 2 * 4 * 4 * 3), dtype=np.float32)
    result = compare(view_rgb, hidden, predicted, GEOMETRY, normalised_targets=False)
    assert (np.isnan(result.error.ravel()) == ~hidden).all()
    truth = to_patches(view_rgb / 255, GEOMETRY)[hidden]
    np.testing.assert_allclose(result.error.ravel()[hidden], np.sqrt((truth**2).mean(axis=(1, 2, 3, 4))), rtol=1e-5)


def test_psnr_by_hand():
    truth = np.zeros((2, 1, 1, 1, 3))
    guess = np.full((2, 1, 1, 1, 3), 0.1)
    assert psnr_db(guess, truth, np.array([True, False])) == pytest.approx(20.0)
