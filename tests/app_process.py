"""The app in a process of its own, as a server runs it, until it is told to stop."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

READY_SECONDS = 240
STOP_SECONDS = 60


@dataclass
class App:
    """The server, and at the end what it left."""

    url: str
    port: int
    process: psutil.Process
    temporary: Path
    """Where alone it writes."""
    status: int | None = None
    """What it ended with."""
    alive: tuple[int, ...] = ()
    """Processes of its that outlived it."""

    @property
    def left(self) -> list[str]:
        """All that lies on its disk, but for the empty folders that Gradio makes for itself where it is imported."""
        paths = [path.relative_to(self.temporary) for path in self.temporary.rglob("*")]
        return sorted(str(path) for path in paths if path.parts[0] != "gradio" or (self.temporary / path).is_file())


@contextmanager
def running_app(folder: Path, **environment: str) -> Iterator[App]:
    """Until the end of the block, which tells it to stop by SIGTERM; its output lies in the folder.

    Args:
        environment: beside what a server needs that asks no other machine.
    """
    port = free_port()
    temporary = folder / "temporary"
    temporary.mkdir()
    settings = {
        "VIDEOMAE_MODEL": "bundled",
        "GRADIO_SERVER_PORT": str(port),
        "GRADIO_ANALYTICS_ENABLED": "False",
        "HF_HUB_OFFLINE": "1",
        "TMPDIR": str(temporary),
        **environment,
    }
    with (folder / "output.txt").open("wb") as output:
        command = [sys.executable, "-m", "videomae_demo", "app"]
        process = subprocess.Popen(command, env={**os.environ, **settings}, stdout=output, stderr=output)
    app = App(f"http://127.0.0.1:{port}/", port, psutil.Process(process.pid), temporary)
    try:
        wait_until_ready(app.url)
        yield app
        children = app.process.children(recursive=True)
        process.send_signal(signal.SIGTERM)
        app.status = process.wait(timeout=STOP_SECONDS)
        _, alive = psutil.wait_procs(children, timeout=60)
        app.alive = tuple(one.pid for one in alive)
    finally:
        process.kill()
        process.wait()


def free_port() -> int:
    """One that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_ready(url: str) -> None:
    """Until a model answers there."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        with suppress(httpx.HTTPError):
            if httpx.get(f"{url}healthz").status_code == 200:
                return
        time.sleep(0.2)
    raise TimeoutError(f"no answer within {READY_SECONDS} s")
