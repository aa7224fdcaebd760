"""Every lesson and every file to take away, of every family: an answer, or one sentence why there is none."""

from __future__ import annotations

from pathlib import Path

import pytest
from clips import counting_frames, write_clip
from family_models import MAKERS, save_family

from videomae_demo.backend import Backend, real_backend
from videomae_demo.errors import BadRequestError
from videomae_demo.explain import METHODS
from videomae_demo.lessons import LESSONS, Lesson
from videomae_demo.report.downloads import FILES
from videomae_demo.results import Analysis
from videomae_demo.settings import Settings

NOT_FOR = {
    "VideoMAE": {"masked": "takes 16 frames and this view has 4: choose another"},  # the tiny one takes 4
    "ViViT": {"class_specific": "read from a class token", "masked": "learned from labels alone"},
    "V-JEPA 2": {"class_specific": "read by a pooler", "masked": "features of hidden patches, not their pixels"},
}
"""Lessons that a family has no answer to, and what is said instead."""


@pytest.fixture(scope="module", params=MAKERS)
def answered(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Backend, Analysis]:
    folder = tmp_path_factory.mktemp(request.param)
    model = save_family(request.param, folder / "model")
    backend = real_backend(Settings())
    clip = write_clip(folder / "clip.mp4", counting_frames(24))
    return backend, backend.classify(backend.prepare(clip, model=str(model)))


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.key)
def test_a_lesson_is_answered_or_says_why_not(answered, lesson: Lesson):
    backend, analysis = answered
    instead = NOT_FOR[analysis.model.family].get(lesson.key)
    if instead:
        with pytest.raises(BadRequestError, match=instead):
            lesson.answer(backend, analysis, lambda text, share: None)
    else:
        answer = lesson.answer(backend, analysis, lambda text, share: None)
        assert 0 <= answer.guess < len(lesson.guesses)
        assert answer.sentence


def test_all_files_are_written_with_every_map_that_applies(answered):
    backend, analysis = answered
    lacking = {name for name, _ in analysis.model.lacks}
    maps = tuple(backend.explain(analysis, method) for method in METHODS if method not in lacking)
    files = [*backend.take_away(analysis, maps).path.iterdir()]
    assert {file.name for file in files} == {*FILES}
    assert all(file.stat().st_size for file in files)
    report = Path(next(file for file in files if file.suffix == ".html")).read_text(encoding="utf-8")
    for one in maps:
        assert METHODS[one.method].title in report
