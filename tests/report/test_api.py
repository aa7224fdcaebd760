"""What programs get over HTTP: the command line's JSON, and no more of the machine than that."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from clips import counting_frames, write_clip
from tiny import save_hub_layout, tiny_model

from videomae_demo import pipeline
from videomae_demo.commands.main import main
from videomae_demo.report.api import explain_api, predict_api
from videomae_demo.settings import Settings


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("clip") / "up.mp4", counting_frames(20))


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(model=str(save_hub_layout(tiny_model(num_frames=8), tmp_path_factory.mktemp("model"))))


def without_times(record: dict) -> dict:
    return {key: value for key, value in record.items() if key != "seconds"}


def test_predict_is_what_classify_prints(clip, settings, monkeypatch, capsys):
    monkeypatch.chdir(clip.parent)
    main(["classify", clip.name, "--model", settings.model, "--json", "--sampling", "dense", "--top-k", "3"])
    printed = json.loads(capsys.readouterr().out)
    answered = predict_api(clip, settings.model, "dense", 3, settings=settings)
    assert without_times(json.loads(json.dumps(answered))) == without_times(printed)


def test_explain_adds_the_maps(clip, settings):
    record = explain_api(str(clip), settings.model, methods="rollout, ledger", target="label_2", settings=settings)
    analysis = pipeline.analyse(clip, model=settings.model, methods=("rollout",))
    np.testing.assert_allclose(record["explanations"]["rollout"]["values"], analysis.explanations["rollout"].values)
    assert record["explanations"]["ledger"]["target"]["label_id"] == 2
    assert record["explanations"]["rollout"]["unit"]
    json.dumps(record, allow_nan=False)


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"model": "/etc"}, "bad_request"),
        ({"model": "someone/huge"}, "bad_request"),
        ({"sampling": "fancy"}, "bad_request"),
        ({"top_k": 0}, "bad_request"),
        ({"methods": "nonsense"}, "bad_request"),
        ({"methods": "rollout,ledger,relevance,random,center"}, "bad_request"),
        ({"target": "nonsense"}, "bad_request"),
        ({"clip": "/no/such/file.mp4"}, "not_found"),
        ({"clip": None}, "bad_request"),
        ({"top_k": None}, "bad_request"),
        ({"top_k": 2.5}, "bad_request"),
        ({"model": None}, "bad_request"),
        ({"sampling": None}, "bad_request"),
        ({"methods": None}, "bad_request"),
        ({"target": None}, "bad_request"),
    ],
)
def test_what_cannot_be_answered_is_an_error_object(clip, settings, request_, code):
    record = explain_api(**({"clip": clip, "model": settings.model, "settings": settings} | request_))
    assert record["ok"] is False
    assert record["error"]["code"] == code


def test_an_unexpected_error_shows_nothing_of_the_machine(clip, settings, monkeypatch):
    monkeypatch.setattr(pipeline, "prepare", lambda *_, **__: open("/secret/place"))  # noqa: PTH123, SIM115
    record = predict_api(clip, settings.model, settings=settings)
    assert record["error"]["code"] == "internal"
    assert "secret" not in json.dumps(record)


def test_the_same_bytes_asked_about_in_the_same_way_are_answered_from_memory(clip, settings, monkeypatch, tmp_path):
    computed = []
    prepare = pipeline.prepare
    monkeypatch.setattr(pipeline, "prepare", lambda path, **how: computed.append(path.name) or prepare(path, **how))
    other = tmp_path / "other name.mp4"
    other.write_bytes(clip.read_bytes())
    changed = write_clip(tmp_path / "changed.mp4", counting_frames(19))

    def ask(path: Path, **how: object) -> dict:
        return predict_api(path, **{"model": settings.model, "top_k": 2, "settings": settings, **how})

    first = ask(clip)
    again = ask(other)
    assert again == {**first, "clip": "other name.mp4"}
    assert computed == [clip.name]
    for how in ({"top_k": 3}, {"sampling": "dense"}, {"settings": replace(settings, max_short_side=120)}):
        ask(clip, **how)
    ask(changed)
    assert len(computed) == 5
    # Other weights under the same name are another model.
    save_hub_layout(tiny_model(num_frames=8, seed=1), Path(settings.model))
    assert ask(clip)["predictions"] != first["predictions"]
