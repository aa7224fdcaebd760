"""What stands on the other side, of each kind; and that it is never what is on the page already."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fake_backend import FakeBackend
from made_records import LABELS

from videomae_demo.results import Target
from videomae_demo.ui.tabs.compare.kinds import KINDS, Asked, another, clip_choices, clip_key
from videomae_demo.ui.tabs.compare.side_by_side import words_html
from videomae_demo.ui.visit import OWN_CLIPS_KEPT, Visit, Wish


@pytest.fixture
def fake(tmp_path) -> FakeBackend:
    return FakeBackend(tmp_path)


@pytest.fixture
def asked(fake) -> Asked:
    sample = fake.samples[0]
    visit = Visit()
    visit.make(Wish(sample.title, number=1, path=str(sample.path), sample=0))
    analysis = fake.backend().prepare(sample.path, on_progress=None, clip_name=sample.title, window=None)
    backend = replace(fake.backend(), prepare=lambda path, **choices: prepared(fake, path, **choices))
    return Asked(backend, visit, analysis, "relevance", None, "auto", "", lambda text, share: None)


def prepared(fake, path, *, on_progress=None, **choices):
    made = fake.prepare(path, on_progress=on_progress, **choices)
    return replace(made, clip=replace(made.clip, path=path))


def test_another_clip_is_asked_the_same_and_each_answer_is_explained(asked, fake):
    left, right = KINDS["clip"].sides(replace(asked, choice="sample:1"))
    assert (left.title, right.title) == (LABELS[0], LABELS[1])
    assert "explain relevance 0" in fake.calls and "explain relevance 1" in fake.calls
    fake.calls.clear()
    KINDS["clip"].sides(replace(asked, choice="sample:1", target=Target(2)))  # a class that was asked for
    assert [call for call in fake.calls if "explain" in call] == ["explain relevance 2"] * 2


def test_another_method_has_the_same_answer(asked):
    left, right = KINDS["method"].sides(replace(asked, choice="rollout"))
    assert left.analysis is right.analysis is asked.analysis
    assert (left.explanation.method, right.explanation.method) == ("relevance", "rollout")
    assert "move left" in left.map_words and "move left" not in right.map_words


def test_another_model_explains_the_same_class(asked, fake):
    left, right = KINDS["model"].sides(replace(asked, choice="untrained"))
    assert right.title == asked.backend.models["untrained"].title
    assert right.analysis is not left.analysis
    assert [call for call in fake.calls if "explain" in call] == ["explain relevance 0"] * 2


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_says_what_it_cannot_tell(kind):
    assert KINDS[kind].cannot_tell.endswith(".") and "What it cannot tell" in words_html(kind)


def test_the_neighbour_stands_in_for_what_is_on_the_page(asked):
    assert KINDS["clip"].on_page(asked) == "sample:0"
    assert KINDS["method"].on_page(asked) == "relevance"
    methods = list(asked.backend.methods)
    for shown in methods:
        assert another(methods, shown) in methods and another(methods, shown) != shown


def test_clips_of_this_visit_can_be_chosen(asked, fake):
    visit = asked.visit
    own = Wish("mine.mp4", number=2, path=str(fake.samples[1].path), start_seconds=1.0)
    visit.make(own)
    assert clip_choices(fake.samples, visit)[-1] == ("mine.mp4 (yours)", "own:0")
    assert clip_key(visit) == "own:0"
    visit.make(replace(own, number=3, start_seconds=0.5))  # another moment of the same clip
    visit.make(Wish("sample", number=4, path=str(fake.samples[0].path), sample=0))
    assert [clip.start_seconds for clip in visit.own_clips] == [0.5]
    _, right = KINDS["clip"].sides(replace(asked, choice="own:0"))
    assert right.title == "mine.mp4" and right.analysis.window.start_seconds == 0.5
    for number in range(20):
        visit.make(Wish(f"{number}.mp4", number=10 + number, path=f"/{number}.mp4"))
    assert len(visit.own_clips) == OWN_CLIPS_KEPT and visit.own_clips[-1].name == "19.mp4"
