"""The label tables agree with each other."""

from videomae_demo.training.render import (
    CLASSES,
    FIGURE_CLASSES,
    MIRROR_SPACE,
    MIRROR_TIME,
    MOTION_CLASSES,
    NAMED_CLASSES,
    SELF_REVERSE,
)
from videomae_demo.training.render.actions import ACTIONS
from videomae_demo.training.render.motions import MOVES, SCENE_CLASSES


def test_there_are_enough_classes_and_each_has_one_place():
    assert len(CLASSES) >= 28
    assert len(set(CLASSES)) == len(CLASSES)
    assert CLASSES == MOTION_CLASSES + FIGURE_CLASSES
    assert len(FIGURE_CLASSES) >= 8


def test_the_eleven_basic_motions_have_their_agreed_names():
    assert NAMED_CLASSES == (
        "move left", "move right", "move up", "move down", "grow", "shrink",
        "rotate clockwise", "rotate counter-clockwise", "bounce", "shake", "hold still",
    )  # fmt: skip
    assert set(NAMED_CLASSES) <= set(MOTION_CLASSES)


def test_mirrors_are_symmetric_and_of_known_labels():
    for table in (MIRROR_TIME, MIRROR_SPACE):
        assert set(table) <= set(CLASSES)
        for label, mirror in table.items():
            assert mirror != label
            assert table[mirror] == label
    assert len(MIRROR_TIME) // 2 >= 10


def test_a_class_is_paired_or_self_reverse_or_a_walk():
    assert set(CLASSES) >= SELF_REVERSE
    assert not SELF_REVERSE & set(MIRROR_TIME)
    assert set(CLASSES) - SELF_REVERSE - set(MIRROR_TIME) == {"walk left", "walk right"}


def test_every_class_can_be_drawn():
    assert set(ACTIONS) == set(FIGURE_CLASSES)
    assert set(MOVES) | {"hold still", "come together", "move apart"} == set(MOTION_CLASSES)
    assert set(SCENE_CLASSES) <= set(MOVES)
