import numpy as np
import torch
from tolerances import TINY, float32_sum
from transformers import VideoMAEConfig, VideoMAEModel

from videomae_demo.training.classifier import encode
from videomae_demo.training.tokens import (
    all_patches,
    box_coverage,
    every_place,
    guided_places,
    kept_tubelets,
    normalised,
    token_ids,
)

PATCH, SIDE = 8, 4


def _model() -> VideoMAEModel:
    config = VideoMAEConfig(
        image_size=PATCH * SIDE,
        patch_size=PATCH,
        num_frames=6,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=16,
    )
    return VideoMAEModel(config).eval()


def _clips(rng: np.random.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """(rgb (2, T, H, W, 3) uint8, pixel_values (2, T, 3, H, W))."""
    rgb = torch.from_numpy(rng.integers(0, 256, (2, 6, PATCH * SIDE, PATCH * SIDE, 3), dtype=np.uint8))
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    return rgb, ((rgb / 255 - mean) / std).permute(0, 1, 4, 2, 3)


@torch.no_grad()
def test_kept_places_give_what_transformers_gives_under_a_tube_mask():
    rng = np.random.default_rng(0)
    model, (rgb, pixel_values) = _model(), _clips(rng)
    places = guided_places(torch.zeros((2, SIDE**2), dtype=torch.bool), 5, torch.Generator().manual_seed(0))
    masked = torch.ones(2, 3, SIDE**2, dtype=torch.bool)
    masked.scatter_(2, places[:, None].expand(-1, 3, -1), False)
    expected = model(pixel_values, bool_masked_pos=masked.flatten(1)).last_hidden_state
    ours = encode(model, kept_tubelets(rgb, places, PATCH), token_ids(places, 3, SIDE**2))
    torch.testing.assert_close(ours, expected, atol=TINY, rtol=TINY)


@torch.no_grad()
def test_all_tokens_give_what_transformers_gives():
    model, (rgb, pixel_values) = _model(), _clips(np.random.default_rng(1))
    expected = model(pixel_values).last_hidden_state
    places = every_place(2, SIDE**2)
    ids = token_ids(places, 3, SIDE**2)
    torch.testing.assert_close(encode(model, kept_tubelets(rgb, places, PATCH), ids), expected, atol=TINY, rtol=TINY)
    torch.testing.assert_close(normalised(all_patches(rgb, PATCH)), kept_tubelets(rgb, places, PATCH))


def test_places_are_distinct_and_kept_in_every_slice():
    places = guided_places(torch.zeros((50, 64), dtype=torch.bool), 16, torch.Generator().manual_seed(0))
    assert all(len(set(row)) == 16 for row in places.tolist())
    ids = token_ids(places, 8, 64).view(50, 8, 16)
    assert (ids % 64 == places[:, None]).all()
    assert (ids // 64 == torch.arange(8)[:, None]).all()


def test_the_mover_is_kept_first_but_not_in_every_clip():
    touched = torch.zeros((4000, 64), dtype=torch.bool)
    touched[:, 10:18] = True
    places = guided_places(touched, 16, torch.Generator().manual_seed(0)).numpy()
    whole = np.isin(np.arange(10, 18), places[0]).all()
    shares = ((places >= 10) & (places < 18)).sum(axis=1) / 8
    assert whole or shares[0] < 1
    assert 0.87 < (shares == 1).mean() < 0.93  # nine in ten are guided, and 1.2 > 1 puts the mover first there
    assert 0.15 < shares[shares < 1].mean() < 0.35  # the others get a quarter, like everything else


def test_coverage_adds_up_to_the_boxes_area():
    boxes = torch.tensor([[[0.1, 0.2, 0.4, 0.9]] * 4])
    coverage = box_coverage(boxes, 8)
    assert coverage.shape == (1, 2, 64)
    np.testing.assert_allclose(coverage.mean(dim=2), 0.3 * 0.7, rtol=float32_sum(64))
