"""What Prometheus gets, and that it can be had beside the page or at an address of its own."""

from __future__ import annotations

import urllib.request

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from videomae_demo import happenings
from videomae_demo.settings import Settings
from videomae_demo.ui.serving.line import Line, Visitor

prometheus_client = pytest.importorskip("prometheus_client")


@pytest.fixture
def line():
    return Line(1)


@pytest.fixture
def metrics(line):
    from videomae_demo.ui.serving.metrics import Metrics

    made = Metrics(line)
    stop = happenings.listen(made.hear)
    yield made
    stop()


def value(metrics, name, **labels):
    return metrics.registry.get_sample_value(name, labels)


def test_what_happens_is_counted(metrics, line):
    line.enter(Visitor("a"))
    line.enter(Visitor("b"))
    happenings.tell("decoded", seconds=0.2)
    happenings.tell("answered", seconds=0.5)
    happenings.tell("explained", seconds=0.1, method="rollout")
    happenings.tell("failed", code="unreadable")
    happenings.tell("refused", why="full")
    happenings.tell("received", bytes=1000)
    assert value(metrics, "videomae_queue_waiting") == 1
    assert value(metrics, "videomae_queue_at_work") == 1
    assert value(metrics, "videomae_wait_seconds_count") == 1
    assert value(metrics, "videomae_decode_seconds_sum") == 0.2
    assert value(metrics, "videomae_forward_seconds_sum") == 0.5
    assert value(metrics, "videomae_explain_seconds_count", method="rollout") == 1
    assert value(metrics, "videomae_errors_total", code="unreadable") == 1
    assert value(metrics, "videomae_refused_total", why="full") == 1
    assert value(metrics, "videomae_received_bytes_total") == 1000
    assert value(metrics, "videomae_decode_workers_resident_memory_bytes") >= 0


def test_they_stand_beside_the_page(metrics):
    answer = TestClient(Starlette(routes=[metrics.route()])).get("/metrics")
    assert answer.status_code == 200 and "videomae_queue_waiting 0.0" in answer.text


def test_they_stand_at_an_address_of_their_own(metrics):
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    close = metrics.serve(f"127.0.0.1:{port}")
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
        assert b"videomae_forward_seconds" in answer.read()
    close()


@pytest.mark.parametrize("wrong", ["on", "9100", "http://a:1"])
def test_a_wrong_address_is_one_clear_line(wrong):
    with pytest.raises(ValueError, match="VIDEOMAE_METRICS="):
        Settings.from_environment({"VIDEOMAE_METRICS": wrong})
