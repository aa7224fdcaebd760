import numpy as np
import torch
from transformers import VideoMAEConfig, VideoMAEForPreTraining

from videomae_demo.records import SampledFrames
from videomae_demo.training.checkpoint import export
from videomae_demo.training.reconstruction_sheet import CELL, reconstructed, sheet


def _checkpoint(folder):
    small = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    decoder = {f"decoder_{name}": value for name, value in small.items()}
    config = VideoMAEConfig(image_size=32, patch_size=8, num_frames=16, norm_pix_loss=False, **small, **decoder)
    export(VideoMAEForPreTraining(config), folder, image_size=32)


def _clips(count):
    rng = np.random.default_rng(0)
    times = tuple(i / 8 for i in range(16))
    return [
        SampledFrames(rng.integers(0, 256, (16, 32, 32, 3), dtype=np.uint8), tuple(range(16)), times, decoder="edit")
        for _ in range(count)
    ]


def test_all_clips_are_seen_through_the_same_holes(tmp_path):
    _checkpoint(tmp_path)
    results = list(reconstructed(tmp_path, _clips(2), mask="tube", ratio=0.75, device=torch.device("cpu")))
    assert len(results) == 2
    assert (results[0].hidden == results[1].hidden).all()
    assert results[0].hidden.mean() == 0.75


def test_a_sheet_has_a_row_a_clip_and_two_pictures_a_share(tmp_path):
    _checkpoint(tmp_path)
    picture = sheet([tmp_path, tmp_path], _clips(3), ratios=(0.5, 0.75))
    assert picture.dtype == np.uint8
    rows, columns = picture.shape[0] // CELL, picture.shape[1] // CELL
    assert (rows, columns) == (3, 1 + 2 * 2 * 2)
