"""A public server's rules: on a Space by themselves, elsewhere by one setting, off on a laptop; each can be set."""

from __future__ import annotations

import pytest

from videomae_demo.models import AUTOENCODERS, MODELS, nameable
from videomae_demo.settings import FOR_STRANGERS, Settings


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
