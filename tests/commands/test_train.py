import argparse

import pytest

from videomae_demo.commands.train import add_arguments, overrides
from videomae_demo.errors import BadRequestError


@pytest.fixture
def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser


def test_recipes_can_be_changed_by_name():
    assert overrides(
        "classifier", ["muon_lr=none", "guided=false", "hidden_size=64", "adamw_lr=2e-3", "start_from=a/b"]
    ) == {
        "start_from": "a/b",
        "muon_lr": None,
        "guided": False,
        "hidden_size": 64,
        "adamw_lr": 2e-3,
    }


@pytest.mark.parametrize("pair", ["colour=red", "steps=3", "muon_lr"])
def test_what_is_no_setting_is_refused(pair):
    with pytest.raises(BadRequestError, match=pair):
        overrides("classifier", [pair])


@pytest.mark.parametrize("kind", ["classifier", "pretrain"])
def test_a_run_needs_a_folder_and_has_defaults_for_the_rest(parser, kind, capsys):
    args = parser.parse_args([kind, "--out", "x", "--steps", "5", "--set", "guided=false"])
    assert (args.steps, args.seed, args.device, args.resume) == (5, 0, "auto", False)
    with pytest.raises(SystemExit):
        parser.parse_args([kind])
    assert "--out" in capsys.readouterr().err
