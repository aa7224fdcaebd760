"""Know-nothing copies: what each kind keeps, walked over the table."""

import numpy as np
import pytest

from videomae_demo.explain.nulls import NULLS

GRID = (4, 6, 6)


def map_of(seed=0):
    return np.random.default_rng(seed).normal(size=GRID)


@pytest.mark.parametrize("null", NULLS)
def test_the_values_stay_and_their_places_change(null):
    values = map_of()
    copies = [move(values) for move in NULLS[null].moves(GRID, 20, np.random.default_rng(1))]
    assert len(copies) == 20
    for copy in copies:
        assert copy.shape == GRID
        np.testing.assert_array_equal(np.sort(copy.ravel()), np.sort(values.ravel()))
        assert not np.array_equal(copy, values)
    assert NULLS[null].title and NULLS[null].keeps.endswith(".")


@pytest.mark.parametrize("null", NULLS)
def test_a_move_is_the_same_for_every_map_and_every_time(null):
    """What the correction for several maps relies on: copy number i of each map is made by the same move."""
    for move in NULLS[null].moves(GRID, 5, np.random.default_rng(5)):
        np.testing.assert_array_equal(move(map_of()), move(map_of()))
        if null in ("shifted", "turned"):  # places move, whatever the values
            numbers = np.arange(map_of().size).reshape(GRID)
            np.testing.assert_array_equal(move(map_of()).ravel(), map_of().ravel()[move(numbers).ravel()])


@pytest.mark.parametrize(("shape", "count"), [((3, 2, 2), 3 * 2 * 8 - 1), ((1, 6, 6), 7), ((2, 2, 4), 2 * 2 * 4 - 1)])
def test_a_group_has_each_of_its_other_elements_once(shape, count):
    values = np.random.default_rng(0).normal(size=shape)
    copies = {move(values).tobytes() for move in NULLS["turned"].moves(shape, 1000, np.random.default_rng(0))}
    # Backwards and moved by one are the same for two slices.
    assert len(copies | {values.tobytes()}) == (count + 1 if shape[0] != 2 else (count + 1) // 2)


def test_a_turned_value_stays_as_far_from_the_middle():
    rings = np.tile(np.hypot(*np.mgrid[-2.5:3, -2.5:3]), (4, 1, 1))
    for grid in (rings, rings[:, 1:5]):
        for move in NULLS["turned"].moves(grid.shape, 20, np.random.default_rng(0)):
            np.testing.assert_array_equal(move(grid), grid)


def test_a_shifted_map_keeps_its_neighbours_round_the_edges():
    values = map_of()

    def roughness(grid):
        return sorted(np.square(grid - np.roll(grid, 1, axis)).sum() for axis in range(3))

    for move in NULLS["shifted"].moves(GRID, 5, np.random.default_rng(0)):
        np.testing.assert_allclose(roughness(move(values)), roughness(values))


def test_a_rephased_map_is_about_as_smooth():
    time, _, column = np.meshgrid(*(np.arange(size) for size in GRID), indexing="ij")
    wave = np.sin(2 * np.pi * column / 6) + 0.5 * np.cos(2 * np.pi * time / 4)
    noise = np.random.default_rng(2).normal(size=GRID)

    def neighbours(grid, axis):
        return np.corrcoef(grid.ravel(), np.roll(grid, 1, axis).ravel())[0, 1]

    for values in (wave, noise):
        copies = [move(values) for move in NULLS["rephased"].moves(GRID, 30, np.random.default_rng(0))]
        for axis in range(3):
            mean = np.mean([neighbours(copy, axis) for copy in copies])
            assert mean == pytest.approx(neighbours(values, axis), abs=0.12)
