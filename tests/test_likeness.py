"""Clips among clips: distances and places against numpy's own, and the nearest in their order."""

from __future__ import annotations

import numpy as np
import pytest
from made_records import made_analysis
from tiny import save_hub_layout, tiny_model

from videomae_demo import pipeline
from videomae_demo.backend import real_backend
from videomae_demo.errors import ClipError
from videomae_demo.inputs.samples import SAMPLES
from videomae_demo.likeness import PICTURE_SIDE, PlacedClip, neighbourhood, placed_analysis, placed_file
from videomae_demo.records import Window
from videomae_demo.settings import Settings

PICTURE = np.zeros((PICTURE_SIDE, PICTURE_SIDE, 3), np.uint8)


def clips(features: np.ndarray) -> list[PlacedClip]:
    return [PlacedClip(f"clip {number}", row.astype(np.float32), PICTURE) for number, row in enumerate(features)]


def test_distances_are_one_minus_the_cosine_whatever_the_length():
    found = neighbourhood(clips(np.array([[1, 0], [3, 0], [0, 2], [-1, 0]])))
    np.testing.assert_allclose(found.distances[0], [0, 0, 1, 2], atol=1e-7)
    assert [clip.name for clip, _ in found.nearest(2)] == ["clip 1", "clip 2"]


def test_places_are_the_main_directions():
    features = np.random.default_rng(0).standard_normal((9, 6))
    found = neighbourhood(clips(features))
    units = features / np.linalg.norm(features, axis=1, keepdims=True)
    covariance = np.cov(units.T, bias=True)
    variances, directions = np.linalg.eigh(covariance)
    expected = (units - units.mean(axis=0)) @ directions[:, ::-1][:, :2]
    np.testing.assert_allclose(np.abs(found.places), np.abs(expected), atol=1e-5)  # a direction has no sign
    np.testing.assert_allclose(found.shares, variances[::-1][:2] / variances.sum(), atol=1e-5)


def test_the_usual_distance_leaves_out_the_clip_itself():
    found = neighbourhood(clips(np.array([[1, 0, 0], [0, 1, 0], [0, 1, 0.1], [0, 0, 1]])))
    assert found.usual_distance == pytest.approx(found.distances[1, 2], abs=1e-6)


def test_two_clips_are_no_neighbourhood():
    with pytest.raises(ValueError, match="at least 3"):
        neighbourhood(clips(np.eye(2)))


@pytest.fixture
def model(tmp_path) -> str:
    return str(save_hub_layout(tiny_model(), tmp_path / "model"))


def test_the_same_file_has_the_same_features_by_both_ways(model):
    analysis = pipeline.analyse(SAMPLES[0].path, model=model, methods=())
    mine = placed_analysis(analysis)
    again = placed_file(SAMPLES[0].path, "again", Window(), analysis, own=True)
    np.testing.assert_allclose(mine.features, again.features, atol=1e-5)
    np.testing.assert_array_equal(mine.picture, again.picture)
    assert mine.picture.shape == PICTURE.shape and again.own and not mine.own


def test_a_clip_that_is_gone_is_named_and_the_rest_is_placed(model, tmp_path, monkeypatch):
    monkeypatch.setattr("videomae_demo.inputs.samples.SAMPLES", SAMPLES[:3])
    analysis = pipeline.analyse(SAMPLES[0].path, model=model, methods=())
    backend = real_backend(Settings(model=model))
    told = []
    found = backend.likeness(
        analysis, [("gone.mp4", tmp_path / "gone.mp4", Window())], on_progress=lambda *words: told.append(words)
    )
    assert found.missing == ("gone.mp4",) and len(found.clips) == 3 and len(told) == 3
    again = backend.likeness(analysis, most=1)
    assert len(again.clips) == 3 and again.waiting == 0  # nothing had to be read anew
    with pytest.raises(ClipError):
        placed_file(tmp_path / "gone.mp4", "gone", Window(), made_analysis(), own=True)


def test_a_few_clips_are_read_at_a_time(model, monkeypatch):
    monkeypatch.setattr("videomae_demo.inputs.samples.SAMPLES", SAMPLES[:6])
    analysis = pipeline.analyse(SAMPLES[0].path, model=model, methods=())
    backend = real_backend(Settings(model=model))
    steps = [backend.likeness(analysis, most=2) for _ in range(3)]
    assert [(len(step.clips), step.waiting) for step in steps] == [(3, 3), (5, 1), (6, 0)]
    whole = real_backend(Settings(model=model)).likeness(analysis)
    np.testing.assert_allclose(steps[-1].distances, whole.distances, atol=1e-5)
