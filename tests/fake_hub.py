"""A hub on loopback that serves folders as the real one does, and misbehaves on demand."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from huggingface_hub import constants

NOBODY = "http://127.0.0.1:9"
"""The discard port: refuses at once."""

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class FakeHub:
    """``repos`` maps a hub id to the folder that it holds."""

    repos: dict[str, Path]
    answering: threading.Event = field(default_factory=threading.Event)
    """Set while it answers; while it is clear, whoever asks waits."""
    cut_after_bytes: int | None = None
    """Break the connection after so many bytes of a large file ..."""
    cuts: int = 0
    """... so many times; then behave."""
    requests: list[str] = field(default_factory=list)
    """``"HEAD owner/name/config.json"``, with ``"@12-"`` behind it for a range."""
    url: str = ""

    def count(self, method: str, name: str) -> int:
        return sum(line.startswith(method) and name in line for line in self.requests)


@contextmanager
def serve(hub: FakeHub) -> Iterator[FakeHub]:
    """The hub at ``hub.url`` while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.answer()

        def do_GET(self) -> None:
            self.answer()

        def answer(self) -> None:
            hub.answering.wait()
            match = re.fullmatch(r"/(?:datasets/)?([^/]+/[^/]+)/resolve/([^/]+)/(.+)", self.path)
            file = hub.repos[match[1]] / match[3] if match and match[1] in hub.repos else None
            asked_range = self.headers.get("Range", "")
            hub.requests.append(
                f"{self.command} {match[1]}/{match[3]}" + asked_range.replace("bytes=", "@") if match else self.path
            )
            if file is None:
                return self.refuse(401, "RepoNotFound")
            if match[2] not in ("main", COMMIT):
                return self.refuse(404, "RevisionNotFound")
            if not file.is_file():
                return self.refuse(404, "EntryNotFound")
            data = file.read_bytes()
            first = int(asked_range.removeprefix("bytes=").split("-")[0]) if asked_range else 0
            self.send_response(206 if asked_range else 200)
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("ETag", f'"{hashlib.sha256(data).hexdigest()}"')
            self.send_header("Content-Length", str(len(data) - first))
            self.send_header("Accept-Ranges", "bytes")
            if asked_range:
                self.send_header("Content-Range", f"bytes {first}-{len(data) - 1}/{len(data)}")
            self.end_headers()
            if self.command == "HEAD":
                return None
            if hub.cut_after_bytes is not None and hub.cuts > 0 and len(data) > hub.cut_after_bytes:
                hub.cuts -= 1
                self.wfile.write(data[first : first + hub.cut_after_bytes])
                self.close_connection = True
                return None
            self.wfile.write(data[first:])
            return None

        def refuse(self, status: int, code: str) -> None:
            self.send_response(status)
            self.send_header("X-Error-Code", code)
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            pass  # a client that has given up on a slow answer is what the test wants

    server = Quiet(("127.0.0.1", 0), Handler)
    hub.answering.set()
    hub.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield hub
    finally:
        hub.answering.set()
        server.shutdown()
        server.server_close()


def point_to(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if HF_ENDPOINT had been set before the start."""
    monkeypatch.setattr(constants, "ENDPOINT", url)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", url + "/{repo_id}/resolve/{revision}/{filename}")
