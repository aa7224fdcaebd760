"""Any damage to any clip: frames or one of the contract's codes, and the worker's pool serves on."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from videomae_demo.errors import ClipError
from videomae_demo.settings import Settings
from videomae_demo.video import decode, probe
from videomae_demo.video.corpus import B_FRAMES, read_number, write_clip

SETTINGS = Settings()
CODES = {"unreadable", "no_video", "too_long", "too_many_pixels", "empty"}
KINDS = {
    "mp4": {"options": B_FRAMES, "sound": True},
    "mkv": {"options": B_FRAMES},
    "webm": {"codec": "libvpx-vp9"},
    "ts": {"options": B_FRAMES},
    "avi": {"codec": "mpeg4"},
    "mov": {"codec": "prores_ks", "pixel_format": "yuv422p10le"},
    "hevc.mp4": {"codec": "libx265"},
    "av1.mp4": {"codec": "libsvtav1"},
    "gif": {"codec": "gif", "pixel_format": "rgb8"},
    "flv": {"codec": "flv"},
    "wmv": {"codec": "wmv2"},
    "mpg": {"codec": "mpeg2video"},
}


@cache
def sound_clip(kind: str) -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"clip.{kind}"
        write_clip(path, numbers=range(16), **KINDS[kind])
        return path.read_bytes()


def assert_frames_or_sentence(data: bytes, kind: str) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"clip.{kind}"
        path.write_bytes(data)
        try:
            clip = probe(path, settings=SETTINGS)
            last = clip.num_frames - 1
            frames = decode(clip, [0, last // 2, last], settings=SETTINGS)
        except ClipError as error:
            assert error.code in CODES, (error.code, str(error))
        else:
            assert frames.rgb.shape[0] == 3
            assert all(0 <= index <= last for index in frames.indices)


bounded = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)


@bounded
@given(kind=st.sampled_from(sorted(KINDS)), share=st.floats(0, 1))
def test_cut_off_anywhere(kind, share):
    data = sound_clip(kind)
    assert_frames_or_sentence(data[: int(share * len(data))], kind)


@bounded
@given(
    kind=st.sampled_from(sorted(KINDS)),
    flips=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 7)), min_size=1, max_size=30),
)
def test_bits_flipped_anywhere(kind, flips):
    data = bytearray(sound_clip(kind))
    for share, bit in flips:
        data[int(share * len(data))] ^= 1 << bit
    assert_frames_or_sentence(bytes(data), kind)


@bounded
@given(
    kind=st.sampled_from(sorted(KINDS)),
    place=st.floats(0, 0.05),
    value=st.binary(min_size=1, max_size=8),
)
def test_headers_overwritten(kind, place, value):
    data = sound_clip(kind)
    start = int(place * len(data))
    assert_frames_or_sentence(data[:start] + value + data[start + len(value) :], kind)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_undamaged_the_same_clips_are_read(kind, tmp_path):
    path = tmp_path / f"clip.{kind}"
    path.write_bytes(sound_clip(kind))
    frames = decode(probe(path, settings=SETTINGS), range(16), settings=SETTINGS)
    assert [read_number(rgb) for rgb in frames.rgb] == list(range(16))
