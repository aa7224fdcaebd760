import itertools

import pytest

from videomae_demo.training.schedule import calm_share, kept_places, learning_rate_factor


def test_the_learning_rate_rises_then_falls_once_and_never_ends_at_zero():
    factors = [learning_rate_factor(step, 2000) for step in range(2000)]
    peak = factors.index(max(factors))
    assert peak in (99, 100)
    assert max(factors) == pytest.approx(1.0)
    assert all(a < b for a, b in itertools.pairwise(factors[:100]))
    assert all(a >= b for a, b in itertools.pairwise(factors[100:]))
    # The last of 2000 steps is one step short of the end.
    assert factors[-1] == pytest.approx(0.02, abs=1e-3)


@pytest.mark.parametrize("num_places", [16, 64])
def test_more_and_more_places_are_kept(num_places):
    kept = [kept_places(s, 1000, num_places, first=0.25, last=0.9, ramp=0.4) for s in range(1001)]
    assert kept == sorted(kept)
    assert kept[0] == kept[600] == max(4, num_places // 4)
    assert all(k % 4 == 0 and k <= num_places for k in kept)


def test_without_a_ramp_the_share_is_constant():
    assert {kept_places(s, 10, 64, first=0.5, last=0.9, ramp=0.0) for s in range(11)} == {32}


def test_calm_clips_give_way():
    shares = [calm_share(i, 50, floor=0.3) for i in range(100)]
    assert shares[0] == 1.0
    assert shares == sorted(shares, reverse=True)
    assert shares[50:] == pytest.approx([0.3] * 50)
    assert calm_share(7, 0) == 0.0


def test_up_to_the_plateaus_end_a_run_does_not_know_how_long_it_is():
    short, long = ([learning_rate_factor(s, total, plateau=0.7) for s in range(total)] for total in (1000, 4000))
    assert short[:730] == long[:730]
    assert set(short[100:730]) == {1.0}
    assert short[-1] == pytest.approx(0.02, abs=1e-3)
    assert all(a > b for a, b in itertools.pairwise(short[732:]))
