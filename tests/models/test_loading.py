"""From a folder to a checked classifier: what passes the weight check, and what never answers."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from tiny import random_clip, save_hub_layout, tiny_model
from tolerances import TINY
from transformers import VideoMAEForPreTraining, VideoMAEForVideoClassification

from videomae_demo.errors import BadRequestError, ModelUnavailableError
from videomae_demo.models import load_classifier, loading
from videomae_demo.models.source import ModelSource
from videomae_demo.models.specs import MODELS, spec_for
from videomae_demo.records import Geometry, Readout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return save_hub_layout(tiny_model(), tmp_path / "model")


def change_tensors(folder: Path, change) -> None:
    file = folder / "model.safetensors"
    tensors = load_file(file)
    change(tensors)
    save_file(tensors, file, metadata={"format": "pt"})


def change_json(file: Path, **changes: object) -> None:
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


@pytest.mark.parametrize("readout", ["mean", "token_0"])
def test_a_checkpoint_in_the_hubs_layout_answers_as_the_model_that_was_saved(tmp_path, readout: Readout):
    model = tiny_model(readout)
    folder = save_hub_layout(model, tmp_path / "model")
    names = load_file(folder / "model.safetensors")
    assert names["videomae.encoder.layer.0.attention.attention.q_bias"].abs().min() > 0
    classifier = load_classifier(str(folder))
    clip = random_clip(model)
    expected = model(torch.from_numpy(clip)[None]).logits[0].numpy()
    np.testing.assert_allclose(classifier.forward(clip).logits, expected, atol=TINY)
    assert classifier.identity.source == "folder"
    assert classifier.labels == ("LABEL_0", "LABEL_1", "LABEL_2", "LABEL_3", "LABEL_4")
    assert classifier.geometry == Geometry(4, 32, 2, 8)
    assert not any(parameter.requires_grad for parameter in classifier.model.parameters())


def test_shards_and_the_names_of_transformers_5_pass_too(tmp_path):
    sharded = save_hub_layout(tiny_model(), tmp_path / "sharded", max_shard_size="20KB")
    assert not (sharded / "model.safetensors").exists()
    load_classifier(str(sharded))

    renamed = save_hub_layout(tiny_model(), tmp_path / "renamed")

    def rename(tensors):
        for name in [name for name in tensors if name.endswith(("q_bias", "v_bias"))]:
            tensors[name.replace("q_bias", "query.bias").replace("v_bias", "value.bias")] = tensors.pop(name)

    change_tensors(renamed, rename)
    clip = random_clip(tiny_model())
    np.testing.assert_array_equal(
        load_classifier(str(renamed)).forward(clip).logits, load_classifier(str(sharded)).forward(clip).logits
    )


@pytest.mark.parametrize("bias", ["query", "value"])
def test_biases_that_were_loaded_as_zeros_never_answer(folder, monkeypatch, bias):
    """What transformers 5.5.4 to 5.17 do, without a word."""
    honest = VideoMAEForVideoClassification.from_pretrained

    def forgetful(*args, **kwargs):
        model, info = honest(*args, **kwargs)
        getattr(model.videomae.encoder.layer[1].attention.attention, bias).bias.data.zero_()
        return model, info

    monkeypatch.setattr(VideoMAEForVideoClassification, "from_pretrained", forgetful)
    with pytest.raises(ModelUnavailableError, match=rf"layer\.1\.attention\.attention\.{bias[0]}_bias is not in the"):
        load_classifier(str(folder))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda tensors: tensors.pop("classifier.weight"), "missing keys: classifier.weight"),
        (lambda tensors: tensors.pop("videomae.encoder.layer.0.attention.attention.q_bias"), "missing keys"),
        (lambda tensors: tensors.update(surplus=torch.zeros(1)), "unexpected keys: surplus"),
        (lambda tensors: tensors.update({"fc_norm.weight": torch.zeros(7)}), "cannot be loaded|mismatched"),
        (lambda tensors: tensors.update({"classifier.bias": torch.full((5,), torch.nan)}), "classifier.bias is not"),
    ],
)
def test_a_file_that_is_not_the_model_never_answers(folder, change, message):
    change_tensors(folder, change)
    with pytest.raises(ModelUnavailableError, match=message):
        load_classifier(str(folder))


def test_a_config_with_other_classes_than_the_head_never_answers(folder):
    change_json(folder / "config.json", id2label={"0": "a", "1": "b"}, label2id={"a": 0, "b": 1})
    with pytest.raises(ModelUnavailableError):
        load_classifier(str(folder))
    change_json(folder / "config.json", id2label={str(n + 1): f"class {n}" for n in range(5)}, label2id={})
    with pytest.raises(ModelUnavailableError, match="names 5 classes, the head has 5 rows"):
        load_classifier(str(folder))


def test_a_cut_off_file_never_answers(folder):
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1000])
    with pytest.raises(ModelUnavailableError, match="cannot be loaded"):
        load_classifier(str(folder))


def test_a_pre_trained_checkpoint_without_a_head_never_answers(tmp_path):
    config = tiny_model().config
    folder = save_hub_layout(VideoMAEForPreTraining(config), tmp_path / "pretrained")
    with pytest.raises(ModelUnavailableError, match="did not pass the check"):
        load_classifier(str(folder))


def test_another_architecture_is_told_which_ones_are_known(folder):
    change_json(folder / "config.json", model_type="timesformer")
    with pytest.raises(ModelUnavailableError, match=r"'timesformer', .* Choose a model of VideoMAE, ViViT or V-JEPA 2"):
        load_classifier(str(folder))


def test_a_crop_that_the_model_does_not_take_is_said(folder):
    change_json(folder / "preprocessor_config.json", size={"shortest_edge": 48}, crop_size={"height": 40, "width": 40})
    with pytest.raises(ModelUnavailableError, match="crops to 40, the model takes 32"):
        load_classifier(str(folder))


@pytest.mark.parametrize("missing", ["config.json", "preprocessor_config.json", "model.safetensors"])
def test_an_incomplete_folder_is_said(folder, missing):
    (folder / missing).unlink()
    with pytest.raises(ModelUnavailableError, match="no complete checkpoint"):
        load_classifier(str(folder))


@pytest.mark.parametrize("model", ["no such thing", "/no/such/folder", "a/b/c", ""])
def test_what_is_neither_folder_nor_hub_id_is_said(model):
    with pytest.raises(ModelUnavailableError, match="no hub id"):
        load_classifier(model)


def test_a_missing_bundled_model_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr("videomae_demo.models.specs.BUNDLED_ROOT", tmp_path / "gone")
    with pytest.raises(ModelUnavailableError, match="full copy of the repository"):
        load_classifier("bundled")


@pytest.mark.parametrize("options", [{"device": "tpu"}, {"dtype": "int8"}])
def test_unknown_devices_and_dtypes_are_said(folder, options):
    with pytest.raises(BadRequestError, match="expected one of auto"):
        load_classifier(str(folder), **options)


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has the device")
def test_a_device_that_is_not_here_is_said(folder):
    with pytest.raises(BadRequestError, match="no CUDA device"):
        load_classifier(str(folder), device="cuda")


def test_overrides_of_a_row_reach_the_model(tmp_path):
    """The small hub models say 16 heads and have 6: same shapes, other answers."""
    model = tiny_model(hidden_size=48, heads=6)
    folder = save_hub_layout(model, tmp_path / "small")
    change_json(folder / "config.json", num_attention_heads=16)
    small = MODELS["MCG-NJU/videomae-small-finetuned-kinetics"]
    assert small.config_overrides == spec_for(f"{small.id}@v2").config_overrides == (("num_attention_heads", 6),)

    def answer(spec):
        source = ModelSource(spec, folder, None, "A test asks.")
        return loading.load(source, device="cpu", dtype="float32").forward(random_clip(model)).logits

    expected = model(torch.from_numpy(random_clip(model))[None]).logits[0].numpy()
    np.testing.assert_allclose(answer(small), expected, atol=TINY)
    assert np.abs(answer(spec_for(str(folder))) - expected).max() > 100 * TINY
    assert np.abs(answer(replace(small, config_overrides=())) - expected).max() > 100 * TINY


@pytest.mark.parametrize(
    ("native", "num_tokens", "dtype"),
    [(True, 1568, torch.bfloat16), (True, 512, torch.float32), (False, 1568, torch.float32)],
)
def test_a_cpu_with_bfloat16_uses_it_for_large_models_only(monkeypatch, native, num_tokens, dtype):
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: native)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: False)
    side = {1568: 224, 512: 128}[num_tokens]
    geometry = Geometry(16, side, 2, 16)
    assert geometry.num_tokens == num_tokens
    assert loading.choose_dtype("cpu", geometry) is dtype


CAPABILITIES = [
    ((7, 0), torch.float16),
    ((7, 5), torch.float16),
    ((8, 0), torch.bfloat16),
    ((8, 6), torch.bfloat16),
    ((9, 0), torch.bfloat16),
    ((12, 0), torch.bfloat16),
]


@pytest.mark.parametrize(("capability", "dtype"), CAPABILITIES)
def test_a_gpu_uses_the_half_precision_that_it_multiplies_in_itself(monkeypatch, capability, dtype):
    assert loading.gpu_dtype(capability) is dtype
    # A GPU of 7.5 says yes here, because torch emulates bfloat16 on it.
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation=True: True)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda: capability)
    assert loading.choose_dtype("cuda", Geometry(16, 224, 2, 16)) is dtype


def test_zerogpu_is_not_asked_about_its_gpu(monkeypatch):
    monkeypatch.setattr(loading, "ON_ZERO_GPU", True)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda: pytest.fail("the main process has no GPU"))
    assert loading.choose_dtype("cuda", Geometry(16, 224, 2, 16)) is torch.bfloat16
