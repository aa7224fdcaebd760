"""The decode workers: started once, kept warm, killed at the deadline, replaced when they die."""

from __future__ import annotations

import atexit
import contextlib
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from ..errors import ClipError, DemoError
from ..words import later
from . import messages

log = logging.getLogger(__name__)

START_TIMEOUT = 60.0
"""Seconds that a fresh worker may take until it is ready; a busy machine, not a clip, is the reason for many."""

JOBS_PER_WORKER = 200
"""Decoders leak on damaged files: a worker that served so many jobs gives way to a fresh one."""

_INHERITED = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "SYSTEMROOT",
    "TEMP",
    "TMP",
    "TMPDIR",
)
"""All that a worker gets of the app's environment: no token, no key."""


class WorkerLost(Exception):
    """The worker ended in mid-job: by itself, by the kernel, or at the deadline."""

    def __init__(self, *, timed_out: bool, seconds: float) -> None:
        super().__init__("at the deadline" if timed_out else "by itself")
        self.timed_out = timed_out
        self.seconds = seconds
        """How long the job ran."""


class Worker:
    """One decode process and the two pipes to it."""

    def __init__(self, memory_mb: float) -> None:
        self.jobs_done = 0
        self._ready = False
        self._process = _start(memory_mb)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, request: Mapping[str, Any], seconds: float) -> messages.Message:
        """The worker's reply.

        Raises:
            WorkerLost: no reply within ``seconds``, or the worker died; it is dead then, in any case.
            DemoError: ``internal``, the process does not even start.
        """
        self.wait_until_ready()
        self.jobs_done += 1
        return self._within(seconds, request)

    def next_reply(self, seconds: float) -> messages.Message:
        """The next of several replies to what was asked last; errors as ``ask``."""
        return self._within(seconds, None)

    def wait_until_ready(self) -> None:
        """Return when the process has imported what it needs."""
        if not self._ready:
            try:
                self._within(START_TIMEOUT, None)
            except WorkerLost as error:
                raise DemoError(
                    "internal",
                    later("The video reader does not start on this machine. Its reason is in the app's log."),
                ) from error
            self._ready = True

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):  # a request that the worker did not live to read
                pipe.close()  # type: ignore[union-attr]

    def _within(self, seconds: float, request: Mapping[str, Any] | None) -> messages.Message:
        start = time.monotonic()
        timed_out = threading.Event()

        def end() -> None:
            timed_out.set()
            self._process.kill()

        deadline = threading.Timer(seconds, end)
        deadline.daemon = True
        deadline.start()
        try:
            if request is not None:
                messages.send(self._process.stdin, request)  # type: ignore[arg-type]
            return messages.receive(self._process.stdout)  # type: ignore[arg-type]
        except (EOFError, OSError, ValueError, KeyError, TypeError) as error:
            self.kill()
            raise WorkerLost(timed_out=timed_out.is_set(), seconds=time.monotonic() - start) from error
        finally:
            deadline.cancel()


class Pool:
    """A fixed number of workers; each serves one visitor at a time, so a slow clip holds up one of them."""

    def __init__(self, size: int, memory_mb: float) -> None:
        self._memory_mb = memory_mb
        self._changed = threading.Condition()
        self._idle = [Worker(memory_mb) for _ in range(size)]
        self._all = set(self._idle)

    def ask(self, request: Mapping[str, Any], seconds: float) -> messages.Message:
        """One job on the next free worker; waits up to ``seconds`` for it, then as long again for the reply.

        Raises:
            WorkerLost: as ``Worker.ask``; a fresh worker has already taken the place of the lost one.
            ClipError: ``timeout``, no worker became free.
        """
        worker = self._take(seconds)
        try:
            try:
                worker.wait_until_ready()
            except DemoError:
                with self._changed:  # it may only have been killed: another one shows whether none can start
                    worker = self._replace(worker)
            return worker.ask(request, seconds)
        finally:
            self._give_back(worker)

    def warm_up(self) -> None:
        """Return when every worker that is idle now has started; those at work have, or say so to their visitors."""
        with self._changed:
            workers, self._idle = self._idle, []
        with contextlib.ExitStack() as stack:
            for worker in workers:
                stack.callback(self._give_back, worker)
            for worker in workers:
                worker.wait_until_ready()

    def close(self) -> None:
        with self._changed:
            workers, self._all, self._idle = self._all, set(), []
        for worker in workers:
            worker.kill()

    def pids(self) -> set[int]:
        with self._changed:
            return {worker.pid for worker in self._all}

    def _take(self, seconds: float) -> Worker:
        with self._changed:
            if not self._changed.wait_for(lambda: self._idle, seconds):
                raise ClipError(
                    "timeout", later("Other visitors' clips are being read just now. Try again in a moment.")
                )
            worker = self._idle.pop()  # the one used last: its memory is warm
            return worker if worker.alive else self._replace(worker)

    def _give_back(self, worker: Worker) -> None:
        with self._changed:
            if worker not in self._all:  # the pool was closed meanwhile
                return
            if not worker.alive or worker.jobs_done >= JOBS_PER_WORKER:
                worker = self._replace(worker)
            self._idle.append(worker)
            self._changed.notify()

    def _replace(self, worker: Worker) -> Worker:
        worker.kill()
        fresh = Worker(self._memory_mb)
        self._all = self._all - {worker} | {fresh}
        return fresh


def pool(size: int, memory_mb: float) -> Pool:
    """The pool of this process for these limits, started on first use."""
    with _lock:
        if (size, memory_mb) not in _pools:
            _pools[size, memory_mb] = Pool(size, memory_mb)
        return _pools[size, memory_mb]


def worker_memory() -> int:
    """Bytes of memory that all workers of this process hold now; 0 where the system does not tell."""
    with _lock:
        pids = [pid for each in _pools.values() for pid in each.pids()]
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError, ValueError, IndexError):
            total += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return total


def close_pools() -> None:
    """End every worker; a later request starts fresh ones."""
    with _lock:
        pools = list(_pools.values())
        _pools.clear()
    for each in pools:
        each.close()


def _start(memory_mb: float) -> subprocess.Popen[bytes]:
    environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    environment |= {
        "PYTHONPATH": os.pathsep.join(entry for entry in (str(_ROOT), *sys.path) if entry),
        "MALLOC_ARENA_MAX": "2",  # each further arena reserves 64 MB of addresses for every thread
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }
    command = [sys.executable, "-m", f"{__package__}.worker", str(os.getpid()), str(memory_mb)]
    return _spawner.submit(
        subprocess.Popen,
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        cwd=os.sep,  # nothing of the visitors' lies there
        pipesize=1 << 20,
        start_new_session=True,  # Ctrl-C at the terminal is the app's to handle
    ).result()


def _forget_parents_workers() -> None:
    """In a forked child, the pipes belong to the parent."""
    global _lock, _spawner
    _lock = threading.Lock()
    _spawner = ThreadPoolExecutor(1)
    _pools.clear()


_ROOT = Path(__file__).resolve().parents[2]
_lock = threading.Lock()
_pools: dict[tuple[int, float], Pool] = {}
# Linux ends a worker together with the thread that started it, so that one thread has to live as long as the app.
_spawner = ThreadPoolExecutor(1, thread_name_prefix="videomae-worker-starter")
atexit.register(close_pools)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_parents_workers)
