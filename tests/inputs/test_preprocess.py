"""Pixels: equal to transformers' own processor, and the crop where it is said to be."""

from __future__ import annotations

import numpy as np
import pytest
from transformers.models.videomae.image_processing_pil_videomae import VideoMAEImageProcessorPil

from videomae_demo.inputs.preprocess import CROPS, preprocess, read_recipe
from videomae_demo.records import Preprocessing, SampledFrames

HUB_CONFIG = {
    "do_resize": True,
    "do_center_crop": True,
    "do_rescale": True,
    "do_normalize": True,
    "size": {"shortest_edge": 224},
    "crop_size": {"height": 224, "width": 224},
    "image_mean": [0.485, 0.456, 0.406],
    "image_std": [0.229, 0.224, 0.225],
    "resample": 2,
    "rescale_factor": 0.00392156862745098,
}


def noise_frames(height: int, width: int, num_frames: int = 2) -> SampledFrames:
    rgb = np.random.default_rng(height * 10_000 + width).integers(0, 256, (num_frames, height, width, 3), np.uint8)
    return SampledFrames(rgb, tuple(range(num_frames)), tuple(map(float, range(num_frames))), "pyav")


@pytest.mark.parametrize(
    ("height", "width"), [(360, 640), (641, 359), (224, 224), (225, 223), (97, 301), (16, 16), (240, 1023)]
)
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"size": {"shortest_edge": 256}},
        {"size": {"shortest_edge": 64}, "crop_size": {"height": 63, "width": 63}},
        {"size": {"height": 230, "width": 240}},
        {"image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]},
        {"do_normalize": False},
        {"resample": 3},
    ],
)
def test_equal_to_the_processor_of_transformers(height, width, changes):
    config = HUB_CONFIG | changes
    frames = noise_frames(height, width)
    theirs = VideoMAEImageProcessorPil(**config)(list(frames.rgb), return_tensors="np")["pixel_values"][0]
    ours = preprocess(frames, read_recipe(config))
    assert ours.pixel_values.shape == theirs.shape
    np.testing.assert_allclose(ours.pixel_values, theirs, rtol=0, atol=1e-6)


def test_old_configs_give_sizes_as_plain_numbers():
    recipe = read_recipe(HUB_CONFIG | {"size": 224, "crop_size": 224})
    assert recipe == read_recipe(HUB_CONFIG)


def test_the_view_for_human_eyes_is_the_input_before_normalisation():
    recipe = read_recipe(HUB_CONFIG)
    model_input = preprocess(noise_frames(300, 500), recipe)
    back = model_input.pixel_values.transpose(0, 2, 3, 1) * np.array(recipe.std) + np.array(recipe.mean)
    np.testing.assert_allclose(back * 255, model_input.view_rgb, atol=1e-3)


@pytest.mark.parametrize(("height", "width"), [(48, 160), (160, 48)])
def test_start_centre_and_end_lie_along_the_long_side(height, width):
    recipe = Preprocessing(48, 48, (0, 0, 0), (1, 1, 1))
    frames = noise_frames(height, width)
    long_axis = 1 if height > width else 2
    for crop, offset in (("start", 0), ("center", 56), ("end", 112)):
        model_input = preprocess(frames, recipe, crop)
        np.testing.assert_array_equal(model_input.view_rgb, frames.rgb.take(range(offset, offset + 48), axis=long_axis))
        box = model_input.crop_box
        long_share, short_share = ((box.top, box.bottom), (box.left, box.right))[:: 1 if height > width else -1]
        assert long_share == pytest.approx((offset / 160, (offset + 48) / 160))
        assert short_share == pytest.approx((0, 1))


def test_an_unknown_crop_names_the_known_ones():
    with pytest.raises(ValueError, match=", ".join(CROPS)):
        preprocess(noise_frames(32, 32), Preprocessing(32, 32, (0, 0, 0), (1, 1, 1)), "left")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"image_mean": None}, "image_mean"),
        ({"size": None}, "size"),
        ({"crop_size": {"height": 224, "width": 200}}, "square"),
        ({"do_center_crop": False}, "do_center_crop"),
        ({"size": {"shortest_edge": 200}}, "does not fit"),
        ({"image_std": [0.2, 0.2, 0]}, "deviations"),
    ],
)
def test_a_recipe_that_cannot_be_followed_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        read_recipe(HUB_CONFIG | changes)


def test_the_class_defaults_of_transformers_are_never_used():
    with pytest.raises(ValueError, match="image_mean, image_std"):
        read_recipe({"size": {"shortest_edge": 224}, "crop_size": {"height": 224, "width": 224}})
