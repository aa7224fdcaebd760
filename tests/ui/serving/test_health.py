"""Ready is what answered its own check; what visitors send makes a server doubt, never unready."""

from __future__ import annotations

import threading
import time

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from videomae_demo.ui.serving import health as module
from videomae_demo.ui.serving.health import SUSPICIOUS, Health, health_routes


@pytest.fixture
def health(monkeypatch):
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.01)
    return Health()


@pytest.fixture
def client(health):
    return TestClient(Starlette(routes=health_routes(health)))


def wait_for(state, health):
    deadline = time.monotonic() + 60
    while health.state != state:
        assert time.monotonic() < deadline, f"{health.state}, not {state}"
        time.sleep(0.005)


def test_alive_at_once_and_ready_only_when_a_model_answers(health, client):
    outcomes = [RuntimeError("the hub is away"), None]
    answered = threading.Event()

    def check():
        outcome = outcomes.pop(0)
        if outcome:
            raise outcome
        answered.set()

    assert (client.get("/livez").status_code, client.get("/healthz").status_code) == (200, 503)
    assert client.get("/healthz").json() == {"status": "starting"}
    keeper = threading.Thread(target=health.keep, args=[check], daemon=True)
    keeper.start()
    assert answered.wait(60)  # after the failure, by itself
    wait_for("ready", health)
    assert client.get("/healthz").status_code == 200
    health.stop()
    assert (client.get("/livez").status_code, client.get("/healthz").status_code) == (200, 503)
    keeper.join(60)
    assert not keeper.is_alive()


def test_errors_of_visitors_only_make_it_ask_its_own_model_again(health):
    asked = []
    broken = threading.Event()

    def check():
        asked.append(1)
        if broken.is_set():
            raise RuntimeError("no kernel image")

    threading.Thread(target=health.keep, args=[check], daemon=True).start()
    wait_for("ready", health)
    for _ in range(10):
        health.hear("failed", {"code": "unreadable"})  # a bad clip is no fault of the server's
        health.hear("failed", {"code": "model_unavailable"})
    for _ in range(SUSPICIOUS - 1):
        health.hear("failed", {"code": "internal"})
    health.hear("answered", {"seconds": 0.1})
    assert (health.state, len(asked)) == ("ready", 1)
    broken.set()
    for _ in range(SUSPICIOUS):
        health.hear("failed", {"code": "internal"})
    wait_for("failing", health)
    broken.clear()
    wait_for("ready", health)
    health.stop()
