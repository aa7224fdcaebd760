"""The server as a process: ready when it answers, and nothing of it is left when it is told to stop."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import httpx
import psutil
import pytest
from clips import counting_frames, write_clip
from gradio_client import Client, handle_file
from gradio_client.client import Job
from gradio_client.utils import Status
from tiny import save_hub_layout, tiny_model

SECONDS = 120


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def status_of(address: str) -> int | None:
    """None where nobody answers."""
    try:
        with urllib.request.urlopen(address, timeout=10) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None


def wait_for_status(address: str, status: int, process: subprocess.Popen) -> None:
    deadline = time.monotonic() + SECONDS
    while status_of(address) != status:
        assert process.poll() is None, "the server ended"
        assert time.monotonic() < deadline, f"{address} never said {status}"
        time.sleep(0.1)


def wait_until_asked(jobs: list[Job]) -> None:
    """Until the server has them all."""
    deadline = time.monotonic() + SECONDS
    while not all(job.communicator.job.latest_status.code is not Status.STARTING for job in jobs):
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM")
def test_a_server_that_is_told_to_stop_leaves_no_process_and_no_file(tmp_path: Path):
    save_hub_layout(tiny_model(num_frames=8), tmp_path / "model")
    clip = write_clip(tmp_path / "our secret.mp4", counting_frames(20))
    garbage = tmp_path / "their secret.mp4"
    garbage.write_bytes(b"no film" * 1000)
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environment = {
        **os.environ,
        "VIDEOMAE_MODEL": str(tmp_path / "model"),
        "GRADIO_SERVER_PORT": str(port),
        "GRADIO_ANALYTICS_ENABLED": "False",
        "HF_HUB_OFFLINE": "1",
        "TMPDIR": str(temporary),
        "VIDEOMAE_PUBLIC": "on",
        "VIDEOMAE_LOG": "json",
        "VIDEOMAE_METRICS": "page",
    }
    command = [sys.executable, "-m", "videomae_demo", "app"]
    with (tmp_path / "output.txt").open("wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
    try:
        wait_for_status(f"{url}/livez", 200, process)
        wait_for_status(f"{url}/healthz", 200, process)
        client = Client(url, verbose=False)
        job = client.submit(handle_file(clip), api_name="/predict")
        children = psutil.Process(process.pid).children(recursive=True)
        assert children, "no decode workers"
        assert job.result(timeout=SECONDS)["ok"]
        assert client.predict(handle_file(garbage), api_name="/predict")["error"]["code"] == "unreadable"
        elsewhere = {"path": "/elsewhere/our secret.mp4", "meta": {"_type": "gradio.FileData"}}
        call = f"{url}/gradio_api/call/predict"
        event = httpx.post(call, json={"data": [elsewhere, "auto", "auto", 5]}).json()["event_id"]
        assert "event: error" in httpx.get(f"{call}/{event}", timeout=SECONDS).text
        with urllib.request.urlopen(f"{url}/metrics", timeout=SECONDS) as numbers:
            told = numbers.read().decode()
        assert 'videomae_errors_total{code="unreadable"} 1.0' in told
        assert "videomae_decode_seconds_count 2.0" in told, "the server's own sample, and the visitor's clip"
        under_way = [client.submit(handle_file(clip), api_name="/explain") for _ in range(3)]
        wait_until_asked(under_way)
        process.send_signal(signal.SIGTERM)
        assert all(job.result(timeout=SECONDS)["ok"] for job in under_way), "what is under way is finished"
        assert process.wait(timeout=SECONDS) == 0, (tmp_path / "output.txt").read_text()
    finally:
        process.kill()
    written = (tmp_path / "output.txt").read_text()
    assert "secret" not in written, written
    happened = [json.loads(line)["message"] for line in written.splitlines() if line.startswith("{")]
    assert {"received", "waited", "decoded", "answered", "explained", "failed"} <= set(happened)
    _, alive = psutil.wait_procs(children, timeout=60)
    assert not alive
    assert [path for path in temporary.rglob("*") if path.is_file() or "videomae" in path.name] == []
