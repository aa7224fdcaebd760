"""The hub: good, unreachable, slow, refusing, cut off in mid-file; and its cache."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from fake_hub import COMMIT, NOBODY, FakeHub, point_to, serve
from huggingface_hub import constants
from safetensors.torch import load_file
from tiny import save_hub_layout, tiny_model

from videomae_demo.errors import ModelUnavailableError
from videomae_demo.models import KINETICS, hub, resolve_model
from videomae_demo.models.specs import ModelSpec
from videomae_demo.settings import Settings

QUICK = Settings(hub_timeout=0.4)


def test_auto_takes_the_kinetics_model_from_the_hub_and_then_from_the_cache(fake_hub, bundled, monkeypatch):
    source = resolve_model("auto")
    assert source.spec is KINETICS
    assert source.revision == COMMIT
    assert "came from the hub" in source.reason
    assert load_file(source.folder / "model.safetensors").keys() == load_file(hub_file(fake_hub)).keys()

    point_to(NOBODY, monkeypatch)
    again = resolve_model("auto")
    assert again.folder == source.folder
    assert "in this machine's cache" in again.reason


def test_auto_answers_with_the_bundled_model_where_the_hub_is_out_of_reach(bundled):
    source = resolve_model("auto", settings=QUICK)
    assert source.folder == bundled
    assert source.spec.source == "bundled"
    assert "did not answer within 0.4 s" in source.reason


def test_a_slow_hub_is_not_waited_for(fake_hub, bundled):
    fake_hub.answering.clear()  # to wait for it would be to wait for ever
    assert resolve_model("auto", settings=QUICK).spec.source == "bundled"


def test_offline_mode_asks_nobody(fake_hub, bundled, monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert "HF_HUB_OFFLINE" in resolve_model("auto").reason
    assert fake_hub.requests == []


def test_the_probe_is_one_request(fake_hub):
    assert hub.hub_is_reachable(KINETICS, timeout=60)
    assert fake_hub.requests == [f"HEAD {KINETICS.id}/config.json"]


def test_auto_falls_back_to_the_bundled_model_where_the_hub_lacks_the_other(fake_hub, bundled):
    fake_hub.repos.clear()
    source = resolve_model("auto")
    assert source.spec.source == "bundled"
    assert "no public model" in source.reason


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("someone/unknown", "no public model"),
        (f"{KINETICS.id}@v9", "no such revision"),
        ("someone/pickled", "pickled weights are not read"),
    ],
)
def test_what_the_hub_does_not_have_is_said(fake_hub, tmp_path, model, message):
    pickled = tmp_path / "pickled"
    pickled.mkdir()
    for name in ("config.json", "preprocessor_config.json"):
        (pickled / name).write_bytes((fake_hub.repos[KINETICS.id] / name).read_bytes())
    (pickled / "pytorch_model.bin").write_bytes(b"never asked for")
    fake_hub.repos["someone/pickled"] = pickled
    with pytest.raises(ModelUnavailableError, match=message):
        resolve_model(model)
    assert fake_hub.count("GET", ".bin") == fake_hub.count("HEAD", ".bin") == 0


def test_a_hub_id_is_not_waited_for_either(fake_hub):
    fake_hub.answering.clear()
    with pytest.raises(ModelUnavailableError, match="choose the bundled model"):
        resolve_model("someone/model", settings=QUICK)


def test_a_download_that_breaks_off_goes_on_where_it_stopped(fake_hub, monkeypatch):
    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 10_000)  # what came in whole chunks is kept
    fake_hub.cut_after_bytes, fake_hub.cuts = 20_000, 2
    source = resolve_model(KINETICS.id)
    assert (source.folder / "model.safetensors").read_bytes() == hub_file(fake_hub).read_bytes()
    assert fake_hub.count("GET", "model.safetensors@20000-") == fake_hub.count("GET", "model.safetensors@40000-") == 1


def test_a_download_that_never_gets_through_leaves_no_half_model(fake_hub, bundled):
    fake_hub.cut_after_bytes, fake_hub.cuts = 0, 10_000
    with pytest.raises(ModelUnavailableError, match="broke off"):
        resolve_model(KINETICS.id)
    assert not list(Path(constants.HF_HUB_CACHE).rglob("model.safetensors"))
    assert "broke off" in resolve_model("auto").reason

    fake_hub.cuts = 0
    assert resolve_model("auto").spec is KINETICS


def test_an_incomplete_cache_is_completed_not_trusted(fake_hub, bundled, monkeypatch):
    folder = resolve_model("auto").folder
    (folder / "model.safetensors").unlink()
    point_to(NOBODY, monkeypatch)
    assert resolve_model("auto", settings=QUICK).spec.source == "bundled"
    point_to(fake_hub.url, monkeypatch)
    assert resolve_model("auto").spec is KINETICS


def test_sharded_weights_are_fetched_shard_by_shard(fake_hub, tmp_path):
    fake_hub.repos["someone/sharded"] = save_hub_layout(tiny_model(), tmp_path / "sharded", max_shard_size="20KB")
    source = resolve_model("someone/sharded")
    shards = [file.name for file in hub.checkpoint_files(source.folder) if file.suffix == ".safetensors"]
    assert len(shards) > 1
    assert all(fake_hub.count("GET", shard) == 1 for shard in shards)


def test_an_index_cannot_point_outside_its_folder(tmp_path):
    index = {"weight_map": {"a": "../../secret.safetensors"}}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(ModelUnavailableError, match="outside its own folder"):
        hub.checkpoint_files(tmp_path)


def test_a_download_says_its_megabytes(fake_hub, tmp_path):
    fake_hub.repos["someone/large"] = save_hub_layout(tiny_model(hidden_size=192, intermediate=768), tmp_path / "large")
    told = []
    resolve_model("someone/large", on_progress=lambda text, share: told.append((text, share)))
    size = (tmp_path / "large" / "model.safetensors").stat().st_size / 1e6
    assert told[-1] == (f"Downloading large: {size:.0f} of {size:.0f} MB", 1.0)


def test_a_pinned_revision_is_preferred_to_the_main_branch(fake_hub):
    pinned = replace(KINETICS, revision=COMMIT)
    assert hub.fetch(pinned, timeout=60).name == COMMIT
    assert hub.find_in_cache(pinned).name == COMMIT


def test_the_environment_variable_points_to_the_hub(tmp_path):
    """All of it in a process of its own, as a user sets it up."""
    folder = save_hub_layout(tiny_model(seed=1), tmp_path / "served")
    program = "from videomae_demo.models import load_classifier; print(load_classifier('auto').identity.reason)"
    with serve(FakeHub({KINETICS.id: folder})) as running:
        environment = {
            "HF_ENDPOINT": running.url,
            "HF_HOME": str(tmp_path / "home"),
            "PATH": "",
            "OMP_NUM_THREADS": "1",
        }
        done = subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=300, check=True
        )
    assert "came from the hub just now" in done.stdout


def hub_file(running: FakeHub) -> Path:
    return running.repos[KINETICS.id] / "model.safetensors"


def test_every_row_of_the_table_is_on_the_hub_or_bundled():
    from videomae_demo.inputs.sampling import SAMPLERS
    from videomae_demo.models import MODELS

    for name, spec in MODELS.items():
        assert isinstance(spec, ModelSpec)
        assert (name in ("bundled", "untrained")) == (spec.source == "bundled")
        assert spec.default_sampling in SAMPLERS
        assert spec.licence and spec.knows.endswith(".")
