"""SaCo against its algorithm, written pair by pair, and at its ends."""

import numpy as np
import pytest

from videomae_demo.explain.saco import coefficient, grouped


def slow(salience, effects):
    total = weights = 0.0
    for i in range(len(salience) - 1):
        for j in range(i + 1, len(salience)):
            weight = salience[i] - salience[j]
            total += weight if effects[i] >= effects[j] else -weight
            weights += abs(weight)
    return total / weights


def test_it_is_the_algorithm_of_the_paper():
    chance = np.random.default_rng(0)
    for _ in range(10):
        salience, effects = -np.sort(-chance.normal(size=10)), chance.normal(size=10)
        assert coefficient(salience, effects) == pytest.approx(slow(salience, effects))


def test_its_ends():
    salience = np.array([4.0, 3, 2, 1])
    assert coefficient(salience, salience) == 1
    assert coefficient(salience, -salience) == -1
    assert coefficient(np.ones(4), salience) == 0, "a map without differences says nothing"


def test_groups_hold_every_token_once_the_largest_first():
    values = np.random.default_rng(0).normal(size=33)
    members = grouped(values, np.zeros(33), groups=4)
    assert members.sum(axis=0).tolist() == [1] * 33
    assert members.sum(axis=1).tolist() == [9, 8, 8, 8]
    means = [values[member].min() for member in members[:-1]], [values[member].max() for member in members[1:]]
    assert all(low >= high for low, high in zip(*means, strict=True))
