"""probe and decode: what they promise beyond the right frames."""

from dataclasses import replace

import av
import numpy as np
import pytest

from videomae_demo import video
from videomae_demo.errors import ClipError
from videomae_demo.settings import Settings
from videomae_demo.video.corpus import GOOD_CASES, read_number, write_clip

COLOURS = np.array([(200, 30, 30), (30, 200, 30), (30, 30, 200), (200, 200, 30), (128, 128, 128), (235, 235, 235)])


def test_the_record_of_a_plain_clip(clip):
    info = video.probe(clip)
    assert (info.num_frames, info.fps, info.duration_seconds) == (40, 25.0, pytest.approx(1.6))
    assert (info.width, info.height, info.codec, info.container, info.rotation) == (80, 64, "h264", "mov", 0)
    assert not info.variable_frame_rate and info.browser_playable and info.notice is None
    assert info.frame_pts_seconds == pytest.approx(np.arange(40) / 25)


def test_indices_in_any_order_with_repeats(clip):
    frames = video.decode(video.probe(clip), [30, 2, 2, 39, 0])
    assert [read_number(rgb) for rgb in frames.rgb] == [30, 2, 2, 39, 0]
    assert frames.indices == (30, 2, 2, 39, 0)
    assert frames.pts_seconds == pytest.approx((1.2, 0.08, 0.08, 1.56, 0))
    assert frames.notice is None


@pytest.mark.parametrize("indices", [[], [40], [-1], [0, 99]])
def test_indices_outside_the_clip_are_a_programmers_mistake(clip, indices):
    with pytest.raises(ValueError, match="indices"):
        video.decode(video.probe(clip), indices)


def test_a_record_without_a_scan_is_a_programmers_mistake(clip):
    with pytest.raises(ValueError, match="probe"):
        video.decode(replace(video.probe(clip), scan=None), [0])


@pytest.mark.parametrize(
    ("name", "decoder"), [("h264.mp4", "decord"), ("trimmed start.mp4", "pyav"), ("libsvtav1.mp4", "pyav")]
)
def test_the_record_says_which_decoder_served(name, decoder, tmp_path):
    pytest.importorskip("decord")
    case = next(case for case in GOOD_CASES if case.name == name)
    case.make(tmp_path / name)
    assert video.decode(video.probe(tmp_path / name), [0]).decoder == decoder


def test_what_decord_reads_differently_from_the_scan_goes_to_pyav(clip):
    info = video.probe(clip)
    shifted = info.frame_pts_seconds.copy()
    shifted[20:] += 0.5
    frames = video.decode(replace(info, frame_pts_seconds=shifted), [25])
    assert frames.decoder == "pyav"
    assert read_number(frames.rgb[0]) == 25


@pytest.mark.parametrize("plain", [True, False], ids=["decord", "pyav"])
def test_both_decoders_scale_down_to_the_same_size_and_colours(plain, tmp_path):
    path = tmp_path / "large.mp4"
    write_clip(path, size=(1280, 960), numbers=range(3))
    info = video.probe(path)
    info = replace(info, scan=replace(info.scan, plain=plain))
    frames = video.decode(info, [1], settings=Settings(max_short_side=240))
    assert frames.rgb.shape == (1, 240, 320, 3)
    assert read_number(frames.rgb[0]) == 1
    # H.264 keeps half of the colour's pixels, and quantises.
    assert frames.rgb[0, 5, 5].tolist() == pytest.approx([20, 20, 150], abs=6)


@pytest.mark.parametrize("plain", [True, False], ids=["decord", "pyav"])
@pytest.mark.parametrize(("matrix", "matrix_tag"), [("itu601", 5), ("itu709", 1), ("bt2020", 9)])
@pytest.mark.parametrize("full_range", [False, True])
def test_colours_follow_the_files_own_tags(plain, matrix, matrix_tag, full_range, tmp_path):
    picture = np.repeat(np.repeat(COLOURS.astype(np.uint8)[None], 64, 0), 16, 1)
    path = tmp_path / "colours.mp4"
    value = {"itu601": 5, "itu709": 1, "bt2020": 9}[matrix]
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=25, options={"crf": "4", "preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        stream.codec_context.colorspace, stream.codec_context.color_range = matrix_tag, 2 if full_range else 1
        frame = av.VideoFrame.from_ndarray(picture, "rgb24").reformat(
            format="yuv420p", dst_colorspace=value, src_color_range=2, dst_color_range=2 if full_range else 1
        )
        for number in range(3):
            frame.pts = number
            output.mux(stream.encode(frame))
        output.mux(stream.encode())
    info = video.probe(path)
    frames = video.decode(replace(info, scan=replace(info.scan, plain=plain)), [1])
    assert np.abs(frames.rgb[0, 32, 8::16].astype(int) - COLOURS).max() <= 5


def test_a_damaged_middle_says_how_many_frames_are_readable(tmp_path):
    path = tmp_path / "hole.mp4"
    write_clip(path, codec="mjpeg", pixel_format="yuvj420p")
    info = video.probe(path)
    with av.open(str(path)) as container:
        places = [(packet.pos, packet.size) for packet in container.demux(video=0) if packet.size]
    data = bytearray(path.read_bytes())
    for at, size in places[10:20]:
        data[at : at + size] = bytes(size)
    path.write_bytes(data)
    info = video.probe(path)
    assert info.num_frames == 40
    frames = video.decode(info, [5, 9, 12, 17, 25])
    assert frames.indices == (5, 9, 9, 20, 25)
    assert [read_number(rgb) for rgb in frames.rgb] == [5, 9, 9, 20, 25]
    assert frames.pts_seconds == pytest.approx(np.array(frames.indices) / 25)
    assert frames.notice.startswith("Only 3 of 5 frames are readable")


def test_a_file_that_ends_early_says_what_is_missing(tmp_path):
    path = tmp_path / "cut.mp4"
    write_clip(path, muxer={"movflags": "faststart"})
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3])
    info = video.probe(path)
    assert 10 < info.num_frames < 40
    assert info.notice.startswith(f"Only {info.num_frames} of 40 frames are readable")
    frames = video.decode(info, [0, info.num_frames // 2])
    assert read_number(frames.rgb[1]) == info.num_frames // 2
    assert frames.notice == info.notice


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        ({"max_seconds": 1.0}, "too_long"),
        ({"max_packets": 39}, "too_long"),
        ({"max_pixels": 80 * 64 - 1}, "too_many_pixels"),
        ({"max_upload_mb": 0.001}, "too_large"),
    ],
)
def test_each_limit_of_the_settings_holds(clip, limits, code):
    with pytest.raises(ClipError) as caught:
        video.probe(clip, settings=Settings(**limits))
    assert caught.value.code == code


def test_what_is_just_within_the_limits_is_read(clip):
    limits = Settings(max_seconds=1.6, max_packets=40, max_pixels=80 * 64, max_upload_mb=1)
    assert video.probe(clip, settings=limits).num_frames == 40


def test_variable_rate_is_told_from_rounding(tmp_path):
    for name, how, variable in (
        ("even.mkv", {"rate": 30}, False),  # a clock of milliseconds: 33, 34, 33 ...
        ("uneven.mp4", {"seconds": [0, 0.1, 0.2, 0.5], "numbers": range(4)}, True),
    ):
        write_clip(tmp_path / name, **how)
        assert video.probe(tmp_path / name).variable_frame_rate is variable


@pytest.mark.parametrize(
    ("name", "playable"),
    [
        ("h264.mp4", True),
        ("libvpx.webm", True),
        ("libsvtav1.mp4", True),
        ("h264.avi", False),
        ("10 bit.mp4", False),
        ("libx265.mp4", False),
        ("picture.gif", False),
    ],
)
def test_whether_a_browser_plays_it(name, playable, tmp_path):
    case = next(case for case in GOOD_CASES if case.name == name)
    case.make(tmp_path / name)
    assert video.probe(tmp_path / name).browser_playable is playable
