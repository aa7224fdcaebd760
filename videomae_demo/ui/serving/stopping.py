"""A clean end: what is under way is finished or refused, and no process and no file stays behind."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import NoReturn

from ...video.own_folder import remove_own_folders
from ...video.worker_pool import close_pools

POLL_SECONDS = 0.1


@contextlib.contextmanager
def stop_signals() -> Iterator[Callable[[], None]]:
    """A function that returns when the process is told to stop, by SIGTERM or Ctrl-C; signals are as before afterwards.

    In another thread than the main one, where Python hears no signals, it waits for ever.
    """
    told = threading.Event()
    before = {}
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            before[number] = signal.signal(number, lambda *_: told.set())

    def wait() -> None:
        while not told.wait(POLL_SECONDS if os.name == "nt" else 1.0):  # where a wait without end hears no signal
            pass

    try:
        yield wait
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def end_now() -> NoReturn:
    """End the process, whatever its threads are at: a clip that is being read could else hold it up for long, and would
    have fresh workers started for it."""
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    close_pools()
    remove_own_folders()
    os._exit(0)


def wait_until(done: Callable[[], bool], seconds: float) -> bool:
    """Whether it was done within so many seconds."""
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True
