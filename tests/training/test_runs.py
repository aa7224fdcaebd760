"""Both kinds of training, in miniature."""

import json
from functools import partial

import numpy as np
import pytest
import torch
from tolerances import BFLOAT16, SAFETY, TINY, bfloat16_steps
from transformers import VideoMAEForPreTraining, VideoMAEForVideoClassification

from videomae_demo.errors import BadRequestError
from videomae_demo.training import pretrain
from videomae_demo.training.checkpoint import load_run, save_run
from videomae_demo.training.classifier import ClassifierRecipe, ClassifierRun
from videomae_demo.training.gaussian_start import UNSEEN, fit_places
from videomae_demo.training.loop import train
from videomae_demo.training.pretrain import PretrainRecipe, PretrainRun, predict, split_ids
from videomae_demo.training.render import CLASSES
from videomae_demo.training.tokens import all_patches

CPU = torch.device("cpu")
SMALL = {
    "image_size": 32,
    "patch_size": 8,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "clips_per_step": 2,
    "new_clips_per_step": 1,
    "pool_size": 6,
    "first_clips": 6,
}
WIDE = {
    "hidden_size": 64,
    "decoder_hidden_size": 64,
    "decoder_num_hidden_layers": 2,
    "decoder_num_attention_heads": 2,
}
"""An autoencoder needs room for content and places side by side."""


def _classifier(steps: int) -> ClassifierRun:
    return ClassifierRun(ClassifierRecipe(steps=steps, **SMALL), CPU, workers=0)


def _in_worlds(steps: int) -> ClassifierRun:
    recipe = ClassifierRecipe(
        steps=steps,
        **SMALL,
        worlds=("studio", "noise"),
        flat_clips_per_step=2,
        strange_clips_per_step=2,
        motion_repeats=2,
        plateau=0.5,
    )
    return ClassifierRun(recipe, CPU, workers=0)


def _autoencoder(steps: int) -> PretrainRun:
    return PretrainRun(PretrainRecipe(steps=steps, **SMALL | WIDE), CPU, workers=0)


def _autoencoder_in_worlds(steps: int) -> PretrainRun:
    recipe = PretrainRecipe(
        steps=steps, **SMALL | WIDE, worlds=("studio", "noise"), plateau=0.5, slices=(1, 4), all_slices=0.5
    )
    return PretrainRun(recipe, CPU, workers=0)


@pytest.fixture(autouse=True)
def _no_validation_and_a_short_start(monkeypatch):
    for run in (ClassifierRun, PretrainRun):
        monkeypatch.setattr(run, "validate", lambda self: {})
    monkeypatch.setattr(pretrain, "fit_places", partial(fit_places, steps=3))


@pytest.mark.parametrize("make", [_classifier, _in_worlds, _autoencoder, _autoencoder_in_worlds])
def test_an_interrupted_run_ends_where_an_uninterrupted_one_does(make, tmp_path):
    whole = make(4)
    train(whole, tmp_path / "whole", steps=4, validate_every=100, log_every=2)
    train(make(4), tmp_path / "cut", steps=4, validate_every=100, log_every=2, stop_after=2)
    step, state = load_run(tmp_path / "cut" / "state.pt", CPU)
    state["spent"]["wall_seconds"] += 100
    save_run(tmp_path / "cut" / "state.pt", step, state)
    resumed = make(4)
    train(resumed, tmp_path / "cut", steps=4, validate_every=100, log_every=2, resume=True)
    for name, parameter in whole.model.named_parameters():
        assert torch.equal(parameter, dict(resumed.model.named_parameters())[name]), name
        assert torch.equal(whole.ema.average[name], resumed.ema.average[name]), name
    lines = [json.loads(line) for line in (tmp_path / "cut" / "log.jsonl").read_text().splitlines()]
    assert lines[-1]["step"] == 4
    assert lines[-1]["wall_seconds"] >= 100  # the clock goes on where it stopped


def test_the_exported_classifier_answers_as_the_average_does(tmp_path):
    run = _classifier(2)
    train(run, tmp_path, steps=2)
    loaded, info = VideoMAEForVideoClassification.from_pretrained(tmp_path / "model", output_loading_info=True)
    assert not info["missing_keys"] and not info["unexpected_keys"] and not info["mismatched_keys"]
    assert loaded.dtype == torch.float32
    assert [loaded.config.id2label[i] for i in range(len(CLASSES))] == list(CLASSES)
    clip = torch.randn(2, 16, 3, 32, 32)
    with torch.no_grad():
        expected = run._averaged().half().float()(clip).logits
        torch.testing.assert_close(loaded(clip).logits, expected, atol=TINY, rtol=TINY)
    biases = [p for name, p in loaded.named_parameters() if name.endswith("query.bias")]
    assert biases and all(p.abs().sum() > 0 for p in biases)


def test_a_classifier_starts_from_a_pre_trained_encoder(tmp_path):
    first = _autoencoder(1)
    first.export(tmp_path)
    pretrained = VideoMAEForPreTraining.from_pretrained(tmp_path).videomae
    small = {**SMALL, "hidden_size": WIDE["hidden_size"], "start_from": str(tmp_path)}
    run = ClassifierRun(ClassifierRecipe(steps=1, **small), CPU, workers=0)
    for part in ("embeddings", "encoder"):
        for name, parameter in getattr(pretrained, part).named_parameters():
            started = dict(getattr(run.model.videomae, part).named_parameters())[name]
            assert torch.equal(parameter, started), name
    assert run.step(0)["loss"].isfinite()


def test_a_pre_trained_encoder_of_another_size_is_refused(tmp_path):
    _autoencoder(1).export(tmp_path)
    other = SMALL | {"hidden_size": 64, "num_attention_heads": 4, "start_from": str(tmp_path)}
    recipe = ClassifierRecipe(steps=1, **other)
    with pytest.raises(BadRequestError, match="num_attention_heads"):
        ClassifierRun(recipe, CPU, workers=0)


def test_subset_prediction_is_what_transformers_predicts():
    run = _autoencoder(2)
    rng = np.random.default_rng(0)
    rgb = torch.from_numpy(rng.integers(0, 256, (2, 16, 32, 32, 3), dtype=np.uint8))
    hidden = np.stack([rng.permutation(128) < 96 for _ in range(2)])
    visible_ids, hidden_ids = split_ids(hidden)
    assert (np.take_along_axis(hidden, hidden_ids.numpy(), 1)).all()
    model = VideoMAEForPreTraining(run.recipe.config()).eval()
    model.load_state_dict(run.model.state_dict())
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    pixel_values = ((rgb / 255 - mean) / std).permute(0, 1, 4, 2, 3)
    with torch.no_grad():
        expected = model(pixel_values, bool_masked_pos=torch.from_numpy(hidden)).logits
        ours = predict(run.model, all_patches(rgb, 8), visible_ids, hidden_ids)
    # bfloat16 inside, layer by layer; on average over all pixels the errors are smaller than the largest.
    torch.testing.assert_close(ours, expected, atol=bfloat16_steps(4) * expected.abs().max().item(), rtol=0)
    # Scores start as large as UNSEEN, and what rounding moves in them is multiplied by that before the softmax; most of
    # it falls on mask tokens, whose weight stays next to nothing.
    assert (ours - expected).square().mean() < (UNSEEN / 2 * SAFETY * BFLOAT16) ** 2 * expected.var()


def test_flat_clips_pull_every_class_to_the_same_likelihood(monkeypatch):
    """With nothing but shuffled clips to learn from, the model ends up knowing nothing."""
    monkeypatch.setattr("videomae_demo.training.classifier.F.cross_entropy", lambda logits, *a, **k: logits.sum() * 0)
    run = ClassifierRun(
        ClassifierRecipe(steps=30, **SMALL, flat_clips_per_step=2, auxiliary_weight=0.0, adamw_lr=0.05), CPU, workers=0
    )
    with torch.no_grad():
        run.model.classifier.bias += torch.linspace(-1, 1, len(CLASSES))

    def spread() -> float:
        return run.model.classifier.bias.std().item()

    before = spread()
    for step in range(30):
        run.step(step)
    assert spread() < 0.95 * before


def test_labels_are_drawn_as_often_as_the_recipe_says():
    labels = ClassifierRecipe(steps=1, motion_repeats=2).stream().labels
    counts = np.bincount(labels, minlength=len(CLASSES))
    assert set(counts[:18]) == {2}
    assert set(counts[18:]) == {1}
