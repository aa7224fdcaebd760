"""The checkpoints in assets/models: whole, well labelled, and right about seeded clips."""

import json

import numpy as np
import pytest
import torch
from transformers import VideoMAEForPreTraining, VideoMAEForVideoClassification

from videomae_demo import pipeline
from videomae_demo.inputs.preprocess import preprocess
from videomae_demo.inputs.samples import SAMPLES
from videomae_demo.models import load_classifier
from videomae_demo.models.specs import BUNDLED, BUNDLED_PRETRAINED, BUNDLED_ROOT
from videomae_demo.training.card import autoencoder_card, classifier_card
from videomae_demo.training.measure import as_sampled
from videomae_demo.training.pairs import REVERSED_LABEL
from videomae_demo.training.render import CLASSES, render_clip
from videomae_demo.training.tokens import all_patches
from videomae_demo.training.unlike import unlike_clip

FOLDER = BUNDLED_ROOT / BUNDLED.id
PRETRAINED_FOLDER = BUNDLED_ROOT / BUNDLED_PRETRAINED.id
EASY = (
    "move left",
    "move right",
    "move up",
    "grow",
    "fade in",
    "blink",
    "sit down",
    "throw",
    "open a door",
    "lift a box",
)
SEED = 3_000_003


def _measure(folder, name: str) -> int:
    return json.loads((folder / "config.json").read_text())[name]


def _pixel_values(rgb: np.ndarray) -> torch.Tensor:
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    return ((torch.from_numpy(np.ascontiguousarray(rgb)) / 255 - mean) / std).permute(0, 1, 4, 2, 3)


@pytest.fixture(scope="module")
def classifier() -> VideoMAEForVideoClassification:
    model, info = VideoMAEForVideoClassification.from_pretrained(FOLDER, output_loading_info=True)
    assert not info["missing_keys"] and not info["unexpected_keys"] and not info["mismatched_keys"]
    return model.eval()


@pytest.mark.parametrize("folder", [FOLDER, PRETRAINED_FOLDER], ids=lambda folder: folder.name)
def test_it_is_complete_and_small(folder):
    assert (folder / "model.safetensors").stat().st_size <= 10_000_000
    processor = json.loads((folder / "preprocessor_config.json").read_text())
    size = json.loads((folder / "config.json").read_text())["image_size"]
    assert processor["size"] == {"shortest_edge": size}
    assert processor["crop_size"] == {"height": size, "width": size}
    assert processor["image_mean"] == pytest.approx([0.485, 0.456, 0.406])


@pytest.mark.parametrize(
    ("folder", "make"),
    [(FOLDER, classifier_card), (PRETRAINED_FOLDER, autoencoder_card)],
    ids=lambda value: getattr(value, "name", ""),
)
def test_its_card_is_what_the_numbers_beside_it_make(folder, make):
    names = ("config", "training", "evaluation")
    files = [json.loads((folder / f"{name}.json").read_text()) for name in names]
    extra = {
        name: json.loads((folder / f"{name}.json").read_text())
        for name in ("ablation", "familiarity")
        if (folder / f"{name}.json").exists()
    }
    size = (folder / "model.safetensors").stat().st_size
    assert (folder / "README.md").read_text() == make(*files, size, **extra)


def test_its_labels_are_the_classes_in_order(classifier):
    assert [classifier.config.id2label[i] for i in range(len(CLASSES))] == list(CLASSES)
    assert classifier.config.label2id == {name: i for i, name in enumerate(CLASSES)}
    assert classifier.config.use_mean_pooling
    assert classifier.dtype == torch.float32


def test_query_and_value_biases_were_read(classifier):
    for layer in classifier.videomae.encoder.layer:
        for projection in (layer.attention.attention.query, layer.attention.attention.value):
            assert projection.bias.abs().sum() > 0


@torch.no_grad()
def test_it_is_right_about_clear_clips_and_turns_round_with_them(classifier):
    ids = np.array([CLASSES.index(name) for name in EASY])
    size = _measure(FOLDER, "image_size")
    rgb = np.stack([render_clip(SEED, i, size=size, label_id=label, calm=True).rgb for i, label in enumerate(ids)])
    forwards = classifier(_pixel_values(rgb)).logits.argmax(-1).numpy()
    backwards = classifier(_pixel_values(rgb[:, ::-1])).logits.argmax(-1).numpy()
    assert (forwards == ids).mean() >= 0.9
    mirrored = REVERSED_LABEL[ids]
    paired = (mirrored >= 0) & (mirrored != ids)
    assert (backwards == mirrored)[paired].mean() >= 0.85


def test_it_knows_its_motions_and_not_what_is_none_of_them():
    classifier = load_classifier("bundled", device="cpu")
    size = classifier.geometry.image_size

    def known(clips: list[np.ndarray]) -> float:
        views = [preprocess(as_sampled(rgb), classifier.preprocessing).pixel_values for rgb in clips]
        return float((classifier.answers(np.stack(views)).familiarity >= 0).mean())

    ids = [CLASSES.index(name) for name in EASY]
    assert known([render_clip(SEED, i, size=size, label_id=label, calm=True).rgb for i, label in enumerate(ids)]) >= 0.8
    strange = [unlike_clip(kind, SEED, i, size=size) for kind in ("snow", "kaleidoscope", "cuts") for i in range(3)]
    assert known(strange) <= 0.35


def test_it_knows_the_apps_own_samples():
    for sample in SAMPLES:
        prediction = pipeline.analyse(sample.path, model="bundled", device="cpu", methods=()).prediction
        assert prediction.familiar.known, sample.name


@torch.no_grad()
def test_the_autoencoder_beats_the_mean_colour():
    model, info = VideoMAEForPreTraining.from_pretrained(PRETRAINED_FOLDER, output_loading_info=True)
    assert not info["missing_keys"] and not info["unexpected_keys"] and not info["mismatched_keys"]
    size, patch = _measure(PRETRAINED_FOLDER, "image_size"), _measure(PRETRAINED_FOLDER, "patch_size")
    rgb = np.stack([render_clip(SEED, i, size=size, calm=True).rgb for i in range(4)])
    hidden = torch.arange((size // patch) ** 2).remainder(4).ne(0).repeat(8).expand(4, -1)  # three in four tubes
    predicted = model.eval()(_pixel_values(rgb), bool_masked_pos=hidden).logits
    patches = all_patches(torch.from_numpy(rgb), patch).flatten(2).float() / 255
    truth = patches[hidden].view_as(predicted)
    mean = patches[~hidden].view(4, -1, 2, patch, patch, 3).mean(dim=(1, 2, 3, 4))[:, None, None, None, None]
    fill = (truth.unflatten(-1, (2, patch, patch, 3)) - mean).square().mean()
    assert (predicted - truth).square().mean() < 0.7 * fill
