"""One clip, one verdict on whether it is known: in the JSON, over HTTP, from a shell, on the page, in a report."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from clips import counting_frames, write_clip
from tiny import save_familiarity, save_hub_layout, tiny_model

from videomae_demo import pipeline
from videomae_demo.commands.main import main
from videomae_demo.figures.words import UNFAMILIAR, answer_sentence
from videomae_demo.models import load_classifier
from videomae_demo.models.prediction import softmax
from videomae_demo.report.api import explain_api, predict_api
from videomae_demo.report.export import analysis_json
from videomae_demo.report.html import report_html
from videomae_demo.settings import Settings
from videomae_demo.ui import html
from videomae_demo.variants import original_film, what_if

SCORES = {"known": 0.5, "strange": -0.5, "unsaid": None}


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("clip") / "counting.mp4", counting_frames(20, height=48, width=96))


@pytest.fixture(params=SCORES)
def case(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, float | None]:
    """A model folder, and the score that it gives to every clip."""
    model, score = tiny_model(num_frames=8), SCORES[request.param]
    folder = save_hub_layout(model, tmp_path / "model")
    if score is not None:
        save_familiarity(folder, model, offset=score)
    return str(folder), score


def test_all_say_the_same(clip, case, capsys):
    model, score = case
    known = None if score is None else score > 0
    analysis = pipeline.analyse(clip, model=model)
    record = analysis_json(analysis)
    assert record["familiar"] == {"score": score, "known": known}

    headline = re.search("<h2[^>]*>(.*?)</h2>", html.answer(analysis))[1]
    assert (headline == UNFAMILIAR) == (known is False)
    report = report_html(analysis, record)
    assert f"<h1>{headline}</h1>" in report
    assert '"familiar": {"score"' in report

    settings = Settings(model=model)
    for answer in (predict_api, explain_api):
        assert answer(clip, model, settings=settings)["familiar"] == record["familiar"]
    main(["classify", str(clip), "--model", model, "--json"])
    assert json.loads(capsys.readouterr().out)["familiar"] == record["familiar"]
    main(["classify", str(clip), "--model", model])
    printed = capsys.readouterr().out
    assert (UNFAMILIAR in printed, "cannot tell" in printed) == (known is False, known is None)


def test_other_films_of_the_clip_are_judged_as_well(clip, case):
    model, score = case
    analysis = pipeline.analyse(clip, model=model, views="2x1")
    (edited,) = what_if(analysis, {"same": analysis.frames}).values()
    assert edited.familiar == original_film(analysis).prediction.familiar == analysis.prediction.familiar
    assert edited.familiar.score == score
    np.testing.assert_allclose(edited.probabilities, original_film(analysis).prediction.probabilities, atol=1e-5)
    assert (answer_sentence(edited) == UNFAMILIAR) == (score == -0.5)


def test_views_share_one_temperature_and_average_their_scores(clip, tmp_path):
    model = tiny_model(num_frames=8)
    folder = save_hub_layout(model, tmp_path / "model")
    weights = np.random.default_rng(0).normal(size=49)
    save_familiarity(folder, model, weights=weights.tolist(), temperature=1.7)
    prepared = pipeline.prepare(clip, model=str(folder), views="3x3")
    prediction = pipeline.classify(prepared).prediction
    answers = load_classifier(str(folder)).answers(np.stack([view.pixel_values for view in prepared.inputs]))
    assert len(set(answers.familiarity.round(3).tolist())) > 1
    assert prediction.familiar.score == pytest.approx(float(answers.familiarity.mean()), abs=1e-4)
    np.testing.assert_allclose(prediction.probabilities, softmax(answers.logits / 1.7).mean(axis=0), atol=1e-5)
    (many,) = pipeline.classify_many([prepared])
    assert many.prediction.familiar.score == pytest.approx(prediction.familiar.score, abs=1e-4)
