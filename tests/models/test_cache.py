"""Loaded once, however many ask at once; failures are not kept; ``auto`` can be asked again."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fake_hub import NOBODY, point_to
from tiny import save_hub_layout, tiny_model

from videomae_demo.errors import ModelUnavailableError
from videomae_demo.models import KINETICS, cache, load_classifier, loading, name_of
from videomae_demo.models.cache import SingleFlight
from videomae_demo.settings import Settings

QUICK = Settings(hub_timeout=0.3)


def wait_until_asked(callers: int) -> None:
    """Until so many wait for the model that is being loaded; each must have passed ``on_progress``."""
    deadline = time.monotonic() + 60
    while sum(map(len, cache._classifiers._listeners.values())) < callers:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def quietly(text: str, share: float | None) -> None:
    pass


class Loads(list[str]):
    """The titles of all models that were really loaded."""

    callers = 0
    """So many must wait for a model before its loading ends."""


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> Loads:
    counted = Loads()
    load = loading.load

    def slow(source, **options):
        counted.append(source.spec.title)
        wait_until_asked(counted.callers)
        return load(source, **options)

    monkeypatch.setattr(loading, "load", slow)
    return counted


def test_many_first_callers_share_one_loading(bundled, loads):
    loads.callers = 8

    def ask(number: int):
        device, dtype = ("auto", "cpu")[number % 2], ("auto", "float32")[number // 4]
        return load_classifier("bundled", device=device, dtype=dtype, on_progress=quietly)

    with ThreadPoolExecutor(8) as pool:
        classifiers = list(pool.map(ask, range(8)))
    assert loads == ["VideoMAE motion · bundled"]
    assert len({id(classifier.model) for classifier in classifiers}) == 1


def test_two_names_of_one_checkpoint_share_the_weights_and_keep_their_reasons(bundled, loads):
    automatic = load_classifier("auto", settings=QUICK)
    asked_for = load_classifier("bundled")
    assert automatic.model is asked_for.model
    assert "did not answer" in automatic.identity.reason
    assert "asked for" in asked_for.identity.reason


def test_another_dtype_is_another_model(bundled, loads):
    single, half = load_classifier("bundled"), load_classifier("bundled", dtype="bfloat16")
    assert single.model is not half.model
    assert (single.dtype, half.dtype) == ("float32", "bfloat16")


def test_a_failure_reaches_all_who_waited_and_is_forgotten(bundled, monkeypatch):
    load, attempts = loading.load, []

    def fail_at_first(source, **options):
        attempts.append(1)
        wait_until_asked(4 if len(attempts) == 1 else 0)
        if len(attempts) == 1:
            raise ModelUnavailableError("The disk had a hiccup.")
        return load(source, **options)

    monkeypatch.setattr(loading, "load", fail_at_first)

    def ask(_: int) -> str:
        try:
            return load_classifier("bundled", on_progress=quietly).identity.id
        except ModelUnavailableError as error:
            return str(error)

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(ask, range(4))) == {"The disk had a hiccup."}
    assert len(attempts) == 1
    assert load_classifier("bundled").identity.id == "videomae-motion"


def test_auto_asks_the_hub_once_and_again_when_told_to(bundled, fake_hub, monkeypatch):
    url = fake_hub.url
    point_to(NOBODY, monkeypatch)
    assert load_classifier("auto", settings=QUICK).identity.source == "bundled"

    point_to(url, monkeypatch)
    assert load_classifier("auto", settings=QUICK).identity.source == "bundled"
    assert fake_hub.requests == []

    retried = load_classifier("auto", settings=QUICK, retry=True)
    assert retried.identity.source == "hub"
    assert load_classifier("auto").identity == retried.identity


def test_a_model_can_be_asked_for_again_by_its_identity(bundled, fake_hub):
    for model in ("auto", "bundled", str(bundled), KINETICS.id, f"{KINETICS.id}@main"):
        classifier = load_classifier(model)
        assert load_classifier(name_of(classifier.identity)).model is classifier.model


def test_a_folder_with_new_weights_is_loaded_anew(tmp_path):
    folder = save_hub_layout(tiny_model(seed=1), tmp_path / "model")
    before = load_classifier(str(folder))
    save_hub_layout(tiny_model(seed=2), folder)
    os.utime(folder / "model.safetensors", ns=(0, 0))
    assert load_classifier(str(folder)).model is not before.model


def test_all_who_wait_hear_of_the_progress_and_none_can_break_it(bundled, loads):
    class VisitorLeft(BaseException):
        pass

    def leave(text: str, share: float | None) -> None:
        raise VisitorLeft

    told: list[str] = []
    loads.callers = 2
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(load_classifier, "bundled", on_progress=leave)
        while not loads:
            time.sleep(0.01)
        second = pool.submit(load_classifier, "bundled", on_progress=lambda text, share: told.append(text))
        assert first.result().model is second.result().model
    loads.callers = 0
    load_classifier("bundled", dtype="bfloat16", on_progress=lambda text, share: told.append(text))
    assert told == ["Loading VideoMAE motion · bundled"]


def test_the_least_recently_used_goes_first():
    made: list[str] = []
    flight: SingleFlight[str] = SingleFlight(capacity=2)

    def get(key: str) -> str:
        return flight.get(key, lambda tell: made.append(key) or key)

    for key in ("a", "b", "a", "c", "a", "b"):
        assert get(key) == key
    assert made == ["a", "b", "c", "b"]


def test_the_package_and_its_tables_load_neither_torch_nor_transformers(tmp_path: Path):
    import subprocess
    import sys

    program = (
        "import sys, videomae_demo, videomae_demo.models, videomae_demo.pipeline, videomae_demo.explain;"
        "print(sorted({'torch', 'transformers', 'plotly', 'gradio'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
