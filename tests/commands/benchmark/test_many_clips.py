"""All ways see the same frames, so they answer the same."""

import pytest
from tiny import save_hub_layout, tiny_model

from videomae_demo.commands.benchmark import many_clips
from videomae_demo.commands.benchmark.many_clips import PART, many_as_text, measure_many, write_clips
from videomae_demo.models import loading
from videomae_demo.settings import Settings


@pytest.mark.parametrize("own", ["float32", "bfloat16"])
def test_each_way_as_it_comes_and_in_the_others_precision(tmp_path, monkeypatch, own):
    """Whatever this machine multiplies in by itself."""
    monkeypatch.setattr(loading, "choose_dtype", lambda device, geometry: getattr(loading.torch, own))
    monkeypatch.setattr(many_clips, "PART", 2)
    folder = save_hub_layout(tiny_model(num_frames=8), tmp_path / "model")
    files = write_clips(tmp_path, 3)
    told = []
    found = measure_many(
        str(folder), folder, files, device="cpu", settings=Settings(), tell=lambda *step: told.append(step)
    )
    pairs = [(one["plain"], one["ours"]) for one in found["comparisons"]]
    assert pairs == list(dict.fromkeys([("float32", own), ("float32", "float32"), (own, own)]))
    for one in found["comparisons"]:
        rates = [found["clips_per_second"][whose][one[whose]] for whose in ("plain", "ours")]
        assert one["ratio"] == pytest.approx(rates[1] / rates[0]) and len(one["ratios"]) == 2
        if one["plain"] == one["ours"] == "float32":  # else a near-tie may turn
            assert one["same_answer"] == found["num_clips"] == 3
    assert told == [("Clips 1 to 2 of 3", 0.0), ("Clips 3 to 3 of 3", 2 / 3)] and PART > 3
    assert many_as_text(found).count(" of 3") == len(pairs)
