"""Both ways over a long file make the same pictures of the same frames."""

import pytest
from tiny import save_hub_layout, tiny_model

from videomae_demo import video
from videomae_demo.commands.benchmark.long_file import linear_pass, long_as_text, measure_long, write_film
from videomae_demo.models import load_classifier
from videomae_demo.settings import Settings


def test_a_film_is_measured_both_ways(tmp_path):
    classifier = load_classifier(str(save_hub_layout(tiny_model(num_frames=8), tmp_path / "model")), dtype="float32")
    write_film(tmp_path / "film.mp4", 0.1)
    clip = video.probe(tmp_path / "film.mp4")
    assert (clip.num_frames, clip.duration_seconds) == (144, pytest.approx(6, abs=0.01))
    assert linear_pass(clip.path, [0, 5, 143], classifier.preprocessing, threads=1) == 3
    found = measure_long(clip.path, classifier, rounds=2, settings=Settings(), tell=lambda *step: None)
    assert (found["num_windows"], found["num_wanted"], len(found["ratios"])) == (3, 24, 2)
    assert min(found["ours_seconds"] + found["plain_seconds"]) > 0
    assert "144 frames; 3 windows" in long_as_text(found)
