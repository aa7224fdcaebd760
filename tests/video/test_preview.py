"""The film that stands in for a clip which the browser does not play."""

from dataclasses import replace

import pytest

from videomae_demo import video
from videomae_demo.records import Window
from videomae_demo.video.corpus import GOOD_CASES, read_number, write_clip


def make(name, folder):
    case = next(case for case in GOOD_CASES if case.name == name)
    case.make(folder / name)
    return video.probe(folder / name)


@pytest.mark.parametrize("name", ["picture.gif", "mpeg4.avi", "turned 90.mp4", "wide pixels.mkv", "10 bit hevc.mp4"])
def test_the_preview_shows_the_same_frames_upright_and_plays_in_browsers(name, tmp_path):
    clip = make(name, tmp_path)
    film = video.probe(video.preview_mp4(clip, folder=tmp_path))
    assert (film.codec, film.browser_playable) == ("h264", True)
    assert (film.width, film.height, film.num_frames) == (clip.width, clip.height, clip.num_frames)
    shown = [read_number(rgb) for rgb in video.decode(film, range(film.num_frames)).rgb]
    assert shown == list(range(clip.num_frames))
    assert film.frame_pts_seconds == pytest.approx(clip.frame_pts_seconds, abs=0.002)


def test_only_the_window_is_filmed(clip, tmp_path):
    film = video.probe(video.preview_mp4(video.probe(clip), Window(0.4, 0.8), folder=tmp_path))
    assert [read_number(rgb) for rgb in video.decode(film, range(film.num_frames)).rgb] == list(range(10, 20))
    with pytest.raises(ValueError, match="no frame"):
        video.preview_mp4(video.probe(clip), Window(60.0), folder=tmp_path)


def test_a_large_clip_becomes_a_small_film(tmp_path):
    write_clip(tmp_path / "large.avi", codec="mpeg4", size=(1280, 720), numbers=range(10))
    film = video.probe(video.preview_mp4(video.probe(tmp_path / "large.avi"), folder=tmp_path))
    assert (film.width, film.height) == (640, 360)


def test_frames_that_come_out_of_order_do_not_stop_the_film(tmp_path):
    write_clip(tmp_path / "clip.avi", codec="mpeg4")
    clip = video.probe(tmp_path / "clip.avi")
    moments = clip.frame_pts_seconds.copy()
    moments[20] = moments[10]
    film = video.probe(video.preview_mp4(replace(clip, frame_pts_seconds=moments), folder=tmp_path))
    assert film.num_frames == clip.num_frames - 1


def test_odd_sides_become_even(tmp_path):
    clip = make("odd size.webm", tmp_path)
    film = video.probe(video.preview_mp4(clip, folder=tmp_path))
    assert (clip.width, clip.height, film.width, film.height) == (95, 77, 94, 76)
