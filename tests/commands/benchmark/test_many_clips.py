"""Both ways see the same frames, so they answer the same."""

import pytest
from tiny import save_hub_layout, tiny_model

from videomae_demo.commands.benchmark.many_clips import PART, many_as_text, measure_many, write_clips
from videomae_demo.models import load_classifier
from videomae_demo.settings import Settings


def test_both_ways_answer_the_same_to_all_clips(tmp_path):
    folder = save_hub_layout(tiny_model(num_frames=8), tmp_path / "model")
    classifier = load_classifier(str(folder), dtype="float32")
    files = write_clips(tmp_path, 3)
    told = []
    found = measure_many(classifier, folder, files, settings=Settings(), tell=lambda *step: told.append(step))
    assert (found["num_clips"], found["same_answer"], len(found["ratios"])) == (3, 3, 1)
    assert found["ratio"] == pytest.approx(found["ours_clips_per_second"] / found["plain_clips_per_second"])
    assert told == [("Clips 1 to 3 of 3", 0.0)] and PART > 3
    assert "the same answer to 3 of 3" in many_as_text(found)
