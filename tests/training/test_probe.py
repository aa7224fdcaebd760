"""Scores of familiarity, on features whose answer is known."""

import numpy as np
import pytest

from videomae_demo.training.probe import DECAYS, SCORES, Group, area_under_curve, fit_probe

RNG = np.random.default_rng(0)


def _group(count: int, shift: float, *, axis: int = 0, width: int = 12) -> Group:
    features = RNG.normal(size=(count, width)).astype(np.float32)
    features[:, axis] += shift
    return Group(features, RNG.normal(size=(count, 3)).astype(np.float32), np.arange(count) % 3)


def test_the_area_is_the_share_of_pairs_in_order():
    known, unknown = RNG.integers(0, 6, 40).astype(float), RNG.integers(-2, 4, 30).astype(float)
    pairs = [(k > u) + 0.5 * (k == u) for k in known for u in unknown]
    assert area_under_curve(known, unknown) == pytest.approx(np.mean(pairs))


def test_the_probe_finds_what_sets_all_strange_kinds_apart():
    strange = {f"kind {i}": _group(60, 3.0) for i in range(8)}
    probe, areas = fit_probe(_group(400, 0.0), strange)
    assert area_under_curve(probe.score(_group(300, 0.0)), probe.score(_group(300, 3.0))) > 0.95
    assert np.abs(probe.weights).argmax() == 0 and probe.weights[0] < 0
    assert probe.weights.shape == (13,)  # of the features, and of the likeliest class's lead
    assert set(areas) == {f"{decay:g}" for decay in DECAYS}
    assert max(areas.values()) > 0.95


def test_kinds_that_were_left_out_count():
    """Each kind is strange in a way of its own, so that none tells of another."""
    strange = {f"kind {i}": _group(60, 4.0, axis=i) for i in range(8)}
    _, areas = fit_probe(_group(400, 0.0), strange)
    assert max(areas.values()) < 0.7


@pytest.mark.parametrize("name", SCORES)
def test_every_score_is_a_number_a_clip(name):
    score = SCORES[name](_group(90, 0.0))(_group(7, 0.0))
    assert score.shape == (7,)
    assert np.isfinite(score).all()


def test_the_distance_is_the_slow_one():
    fit, asked = _group(90, 0.0, width=4), _group(5, 2.0, width=4)
    means = [fit.features[fit.truth == label].mean(axis=0) for label in range(3)]
    spread = np.cov(np.concatenate([fit.features[fit.truth == label] - means[label] for label in range(3)]).T)
    inverse = np.linalg.inv(0.9 * spread + 0.1 * np.diag(np.diag(spread)) + 1e-6 * np.eye(4))
    slow = [max(-(row - mean) @ inverse @ (row - mean) for mean in means) for row in asked.features.astype(float)]
    np.testing.assert_allclose(SCORES["Mahalanobis distance"](fit)(asked), slow, rtol=1e-3)
