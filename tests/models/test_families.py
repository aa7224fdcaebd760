"""Each family against transformers' own: the answer, the tokens that are left out, the attention that is recorded."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from fake_hub import FakeHub, point_to, serve
from family_models import MAKERS, family_classifier, family_clip, plain_twin, save_family
from tolerances import TINY, bfloat16_steps
from transformers import AttentionInterface
from transformers.models.vivit.image_processing_vivit import VivitImageProcessor

from videomae_demo.errors import ModelUnavailableError
from videomae_demo.inputs.preprocess import preprocess
from videomae_demo.models import load_classifier
from videomae_demo.models.families import FAMILIES, adapter_of
from videomae_demo.records import Geometry, SampledFrames

EXACT = 1e-5


def test_every_family_is_tested():
    assert MAKERS.keys() == FAMILIES.keys()
    assert all(MAKERS[key]().config.model_type == key for key in MAKERS)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_folder_answers_as_transformers_own(family, tmp_path):
    classifier = load_classifier(str(save_family(family, tmp_path / "model")))
    clips = np.stack([family_clip(classifier, seed) for seed in range(3)])
    expected = plain_twin(classifier.model)(torch.from_numpy(clips)).logits.numpy()
    assert np.ptp(expected, axis=0).max() > 100 * EXACT, "equal answers would prove nothing"
    np.testing.assert_allclose(classifier.logits(clips), expected, atol=EXACT)
    np.testing.assert_allclose([classifier.forward(clip).logits for clip in clips], expected, atol=EXACT)
    assert classifier.geometry == Geometry(4, 32, 2, 8)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_hub_id_answers_too(family, tmp_path, monkeypatch):
    folder = save_family(family, tmp_path / "served")
    with serve(FakeHub({"someone/some-model": folder})) as hub:
        point_to(hub.url, monkeypatch)
        classifier = load_classifier("someone/some-model")
    assert classifier.identity.source == "hub"
    clip = family_clip(classifier)
    np.testing.assert_array_equal(classifier.forward(clip).logits, load_classifier(str(folder)).forward(clip).logits)


@pytest.mark.parametrize("family", ["vivit", "vjepa2"])
def test_tokens_that_are_left_out_are_tokens_that_nobody_can_ask(family):
    """The oracle keeps all tokens in place and forbids attention to those that are left out, in every layer.

    For VideoMAE, whose head reads every token, transformers' own ``bool_masked_pos`` is the oracle: test_classifier.
    """
    classifier = family_classifier(family)
    clip = family_clip(classifier)
    keep = np.zeros((3, 32), bool)
    for row, chance in enumerate(np.random.default_rng(0).random((3, 32))):
        keep[row, np.argsort(chance)[:12]] = True
    found = classifier.logits(clip, keep=keep)
    for row, kept in zip(found, keep, strict=True):
        expected = forbidding(classifier.model, np.flatnonzero(~kept))(torch.from_numpy(clip)[None]).logits[0]
        np.testing.assert_allclose(row, expected.numpy(), atol=EXACT)
    assert np.abs(found - classifier.forward(clip).logits).max() > 100 * EXACT
    everything = np.ones((1, 32), bool)
    np.testing.assert_allclose(classifier.logits(clip, keep=everything)[0], classifier.forward(clip).logits, atol=EXACT)


def forbidding(model, left_out: np.ndarray) -> torch.nn.Module:
    """transformers' own model, with an attention written out in full in which no query sees these tokens' keys."""
    prefix = adapter_of(model).num_prefix

    def attention(module, query, key, value, mask, scaling=None, dropout=0.0, **_):
        scores = query @ key.transpose(-1, -2) * scaling
        scores[..., prefix + left_out] = -torch.inf
        return (scores.softmax(-1) @ value).transpose(1, 2), None

    AttentionInterface.register("test_forbidding", attention)
    return plain_twin(model, implementation="test_forbidding")


@pytest.mark.parametrize("family", FAMILIES)
def test_what_is_recorded_is_the_attention_that_transformers_returns(family):
    """With rotary positions, that is: queries and keys as they are after they were turned."""
    classifier = family_classifier(family)
    clip = family_clip(classifier)
    trace = classifier.forward(clip).trace
    own = plain_twin(classifier.model)(torch.from_numpy(clip)[None], output_attentions=True).attentions
    assert len(own) == classifier.model.config.num_hidden_layers
    for query, key, logsumexp, expected in zip(trace.queries, trace.keys, trace.logsumexp, own, strict=False):
        scores = trace.scale * query @ key.transpose(-1, -2)
        torch.testing.assert_close((scores - logsumexp[..., None]).exp(), expected[0], atol=EXACT, rtol=0)
    assert trace.readout.sum().item() == pytest.approx(1, abs=TINY)
    assert len(trace.readout) == trace.num_prefix + 32


@pytest.mark.parametrize("family", FAMILIES)
def test_half_precision_stays_close(family):
    exact, half = family_classifier(family), family_classifier(family, dtype=torch.bfloat16)
    clip = family_clip(exact)
    expected = exact.forward(clip).logits
    np.testing.assert_allclose(half.forward(clip).logits, expected, atol=bfloat16_steps(6) * np.abs(expected).max())


@pytest.mark.parametrize("family", ["vivit", "vjepa2"])
def test_a_weight_that_was_not_loaded_never_answers(family, tmp_path, monkeypatch):
    """Every tensor of the file is compared, under the name that it has in the hub's layout."""
    architecture = FAMILIES[family].architecture
    folder = save_family(family, tmp_path / "model")
    honest = architecture.from_pretrained

    def forgetful(*args, **kwargs):
        model, info = honest(*args, **kwargs)
        adapter_of(model).layers[1].attention.get_submodule("k_proj" if family == "vivit" else "key").bias.data.zero_()
        return model, info

    monkeypatch.setattr(architecture, "from_pretrained", forgetful)
    with pytest.raises(ModelUnavailableError, match=r"layer\.1\.attention\.\S*key\.bias is not in the model"):
        load_classifier(str(folder))


def test_vivit_s_colours_are_scaled_as_its_own_processor_does(tmp_path):
    folder = save_family("vivit", tmp_path / "model")
    rgb = np.random.default_rng(0).integers(0, 256, (4, 45, 60, 3), np.uint8)
    frames = SampledFrames(rgb, (0, 1, 2, 3), (0.0, 0.1, 0.2, 0.3), "edit")
    own = VivitImageProcessor.from_pretrained(folder)(list(rgb), return_tensors="np")["pixel_values"][0]
    ours = preprocess(frames, load_classifier(str(folder)).preprocessing).pixel_values
    np.testing.assert_allclose(ours, own, atol=1e-6)
    assert ours.min() < -2.5, "from -3 to 1: both the offset and the mean are taken off"


def test_vivit_s_file_need_not_say_what_its_processor_s_class_says(tmp_path):
    folder = save_family("vivit", tmp_path / "model")
    said = load_classifier(str(folder)).preprocessing
    file = folder / "preprocessor_config.json"
    config = json.loads(file.read_text())
    del config["offset"], config["rescale_factor"]
    file.write_text(json.dumps(config))
    assert load_classifier(str(folder)).preprocessing == said


def test_v_jepa_2_has_a_video_processor(tmp_path):
    folder = save_family("vjepa2", tmp_path / "model")
    assert not (folder / "preprocessor_config.json").exists()
    recipe = load_classifier(str(folder)).preprocessing
    assert (recipe.resize, recipe.crop_size, recipe.shift) == (36, 32, 0)
    folder = save_family("vjepa2", tmp_path / "without")
    (folder / "video_preprocessor_config.json").unlink()
    with pytest.raises(ModelUnavailableError, match="no complete checkpoint"):
        load_classifier(str(folder))
