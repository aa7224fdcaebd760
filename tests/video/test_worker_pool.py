"""A worker may hang, crash, run out of memory or be killed: its visitor gets an answer, the next one is not delayed."""

import contextlib
import gc
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import asdict, replace
from pathlib import Path

import psutil
import pytest

from videomae_demo import video
from videomae_demo.commands import intake_report
from videomae_demo.errors import ClipError
from videomae_demo.settings import Settings
from videomae_demo.video.corpus import GOOD_CASES, hostile_cases, read_number, write_clip
from videomae_demo.video.worker_pool import Pool, close_pools, pool

SETTINGS = Settings()
ROOT = Path(__file__).resolve().parents[2]
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


def pids(settings=SETTINGS):
    return pool(settings.decode_workers, settings.decode_memory_mb).pids()


def numbers_of(frames):
    return [read_number(rgb) for rgb in frames.rgb]


@pytest.fixture(autouse=True)
def warm():
    video.warm_up()


def test_importing_the_door_loads_no_heavy_package():
    code = (
        "import sys, videomae_demo.video, videomae_demo.video.worker as _;"
        "print([name for name in ('torch', 'transformers', 'gradio', 'plotly') if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert found.stdout.strip() == "[]"


def test_the_app_itself_loads_no_decoder(clip):
    code = (
        "import sys; from pathlib import Path; from videomae_demo import video;"
        f"video.decode(video.probe(Path({str(clip)!r})), [0]);"
        "print([name for name in ('av', 'decord') if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert found.stdout.strip() == "[]"


@linux_only
def test_no_secret_reaches_a_worker(monkeypatch, clip):
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    close_pools()
    video.decode(video.probe(clip), [0])
    for pid in pids():
        assert b"hf_secret" not in Path(f"/proc/{pid}/environ").read_bytes()
        assert Path(f"/proc/{pid}/cwd").readlink() == Path("/")


@linux_only
def test_a_worker_is_held_to_its_limits(clip):
    video.decode(video.probe(clip), [0])
    for pid in pids():
        process = psutil.Process(pid)
        assert process.rlimit(psutil.RLIMIT_FSIZE) == (0, 0)
        assert process.rlimit(psutil.RLIMIT_CORE) == (0, 0)
        soft, hard = process.rlimit(psutil.RLIMIT_AS)
        assert soft == hard < 3e9  # the growth of settings.decode_memory_mb upon what the libraries map
        assert [file for file in process.open_files() if "w" in file.mode] == []


def test_warming_up_from_several_threads_at_once_ends():
    close_pools()
    with ThreadPoolExecutor(4) as threads:
        for ready in [threads.submit(video.warm_up) for _ in range(4)]:
            ready.result(timeout=120)
    assert len(pids()) == SETTINGS.decode_workers


def test_a_worker_serves_many_requests(clip):
    before = pids()
    for index in range(5):
        assert numbers_of(video.decode(video.probe(clip), [index])) == [index]
    assert pids() == before


def test_a_worker_gives_way_to_a_fresh_one_after_many_jobs(clip, monkeypatch):
    monkeypatch.setattr("videomae_demo.video.worker_pool.JOBS_PER_WORKER", 3)
    one = Pool(1, 500)
    try:
        first = one.pids()
        request = {"job": "probe", "path": str(clip), "settings": {}}
        for _ in range(3):
            assert one.pids() == first
            one.ask(request, 60)
        assert one.pids().isdisjoint(first)
        assert "info" in one.ask(request, 60)
    finally:
        one.close()


@linux_only
def test_a_hanging_worker_is_killed_at_the_deadline_and_the_next_visitor_is_served(clip):
    settings = Settings(decode_timeout=1.0 + slack(), decode_workers=1)
    video.warm_up(settings=settings)
    (pid,) = pids(settings)
    os.kill(pid, signal.SIGSTOP)  # a decoder that never comes back
    with pytest.raises(ClipError) as caught:
        video.probe(clip, settings=settings)
    assert caught.value.code == "timeout"
    assert video.probe(clip, settings=replace(settings, decode_timeout=60)).num_frames == 40
    assert not psutil.pid_exists(pid)


@linux_only
def test_decord_spinning_leaves_time_for_pyav(clip):
    settings = Settings(decode_timeout=4.0 + 4 * slack(), decode_workers=1)
    info = video.probe(clip, settings=settings)
    assert info.scan.plain
    assert video.decode(info, [7], settings=settings).decoder == "decord"
    (pid,) = pids(settings)
    os.kill(pid, signal.SIGSTOP)
    frames = video.decode(info, [7], settings=settings)
    assert frames.decoder == "pyav"
    assert numbers_of(frames) == [7]


def test_a_slow_clip_times_out_with_a_sentence(slow_clip):
    settings = Settings(decode_timeout=0.05)
    info = video.probe(slow_clip)
    with pytest.raises(ClipError) as caught:
        video.decode(info, [299], settings=settings)
    assert caught.value.code == "timeout"
    assert "0.05 seconds" in str(caught.value)


@linux_only
def test_sigkill_in_mid_decode_is_a_silent_retry_and_the_next_is_served(slow_clip, clip):
    info = video.probe(slow_clip)
    info = replace(info, scan=replace(info.scan, plain=False))
    with ThreadPoolExecutor(1) as visitor:
        answer = visitor.submit(video.decode, info, [299])
        stop_in_mid_decode()
        assert not answer.done()
        killed = pids()
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        assert numbers_of(video.decode(video.probe(clip), [3])) == [3]
        assert numbers_of(answer.result()) == [299]
    assert not any(psutil.pid_exists(pid) for pid in killed)  # dead and reaped


@linux_only
def test_a_worker_that_is_killed_while_it_starts_is_replaced(clip):
    fresh = Pool(1, 1400)
    (pid,) = fresh.pids()
    os.kill(pid, signal.SIGSTOP)
    try:
        with ThreadPoolExecutor(1) as visitor:
            answer = visitor.submit(fresh.ask, {"job": "probe", "path": str(clip), "settings": asdict(Settings())}, 60)
            while fresh._idle:
                time.sleep(0.01)
            os.kill(pid, signal.SIGKILL)
            assert "error" not in answer.result() and "failed" not in answer.result()
        assert pid not in fresh.pids()
    finally:
        fresh.close()


@linux_only
def test_a_clip_that_crashes_every_worker_is_unreadable(slow_clip, clip):
    settings = Settings(decode_workers=1)
    info = video.probe(slow_clip, settings=settings)
    info = replace(info, scan=replace(info.scan, plain=False))
    ended = threading.Event()

    def kill_at_work():
        while not ended.is_set():
            for pid in pids(settings):
                with contextlib.suppress(psutil.NoSuchProcess):
                    if is_decoding(pid):
                        psutil.Process(pid).kill()
            time.sleep(0.005)

    killer = threading.Thread(target=kill_at_work)
    killer.start()
    try:
        with pytest.raises(ClipError) as caught:
            video.decode(info, [299], settings=settings)
    finally:
        ended.set()
        killer.join()
    assert caught.value.code == "unreadable"
    assert video.probe(clip, settings=settings).num_frames == 40


@linux_only
def test_too_little_memory_is_a_sentence_and_harms_nobody(tmp_path, clip):
    large = tmp_path / "large.mp4"
    write_clip(large, numbers=range(3), size=(3840, 2160))
    settings = Settings(decode_memory_mb=60)
    with pytest.raises(ClipError) as caught:
        video.decode(video.probe(large, settings=settings), [0, 1, 2], settings=settings)
    assert caught.value.code == "unreadable"
    assert numbers_of(video.decode(video.probe(clip, settings=settings), [5], settings=settings)) == [5]


def test_several_visitors_at_once_get_their_own_frames(tmp_path):
    clips = [tmp_path / f"{visitor}.mp4" for visitor in range(4)]
    for visitor, path in enumerate(clips):
        write_clip(path, numbers=range(100 * visitor, 100 * visitor + 20))

    def visit(number):
        visitor = number % 4
        frames = video.decode(video.probe(clips[visitor]), [number % 20])
        return numbers_of(frames) == [100 * visitor + number % 20]

    with ThreadPoolExecutor(8) as visitors:
        assert all(visitors.map(visit, range(48)))
    assert len(pids()) == SETTINGS.decode_workers


@linux_only
def test_a_hanging_clip_delays_nobody_else(clip):
    settings = Settings(decode_workers=2, decode_timeout=120)
    video.warm_up(settings=settings)
    stopped = min(pids(settings))
    os.kill(stopped, signal.SIGSTOP)
    with ThreadPoolExecutor(2) as visitors:
        answers = [visitors.submit(video.probe, clip, settings=settings) for _ in range(2)]
        (quick,), (hanging,) = wait(answers, return_when=FIRST_COMPLETED)
        assert quick.result().num_frames == 40
        assert video.probe(clip, settings=settings).num_frames == 40
        assert not hanging.done()
        os.kill(stopped, signal.SIGCONT)
        assert hanging.result().num_frames == 40


def test_waiting_too_long_for_a_worker_is_a_sentence():
    empty = Pool(1, 500)
    try:
        empty._take(60)
        with pytest.raises(ClipError) as caught:
            empty.ask({}, 0.05)
        assert caught.value.code == "timeout"
    finally:
        empty.close()


@linux_only
def test_killing_the_app_leaves_no_process_and_no_file(slow_clip, tmp_path):
    code = (
        "from pathlib import Path; from videomae_demo import video; from videomae_demo.video.worker_pool import pool\n"
        f"video.warm_up(); clip = video.probe(Path({str(slow_clip)!r}))\n"
        "print(*pool(2, 1400.0).pids(), flush=True)\n"
        "while True: video.decode(clip, [299])\n"
    )
    app = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(tmp_path), "VIDEOMAE_DECODE_WORKERS": "2"},
    )
    workers = [psutil.Process(int(pid)) for pid in app.stdout.readline().split()]
    assert len(workers) == 2
    time.sleep(0.2)  # in mid-decode
    app.kill()
    app.wait()
    app.stdout.close()
    _, alive = psutil.wait_procs(workers, timeout=60)
    assert not alive
    assert list(tmp_path.iterdir()) == []


def test_an_app_that_ends_takes_its_workers_along(clip, tmp_path):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    code = (
        "from pathlib import Path; from videomae_demo import video; from videomae_demo.video.worker_pool import pool\n"
        f"clip = video.probe(Path({str(clip)!r})); video.decode(clip, [0]); video.preview_mp4(clip)\n"
        "print(*pool(2, 1400.0).pids())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(temporary)},
        timeout=300,
    )
    assert done.stderr == ""
    assert not any(psutil.pid_exists(int(pid)) for pid in done.stdout.split())
    assert list(temporary.iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_child_decodes_with_workers_of_its_own(clip):
    mine = pids()
    child = os.fork()
    if child == 0:
        try:
            right = numbers_of(video.decode(video.probe(clip), [9])) == [9] and pids().isdisjoint(mine)
            close_pools()
            os._exit(0 if right else 1)
        except BaseException:
            os._exit(2)
    assert os.waitpid(child, 0)[1] == 0
    assert numbers_of(video.decode(video.probe(clip), [4])) == [4]


@linux_only
def test_sixty_mixed_files_leave_nothing_behind(tmp_path):
    good = [case for case in GOOD_CASES if case.name in ("h264.mp4", "turned 90.mp4", "picture.gif", "libvpx.webm")]
    bad = [case for case in hostile_cases() if case.name in ("words.mp4", "60000 pixels.gif", "pipe.mp4", "still.jpg")]
    made = [(case, tmp_path / case.name, case.make(tmp_path / case.name)) for case in (*good, *bad)]
    assert len(made) == 8

    def try_all(times):
        for _ in range(times):
            for case, path, truth in made:
                assert intake_report.try_case(case, path, truth, SETTINGS).as_it_should
        gc.collect()

    try_all(2)
    app = psutil.Process()
    before = app.memory_info().rss, app.num_fds(), app.num_threads(), len(app.children(recursive=True))
    try_all(8)
    after = app.memory_info().rss, app.num_fds(), app.num_threads(), len(app.children(recursive=True))
    assert after[0] - before[0] < 20e6
    assert after[1:] == before[1:]


def is_decoding(pid):
    return psutil.Process(pid).num_threads() > 1  # FFmpeg's own


def stop_in_mid_decode():
    """Halt a worker that is at a clip, however fast the machine is; the clip's answer cannot come any more."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for pid in filter(is_decoding, pids()):
            os.kill(pid, signal.SIGSTOP)
            if is_decoding(pid):
                return
            os.kill(pid, signal.SIGCONT)  # it had just come to the end
    raise AssertionError("no worker was seen decoding")


def slack():
    """Seconds more on a machine that does other work, too."""
    return 0.5 * max(0.0, os.getloadavg()[0] / (os.cpu_count() or 1) - 1)
