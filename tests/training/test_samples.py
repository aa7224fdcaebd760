"""The sample clips: a scene each, files as promised, and what they show."""

import av
import numpy as np
import pytest
from PIL import Image

from videomae_demo.commands.render import render_clips
from videomae_demo.inputs.samples import SAMPLES
from videomae_demo.training.render import CLASSES
from videomae_demo.training.render.encode import write_h264
from videomae_demo.training.samples import FPS, HEIGHT, SCENES, WIDTH, draw_sample


def test_every_sample_has_a_scene_and_a_known_label():
    assert [sample.name for sample in SAMPLES if sample.name not in SCENES] == []
    assert {sample.label for sample in SAMPLES} <= set(CLASSES)
    assert len({sample.title for sample in SAMPLES}) == len(SAMPLES) == len(SCENES)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_the_files_are_there_and_as_described(sample):
    with av.open(str(sample.path)) as file:
        stream = file.streams.video[0]
        assert (stream.codec_context.name, stream.width, stream.height) == ("h264", WIDTH, HEIGHT)
        assert stream.frames == round(SCENES[sample.name].seconds * FPS)
        assert stream.average_rate == FPS
        frame = next(file.decode(stream)).to_ndarray(format="rgb24")
    # The file is what the command draws: the first frame, but for what compression costs.
    drawn = draw_sample(sample.name, num_frames=round(SCENES[sample.name].seconds * FPS), stop=1)[0]
    assert np.abs(frame.astype(int) - drawn).mean() < 4
    with Image.open(sample.thumbnail) as picture:
        assert (picture.format, picture.size) == ("WEBP", (320, 240))


def test_all_files_together_are_small():
    assert sum(path.stat().st_size for s in SAMPLES for path in (s.path, s.thumbnail)) < 3e6


@pytest.mark.parametrize(("name", "still"), [("still-life", True), ("boat", False), ("wave", False)])
def test_only_the_still_life_is_still(name, still):
    clip = draw_sample(name, height=48, width=64, num_frames=4)
    assert (np.ptp(clip.astype(int), axis=0).max() < 3) == still


def test_an_odd_side_is_refused(tmp_path):
    with pytest.raises(ValueError, match="even"):
        write_h264(tmp_path / "a.mp4", np.zeros((2, 17, 16, 3), np.uint8), 24)


def test_clips_come_with_manifest_and_boxes(tmp_path):
    manifest = render_clips(tmp_path, seed=1, count=3, style="held_out", size=(48, 64), num_frames=8)
    assert manifest.read_text().splitlines()[:2] == ["path,label", f"00000-move-left.mp4,{CLASSES[0]}"]
    with np.load(tmp_path / "boxes.npz") as known:
        assert known["boxes"].shape == (3, 8, 4)
        assert known["label_ids"].tolist() == [0, 1, 2]
    with av.open(str(tmp_path / "00002-move-up.mp4")) as file:
        assert sum(1 for _ in file.decode(video=0)) == 8


def test_another_take_is_another_picture_of_the_same_scene():
    first, second, third = (draw_sample("wave", height=48, width=64, num_frames=4, take=take) for take in (1, 2, 3))
    assert np.abs(first.astype(int) - second).mean() > 5
    assert np.abs(second.astype(int) - third).mean() > 5
    np.testing.assert_array_equal(second, draw_sample("wave", height=48, width=64, num_frames=4, take=2))
    still = draw_sample("still-life", height=48, width=64, num_frames=4, take=5)
    assert np.ptp(still.astype(int), axis=0).max() < 3
