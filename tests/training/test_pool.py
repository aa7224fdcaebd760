import numpy as np

from videomae_demo.training.pool import ClipPool, ClipStream
from videomae_demo.training.render import CLASSES, render_clip

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


def test_processes_render_what_would_be_rendered_here():
    np.testing.assert_array_equal(
        _drawn(ClipPool(STREAM, 10, workers=2), 13), _drawn(ClipPool(STREAM, 10, workers=0), 13)
    )
