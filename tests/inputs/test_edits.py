"""Edits of the sampled frames: what changes, what stays, and how the change is scored."""

from __future__ import annotations

import numpy as np
import pytest
from clips import counting_frames, number_of

from videomae_demo.inputs.edits import EDITS, hide_region, motion_score
from videomae_demo.models.prediction import predict
from videomae_demo.records import CropBox, SampledFrames


@pytest.fixture
def frames() -> SampledFrames:
    rgb = counting_frames(8)
    rgb[:, :, 32:, 0] = 0  # the right half is cyan: mirrors can be told, and colours
    return SampledFrames(rgb, tuple(range(10, 18)), tuple(i / 5 for i in range(8)), "decord")


def numbers(frames: SampledFrames) -> list[int]:
    return [number_of(frame[:, :, 1]) for frame in frames.rgb]


@pytest.mark.parametrize(
    ("name", "order"),
    [
        ("reverse", [7, 6, 5, 4, 3, 2, 1, 0]),
        ("freeze", [4] * 8),
        ("first_half", [0, 0, 1, 1, 2, 2, 3, 3]),
        ("double_speed", [0, 2, 4, 6, 6, 6, 6, 6]),
    ],
)
def test_edits_of_time_show_these_frames_and_say_which(frames, name, order):
    edited = EDITS[name].apply(frames)
    assert numbers(edited) == order
    assert edited.indices == tuple(10 + i for i in order)
    assert edited.pts_seconds == tuple(i / 5 for i in order)


def test_shuffling_keeps_all_frames_in_one_fixed_other_order(frames):
    edited = EDITS["shuffle"].apply(frames)
    assert sorted(numbers(edited)) == list(range(8))
    assert numbers(edited) != list(range(8))
    assert numbers(edited) == numbers(EDITS["shuffle"].apply(frames))


@pytest.mark.parametrize("name", EDITS)
def test_every_edit_keeps_shape_and_original_and_says_that_it_is_an_edit(frames, name):
    before = frames.rgb.copy()
    needed = {"hidden": np.eye(4, dtype=bool)} if "hidden" in EDITS[name].choices else {}
    edited = EDITS[name].apply(frames, **needed)
    assert edited.rgb.shape == frames.rgb.shape
    assert edited.decoder == "edit"
    np.testing.assert_array_equal(frames.rgb, before)
    assert not np.array_equal(edited.rgb, before)


@pytest.mark.parametrize("name", ["reverse", "mirror"])
def test_twice_is_nothing(frames, name):
    np.testing.assert_array_equal(EDITS[name].apply(EDITS[name].apply(frames)).rgb, frames.rgb)


def test_grey_keeps_luma_and_nothing_else(frames):
    grey = EDITS["grey"].apply(frames).rgb
    assert (grey == grey[..., :1]).all()
    np.testing.assert_allclose(grey[..., 0], frames.rgb @ [0.299, 0.587, 0.114], atol=0.5)


def test_any_frame_can_be_frozen(frames):
    assert numbers(EDITS["freeze"].apply(frames, at=2)) == [2] * 8


def test_a_region_can_be_given_within_the_models_crop(frames):
    edited = hide_region(frames, np.array([[True, False]]), within=CropBox(0.25, 0.5, 0.75, 1.0))
    changed = (edited.rgb != frames.rgb).any(axis=(0, 3))
    assert changed[24:, 16:32].all()
    assert changed.sum() == 24 * 16


@pytest.mark.parametrize("size", [(2, 4), (48, 64), (96, 7)])
def test_a_hidden_region_is_flat_and_the_rest_untouched(frames, size):
    hidden = np.zeros(size, bool)
    hidden[: size[0] // 2] = True
    edited = hide_region(frames, hidden)
    assert len(np.unique(edited.rgb[:, :24].reshape(-1, 3), axis=0)) == 1
    np.testing.assert_array_equal(edited.rgb[:, 24:], frames.rgb[:, 24:])


def test_a_mask_must_be_two_dimensional_and_bool(frames):
    with pytest.raises(ValueError, match="bool"):
        hide_region(frames, np.zeros((4, 4)))


def test_the_motion_score_is_the_share_of_probability_that_moves():
    def sure_of(label: int):
        return predict(np.eye(3, dtype=np.float32)[label][None] * 100, "abc")

    assert motion_score(sure_of(0), {"reverse": sure_of(0), "shuffle": sure_of(0)}) == pytest.approx(0)
    assert motion_score(sure_of(0), {"reverse": sure_of(1), "shuffle": sure_of(2)}) == pytest.approx(1)
    assert motion_score(sure_of(0), {"reverse": sure_of(1), "freeze": sure_of(0)}) == pytest.approx(0.5)
    assert motion_score(sure_of(0), {"reverse": sure_of(1), "grey": sure_of(0)}) == pytest.approx(1)
    with pytest.raises(ValueError, match="grey"):
        motion_score(sure_of(0), {"grey": sure_of(1)})
