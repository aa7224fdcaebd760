import numpy as np
import pytest

from videomae_demo.training.pool import ClipPool
from videomae_demo.training.render import CLASSES, render_clip
from videomae_demo.training.render.worlds import WORLDS, shares
from videomae_demo.training.stream import ClipStream

STREAM = ClipStream(seed=5, size=24, calm_until=20)


def _drawn(pool: ClipPool, end: int) -> np.ndarray:
    pool.grow_to(end)
    return pool.draw(6, np.random.default_rng(end)).rgb


def test_the_stream_goes_through_the_labels_and_starts_calm():
    assert [STREAM.clip(i).label_id for i in (0, 1, len(CLASSES))] == [0, 1, 0]
    np.testing.assert_array_equal(STREAM.clip(0).rgb, render_clip(5, 0, size=24, label_id=0, calm=True).rgb)
    np.testing.assert_array_equal(STREAM.clip(30).rgb, render_clip(5, 30, size=24, label_id=30).rgb)


def test_a_pool_that_starts_late_holds_what_one_that_started_early_holds():
    early, late = ClipPool(STREAM, 8, workers=0), ClipPool(STREAM, 8, workers=0)
    for end in (3, 9, 21):
        _drawn(early, end)
    np.testing.assert_array_equal(_drawn(early, 27), _drawn(late, 27))


@pytest.mark.parametrize(("workers", "count"), [(2, 13), (1, 150)])  # the second goes round its ring twice
def test_processes_render_what_would_be_rendered_here(workers, count):
    here, there = (ClipPool(STREAM, count, workers=number) for number in (0, workers))
    for pool in (here, there):
        pool.grow_to(count)
    for mine, theirs in zip(
        *(vars(pool.draw(4 * count, np.random.default_rng(0))).values() for pool in (here, there)), strict=True
    ):
        np.testing.assert_array_equal(mine, theirs)


def test_worlds_are_mixed_by_their_shares_whatever_the_label():
    stream = ClipStream(seed=5, size=24, calm_until=0, worlds=tuple(WORLDS))
    drawn = np.array([stream.world(i) for i in range(len(CLASSES) * 400)]).reshape(400, len(CLASSES))
    for name, share in zip(WORLDS, shares(WORLDS), strict=True):
        assert (drawn == name).mean() == pytest.approx(share, abs=0.01)
        assert np.abs((drawn == name).mean(axis=0) - share).max() < 0.1
    expected = render_clip(5, 40, size=24, label_id=40 % len(CLASSES), world=stream.world(40))
    np.testing.assert_array_equal(stream.clip(40).rgb, expected.rgb)


def test_a_stream_of_one_world_is_that_world():
    assert {ClipStream(seed=0, size=24, calm_until=0, worlds=("wood",)).world(i) for i in range(50)} == {"wood"}


def test_difficulty_is_spread_as_far_as_the_stream_says(monkeypatch):
    calms = []
    monkeypatch.setattr("videomae_demo.training.stream.render_clip", lambda *a, calm, **k: calms.append(calm))
    for index in range(200):
        ClipStream(seed=0, size=24, calm_until=0, gentlest=0.6).clip(index)
    assert min(calms) < 0.02
    assert 0.58 < max(calms) < 0.6
    assert np.mean(calms) == pytest.approx(0.3, abs=0.04)
