"""What a classifier knows of itself, measured on a tiny one: a file that it answers by, and the same file again."""

import json

import numpy as np
import pytest
from tiny import random_clip, save_hub_layout, tiny_model

from videomae_demo.models import load_classifier
from videomae_demo.training.calibrate import Counts, calibrate, fit_temperature, reliability, table
from videomae_demo.training.probe import Group
from videomae_demo.training.render import CLASSES
from videomae_demo.training.unlike import kinds_for

COUNTS = Counts(own=8, independent=1, unlike=1)


def test_the_file_is_written_and_answered_by(tmp_path):
    folder = save_hub_layout(tiny_model(num_labels=len(CLASSES), num_frames=16, image_size=32), tmp_path / "model")
    asked: list[str] = []
    numbers = calibrate(folder, COUNTS, keep=tmp_path / "kept", device="cpu", say=asked.append)
    first = (folder / "familiarity.json").read_text()
    record = json.loads(first)
    classifier = load_classifier(str(folder))
    assert classifier.temperature == record["temperature"]
    assert classifier.answers(random_clip(classifier.model)[None]).familiarity.shape == (1,)
    assert set(numbers["unlike_kept_by_kind"]) == set(kinds_for("publish"))
    assert numbers["known_kept"]["total"] == 4 + 2
    assert numbers["calibration"]["after"]["right"]["total"] == 4
    assert "linear probe" in table(numbers)
    assert any("worlds publish" in text for text in asked)

    # From what was kept, and as if for the first time: the same.
    (folder / "familiarity.json").unlink()
    calibrate(folder, COUNTS, keep=tmp_path / "kept", device="cpu", say=asked.append)
    assert (folder / "familiarity.json").read_text() == first


@pytest.mark.parametrize("temperature", [0.7, 2.0])
def test_the_temperature_undoes_what_logits_were_multiplied_by(temperature):
    rng = np.random.default_rng(1)
    logits = rng.normal(0, 1.5, (3000, 6))
    odds = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    truth = np.array([rng.choice(6, p=row) for row in odds])
    found = fit_temperature(temperature * logits, truth)
    assert found == pytest.approx(temperature, rel=0.1)
    group = Group(np.zeros((3000, 1), np.float32), (temperature * logits).astype(np.float32), truth)
    after, before = (reliability(group, np.full(3000, t), rounds=50) for t in (temperature, 1.0))
    assert after["error"] < before["error"]
    assert after["low"] <= after["error"] + 0.01
    assert after["error"] < 3 * after["by_chance"]
