"""How PyAV gets to a frame: by the nearest key frame where that is safe, from the start where it is not."""

from dataclasses import replace

import pytest

from videomae_demo.records import ClipInfo
from videomae_demo.settings import Settings
from videomae_demo.video.corpus import B_FRAMES, read_number, write_clip
from videomae_demo.video.file_check import checked_file
from videomae_demo.video.pyav_reader import WORTH_A_SEEK, output_size, upright_rgb, walk
from videomae_demo.video.scan import scan

SETTINGS = Settings()


def way_to(path, wanted, **how) -> tuple[ClipInfo, list[int], list[int | None]]:
    """(scan, numbers of the frames that came out, the numbers burnt into them)."""
    write_clip(path, numbers=range(150), **how)
    with checked_file(path, SETTINGS) as (name, identity):
        clip = scan(name, shown_as=path, file_identity=identity, settings=SETTINGS)
        came = [
            (number, read_number(upright_rgb(frame, (clip.width, clip.height), clip.scan)))
            for number, frame in walk(name, clip.scan, wanted, SETTINGS, seek=len(clip.scan.key_ticks) > 0)
        ]
    return clip, [number for number, _ in came], [burnt for _, burnt in came]


def test_far_frames_are_reached_by_their_key_frames(tmp_path):
    _, numbers, burnt = way_to(tmp_path / "groups.mp4", [5, 77, 140], options=B_FRAMES)
    assert numbers == burnt
    assert {5, 77, 140} <= set(numbers)
    assert len(numbers) < 60  # a group of 12 for each, and what is in flight
    assert 30 not in numbers and 110 not in numbers


def test_near_frames_are_reached_by_decoding_on(tmp_path):
    _, numbers, burnt = way_to(tmp_path / "all key.mp4", list(range(0, 40, WORTH_A_SEEK)), options={"g": "1"})
    assert numbers == burnt == sorted(set(numbers))


def test_a_stream_that_refreshes_by_stripes_is_not_entered_in_the_middle(tmp_path):
    stripes = {"x264-params": "intra-refresh=1:keyint=15:bframes=0:scenecut=0", "preset": "veryfast"}
    clip, numbers, burnt = way_to(tmp_path / "stripes.mkv", [100], options=stripes)
    assert len(clip.scan.key_ticks) > 5  # the container does call them key frames
    assert numbers == burnt == []
    assert not clip.scan.plain


@pytest.mark.parametrize("container", ["ts", "avi", "h264"])
def test_where_no_index_can_be_trusted_decoding_starts_at_the_start(container, tmp_path):
    clip, numbers, burnt = way_to(tmp_path / f"clip.{container}", [100], options=B_FRAMES)
    assert len(clip.scan.key_ticks) == 0
    assert numbers[:101] == burnt[:101] == list(range(101))


@pytest.mark.parametrize(
    ("shown", "num_frames", "size"),
    [
        ((320, 240), 16, (320, 240)),
        ((3840, 2160), 16, (853, 480)),
        ((2160, 3840), 80, (480, 853)),
        ((481, 481), 1, (480, 480)),
        ((20_000, 470), 80, (7293, 171)),  # 80 frames of 9 megapixels would be two gigabytes
    ],
)
def test_frames_are_scaled_down_to_the_short_side_and_never_up(shown, num_frames, size, tmp_path):
    write_clip(tmp_path / "clip.mp4", numbers=[0])
    with checked_file(tmp_path / "clip.mp4", SETTINGS) as (name, identity):
        clip = scan(name, shown_as=tmp_path, file_identity=identity, settings=SETTINGS)
    large = replace(clip, width=shown[0], height=shown[1])
    assert output_size(large, num_frames, SETTINGS) == size
    assert num_frames * size[0] * size[1] * 3 < 301e6
