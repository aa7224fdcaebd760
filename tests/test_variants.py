"""Films of the same clip: pictures and answers of edits and of sampling rules, against the steps by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from clips import counting_frames, number_of, write_clip
from tiny import save_hub_layout, tiny_model
from tolerances import TINY

from videomae_demo import pipeline, variants
from videomae_demo.errors import BadRequestError
from videomae_demo.inputs.samples import SAMPLES
from videomae_demo.inputs.scenery import SWAPS, take_apart
from videomae_demo.records import Window
from videomae_demo.results import Analysis
from videomae_demo.training.render.labels import MIRROR_TIME
from videomae_demo.variants import RULES, edited_films, original_film, plan_rule, rule_film, scenery_films

NEEDS_TIME = ("move", "grow", "shrink", "rotate")
"""Beginnings of the labels that the page promises to flip."""


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("clip") / "counting.mp4", counting_frames(28, height=48, width=96))


@pytest.fixture(scope="module")
def analysis(clip, tmp_path_factory) -> Analysis:
    model = save_hub_layout(tiny_model(num_frames=8), tmp_path_factory.mktemp("model"))
    return pipeline.analyse(clip, model=str(model), methods=())


def test_a_films_pictures_are_its_frames_in_its_order(analysis):
    films = edited_films(analysis, ["reverse", "freeze"], at=2) | {"original": original_film(analysis)}
    taken = analysis.frames.indices
    for name, order in (("original", taken), ("reverse", taken[::-1]), ("freeze", (taken[2],) * 8)):
        assert films[name].indices == order
        assert tuple(number_of(picture) for picture in films[name].pictures) == order


def test_edited_films_have_the_answers_that_the_model_gives_to_them_alone(analysis):
    films = edited_films(analysis, ["reverse", "mirror", "grey"])
    for name, film in films.items():
        (alone,) = variants.what_if(analysis, variants.apply_edits(analysis, [name])).values()
        np.testing.assert_allclose(film.prediction.logits, alone.logits, atol=TINY)


def test_the_hidden_cells_lie_where_the_models_crop_has_them(analysis):
    hidden = np.zeros(analysis.geometry.grid[1:], bool)
    hidden[0, 0] = True
    pictures = edited_films(analysis, ["hide"], hidden=hidden)["hide"].pictures
    side = pictures.shape[1] // len(hidden)
    corner = pictures[:, 2 : side - 2, 2 : side - 2]
    assert corner.std() < 1
    assert abs(number_of(pictures[0, side + 2 :]) - number_of(pictures[-1, side + 2 :])) > 20


@pytest.mark.parametrize("rule", RULES)
def test_a_rules_answer_is_that_of_the_whole_line_with_this_sampling(analysis, clip, rule):
    window = Window(0.4, 2.4)
    film = rule_film(analysis, rule, window)
    row = RULES[rule]
    line = pipeline.analyse(
        clip, model=analysis.model.id, sampling=row.sampler, views=row.views, window=window, methods=()
    )
    np.testing.assert_allclose(film.prediction.probabilities, line.prediction.probabilities, atol=TINY)
    assert film.indices == line.frames.indices
    assert tuple(number_of(picture) for picture in film.pictures) == film.indices
    assert [plan.indices for plan in plan_rule(analysis, rule, window)] == [plan.indices for plan in line.plans]


def test_scenery_and_mover_are_asked_about_apart(analysis):
    """A clip that changes as a whole: the median is one of its greys, and everything counts as moving."""
    swapped = scenery_films(analysis, SAMPLES[-1].path)
    assert set(swapped.films) == set(SWAPS)
    assert "camera moves" in swapped.doubt and swapped.moving_share > 0.45
    still = swapped.films["scenery"]
    assert all(np.array_equal(picture, still.pictures[0]) for picture in still.pictures)
    assert float(still.pictures[0].mean()) == np.sort(analysis.frames.rgb[:, 24, 48, 0])[4]
    parts = take_apart(analysis.frames)
    (alone,) = variants.what_if(analysis, {"x": SWAPS["scenery"].make(parts, parts.scenery)}).values()
    np.testing.assert_allclose(still.prediction.logits, alone.logits, atol=TINY)


def test_a_window_without_a_frame_is_refused(analysis):
    with pytest.raises(BadRequestError, match="holds no frame"):
        plan_rule(analysis, "uniform", Window(2.75, 2.78))


@pytest.mark.parametrize(
    "sample",
    [sample for sample in SAMPLES if sample.label.startswith(NEEDS_TIME) and sample.label in MIRROR_TIME],
    ids=lambda sample: sample.name,
)
def test_reversing_a_sample_flips_the_bundled_models_answer(sample):
    analysis = pipeline.analyse(sample.path, model="bundled", methods=())
    backwards = edited_films(analysis, ["reverse"])["reverse"].prediction
    assert backwards.top(1)[0][1] == MIRROR_TIME[analysis.prediction.top(1)[0][1]]
