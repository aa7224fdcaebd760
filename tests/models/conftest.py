"""An empty hub cache, no hub, and a stand-in for the bundled checkpoint, for every test of this folder."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from fake_hub import NOBODY, FakeHub, point_to, serve
from huggingface_hub import constants
from tiny import save_hub_layout, tiny_model

from videomae_demo.models import KINETICS, cache, specs


@pytest.fixture(autouse=True)
def fresh_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    point_to(NOBODY, monkeypatch)
    monkeypatch.setattr(cache, "_sources", cache.SingleFlight(capacity=64))
    monkeypatch.setattr(cache, "_classifiers", cache.SingleFlight(capacity=cache.MAX_LOADED))
    impatient = SimpleNamespace(**{**vars(time), "sleep": lambda seconds: None})  # between retries
    monkeypatch.setattr("huggingface_hub.file_download.time", impatient)


@pytest.fixture
def bundled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(specs, "BUNDLED_ROOT", tmp_path / "bundled")
    return save_hub_layout(tiny_model(seed=7, num_labels=3), specs.BUNDLED_ROOT / specs.BUNDLED.id)


@pytest.fixture
def fake_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    """A hub that holds a tiny model under the name of the Kinetics one."""
    folder = save_hub_layout(tiny_model(seed=1), tmp_path / "served")
    with serve(FakeHub({KINETICS.id: folder})) as running:
        point_to(running.url, monkeypatch)
        yield running
