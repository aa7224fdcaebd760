"""Started, killed and measured: Ray on this machine with the bundled model, clips by hundreds, and processes that die.

Deselected by default: ``pytest -m ray -s tests/scale/test_on_ray.py`` prints what ``.deploy/MANY_MACHINES.md`` says. It
needs the extra ``scale``; ``RAY_CLIPS`` and ``RAY_QUESTIONS`` say how many. Each test has a limit of ten minutes, and
fails where a process is left.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import httpx
import numpy as np
import psutil
import pytest
from app_client import call, is_right, top
from app_process import free_port, wait_until_ready
from clips import counting_frames, write_clip

from videomae_demo.commands.render import render_clips
from videomae_demo.models import load_classifier
from videomae_demo.pipeline import prepare
from videomae_demo.report.api import predict_api
from videomae_demo.scale.elsewhere import ANSWERS
from videomae_demo.scale.many_files import Pool, answer_files
from videomae_demo.scale.own_cluster import own_cluster
from videomae_demo.settings import Settings

pytestmark = [
    pytest.mark.ray,
    pytest.mark.timeout(600),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:ray"),
    pytest.mark.skipif(not find_spec("ray"), reason="the extra scale is not installed"),
    pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL"),
]

CLIPS = int(os.environ.get("RAY_CLIPS", "500"))
QUESTIONS = int(os.environ.get("RAY_QUESTIONS", "200"))
ASKERS = 8
ROWS_PER_FILE = 20
SHARED_MEMORY_MB = 400
LOOK = {"size": (120, 160), "num_frames": 24, "fps": 12}
MODEL = {"model": "bundled", "device": "cpu", "dtype": "bfloat16"}
FEW = 16
"""Clips that are drawn, copied as often as is needed, and answered by this process, too."""


@contextmanager
def small_cluster() -> Iterator[None]:
    """Two processors' worth of Ray; none of its processes outlives it."""
    me = psutil.Process()
    before = set(me.children(recursive=True))
    with own_cluster(cpus=2, object_store_bytes=SHARED_MEMORY_MB * 10**6, logs=False):
        yield
        started = set(me.children(recursive=True)) - before
    _, alive = psutil.wait_procs(started, timeout=60)
    assert not [one for one in alive if one.status() != psutil.STATUS_ZOMBIE]


def load() -> str:
    return f"load {os.getloadavg()[0]:.0f} on {os.cpu_count()} cores"


# ---- many files


def rows_of(folder: Path) -> list[dict]:
    from pyarrow import parquet

    return [row for file in sorted(folder.glob("*.parquet")) for row in parquet.read_table(file).to_pylist()]


def test_each_clip_has_one_row_and_a_second_run_adds_what_is_missing(tmp_path: Path) -> None:
    clips = [write_clip(tmp_path / f"{number}.mp4", counting_frames(16 + number)) for number in range(3)]
    (tmp_path / "bad.mp4").write_text("no video")
    clips += [tmp_path / "bad.mp4", tmp_path / "missing.mp4"]
    pool = Pool(batch_size=2, rows_per_file=2, cpus_a_model=0.5, cpus_a_decoder=0.5)
    with small_cluster():
        written = [answer_files(some, tmp_path / "out", pool=pool, **MODEL) for some in (clips[:2], clips, clips)]
    assert written == [2, 3, 0]
    rows = rows_of(tmp_path / "out")
    assert sorted(row["clip"] for row in rows) == sorted(map(str, clips))
    assert sum(row["ok"] for row in rows) == 3


def start_classify(clips: Path, out: Path) -> subprocess.Popen:
    """``scale classify`` as a program of its own."""
    options = ["--model", "bundled", "--dtype", "bfloat16", "--rows-per-file", str(ROWS_PER_FILE)]
    options += ["--cpus", "0.5", "--cpus-a-decoder", "0.5", "--shared-memory", str(SHARED_MEMORY_MB)]
    command = [sys.executable, "-m", "videomae_demo", "scale", "classify", str(clips), "--out", str(out), *options]
    with (out.parent / "output.txt").open("ab") as output:
        return subprocess.Popen(command, stdout=output, stderr=output)


def test_files_killed_and_gone_on_with_are_answered_once_each(tmp_path: Path) -> None:
    drawn, clips, out = (tmp_path / name for name in ("drawn", "clips", "answers"))
    render_clips(drawn, seed=13, count=FEW, **LOOK)
    kinds = sorted(drawn.glob("*.mp4"))
    clips.mkdir()
    for number in range(CLIPS - 2):
        shutil.copy(kinds[number % FEW], clips / f"{number:04d}.mp4")
    (clips / "no_video.mp4").write_text("no video")
    (clips / "empty.mp4").touch()
    files = sorted(clips.glob("*.mp4"))
    first = start_classify(clips, out)
    try:
        while len(list(out.glob("*.parquet"))) < CLIPS // ROWS_PER_FILE // 4:
            assert first.poll() is None, (tmp_path / "output.txt").read_text()[-3000:]
            time.sleep(0.2)
        started = psutil.Process(first.pid).children(recursive=True)
    finally:
        first.kill()
        first.wait()
    _, alive = psutil.wait_procs(started, timeout=90)
    assert not [one for one in alive if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]
    there = len(rows_of(out))

    begin = time.monotonic()
    second = start_classify(clips, out)
    try:
        assert second.wait() == 0, (tmp_path / "output.txt").read_text()[-3000:]
    finally:
        second.kill()
    seconds = time.monotonic() - begin
    rows = rows_of(out)
    print(f"\n{len(files)} clips, {load()}: {there} rows when killed, {len(rows)} at the end,")
    print(f"{len({row['clip'] for row in rows})} clips among them; {len(started)} processes ended with the program;")
    print(f"the second run answered {len(rows) - there} in {seconds:.0f} s, Ray's start included")
    assert 0 < there < len(files)
    assert sorted(row["clip"] for row in rows) == [str(file) for file in files]
    assert {Path(row["clip"]).name: row["error_code"] for row in rows if not row["ok"]} == {
        "no_video.mp4": "unreadable",
        "empty.mp4": "empty",
    }
    answers = [predict_api(kind, "bundled")["predictions"] for kind in kinds]
    truth = [{one["label"]: one["probability"] for one in answer} for answer in answers]
    for row in rows:
        if row["ok"]:
            alone = truth[int(Path(row["clip"]).stem) % FEW]
            for label, probability in zip(row["labels"], row["probabilities"], strict=True):
                assert abs(alone.get(label, 0.0) - probability) < 0.05  # half precision, batches of another size


# ---- replicas


@pytest.fixture(scope="module")
def questions(tmp_path_factory: pytest.TempPathFactory) -> list[tuple]:
    """Arguments of the function that answers, one for each of a few clips."""
    folder = tmp_path_factory.mktemp("questions")
    render_clips(folder, seed=14, count=FEW, **LOOK)
    asked = [prepare(clip, **MODEL) for clip in sorted(folder.glob("*.mp4"))]
    return [("bundled", "cpu", "bfloat16", np.stack([view.pixel_values for view in one.inputs])) for one in asked]


@pytest.fixture(scope="module")
def truth(questions: list[tuple]) -> np.ndarray:
    """(clips, num_labels): what this process says by itself."""
    classifier = load_classifier(**MODEL)
    return np.concatenate([classifier.logits(views) for *_, views in questions])


class Load:
    """Many questions to the model's replicas, from some askers at once."""

    def __init__(self, models: object, questions: list[tuple], truth: np.ndarray) -> None:
        from videomae_demo.scale.serving import asker

        self.ask, self.questions, self.truth = asker(models), questions, truth
        self.seen: Counter[str] = Counter()
        self.lock = threading.Lock()

    def one(self, number: int) -> None:
        """Its own clip's answer, and no other's?"""
        own = number % len(self.questions)
        try:
            logits = self.ask(ANSWERS, (*self.questions[own], None), {}).logits[0]
            away = np.abs(logits - self.truth).max(axis=1)
            kind = "right" if away.argmin() == own and away[own] < 0.5 else "wrong"  # two clips' are 6 apart
        except Exception as error:
            kind = f"lost: {type(error).__name__}"
        with self.lock:
            self.seen[kind] += 1

    def run(self, count: int) -> float:
        """Seconds that so many questions took."""
        begin = time.monotonic()
        with ThreadPoolExecutor(ASKERS) as askers:
            list(askers.map(self.one, range(count)))
        return time.monotonic() - begin


def models_running(replicas: int) -> object:
    """The handle of as many replicas, all of them ready, without a page."""
    from ray import serve

    from videomae_demo.scale.serving import APPLICATION, Scaling, application

    scaling = Scaling(fewest=replicas, most=replicas, cpus=1.0, batch=ASKERS)
    serve.start(proxy_location="Disabled")
    handle = serve.run(application(Settings(**MODEL), scaling, page=False), name=APPLICATION, route_prefix=None)
    while len(processes(handle)) < replicas:
        time.sleep(0.5)
    return handle


def processes(handle: object) -> set[int]:
    """Of the replicas that answer now."""
    replies = [handle.process.remote() for _ in range(4 * ASKERS)]
    return {reply.result(timeout_s=60) for reply in replies}


def test_a_replica_killed_in_mid_load_loses_no_question(questions: list[tuple], truth: np.ndarray) -> None:
    killed = []
    with small_cluster():
        from ray import serve

        handle = models_running(2)
        asking = Load(handle, questions, truth)
        asking.run(2 * ASKERS)
        asking.seen.clear()
        over = threading.Event()

        def kill() -> None:
            for share in (0.25, 0.6):
                while sum(asking.seen.values()) < share * QUESTIONS and not over.is_set():
                    time.sleep(0.02)
                busiest = max(processes(handle), key=lambda pid: sum(psutil.Process(pid).cpu_times()[:2]))
                os.kill(busiest, signal.SIGKILL)
                killed.append(busiest)

        killer = threading.Thread(target=kill)
        killer.start()
        seconds = asking.run(QUESTIONS)
        over.set()
        killer.join()
        serve.shutdown()
    print(f"\n{QUESTIONS} questions, {ASKERS} askers, 2 replicas, {len(set(killed))} of them killed, {load()}:")
    print(f"{dict(asking.seen)} in {seconds:.0f} s")
    assert len(set(killed)) == 2
    assert asking.seen == {"right": QUESTIONS}


def test_clips_a_second_of_one_and_two_replicas(questions: list[tuple], truth: np.ndarray) -> None:
    """In the order 1, 2, 2, 1, so that what else the machine does falls on both."""
    found: dict[int, list[str]] = {1: [], 2: []}
    with small_cluster():
        from ray import serve

        for replicas in (1, 2, 2, 1):
            handle = models_running(replicas)
            asking = Load(handle, questions, truth)
            asking.run(4 * ASKERS)
            own = [psutil.Process(pid) for pid in processes(handle)]
            before = sum(sum(one.cpu_times()[:2]) for one in own)
            count = QUESTIONS // 2
            seconds = asking.run(count)
            spent = sum(sum(one.cpu_times()[:2]) for one in own) - before
            found[replicas].append(f"{count / seconds:.2f} ({spent / count:.3f} processor seconds a clip, {load()})")
            assert set(asking.seen) == {"right"}
            serve.shutdown()
    for replicas, rounds in found.items():
        print(f"\n{replicas} replicas, {QUESTIONS // 2} questions a round, {ASKERS} askers: clips a second", end="")
        print("", *rounds, sep="\n  ")


def test_a_replica_killed_under_the_page_loses_no_visitor(tmp_path: Path) -> None:
    """Programs send clips to the page, for answers and for maps, while one replica dies and then another."""
    render_clips(tmp_path / "drawn", seed=15, count=QUESTIONS // 2, **LOOK)
    clips = sorted((tmp_path / "drawn").glob("*.mp4"))
    truth = [top(predict_api(clip, "bundled")) for clip in clips]
    url = f"http://127.0.0.1:{(port := free_port())}/"
    command = [sys.executable, "-m", "videomae_demo", "scale", "serve", "--port", str(port), "--fewest", "2"]
    command += ["--cpus", "0.5", "--shared-memory", str(SHARED_MEMORY_MB)]
    seen: Counter[str] = Counter()
    killed: list[int] = []
    over = threading.Event()

    def ask(job: tuple[int, bool]) -> None:
        number, explained = job
        try:
            with httpx.Client(timeout=300) as client:
                answer = call(url, client, clips[number].read_bytes(), clips[number].name, explained=explained)
            kind = str(answer.get("error") or ("right" if is_right(answer, truth[number]) else "wrong"))
        except Exception as error:
            kind = f"lost: {error!r}"
        seen[kind] += 1

    def kill() -> None:
        for share in (0.25, 0.6):
            while sum(seen.values()) < share * len(jobs) and not over.is_set():
                time.sleep(0.02)
            replicas = [
                one for one in psutil.Process(server.pid).children(recursive=True) if ":Model" in str(one.cmdline())
            ]
            busiest = max(replicas, key=lambda one: sum(one.cpu_times()[:2]))
            busiest.kill()
            killed.append(busiest.pid)

    jobs = [(number, explained) for number in range(len(clips)) for explained in (False, True)]
    with (tmp_path / "output.txt").open("wb") as output:
        environment = {**os.environ, "VIDEOMAE_MODEL": "bundled", "HF_HUB_OFFLINE": "1"}
        server = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
    try:
        wait_until_ready(url)
        killer = threading.Thread(target=kill)
        killer.start()
        begin = time.monotonic()
        with ThreadPoolExecutor(ASKERS) as askers:
            list(askers.map(ask, jobs))
        seconds = time.monotonic() - begin
        over.set()
        killer.join()
        started = psutil.Process(server.pid).children(recursive=True)
        server.terminate()
        assert server.wait(timeout=60) == 0
        _, alive = psutil.wait_procs(started, timeout=60)
    finally:
        server.kill()
    print(f"\n{len(jobs)} questions to the page, half of them with a map, {ASKERS} askers, 2 replicas,")
    print(f"{len(set(killed))} of them killed, {load()}: {dict(seen)} in {seconds:.0f} s")
    assert len(set(killed)) == 2
    assert seen == {"right": len(jobs)}
    assert not [one for one in alive if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]
