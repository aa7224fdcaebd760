"""What a replica runs: marked functions alone; questions of many pages in one batch, each answered as by itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tiny import random_clip, save_hub_layout, tiny_model
from tolerances import TINY

from videomae_demo.models import load_classifier
from videomae_demo.models.zerogpu import run_elsewhere
from videomae_demo.pipeline import many_answers
from videomae_demo.scale import elsewhere
from videomae_demo.scale.elsewhere import ANSWERS, answer_together, call


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return [str(save_hub_layout(tiny_model(seed=seed), tmp_path_factory.mktemp(f"model{seed}"))) for seed in (1, 2)]


def question(folder: str, *seeds: int) -> tuple[str, str, str, np.ndarray]:
    model = load_classifier(folder).model
    return folder, "cpu", "float32", np.stack([random_clip(model, seed) for seed in seeds])


def test_questions_of_two_models_are_answered_as_by_themselves_in_their_order(folders, monkeypatch):
    asked = [question(folders[0], 1), question(folders[1], 2, 3), question(folders[0], 4, 5), question(folders[1], 6)]
    sizes = []
    answer = elsewhere._answer
    monkeypatch.setattr(elsewhere, "_answer", lambda alike: sizes.append(len(alike)) or answer(alike))
    for one, said in zip(asked, answer_together(asked), strict=True):
        expected = load_classifier(one[0], device="cpu", dtype="float32").logits(one[3])
        np.testing.assert_allclose(said.logits, expected, atol=TINY)
    assert sizes == [2, 2]


def test_one_bad_question_fails_alone(folders):
    good = question(folders[0], 1)
    bad = (*good[:3], np.full((1, 4, 3, 32, 31), 0.5, np.float32))
    elsewhere_bad = (str(Path(folders[0]) / "no"), *good[1:])
    first, second, third = answer_together([good, bad, elsewhere_bad])
    assert first.logits.shape == (1, 5)
    assert isinstance(second, Exception) and isinstance(third, Exception)


def test_only_marked_functions_are_called(folders):
    one = question(folders[0], 1)
    assert call(ANSWERS, (*one, None), {}).logits.shape == (1, 5)
    for name in ("os:system", "videomae_demo.pipeline:analyse", "videomae_demo.pipeline:nothing"):
        with pytest.raises(ValueError, match="not marked"):
            call(name, (), {})


def test_the_pipeline_goes_through_whoever_runs_it(folders):
    one = question(folders[0], 7)
    classifier = load_classifier(folders[0], device="cpu", dtype="float32")
    names = []

    def runner(name, args, kwargs):
        names.append(name)
        return answer_together([args[:4]])[0]

    run_elsewhere(runner)
    try:
        said = many_answers(classifier.identity, "cpu", "float32", one[3])
    finally:
        run_elsewhere(None)
    assert names == [ANSWERS]
    np.testing.assert_allclose(said.logits, classifier.logits(one[3]), atol=TINY)
