"""A public server's rules: on a Space by themselves, elsewhere by one setting, off on a laptop; each can be set."""

from __future__ import annotations

import pytest

from videomae_demo.errors import BusyError
from videomae_demo.models import AUTOENCODERS, MODELS, nameable
from videomae_demo.settings import FOR_STRANGERS, Settings
from videomae_demo.ui.serving.intake import AT_ONCE
from videomae_demo.ui.serving.line import Line, Visitor
from videomae_demo.ui.serving.rates import Rate


@pytest.mark.parametrize("environment", [{"SPACE_ID": "a/b"}, {"VIDEOMAE_PUBLIC": "on"}])
def test_a_public_server_has_its_rules(environment):
    settings = Settings.from_environment(environment)
    assert {name: getattr(settings, name) for name in FOR_STRANGERS} == dict(FOR_STRANGERS)
    assert settings.proxies == ("SPACE_ID" in environment)


@pytest.mark.parametrize("environment", [{}, {"SPACE_ID": "a/b", "VIDEOMAE_PUBLIC": "off"}])
def test_a_laptop_has_none(environment):
    settings = Settings.from_environment(environment)
    assert settings.public == "off" and settings.may_be_named is None and settings.jobs_each > 8


def test_each_rule_can_be_set():
    settings = Settings.from_environment({"VIDEOMAE_PUBLIC": "on", "VIDEOMAE_MAX_SECONDS": "30"})
    assert (settings.max_seconds, settings.jobs_each) == (30, 1)


def test_the_public_rules_fit_a_class_behind_one_address_and_not_a_flood():
    rules = Settings.from_environment({"VIDEOMAE_PUBLIC": "on"})
    line = Line(
        rules.at_once,
        longest=rules.queue_size,
        each=rules.jobs_each,
        per_minute=rules.jobs_per_minute,
        each_per_minute=rules.jobs_per_minute_each,
    )
    school = [Visitor(f"pupil {number}", "6.6.6.6") for number in range(30)]
    jobs = [line.enter(pupil) for _ in range(3) for pupil in school]  # an answer, and two parts of a tab
    for _ in range(50):  # a busy minute
        for pupil in school:
            line.enter(pupil).leave()
    for job in jobs:
        job.leave()
    posts = Rate(rules.posts_per_minute, at_once=rules.posts_per_minute * AT_ONCE)
    assert not any(posts.take("6.6.6.6") for _ in range(30 * 3 * 10)), "three clips pressed by all, or an upload each"
    with pytest.raises(BusyError, match="from your address"):
        for number in range(1000):
            line.enter(Visitor(f"session {number}", "9.9.9.9"))
    assert line.enter(Visitor("somebody", "1.1.1.1")).ahead == 0


def test_a_wrong_word_is_one_clear_line():
    with pytest.raises(ValueError, match="VIDEOMAE_PUBLIC='yes': expected one of on, off"):
        Settings.from_environment({"VIDEOMAE_PUBLIC": "yes"})


def test_visitors_of_a_public_server_may_name_only_what_is_listed():
    public = Settings.from_environment({"VIDEOMAE_PUBLIC": "on"})
    assert nameable(MODELS, Settings()) == ("auto", *MODELS)
    assert nameable(MODELS, public) == ("auto", "bundled", "MCG-NJU/videomae-base-finetuned-kinetics")
    assert set(nameable(AUTOENCODERS, public)) == {"auto", *AUTOENCODERS}
    assert nameable(MODELS, Settings(models="bundled", model="/my/own")) == ("auto", "bundled", "/my/own")


def test_the_listed_models_exist():
    assert set(str(FOR_STRANGERS["models"]).split(",")) <= {*MODELS, *AUTOENCODERS}
