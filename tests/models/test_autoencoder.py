"""Pre-trained encoders with decoders: loaded from the hub's layout, checked, and equal to transformers' own."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from tiny import save_hub_layout
from transformers import VideoMAEConfig, VideoMAEForPreTraining

from videomae_demo.errors import ModelUnavailableError
from videomae_demo.inputs.preprocess import preprocess
from videomae_demo.models import load_autoencoder, load_classifier, specs
from videomae_demo.models.masking import MASKS
from videomae_demo.models.reconstruction import compare, draw_mask
from videomae_demo.records import SampledFrames


def pretraining_model(*, norm_pix_loss: bool = True) -> VideoMAEForPreTraining:
    torch.manual_seed(3)
    config = VideoMAEConfig(
        image_size=32,
        patch_size=8,
        num_frames=4,
        hidden_size=16,
        num_attention_heads=2,
        num_hidden_layers=2,
        intermediate_size=32,
        decoder_hidden_size=12,
        decoder_num_attention_heads=2,
        decoder_num_hidden_layers=1,
        decoder_intermediate_size=24,
        norm_pix_loss=norm_pix_loss,
    )
    model = VideoMAEForPreTraining(config)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith("bias"):
                parameter += torch.randn_like(parameter)
    return model.eval()


@pytest.fixture
def folder(tmp_path):
    return save_hub_layout(pretraining_model(), tmp_path / "pretrained")


def test_the_prediction_is_transformers_own(folder):
    autoencoder = load_autoencoder(str(folder), device="cpu")
    hidden = MASKS["tube"].draw(autoencoder.geometry.grid, 0.75, np.random.default_rng(0))
    values = np.random.default_rng(1).standard_normal((4, 3, 32, 32), np.float32)
    predicted = autoencoder.predict_patches(values, hidden)
    with torch.no_grad():
        expected = pretraining_model()(torch.from_numpy(values)[None], bool_masked_pos=torch.from_numpy(hidden)[None])
    np.testing.assert_allclose(predicted, expected.logits[0].numpy(), rtol=1e-5, atol=1e-6)
    assert predicted.shape == (hidden.sum(), 2 * 8 * 8 * 3)
    assert autoencoder.normalised_targets


def test_a_hidden_pixel_never_reaches_the_prediction(folder):
    autoencoder = load_autoencoder(str(folder), device="cpu")
    hidden = np.zeros(autoencoder.geometry.grid, dtype=bool)
    hidden[:, :2] = True  # the upper half
    values = np.random.default_rng(1).standard_normal((4, 3, 32, 32), np.float32)
    other = values.copy()
    other[:, :, :16] = 0
    first, second = (autoencoder.predict_patches(v, hidden.ravel()) for v in (values, other))
    assert (first == second).all()


@pytest.mark.parametrize("count", [0, 32])
def test_hiding_nothing_or_everything_is_refused(folder, count):
    autoencoder = load_autoencoder(str(folder), device="cpu")
    hidden = np.arange(32) < count
    with pytest.raises(ValueError, match="hidden"):
        autoencoder.predict_patches(np.zeros((4, 3, 32, 32), np.float32), hidden)


def test_damaged_weights_are_refused(folder):
    weights = load_file(folder / "model.safetensors")
    del weights["mask_token"]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelUnavailableError, match="mask_token"):
        load_autoencoder(str(folder), device="cpu")


def test_a_pretrained_checkpoint_is_no_classifier_and_the_other_way_round(folder, bundled):
    with pytest.raises(ModelUnavailableError):
        load_classifier(str(folder), device="cpu")
    with pytest.raises(ModelUnavailableError):
        load_autoencoder(str(bundled), device="cpu")


def test_auto_falls_to_the_bundled_one_without_a_hub(tmp_path, monkeypatch):
    monkeypatch.setattr(specs, "BUNDLED_ROOT", tmp_path / "assets")
    save_hub_layout(pretraining_model(), specs.BUNDLED_ROOT / specs.BUNDLED_PRETRAINED.id)
    autoencoder = load_autoencoder("auto", device="cpu")
    assert autoencoder.identity.source == "bundled"
    assert specs.PRETRAINED.title in autoencoder.identity.reason


def test_a_clip_goes_all_the_way(folder):
    autoencoder = load_autoencoder(str(folder), device="cpu")
    rgb = np.random.default_rng(0).integers(0, 256, (4, 40, 50, 3), dtype=np.uint8)
    frames = SampledFrames(rgb, tuple(range(4)), (0.0, 0.1, 0.2, 0.3), "pyav")
    model_input = preprocess(frames, autoencoder.preprocessing)
    hidden = draw_mask("random", autoencoder.geometry, ratio=0.5, seed=4)
    predicted = autoencoder.predict_patches(model_input.pixel_values, hidden)
    result = compare(model_input.view_rgb, hidden, predicted, autoencoder.geometry, normalised_targets=True)
    assert result.hidden.shape == autoencoder.geometry.grid
    assert result.hidden.mean() == 0.5
    assert (result.original_rgb == model_input.view_rgb).all()
    assert np.isfinite([result.own_psnr_db, result.borrowed_psnr_db]).all()
    with pytest.raises(ValueError, match="tube, random"):
        draw_mask("holes", autoencoder.geometry, ratio=0.5, seed=4)
