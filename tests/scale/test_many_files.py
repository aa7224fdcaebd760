"""Files by the million: a bad one is a row, torn files are answered again. The rest, on Ray: test_on_ray.py."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from clips import counting_frames, write_clip
from tiny import save_hub_layout, tiny_model

from videomae_demo import pipeline
from videomae_demo.models import load_classifier
from videomae_demo.scale.many_files import Answering, Recipe, clips_done, decode_clip
from videomae_demo.settings import Settings

parquet = pytest.importorskip("pyarrow.parquet", reason="the extra parquet is not installed")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(save_hub_layout(tiny_model(num_frames=8), tmp_path_factory.mktemp("model")))


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    place = tmp_path_factory.mktemp("clips")
    good = [write_clip(place / f"{number}.mp4", counting_frames(12 + number)) for number in range(3)]
    (place / "bad.mp4").write_text("no video")
    return [*good, place / "bad.mp4", place / "missing.mp4"]


def test_decoding_then_answering_is_what_the_pipeline_answers(folder, clips):
    classifier = load_classifier(folder, device="cpu", dtype="float32")
    recipe = Recipe(classifier.geometry, classifier.preprocessing, "uniform", "2x1", Settings())
    rows = [decode_clip({"clip": str(clip)}, recipe) for clip in clips]
    assert [row["error_code"] for row in rows] == ["", "", "", "unreadable", "not_found"]
    batch = {key: np.array([row[key] for row in rows]) for key in rows[0]}
    found = Answering(folder, "cpu", "float32", 2)(batch)
    assert found["ok"] == [True, True, True, False, False]
    for place, clip in enumerate(clips[:3]):
        alone = pipeline.classify(
            pipeline.prepare(clip, model=folder, device="cpu", dtype="float32", sampling="uniform", views="2x1")
        )
        assert found["labels"][place] == [label for _, label, _ in alone.prediction.top(2)]
        assert found["probabilities"][place] == pytest.approx([p for *_, p in alone.prediction.top(2)], abs=1e-4)
    assert found["labels"][3] == [] and found["error_message"][4]
    everything_bad = {key: column[3:] for key, column in batch.items()}
    assert Answering(folder, "cpu", "float32", 2)(everything_bad)["ok"] == [False, False]


def test_a_file_torn_off_in_the_middle_is_removed(tmp_path):
    import pyarrow

    whole = tmp_path / "a.parquet"
    parquet.write_table(pyarrow.table({"clip": ["x", "y"]}), whole)
    (tmp_path / "b.parquet").write_bytes(whole.read_bytes()[:-9])
    (tmp_path / "c.parquet").touch()
    assert clips_done(tmp_path) == {"x", "y"}
    assert list(tmp_path.iterdir()) == [whole]
