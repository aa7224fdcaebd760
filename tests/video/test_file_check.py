"""Which files get as far as a decoder, and under which name."""

import os
from pathlib import Path

import pytest

from videomae_demo import video
from videomae_demo.errors import ClipError
from videomae_demo.settings import Settings
from videomae_demo.video import file_check
from videomae_demo.video.corpus import read_number, write_clip

SETTINGS = Settings()


def code_of(path, settings=SETTINGS):
    with pytest.raises(ClipError) as caught, file_check.checked_file(path, settings):
        pass
    assert "/" not in str(caught.value)  # no path of the machine
    return caught.value.code


def test_what_is_refused_before_any_decoder(tmp_path):
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "folder.mp4").mkdir()
    (tmp_path / "large.mp4").write_bytes(bytes(2_000_000))
    assert code_of(tmp_path / "nowhere.mp4") == "not_found"
    assert code_of(tmp_path / "empty.mp4" / "below") == "not_found"
    assert code_of(tmp_path / "empty.mp4") == "empty"
    assert code_of(tmp_path / "folder.mp4") == "not_a_file"
    assert code_of(tmp_path / "large.mp4", Settings(max_upload_mb=1)) == "too_large"
    assert code_of(Path("with\0zero")) == "unreadable"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
@pytest.mark.timeout(10)
def test_pipes_and_devices_are_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "pipe.mp4")
    assert code_of(tmp_path / "pipe.mp4") == "not_a_file"
    assert code_of(Path("/dev/zero")) == "not_a_file"


def test_the_decoder_gets_a_private_name(clip):
    with file_check.checked_file(clip, SETTINGS) as (name, _):
        assert Path(name).name != clip.name
        assert Path(name).parent != clip.parent
        assert Path(name).read_bytes() == clip.read_bytes()
        assert not Path(name).with_name("clip.mp4").exists()


def test_without_descriptors_as_files_a_private_folder_serves_and_goes(clip, monkeypatch, tmp_path):
    monkeypatch.setattr(file_check, "_DESCRIPTORS", tmp_path / "nowhere")
    with file_check.checked_file(clip, SETTINGS) as (name, _):
        folder = Path(name).parent
        assert [entry.name for entry in folder.iterdir()] == [Path(name).name]
        assert Path(name).read_bytes() == clip.read_bytes()
    assert not folder.exists()


def test_where_no_link_is_possible_a_copy_is_made(clip, monkeypatch, tmp_path):
    def refuse(*_):
        raise OSError("across devices")

    monkeypatch.setattr(os, "link", refuse)
    copy = file_check._link_or_copy(clip, tmp_path / "copy")
    assert copy.read_bytes() == clip.read_bytes()
    assert copy.stat().st_ino != clip.stat().st_ino


def test_a_clip_that_was_exchanged_after_the_scan_shows_nobody_elses_frames(clip, tmp_path):
    info = video.probe(clip)
    other = tmp_path / "other.mp4"
    write_clip(other, numbers=range(500, 540))
    other.replace(clip)
    with pytest.raises(ClipError) as caught:
        video.decode(info, [0])
    assert caught.value.code == "unreadable" and "changed" in str(caught.value)


def test_two_uploads_of_one_name_never_show_each_others_frames(tmp_path):
    clips = []
    for visitor in (1, 2):
        (tmp_path / str(visitor)).mkdir()
        clips.append(tmp_path / str(visitor) / "clip.mp4")
        write_clip(clips[-1], numbers=range(1000 * visitor, 1000 * visitor + 8))
    infos = [video.probe(path) for path in clips]
    for visitor in (1, 0, 1, 1, 0):
        frames = video.decode(infos[visitor], range(8))
        assert [read_number(rgb) for rgb in frames.rgb] == list(range(1000 * visitor + 1000, 1000 * visitor + 1008))


def test_a_playlist_cannot_show_the_neighbours_clip(tmp_path):
    (tmp_path / "upload").mkdir()
    write_clip(tmp_path / "neighbour.mp4")
    write_clip(tmp_path / "upload" / "sibling.mp4")
    playlist = tmp_path / "upload" / "mine.mp4"
    for target in ("../neighbour.mp4", "sibling.mp4", str(tmp_path / "neighbour.mp4")):
        playlist.write_text(f"ffconcat version 1.0\nfile '{target}'\n")
        with pytest.raises(ClipError) as caught:
            video.probe(playlist)
        assert caught.value.code == "no_video"


def test_a_relative_path_is_the_apps_not_the_workers(clip, monkeypatch):
    monkeypatch.chdir(clip.parent)
    info = video.probe(Path(clip.name))
    assert info.path == clip
    assert read_number(video.decode(info, [2]).rgb[0]) == 2
