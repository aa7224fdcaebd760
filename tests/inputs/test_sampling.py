"""Frame numbers: the rules against the protocols they stand for, and what must hold for any clip."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from transformers.video_utils import VideoMetadata, default_sample_indices_fn

from videomae_demo.errors import BadRequestError
from videomae_demo.inputs.sampling import SAMPLERS, dense_clips, plan_views, shown_view, uniform_clips
from videomae_demo.records import ClipInfo, Window


def clip_of(pts_seconds: np.ndarray, duration_seconds: float, *, variable_frame_rate: bool = False) -> ClipInfo:
    return ClipInfo(
        path=Path("clip.mp4"),
        num_frames=len(pts_seconds),
        fps=len(pts_seconds) / duration_seconds,
        duration_seconds=duration_seconds,
        width=64,
        height=48,
        codec="h264",
        container="mov",
        rotation=0,
        frame_pts_seconds=pts_seconds,
        variable_frame_rate=variable_frame_rate,
        browser_playable=True,
    )


def steady_clip(num_frames: int, fps: float = 25.0) -> ClipInfo:
    return clip_of(np.arange(num_frames) / fps, num_frames / fps)


ranges = st.tuples(st.integers(0, 500), st.integers(1, 2000)).map(lambda pair: (pair[0], pair[0] + pair[1]))


@pytest.mark.parametrize("name", SAMPLERS)
@given(frame_range=ranges, num_samples=st.integers(1, 32))
def test_every_rule_gives_that_many_ascending_frames_inside_the_range(name, frame_range, num_samples):
    indices = SAMPLERS[name].indices(num_samples, *frame_range)
    assert len(indices) == num_samples
    assert frame_range[0] <= indices[0] and indices[-1] < frame_range[1]
    assert indices == sorted(indices)
    assert all(type(index) is int for index in indices)


@pytest.mark.parametrize("name", [name for name, row in SAMPLERS.items() if row.clips])
@given(frame_range=ranges, num_samples=st.integers(1, 32), num_clips=st.integers(1, 10))
def test_every_rule_for_several_clips_keeps_to_the_range(name, frame_range, num_samples, num_clips):
    clips = SAMPLERS[name].clips(num_samples, *frame_range, num_clips)
    assert len(clips) == num_clips
    assert clips == sorted(clips)
    assert {index for clip in clips for index in clip} <= set(range(*frame_range))
    if num_clips == 1:
        assert clips[0] == SAMPLERS[name].indices(num_samples, *frame_range)


@given(num_frames=st.integers(16, 3000))
def test_the_transformers_rule_is_the_one_of_transformers(num_frames):
    theirs = default_sample_indices_fn(VideoMetadata(total_num_frames=num_frames, fps=25.0), num_frames=16)
    assert SAMPLERS["transformers"].indices(16, 0, num_frames) == theirs.tolist()


@given(num_frames=st.integers(1, 3000))
def test_dense_clips_are_the_official_kinetics_test(num_frames):
    every_fourth = list(range(0, num_frames, 4))
    while len(every_fourth) < 16:
        every_fourth.append(every_fourth[-1])
    step = max((len(every_fourth) - 16) / 4, 0)
    official = [every_fourth[int(k * step) : int(k * step) + 16] for k in range(5)]
    assert dense_clips(16, 0, num_frames, 5) == official


def test_64_frames_give_five_equal_clips_and_more_do_not():
    assert len(set(map(tuple, dense_clips(16, 0, 64, 5)))) == 1
    assert len(set(map(tuple, dense_clips(16, 0, 100, 5)))) == 5


@given(num_frames=st.integers(32, 3000))
def test_two_uniform_clips_are_the_segments_starts_and_middles(num_frames):
    tick = num_frames / 16
    starts, middles = uniform_clips(16, 0, num_frames, 2)
    assert starts == [int(i * tick + 1e-9) for i in range(16)]
    assert middles == [int(i * tick + tick / 2 + 1e-9) for i in range(16)]


def test_dense_starts_at_a_chosen_second_and_else_sits_in_the_middle():
    clip = steady_clip(200)
    (middle,) = plan_views(clip, sampler="dense", num_frames=16)
    assert middle.indices == tuple(range(69, 130, 4))
    (chosen,) = plan_views(clip, sampler="dense", num_frames=16, window=Window(2.0))
    assert chosen.indices == tuple(range(50, 111, 4))
    assert chosen.pts_seconds == pytest.approx([index / 25 for index in chosen.indices])


def test_five_times_three_views_are_clips_times_crops_and_the_middle_one_is_shown():
    plans = plan_views(steady_clip(300), sampler="dense", num_frames=16, views="5x3")
    assert len(plans) == 15
    assert [plan.crop for plan in plans[:3]] == ["start", "center", "end"]
    assert len({plan.indices for plan in plans[:3]}) == 1
    assert plans[shown_view(plans)].indices == plans[7].indices
    assert plans[shown_view(plans)].crop == "center"


@given(start=st.floats(0, 3.9), length=st.floats(0.04, 4))
def test_a_window_holds_only_its_own_frames(start, length):
    (plan,) = plan_views(steady_clip(100), sampler="uniform", num_frames=16, window=Window(start, start + length))
    assert all(start - 1e-6 <= pts < start + length for pts in plan.pts_seconds)


def test_a_window_may_start_exactly_on_a_frame_whatever_the_rounding():
    clip = steady_clip(100, fps=30)
    (plan,) = plan_views(clip, sampler="first", num_frames=4, window=Window(0.3, 0.5))
    assert plan.indices == (9, 10, 11, 12)


@pytest.mark.parametrize("window", [Window(4.0), Window(1.001, 1.002)])
def test_a_window_without_a_frame_says_what_the_clip_has(window):
    with pytest.raises(BadRequestError, match=r"lasts 4\.00 s and has 100 frames"):
        plan_views(steady_clip(100), sampler="uniform", num_frames=16, window=window)


def test_a_varying_frame_rate_is_sampled_by_time():
    # One second at 100 frames a second, then nine at 1: by number, most samples would crowd into the first second.
    pts = np.concatenate([np.arange(100) / 100, np.arange(1, 10)])
    clip = clip_of(pts, 10.0, variable_frame_rate=True)
    (plan,) = plan_views(clip, sampler="uniform", num_frames=10)
    assert plan.pts_seconds == pytest.approx([0.46, 1, 2, 3, 4, 5, 6, 7, 8, 9], abs=0.05)
    assert [clip.frame_pts_seconds[index] for index in plan.indices] == list(plan.pts_seconds)


def test_a_window_gives_only_frames_that_lie_in_it_however_they_are_spaced():
    pts = np.array([0.0, 0.5, 0.97, 4.0, 4.5, 10.0])
    clip = clip_of(pts, 11.0, variable_frame_rate=True)
    for sampler in SAMPLERS:
        (plan,) = plan_views(clip, sampler=sampler, num_frames=16, window=Window(3, 8))
        assert set(plan.pts_seconds) <= {4.0, 4.5}
    with pytest.raises(BadRequestError, match="holds no frame"):
        plan_views(clip, sampler="uniform", num_frames=16, window=Window(5, 9))


@given(gaps=st.lists(st.floats(0.001, 2), min_size=1, max_size=60), sampler=st.sampled_from(sorted(SAMPLERS)))
def test_any_varying_frame_rate_gives_real_frames_in_order(gaps, sampler):
    pts = np.concatenate([[0.0], np.cumsum(gaps)[:-1]])
    clip = clip_of(pts, float(np.sum(gaps)), variable_frame_rate=True)
    (plan,) = plan_views(clip, sampler=sampler, num_frames=16)
    assert list(plan.indices) == sorted(plan.indices)
    assert plan.pts_seconds == tuple(pts[list(plan.indices)])


@pytest.mark.parametrize("views", ["5x2", "0x1", "33x1", "5", "x3", "-1x1", "5x3x1"])
def test_impossible_views_are_refused(views):
    with pytest.raises(BadRequestError, match="CLIPSxCROPS"):
        plan_views(steady_clip(100), sampler="dense", num_frames=16, views=views)


def test_a_rule_for_one_clip_says_which_rules_know_several():
    with pytest.raises(BadRequestError, match="uniform or dense"):
        plan_views(steady_clip(100), sampler="first", num_frames=16, views="2x1")


def test_an_unknown_rule_is_a_programmers_mistake():
    with pytest.raises(ValueError, match="uniform, dense"):
        plan_views(steady_clip(100), sampler="fancy", num_frames=16)
