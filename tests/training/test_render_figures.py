"""Bones keep their lengths, feet stay on the floor, hands reach."""

import numpy as np
import pytest
from tolerances import UNIT

from videomae_demo.training.render import CLASSES, FIGURE_CLASSES
from videomae_demo.training.render.actions import ACTIONS
from videomae_demo.training.render.draws import Draws
from videomae_demo.training.render.parts import capsule
from videomae_demo.training.render.performance import keys
from videomae_demo.training.render.skeleton import two_bones

TIMES = np.linspace(0, 1, 33)


def perform(label: str, seed: int = 0):
    return ACTIONS[label](Draws(seed, CLASSES.index(label)), TIMES, lambda: (200.0, 60.0, 40.0))


def test_two_bones_reach_what_they_can_and_point_at_the_rest():
    root = np.zeros((3, 2))
    target = np.array([[0.0, 1.0], [1.2, 0.9], [5.0, 0.0]])
    joint, end = two_bones(root, target, 1.0, 0.8, bend=1)
    np.testing.assert_allclose(np.linalg.norm(joint - root, axis=1), 1.0)
    np.testing.assert_allclose(np.linalg.norm(end - joint, axis=1), 0.8)
    np.testing.assert_allclose(end[:2], target[:2])
    np.testing.assert_allclose(end[2], [1.799, 0.0], atol=1e-9)


@pytest.mark.parametrize("label", FIGURE_CLASSES)
def test_bones_seen_from_the_side_keep_their_length(label):
    for seed in range(6):
        performance = perform(label, seed)
        if performance.body.front:
            continue  # a bent limb that points at the viewer looks shorter
        build = performance.body.build
        for arm in performance.pose.arms:
            bones = np.linalg.norm(np.diff(arm, axis=1), axis=-1)
            np.testing.assert_allclose(bones, [[build.upper_arm, build.forearm]] * len(TIMES), rtol=UNIT)
        for leg in performance.pose.legs:
            bones = np.linalg.norm(np.diff(leg, axis=1), axis=-1)[:, :2]
            np.testing.assert_allclose(bones, [[build.thigh, build.shin]] * len(TIMES), rtol=UNIT)


@pytest.mark.parametrize("label", FIGURE_CLASSES)
def test_nobody_sinks_into_the_floor(label):
    for seed in range(6):
        for leg in perform(label, seed).pose.legs:
            assert leg[:, 2:, 1].max() < 0.02


def test_the_standing_foot_of_a_walk_stays_where_it_is():
    performance = perform("walk right")
    for leg in performance.pose.legs:
        ankle = leg[:, 2]
        on_floor = ankle[:, 1] > ankle[:, 1].max() - 1e-4
        both = on_floor[1:] & on_floor[:-1]
        assert both.any()
        assert np.abs(np.diff(ankle[:, 0]))[both].max() < 0.01


def test_a_hand_is_on_the_handle_while_the_door_opens():
    performance = perform("open a door")
    hand, handle = performance.pose.arms[1][:, 2], performance.behind[-1].points.mean(axis=1)
    assert np.linalg.norm(hand - handle, axis=1).max() < 0.06


def test_claps_meet():
    for seed in range(12):
        performance = perform("clap", seed)
        gap = np.linalg.norm(performance.pose.arms[0][:, 2] - performance.pose.arms[1][:, 2], axis=1)
        assert gap.min() < 0.12
        assert gap.max() > gap.min() + 0.15


def test_keys_pass_through_their_frames():
    np.testing.assert_allclose(keys(np.array([0.0, 0.3, 1.0]), (0, 1), (0.3, 5), (1, -2)), [1, 5, -2])


def test_a_capsule_contains_its_ends():
    start, end = np.array([[0.0, 0.0]]), np.array([[1.0, 0.0]])
    corners = capsule(start, end, 0.2, 0.1)[0]
    np.testing.assert_allclose(corners.min(axis=0), [-0.2, -0.2], atol=1e-9)
    np.testing.assert_allclose(corners.max(axis=0), [1.1, 0.2], atol=1e-9)
