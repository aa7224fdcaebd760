"""The line from a file to maps, on counting clips: what was decoded is what is reported, and steps equal the whole."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from clips import counting_frames, number_of, write_clip
from tiny import save_hub_layout, tiny_model
from tolerances import TINY

from videomae_demo import pipeline, variants
from videomae_demo.errors import BadRequestError, ClipError
from videomae_demo.explain import METHODS
from videomae_demo.inputs.sampling import SAMPLERS
from videomae_demo.models import load_classifier
from videomae_demo.models.prediction import softmax
from videomae_demo.records import Window
from videomae_demo.results import Target, answer_target


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(save_hub_layout(tiny_model(num_frames=8), tmp_path_factory.mktemp("model")))


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """28 frames, 2.8 seconds; wider than high; a corner in another colour, so that crops differ."""
    frames = counting_frames(28, height=48, width=96)
    frames[:, :16, :16] = (200, 40, 40)
    return write_clip(tmp_path_factory.mktemp("clip") / "counting.mp4", frames)


@pytest.mark.parametrize("sampling", SAMPLERS)
def test_the_frames_reported_are_the_frames_decoded(clip, model, sampling):
    analysis = pipeline.analyse(clip, model=model, sampling=sampling, methods=())
    numbers = [number_of(frame[:, 48:]) for frame in analysis.frames.rgb]
    assert tuple(numbers) == analysis.frames.indices == analysis.plans[0].indices
    assert tuple(numbers) == tuple(SAMPLERS[sampling].indices(8, 0, 28))
    assert analysis.frames.pts_seconds == pytest.approx([number / 10 for number in numbers])
    assert [number_of(view[:, 24:]) for view in analysis.model_input.view_rgb] == numbers


def test_the_window_is_kept_to(clip, model):
    analysis = pipeline.analyse(clip, model=model, window=Window(1.0, 1.5), methods=())
    assert {number_of(frame[:, 48:]) for frame in analysis.frames.rgb} == {10, 11, 12, 13, 14}
    assert analysis.window == Window(1.0, 1.5)


def test_the_models_own_sampling_is_the_default(clip, model):
    assert pipeline.analyse(clip, model=model, methods=()).plans[0].sampler == load_classifier(model).default_sampling


def test_fifteen_views_are_decoded_once_and_averaged_after_the_softmax(clip, model, monkeypatch):
    decoded = []
    decode = pipeline.video.decode
    monkeypatch.setattr(
        pipeline.video, "decode", lambda *args, **kwargs: decoded.append(args[1]) or decode(*args, **kwargs)
    )
    prepared = pipeline.prepare(clip, model=model, sampling="uniform", views="5x3")
    assert len(decoded) == 1
    assert len(decoded[0]) == 5 * 8  # crops share their frames
    analysis = pipeline.classify(prepared)
    classifier = load_classifier(model)
    logits = classifier.logits(np.stack([view.pixel_values for view in prepared.inputs]))
    np.testing.assert_allclose(analysis.prediction.probabilities, softmax(logits).mean(axis=0), atol=TINY)
    assert len(analysis.plans) == 15
    assert analysis.plans[analysis.shown].crop == "center"
    assert analysis.frames.indices == analysis.plans[analysis.shown].indices
    corner = [view.view_rgb[0, 2, 2] for view in prepared.inputs[:3]]
    assert corner[0][0] > 150 > corner[1][0]  # the coloured corner is in the start crop only
    single = pipeline.shown_prediction(analysis)
    np.testing.assert_allclose(single.logits, logits[analysis.shown], atol=TINY)


def test_all_maps_come_as_plain_numpy_over_the_grid(clip, model):
    analysis = pipeline.analyse(clip, model=model, methods=METHODS)
    assert tuple(analysis.explanations) == tuple(METHODS)
    for explanation in analysis.explanations.values():
        assert type(explanation.values) is np.ndarray
        assert explanation.values.shape == analysis.geometry.grid == (4, 4, 4)
        assert explanation.values.dtype == np.float32
        assert np.isfinite(explanation.values).all()


def test_step_by_step_is_the_same_as_all_at_once(clip, model):
    whole = pipeline.analyse(clip, model=model, methods=("rollout", "ledger"))
    analysis = pipeline.classify(pipeline.prepare(clip, model=model))
    for method in ("rollout", "ledger"):
        np.testing.assert_array_equal(pipeline.explain(analysis, method).values, whole.explanations[method].values)


def test_the_answer_is_explained_unless_another_class_is_asked_for(clip, model):
    analysis = pipeline.analyse(clip, model=model, methods=())
    answer = analysis.prediction.top(1)[0][0]
    assert pipeline.explain(analysis, "ledger").target == Target(answer)
    other = Target((answer + 1) % 5, answer)
    explanation = pipeline.explain(analysis, "ledger", target=other)
    assert explanation.target == other
    difference = analysis.prediction.logits[other.label_id] - analysis.prediction.logits[answer]
    assert explanation.figures["logit"] == pytest.approx(float(difference), abs=TINY)
    with pytest.raises(BadRequestError, match="no class 99"):
        pipeline.explain(analysis, "ledger", target=Target(99))


def test_maps_after_the_answer_do_not_run_the_model_again(clip, model, monkeypatch):
    analysis = pipeline.analyse(clip, model=model, methods=())
    monkeypatch.setattr(load_classifier(model).adapter, "encode", lambda *_: pytest.fail("the model ran again"))
    pipeline.explain(analysis, "rollout")
    pipeline.explain(analysis, "ledger")


def test_faithfulness_is_measured_for_the_explained_class(clip, model):
    analysis = pipeline.analyse(clip, model=model)
    maps = [pipeline.explain(analysis, "ledger"), analysis.explanations["rollout"]]
    ledger, rollout = pipeline.measure_faithfulness(analysis, maps, copies=2, random_orders=2)
    measured = rollout.faithfulness
    assert measured is not None
    target = answer_target(analysis.prediction).label_id
    assert measured.deletion[0] == pytest.approx(analysis.prediction.probabilities[target], abs=TINY)
    assert len(measured.random) == 2 * 2  # each random order forwards and backwards
    np.testing.assert_array_equal(ledger.faithfulness.random, measured.random)
    replaced = pipeline.with_explanations(analysis, [rollout, ledger]).explanations
    assert replaced["rollout"].faithfulness is measured


def test_faithfulness_follows_the_class_that_is_explained(clip, model):
    analysis = pipeline.analyse(clip, model=model)
    other = Target((answer_target(analysis.prediction).label_id + 1) % 5)
    maps = [analysis.explanations["rollout"], pipeline.explain(analysis, "ledger", target=other)]
    for measured in pipeline.measure_faithfulness(analysis, maps, copies=1, random_orders=2):
        expected = analysis.prediction.probabilities[other.label_id]
        assert measured.faithfulness.deletion[0] == pytest.approx(expected, abs=TINY)
    with pytest.raises(ValueError, match="different classes"):
        pipeline.measure_faithfulness(analysis, [maps[1], pipeline.explain(analysis, "relevance")])


def test_edits_are_answered_in_one_batch_as_if_each_were_asked_alone(clip, model):
    analysis = pipeline.analyse(clip, model=model, methods=())
    frozen = replace(analysis.frames, decoder="edit")
    answers = variants.what_if(analysis, {"nothing": frozen, **variants.apply_edits(analysis, ["reverse", "grey"])})
    assert list(answers) == ["nothing", "reverse", "grey"]
    np.testing.assert_allclose(answers["nothing"].logits, analysis.prediction.logits, atol=TINY)
    assert np.abs(answers["reverse"].logits - analysis.prediction.logits).max() > 4 * TINY
    alone = variants.what_if(analysis, variants.apply_edits(analysis, ["reverse"]))
    np.testing.assert_allclose(alone["reverse"].logits, answers["reverse"].logits, atol=TINY)
    assert variants.what_if(analysis, {}) == {}


def test_a_file_that_is_no_video_fails_before_any_model_is_asked_for(tmp_path):
    text = tmp_path / "notes.mp4"
    text.write_text("not a video")
    with pytest.raises(ClipError):
        pipeline.analyse(text, model="/no/such/model")
    with pytest.raises(ClipError) as missing:
        pipeline.analyse(tmp_path / "gone.mp4", model="/no/such/model")
    assert missing.value.code == "not_found"


def test_an_unknown_sampling_is_said(clip, model):
    with pytest.raises(BadRequestError, match="uniform, dense"):
        pipeline.analyse(clip, model=model, sampling="fancy")
