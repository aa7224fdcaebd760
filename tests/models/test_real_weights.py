"""The authors' own weights: run with ``-m hub`` where the hub is in reach."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from huggingface_hub import hf_hub_download

from videomae_demo.inputs.preprocess import preprocess
from videomae_demo.models import MODELS, load_classifier, loading, resolve_model
from videomae_demo.models.prediction import predict
from videomae_demo.records import SampledFrames

pytestmark = [pytest.mark.hub, pytest.mark.timeout(1800)]


@pytest.fixture(autouse=True)
def fresh_machine() -> None:
    """Not here: these tests want the real hub and its real cache."""


@pytest.fixture(scope="module")
def spaghetti() -> SampledFrames:
    """The clip on which the weights were checked when they were converted."""
    file = hf_hub_download("hf-internal-testing/spaghetti-video", "eating_spaghetti.npy", repo_type="dataset")
    rgb = np.load(file)
    return SampledFrames(rgb, tuple(range(len(rgb))), tuple(i / 25 for i in range(len(rgb))), "pyav")


def test_the_kinetics_model_gives_the_logits_of_its_conversion(spaghetti):
    classifier = load_classifier("MCG-NJU/videomae-base-finetuned-kinetics", device="cpu", dtype="float32")
    # The conversion was checked with these, not with the mean and deviation of the checkpoint's own file.
    recipe = replace(classifier.preprocessing, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))
    logits = classifier.forward(preprocess(spaghetti, recipe).pixel_values).logits
    np.testing.assert_allclose(logits[:3], [0.3669, -0.0688, -0.2421], atol=1e-4)  # known to 4 digits
    assert len(classifier.labels) == 400


def test_the_kinetics_model_knows_spaghetti(spaghetti):
    classifier = load_classifier("MCG-NJU/videomae-base-finetuned-kinetics")
    logits = classifier.forward(preprocess(spaghetti, classifier.preprocessing).pixel_values).logits
    assert predict(logits[None], classifier.labels).top(1)[0][1] == "eating spaghetti"


def test_the_small_model_has_six_heads(spaghetti):
    """Inferred from the authors' code, not measured on Kinetics: six heads must at least know this clip better."""
    name = "MCG-NJU/videomae-small-finetuned-kinetics"
    source = resolve_model(name)

    def probability(spec) -> float:
        classifier = loading.load(replace(source, spec=spec), device="cpu", dtype="float32")
        logits = classifier.forward(preprocess(spaghetti, classifier.preprocessing).pixel_values).logits
        return float(
            predict(logits[None], classifier.labels).probabilities[classifier.labels.index("eating spaghetti")]
        )

    six, as_published = probability(MODELS[name]), probability(replace(MODELS[name], config_overrides=()))
    assert six > 0.5
    assert six > as_published


@pytest.mark.parametrize("name", [name for name, spec in MODELS.items() if spec.source == "hub"])
def test_every_row_of_the_table_loads_and_passes_the_weight_check(name):
    classifier = load_classifier(name, device="cpu")
    assert classifier.identity.id == name
    assert len(classifier.labels) == (174 if "ssv2" in name else 400)
