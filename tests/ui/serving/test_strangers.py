"""What strangers may not do to a public server, tried over HTTP against one that runs."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from clips import counting_frames, write_clip
from gradio_client import Client, handle_file
from tiny import save_hub_layout, tiny_model

from videomae_demo import happenings
from videomae_demo.settings import FOR_STRANGERS, Settings
from videomae_demo.ui import build_demo, launch_options
from videomae_demo.ui.blocks import WholeBlocks
from videomae_demo.ui.serving import intake
from videomae_demo.ui.serving.line import Visitor

MB = 0.2
"""The largest upload here."""
SECONDS = 60


@dataclass
class Public:
    """A public server, and what it refused."""

    url: str
    demo: WholeBlocks
    clip: Path
    refused: list[str]

    def files(self) -> list[Path]:
        # Folders go while they are looked through; ``os.walk`` goes past those.
        return [Path(folder, name) for folder, _, names in os.walk(self.demo.kept.folder) for name in names]

    def ask(self, path: str, *, session: str | None = None) -> str:
        """/predict as plain HTTP; the events of the answer."""
        clip = {"path": path, "meta": {"_type": "gradio.FileData"}}
        body = {"data": [clip, "auto", "auto", 5], "session_hash": session}
        event = httpx.post(f"{self.url}gradio_api/call/predict", json=body, timeout=SECONDS).json()["event_id"]
        return httpx.get(f"{self.url}gradio_api/call/predict/{event}", timeout=SECONDS).text

    def upload(self, name: str = "clip.mp4", data: bytes | None = None) -> httpx.Response:
        content = self.clip.read_bytes() if data is None else data
        return httpx.post(f"{self.url}gradio_api/upload", files={"files": (name, content)}, timeout=SECONDS)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Public]:
    folder = tmp_path_factory.mktemp("public")
    settings = replace(
        Settings(**dict(FOR_STRANGERS)),  # type: ignore[arg-type]
        model=str(save_hub_layout(tiny_model(num_frames=8), folder / "model")),
        max_upload_mb=MB,
        max_seconds=4.0,
    )
    refused: list[str] = []
    stop = happenings.listen(lambda what, values: refused.append(str(values["why"])) if what == "refused" else None)
    demo = build_demo(settings=settings, tabs={})
    _, url, _ = demo.launch(prevent_thread_lock=True, quiet=True, **launch_options(settings))
    yield Public(url, demo, write_clip(folder / "up.mp4", counting_frames(20)), refused)
    demo.close()
    stop()


@pytest.fixture(autouse=True)
def _nothing_refused_yet(server):
    server.refused.clear()


def until(happened, what: str) -> None:
    deadline = time.monotonic() + SECONDS
    while not happened():
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.05)


def begin_upload(server: Public, *, promised: int) -> socket.socket:
    """The head of an upload; what follows is up to the test."""
    address = urlsplit(server.url)
    line = socket.create_connection((address.hostname, address.port), timeout=SECONDS)
    line.sendall(
        b"POST /gradio_api/upload HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        b"Content-Length: %d\r\n\r\n--b\r\n"
        b'Content-Disposition: form-data; name="files"; filename="a.mp4"\r\n\r\n' % promised
    )
    return line


def test_an_honest_visitor_is_answered(server):
    with closing(Client(server.url, verbose=False)) as client:
        answer = client.predict(handle_file(server.clip), api_name="/predict")
    assert answer["ok"]
    assert server.refused == []


def test_an_upload_that_admits_its_size_is_refused_before_it_is_sent(server):
    with begin_upload(server, promised=10**9) as line:
        assert b" 413 " in line.recv(1000).split(b"\r\n")[0]
    assert server.refused == ["too large"]
    assert [path for path in server.files() if path.name == "a.mp4"] == []


def test_an_upload_that_hides_its_size_is_cut_off_while_it_arrives(server):
    """In chunks, so that no header tells how much there will be."""
    before = server.files()
    sent = 0

    def film() -> Iterator[bytes]:
        nonlocal sent
        yield b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.mp4"\r\n\r\n'
        for _ in range(2000):
            sent += 50_000
            yield b"x" * 50_000

    try:
        answer = httpx.post(
            f"{server.url}gradio_api/upload",
            content=film(),
            headers={"content-type": "multipart/form-data; boundary=b"},
            timeout=SECONDS,
        )
        assert answer.status_code == 413
        assert "0.2 MB" in answer.text
    except httpx.WriteError:  # the server closed the line while there was more to send
        pass
    assert sent < 100_000_000
    until(lambda: server.refused == ["too large"], "refused")
    until(lambda: server.files() == before, "nothing is left")


def test_words_in_place_of_a_file_do_not_fill_the_memory(server):
    """Gradio keeps fields of a form in memory, however large."""
    words = {"files": "x" * int(MB * 1e6 + 100_000)}
    answer = httpx.post(f"{server.url}gradio_api/upload", data=words, timeout=SECONDS)
    assert answer.status_code in (400, 413)
    large = json.dumps({"data": ["x" * intake.OTHER_BYTES], "fn_index": 0, "session_hash": "a"})
    answer = httpx.post(f"{server.url}gradio_api/queue/join", content=large, timeout=SECONDS)
    assert answer.status_code == 413


def test_an_upload_that_ends_early_leaves_nothing(server):
    before = server.files()
    with begin_upload(server, promised=100_000) as line:
        line.sendall(b"x" * 10_000)
        until(lambda: server.files() != before, "it begins to arrive")
    until(lambda: server.files() == before, "nothing is left")


def test_a_sender_that_says_nothing_is_not_waited_for(server, monkeypatch):
    monkeypatch.setattr(intake, "IDLE_SECONDS", 0.3)
    before = server.files()
    with begin_upload(server, promised=100_000) as line:
        assert b" 408 " in line.recv(1000).split(b"\r\n")[0]
    assert server.refused == ["too slow"]
    assert server.files() == before


def test_a_clip_is_deleted_when_its_visitor_leaves(server, monkeypatch):
    monkeypatch.setattr("gradio.utils.get_heartbeat_rate", lambda: 0.2)  # it is how soon a leaving is noticed
    (path,) = server.upload().json()
    with httpx.stream("GET", f"{server.url}gradio_api/heartbeat/visitor", timeout=SECONDS) as page:
        beats = page.iter_raw()
        next(beats)
        assert "event: complete" in server.ask(path, session="visitor")
        assert Path(path).exists()
        beats.close()
    until(lambda: not Path(path).exists(), "deleted")


def test_equal_clips_of_two_visitors_are_two_files_where_nobody_guesses_them(server):
    (one,), (other,) = server.upload().json(), server.upload().json()
    assert one != other
    known = Path(one).parts
    assert Path(*known[:-3], known[-2], known[-1]) not in server.files()  # Gradio's own place, by content


def test_no_address_is_fetched_for_a_stranger(server, monkeypatch):
    fetched = []
    monkeypatch.setattr("gradio.processing_utils.async_ssrf_protected_download", lambda url, **_: fetched.append(url))
    assert "event: error" in server.ask("https://example.org/a.mp4")
    assert fetched == [] and server.refused == ["an address"]


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "{model}/config.json", "{uploads}/../../etc/passwd", "file:///etc/passwd"]
)
def test_no_file_of_the_server_is_a_clip(server, path):
    place = path.format(model=server.demo._settings.model, uploads=server.demo.kept.folder)
    answer = server.ask(place)
    assert "event: error" in answer or '"ok": false' in answer
    assert httpx.get(f"{server.url}gradio_api/file={place}", timeout=SECONDS).status_code in (403, 404)


@pytest.mark.parametrize("model", ["/etc", "..", "someone/huge", "MCG-NJU/videomae-large-finetuned-kinetics"])
def test_a_model_that_is_not_on_the_list_is_not_loaded(server, model):
    with closing(Client(server.url, verbose=False)) as client:
        answer = client.predict(handle_file(server.clip), model, api_name="/predict")
    assert answer["error"]["code"] == "bad_request"


def test_a_clip_that_is_too_long_is_not_read(server, tmp_path):
    long = write_clip(tmp_path / "long.mp4", counting_frames(28), fps=5)
    with closing(Client(server.url, verbose=False)) as client:
        answer = client.predict(handle_file(long), api_name="/predict")
    assert answer["error"]["code"] == "too_long"


def test_nobody_goes_past_the_line(server):
    for address in ("run/predict", "api/predict"):
        body = {"data": [None, "auto", "auto", 5]}
        answer = httpx.post(f"{server.url}gradio_api/{address}", json=body, timeout=SECONDS)
        assert answer.status_code != 200


def test_a_full_line_is_an_honest_answer(server):
    line = server.demo.seats.line
    places = [line.enter(Visitor(f"visitor {number}")) for number in range(Settings().at_once + 2)]
    line._longest = 2
    try:
        with closing(Client(server.url, verbose=False)) as client:
            answer = client.predict(handle_file(server.clip), api_name="/predict")
        assert answer["error"]["code"] == "busy"
        assert "come back" in answer["error"]["message"]
    finally:
        line._longest = 64
        for place in places:
            place.leave()


def test_too_many_requests_of_one_address_are_turned_away_for_a_while(server):
    """With the server's own rule, and less patience."""
    settings = replace(server.demo._settings, posts_per_minute=12.0)
    demo = build_demo(settings=settings, tabs={})
    _, url, _ = demo.launch(prevent_thread_lock=True, quiet=True, **launch_options(settings))
    try:
        answers = [httpx.post(f"{url}gradio_api/reset", json={"event_id": "x"}) for _ in range(5)]
        assert {answer.status_code for answer in answers[:3]} == {200}
        assert answers[-1].status_code == 429
        assert "try again in" in answers[-1].json()["detail"] and int(answers[-1].headers["retry-after"]) >= 1
        assert httpx.get(f"{url}healthz").status_code == 503, "looking costs nothing"
    finally:
        demo.close()


@pytest.mark.parametrize("address", ["gradio_api/deep_link?session_hash=x", "monitoring", "monitoring/summary"])
def test_addresses_of_gradio_that_nobody_needs_are_closed(server, address):
    answer = httpx.get(f"{server.url}{address}", timeout=SECONDS)
    assert (answer.status_code, answer.text) == (404, "Not offered here.")
