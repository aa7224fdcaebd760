"""Peak memory against what must be held at once."""

import pytest
import torch
from tiny import save_hub_layout, tiny_model

from videomae_demo.commands.benchmark.memory import _peak_tensor_bytes, measure_memory, peak_memory


def test_peak_memory_is_of_a_fresh_process(tmp_path):
    """512 tokens x 4 heads x 3 layers of attention weights are 12.6 MB, and the plain way holds them all at once."""
    model = tiny_model(image_size=64, num_frames=16, heads=4)
    folder = str(save_hub_layout(model, tmp_path / "model"))
    peaks = measure_memory(folder, "cpu", ["reference"])
    assert peaks["reference"]["peak_resident_mb"] > 12.6
    assert 12.6 < peaks["reference"]["peak_extra_mb"] < 25
    small = [peak_memory("fused_forward", folder, "cpu")["peak_extra_mb"] for _ in range(2)]
    assert small[0] == small[1] > 512 * 16 * 4 / 1e6  # at least one layer's hidden states; the same every time
    assert small[0] < 3


def test_tensors_that_exist_at_once_are_counted():
    def work():
        first = torch.ones(250_000)
        del first
        second, third = torch.ones(500_000), torch.ones(125_000)
        return second.sum() + third.sum()

    assert _peak_tensor_bytes(work) == pytest.approx(4 * 625_000, rel=0.01)
