"""Many visitors at once for minutes, among them a slow one and some with garbage, while decode workers are killed.

Deselected by default: ``pytest -m soak tests/ui/serving/test_soak.py -s``, with ``SOAK_CLIENTS`` and ``SOAK_MINUTES``.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil
import pytest

from videomae_demo.inputs.samples import SAMPLES
from videomae_demo.report.api import predict_api

CLIENTS = int(os.environ.get("SOAK_CLIENTS", "100"))
MINUTES = float(os.environ.get("SOAK_MINUTES", "20"))
CLIPS_EACH = 5
KILL_SECONDS = 3.0
WARM_UP_SHARE = 0.2
"""Of the time, after which memory is to stay level."""
MOST_GROWTH_MB = 60.0
PATIENCE = 120.0
"""Seconds that one answer may take."""


@dataclass
class Seen:
    """What came of all requests."""

    counts: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    killed: int = 0
    over: threading.Event = field(default_factory=threading.Event)


def call(url: str, client: httpx.Client, content: bytes, name: str) -> dict:
    """/predict as plain HTTP."""
    (path,) = client.post(f"{url}/gradio_api/upload", files={"files": (name, content)}).raise_for_status().json()
    clip = {"path": path, "meta": {"_type": "gradio.FileData"}}
    asked = client.post(f"{url}/gradio_api/call/predict", json={"data": [clip, "bundled", "auto", 5]})
    event = asked.raise_for_status().json()["event_id"]
    kind = ""
    with client.stream("GET", f"{url}/gradio_api/call/predict/{event}") as lines:
        for line in lines.iter_lines():
            if line.startswith("event: "):
                kind = line.removeprefix("event: ")
            elif line.startswith("data: ") and kind in ("complete", "error"):
                return json.loads(line.removeprefix("data: "))[0] if kind == "complete" else {"ok": False, "lost": line}
    return {"ok": False, "lost": "no answer"}


def visitor(number: int, url: str, truth: dict[str, list], clips: list[Path], seen: Seen) -> None:
    """Comes, asks about five clips, leaves; comes again."""
    draw = random.Random(number)
    while not seen.over.is_set():
        headers = {"x-forwarded-for": f"10.{number // 250}.{number % 250}.1"}
        with httpx.Client(timeout=PATIENCE, headers=headers) as client:
            for clip in draw.sample(clips, CLIPS_EACH):
                start = time.monotonic()
                try:
                    answer = call(url, client, clip.read_bytes(), clip.name)
                except httpx.HTTPError as error:
                    seen.counts["error"] += 1
                    seen.problems.append(repr(error))
                    continue
                seen.seconds.append(time.monotonic() - start)
                if not answer["ok"]:
                    kind = "full" if answer.get("error", {}).get("code") == "busy" else "error"
                    seen.counts[kind] += 1
                    if kind == "error":
                        seen.problems.append(str(answer)[:300])
                    time.sleep(draw.uniform(1, 3))
                elif answer["clip"] != clip.name or top(answer) != truth[clip.name]:
                    seen.counts["wrong"] += 1
                    seen.problems.append(f"{clip.name}: {top(answer)} instead of {truth[clip.name]}")
                else:
                    seen.counts["right"] += 1
                if seen.over.is_set():
                    return


def top(answer: dict) -> list:
    """The classes in their order, as far as they are apart."""
    return [(one["label"], round(one["probability"], 2)) for one in answer["predictions"][:1]]


def slow_uploader(port: int, seen: Seen) -> None:
    """A few bytes a second, for ever anew."""
    head = (
        b"POST /gradio_api/upload HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        b"X-Forwarded-For: 11.0.0.1\r\nContent-Length: 1000000\r\n\r\n--b\r\n"
        b'Content-Disposition: form-data; name="files"; filename="slow.mp4"\r\n\r\n'
    )
    while not seen.over.is_set():
        with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
            line.sendall(head)
            for _ in range(40):
                if seen.over.wait(0.5):
                    return
                line.sendall(b"x" * 100)


def garbage_sender(url: str, seen: Seen) -> None:
    draw = random.Random(7)
    with httpx.Client(timeout=PATIENCE, headers={"x-forwarded-for": "12.0.0.1"}) as client:
        while not seen.over.wait(0.5):
            try:
                answer = call(url, client, draw.randbytes(draw.randrange(1, 200_000)), "garbage.mp4")
                seen.counts[f"garbage: {answer.get('error', {}).get('code', 'lost')}"] += 1
            except httpx.HTTPError as error:  # noqa: PERF203
                seen.problems.append(f"garbage: {error!r}")


def killer(server: psutil.Process, seen: Seen) -> None:
    draw = random.Random(3)
    while not seen.over.wait(KILL_SECONDS):
        with contextlib.suppress(psutil.Error):  # it ended by itself meanwhile
            draw.choice(server.children()).kill()
            seen.killed += 1


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM")
def test_many_visitors_for_minutes(tmp_path: Path) -> None:
    clips = [sample.path for sample in SAMPLES]
    truth = {clip.name: top(predict_api(clip, "bundled")) for clip in clips}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    environment = {
        **os.environ,
        "VIDEOMAE_MODEL": "bundled",
        "VIDEOMAE_PUBLIC": "on",
        "VIDEOMAE_PROXIES": "1",
        "VIDEOMAE_KEEP_MINUTES": "1",
        "GRADIO_SERVER_PORT": str(port),
        "GRADIO_ANALYTICS_ENABLED": "False",
        "HF_HUB_OFFLINE": "1",
        "TMPDIR": str(temporary),
    }
    with (tmp_path / "output.txt").open("wb") as output:
        command = [sys.executable, "-m", "videomae_demo", "app"]
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
    try:
        server = psutil.Process(process.pid)
        while True:
            try:
                if httpx.get(f"{url}/healthz").status_code == 200:
                    break
            except httpx.HTTPError:
                time.sleep(0.5)
        seen = Seen()
        workers = [(visitor, (number, url, truth, clips, seen)) for number in range(CLIENTS)]
        workers += [(slow_uploader, (port, seen)), (garbage_sender, (url, seen)), (killer, (server, seen))]
        threads = [threading.Thread(target=work, args=arguments) for work, arguments in workers]
        for thread in threads:
            thread.start()
        memory = []
        ends = time.monotonic() + 60 * MINUTES
        while time.monotonic() < ends:
            time.sleep(5)
            memory.append(server.memory_info().rss / 1e6)
        seen.over.set()
        for thread in threads:
            thread.join(PATIENCE + 30)
        children = server.children(recursive=True)
        process.send_signal(signal.SIGTERM)
        status = process.wait(timeout=60)
    finally:
        process.kill()
    warm = int(len(memory) * WARM_UP_SHARE)
    growth = statistics.median(memory[-5:]) - statistics.median(memory[warm : warm + 5])
    _, alive = psutil.wait_procs(children, timeout=10)
    left = [str(path) for path in temporary.rglob("*") if path.is_file()]
    total = sum(seen.counts[kind] for kind in ("right", "full", "wrong", "error"))
    took = sorted(seen.seconds)
    print(f"\n{CLIENTS} visitors, {MINUTES:g} minutes, {seen.killed} workers killed")
    print(f"{total} requests: {dict(seen.counts)}")
    print(f"seconds: median {took[len(took) // 2]:.1f}, 95 % {took[len(took) * 95 // 100]:.1f}, longest {took[-1]:.1f}")
    print(f"memory: {memory[0]:.0f} MB at first, {memory[warm]:.0f} warm, {memory[-1]:.0f} at the end: {growth:+.0f}")
    print("\n".join(seen.problems[:10]))
    assert seen.counts["wrong"] == 0
    assert seen.counts["right"] + seen.counts["full"] >= 0.999 * total
    assert growth < MOST_GROWTH_MB
    assert (status, alive, left) == (0, [], [])
