import numpy as np
import pytest

from videomae_demo.models.masking import MASKS, fill_mean, fill_nearest, from_patches, nearest_visible, to_patches
from videomae_demo.records import Geometry

GEOMETRY = Geometry(num_frames=4, image_size=12, tubelet_size=2, patch_size=4)


@pytest.mark.parametrize("name", MASKS)
@pytest.mark.parametrize("ratio", [0.1, 0.5, 0.75, 0.9, 0.999])
def test_a_mask_hides_the_share_asked_for_and_leaves_something_visible(name, ratio):
    hidden = MASKS[name].draw((8, 14, 14), ratio, np.random.default_rng(0))
    assert hidden.shape == (8 * 14 * 14,)
    assert 0 < hidden.sum() < hidden.size
    assert abs(hidden.mean() - ratio) <= 0.5 / 196 or ratio == 0.999


def test_a_tube_hides_the_same_places_in_every_slice():
    hidden = MASKS["tube"].draw((8, 4, 4), 0.75, np.random.default_rng(1)).reshape(8, 16)
    assert (hidden == hidden[0]).all()


def test_the_same_seed_hides_the_same_tokens():
    first, second = (MASKS["random"].draw((2, 3, 3), 0.5, np.random.default_rng(7)) for _ in range(2))
    assert (first == second).all()


@pytest.mark.parametrize("ratio", [0.0, 1.0, -1.0, float("nan")])
def test_a_share_out_of_range_is_refused(ratio):
    with pytest.raises(ValueError, match="ratio"):
        MASKS["tube"].draw((2, 3, 3), ratio, np.random.default_rng(0))


def test_patches_are_the_pixels_of_the_token_in_the_order_t_h_w():
    rgb = np.random.default_rng(0).integers(0, 256, (4, 12, 12, 3), dtype=np.uint8)
    patches = to_patches(rgb, GEOMETRY)
    token = np.ravel_multi_index((1, 2, 0), GEOMETRY.grid)
    assert (patches[token] == rgb[2:4, 8:12, 0:4]).all()
    assert (from_patches(patches, GEOMETRY) == rgb).all()


def test_the_mean_fill_uses_visible_pixels_only():
    patches = np.ones((18, 2, 4, 4, 3))
    hidden = np.zeros(18, dtype=bool)
    hidden[:9] = True
    patches[:9] = 100.0  # must not leak
    assert (fill_mean(patches, hidden) == 1).all()


def test_the_nearest_fill_equals_a_search_by_hand():
    rng = np.random.default_rng(3)
    grid = GEOMETRY.grid
    values = rng.random((18, 5))
    hidden = MASKS["random"].draw(grid, 0.6, rng)
    positions = [np.array(np.unravel_index(i, grid)) for i in range(18)]
    expected = []
    for i in np.flatnonzero(hidden):
        distances = {j: ((positions[i] - positions[j]) ** 2).sum() for j in np.flatnonzero(~hidden)}
        nearest = [j for j, distance in distances.items() if distance == min(distances.values())]
        expected.append(np.mean([values[j] for j in nearest], axis=0))
    np.testing.assert_allclose(nearest_visible(values, hidden, grid), expected)
    patches = rng.random((18, 2, 4, 4, 3))
    filled = fill_nearest(patches, hidden, grid)
    assert (filled[~hidden] == patches[~hidden]).all()
