import argparse

import pytest

from videomae_demo.commands.train import add_arguments, chosen_worlds, overrides
from videomae_demo.errors import BadRequestError
from videomae_demo.training import classifier, pretrain
from videomae_demo.training.classifier import ClassifierRecipe
from videomae_demo.training.pretrain import PretrainRecipe
from videomae_demo.training.render.worlds import WORLDS


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


@pytest.mark.parametrize("kind", ["classifier", "pretrain"])
def test_worlds_can_be_left_out(kind):
    left = chosen_worlds(kind, "worlds", ["wood", "studio"])["worlds"]
    assert set(left) == set(WORLDS) - {"wood", "studio"}
    assert chosen_worlds(kind, "studio", []) == {"worlds": ("studio",)}


@pytest.mark.parametrize(("preset", "without"), [("worlds", ["moon"]), ("studio", ["wood"]), ("studio", ["studio"])])
def test_worlds_that_are_not_there_cannot_be(preset, without):
    with pytest.raises(BadRequestError, match="--without"):
        chosen_worlds("classifier", preset, without)


RECIPES = [(ClassifierRecipe, fields) for fields in classifier.PRESETS.values()] + [
    (PretrainRecipe, fields) for fields in pretrain.PRESETS.values()
]


@pytest.mark.parametrize(("recipe_type", "fields"), RECIPES)
def test_presets_are_recipes_for_whole_grids(recipe_type, fields):
    recipe = recipe_type(steps=10, **fields)
    assert recipe.image_size % recipe.patch_size == 0
    config = recipe.config()
    assert config.hidden_size % config.num_attention_heads == 0
    assert config.decoder_hidden_size % config.decoder_num_attention_heads == 0


def test_the_independent_renderer_is_measured_by_name(parser):
    args = parser.parse_args(["independent", "folder", "--per-class", "3"])
    assert (args.kind, args.model.name, args.per_class, args.seed, args.out) == ("independent", "folder", 3, 0, None)


def test_what_a_classifier_knows_of_itself_is_measured_by_name(parser):
    args = parser.parse_args(["calibrate", "folder", "--unlike", "5", "--keep", "kept"])
    assert (args.kind, args.model.name, args.unlike, args.keep.name) == ("calibrate", "folder", 5, "kept")
