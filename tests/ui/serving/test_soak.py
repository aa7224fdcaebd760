"""Many visitors at once for minutes, among them a slow one and some with garbage, while decode workers are killed.

Deselected by default: ``pytest -m soak tests/ui/serving/test_soak.py -s``, with ``SOAK_CLIENTS`` and ``SOAK_MINUTES``.
"""

from __future__ import annotations

import contextlib
import os
import random
import socket
import statistics
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil
import pytest
from app_client import call, is_right, top
from app_process import running_app

from videomae_demo.commands.render import render_clips
from videomae_demo.inputs.samples import SAMPLES
from videomae_demo.report.api import predict_api
from videomae_demo.ui import SWEEP_SECONDS

CLIENTS = int(os.environ.get("SOAK_CLIENTS", "100"))
MINUTES = float(os.environ.get("SOAK_MINUTES", "20"))
CLIPS_EACH = 5
DRAWN = 48
"""Clips beside the samples: more than the server keeps passes of, so that its memory is full before it is warm."""
EXPLAINED = 0.1
"""Of the requests: with a map, which is never answered from memory."""
KILL_SECONDS = 3.0
WARM_UP_SHARE = 0.2
"""Of the time, after which memory is to stay level: its medians in this share after it, and in the last, are compared.

What counts is the least within each ``SPAN_SECONDS``: between two sweeps some 600 MB of what clips took are free, and
not given back to the system yet.
"""
SPAN_SECONDS = SWEEP_SECONDS + 5
SAMPLE_SECONDS = 0.5
MOST_GROWTH_MB = 60.0
PATIENCE = 120.0
"""Seconds that one answer may take."""
LIMITS = httpx.Limits(keepalive_expiry=1)
"""The server ends idle connections after 5 s; a client that sends in that moment would see an error."""


@dataclass
class Seen:
    """What came of all requests."""

    counts: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    killed: int = 0
    over: threading.Event = field(default_factory=threading.Event)


def visitor(number: int, url: str, truth: dict[str, tuple[str, float]], clips: list[Path], seen: Seen) -> None:
    """Comes, asks about five clips, leaves; comes again."""
    draw = random.Random(number)
    while not seen.over.is_set():
        headers = {"x-forwarded-for": f"10.{number // 250}.{number % 250}.1"}
        with httpx.Client(timeout=PATIENCE, headers=headers, limits=LIMITS) as client:
            for clip in draw.sample(clips, CLIPS_EACH):
                start = time.monotonic()
                try:
                    explained = draw.random() < EXPLAINED
                    answer = call(url, client, clip.read_bytes(), clip.name, explained=explained)
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
                elif answer["clip"] != clip.name or not is_right(answer, truth[clip.name]):
                    seen.counts["wrong"] += 1
                    seen.problems.append(f"{clip.name}: {top(answer)} instead of {truth[clip.name]}")
                else:
                    seen.counts["right"] += 1
                if seen.over.is_set():
                    return


def is_clear(answer: dict) -> bool:
    """Whether no rounding changes the order of the first two classes."""
    first, second = (one["probability"] for one in answer["predictions"][:2])
    return first - second > 0.15


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
    with httpx.Client(timeout=PATIENCE, headers={"x-forwarded-for": "12.0.0.1"}, limits=LIMITS) as client:
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
    render_clips(tmp_path / "drawn", seed=CLIENTS, count=DRAWN)
    clips = [*(sample.path for sample in SAMPLES), *sorted((tmp_path / "drawn").glob("*.mp4"))]
    answers = {clip: predict_api(clip, "bundled") for clip in clips}
    clips = [clip for clip in clips if is_clear(answers[clip])]
    truth = {clip.name: top(answers[clip]) for clip in clips}
    seen, sampled = Seen(), []
    strangers = {"VIDEOMAE_PUBLIC": "on", "VIDEOMAE_PROXIES": "1", "VIDEOMAE_KEEP_MINUTES": "1"}
    with running_app(tmp_path, **strangers) as app:
        workers = [(visitor, (number, app.url, truth, clips, seen)) for number in range(CLIENTS)]
        workers += [(slow_uploader, (app.port, seen)), (garbage_sender, (app.url, seen)), (killer, (app.process, seen))]
        threads = [threading.Thread(target=work, args=arguments) for work, arguments in workers]
        for thread in threads:
            thread.start()
        ends = time.monotonic() + 60 * MINUTES
        while time.monotonic() < ends:
            time.sleep(SAMPLE_SECONDS)
            sampled.append(app.process.memory_info().rss / 1e6)
        seen.over.set()
        for thread in threads:
            thread.join(PATIENCE + 30)
        stuck = [thread.name for thread in threads if thread.is_alive()]
    span = int(SPAN_SECONDS / SAMPLE_SECONDS)
    memory = [min(sampled[start : start + span]) for start in range(0, len(sampled) - span + 1, span)]
    warm = int(len(memory) * WARM_UP_SHARE)
    first, last = statistics.median(memory[warm : 2 * warm]), statistics.median(memory[-warm:])
    total = sum(seen.counts[kind] for kind in ("right", "full", "wrong", "error"))
    took = sorted(seen.seconds)
    print(f"\n{CLIENTS} visitors, {MINUTES:g} minutes, {len(clips)} clips, {seen.killed} workers killed")
    print(f"{total} requests: {dict(seen.counts)}")
    print(f"seconds: median {took[len(took) // 2]:.1f}, 95 % {took[len(took) * 95 // 100]:.1f}, longest {took[-1]:.1f}")
    print(f"memory: {sampled[0]:.0f} MB at first, {max(sampled):.0f} at most")
    print(f"held: {first:.0f} MB warm, {last:.0f} at the end: {last - first:+.0f}")
    print(*(f"{megabytes:.0f}" for megabytes in memory))
    print(f"left: threads {stuck}, exit {app.status}, processes {app.alive}, files {app.left}")
    print(*seen.problems[:10], sep="\n")
    assert seen.counts["wrong"] == 0
    assert seen.counts["right"] + seen.counts["full"] >= 0.999 * total
    assert last - first < MOST_GROWTH_MB
    assert (stuck, app.status, app.alive, app.left) == ([], 0, (), [])
