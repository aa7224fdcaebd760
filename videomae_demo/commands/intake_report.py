"""``python -m videomae_demo intake-report``: every file of the corpus through the door, and what came of it."""

from __future__ import annotations

import argparse
import gc
import os
import socket
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from ..errors import ClipError
from ..settings import Settings
from ..video import decode, probe, warm_up
from ..video.corpus import DAMAGED_CASES, GOOD_CASES, Case, Truth, hostile_cases, read_number, write_clip
from ..video.worker_pool import close_pools, pool

NEIGHBOUR = range(2000, 2040)
"""Numbers in another visitor's clip: none of them may ever be seen."""


@dataclass(frozen=True)
class Outcome:
    """What one file led to."""

    name: str
    kind: str
    """``good``, ``damaged``, ``hostile``."""
    result: str
    """``right frames``, ``frames``, ``some frames``, or an error code."""
    as_it_should: bool
    detail: str
    seconds: float


def try_case(case: Case, path: Path, truth: Truth | None, settings: Settings) -> Outcome:
    """Probe a file, decode frames of it in several orders, and compare with the truth."""
    start = time.monotonic()
    detail = ""
    try:
        if truth is not None and not case.codes:
            detail = _deviation(path, truth, settings)
            result = "wrong frames" if detail else "right frames"
            good = not detail
        else:
            clip = probe(path, settings=settings)
            frames = decode(clip, _spread(clip.num_frames), settings=settings)
            numbers = {read_number(rgb) for rgb in frames.rgb}
            result = "some frames" if frames.notice else "frames"
            good = case.may_give_frames and numbers.isdisjoint(NEIGHBOUR)
    except ClipError as error:
        result, detail = error.code, str(error)
        good = error.code in case.codes
    return Outcome(case.name, case.kind, result, good, detail, time.monotonic() - start)


def _spread(num_frames: int) -> list[int]:
    return [int(index) for index in np.linspace(0, num_frames - 1, 16)]


def _deviation(path: Path, truth: Truth, settings: Settings) -> str:
    """What differs from the truth, in words; empty if nothing does."""
    clip = probe(path, settings=settings)
    count = len(truth.numbers)
    if clip.num_frames != count:
        return f"{clip.num_frames} frames, not {count}"
    if np.abs(clip.frame_pts_seconds - truth.seconds).max() > truth.tolerance:
        return f"times {clip.frame_pts_seconds[:4]}, not {truth.seconds[:4]}"
    if (clip.width, clip.height) != truth.size:
        return f"{clip.width} x {clip.height} pixels, not {truth.size}"
    some = np.random.default_rng(0).integers(0, count, (4, 2)).tolist()
    for indices in (_spread(count), [count - 1], [count // 2, count // 3, count // 2], *some, list(range(count))):
        frames = decode(clip, indices, settings=settings)
        shown = [read_number(rgb) for rgb in frames.rgb]
        wanted = [truth.numbers[index] for index in indices]
        if shown != wanted or list(frames.indices) != indices:
            return f"{frames.decoder} gives {shown}, not {wanted}"
    return ""


@contextmanager
def listener() -> Iterator[tuple[str, list[str]]]:
    """A URL on this machine, and the list of those who connected to it."""
    visitors: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        ended = threading.Event()

        def serve() -> None:
            while not ended.is_set():
                try:
                    connection, origin = server.accept()
                except TimeoutError:
                    continue
                visitors.append(str(origin))
                connection.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/clip.mp4", visitors
        ended.set()
        thread.join()


def all_cases(address: str) -> tuple[Case, ...]:
    """The whole corpus; its playlists point to ``address`` and to the other visitor's clip."""
    return (*GOOD_CASES, *DAMAGED_CASES, *hostile_cases(address, "../neighbour.mp4"))


def write_corpus(folder: Path, address: str) -> list[Truth | None]:
    """Write every case into a folder of its own, beside the other visitor's clip."""
    os.environ.setdefault("SVT_LOG", "1")  # the AV1 encoder's greeting
    write_clip(folder / "neighbour.mp4", numbers=NEIGHBOUR)
    return [case.make(path) for case, path in zip(all_cases(address), _paths(folder, address), strict=True)]


def _paths(folder: Path, address: str) -> Iterator[Path]:
    for number, case in enumerate(all_cases(address)):
        place = folder / f"{number:03d}"
        place.mkdir(exist_ok=True)
        yield place / case.name


def resident_mb(pid: int | str = "self") -> float:
    """Memory that a process holds now, in MB; 0 where the system does not tell."""
    return _status_mb(pid, "VmRSS")


def _peak_mb(pid: int | str) -> float:
    return _status_mb(pid, "VmHWM")


def _status_mb(pid: int | str, entry: str) -> float:
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return 0.0
    return next(int(line.split()[1]) * 1024 / 1e6 for line in status.read_text().splitlines() if line.startswith(entry))


def _worker_pids(settings: Settings) -> set[int]:
    return pool(settings.decode_workers, settings.decode_memory_mb).pids()


def _consecutive(
    corpus: Sequence[tuple[Case, Path, Truth | None]], count: int, settings: Settings
) -> tuple[float, list[str]]:
    """(growth of the app in MB over ``count`` decodes of mixed files, what was left behind)."""
    order = np.random.default_rng(0).permutation(len(corpus))
    mixed = cycle([corpus[index] for index in order])
    for case, path, truth in islice(mixed, 50):  # what every first use allocates is no leak
        try_case(case, path, truth, settings)
    gc.collect()
    before, files = resident_mb(), set(Path(tempfile.gettempdir()).iterdir())  # the folder of this run alone
    for case, path, truth in islice(mixed, count):
        try_case(case, path, truth, settings)
    gc.collect()
    growth = resident_mb() - before
    left = [f"file {path}" for path in set(Path(tempfile.gettempdir()).iterdir()) - files]
    pids = _worker_pids(settings)
    close_pools()
    left += [f"process {pid}" for pid in pids if Path(f"/proc/{pid}").exists()]
    return growth, left


@contextmanager
def _own_temporary_folder() -> Iterator[str]:
    """A folder for the corpus, within the one where this process's temporary files go meanwhile."""
    with tempfile.TemporaryDirectory(prefix="videomae-intake-") as temporary:
        usual, tempfile.tempdir = tempfile.tempdir, temporary
        try:
            yield tempfile.mkdtemp(prefix="corpus-")
        finally:
            tempfile.tempdir = usual


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--decodes", type=int, default=0, metavar="N", help="then N more in a row, watching memory")
    parser.add_argument("--verbose", action="store_true", help="a line for every file")


def run(args: argparse.Namespace) -> int:
    """Print the outcomes; 0 if every one is as it should be."""
    settings = Settings.from_environment()
    with _own_temporary_folder() as folder, listener() as (address, visitors):
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as maker:  # its memory is not the app's
            truths = maker.submit(write_corpus, Path(folder), address).result()
        corpus = list(zip(all_cases(address), _paths(Path(folder), address), truths, strict=True))
        warm_up(settings=settings)
        outcomes, worker_mb = [], 0.0
        for case, path, truth in corpus:
            outcomes.append(try_case(case, path, truth, settings))
            worker_mb = max(worker_mb, *(_peak_mb(pid) for pid in _worker_pids(settings)))
        growth, left = _consecutive(corpus, args.decodes, settings) if args.decodes else (0.0, [])
        close_pools()
    for kind in ("good", "damaged", "hostile"):
        of_kind = [outcome for outcome in outcomes if outcome.kind == kind]
        counts = Counter(outcome.result for outcome in of_kind)
        print(f"{kind:8s} {len(of_kind):4d} files: " + ", ".join(f"{n} {name}" for name, n in counts.most_common()))
    for outcome in outcomes:
        if args.verbose or not outcome.as_it_should:
            mark = "ok   " if outcome.as_it_should else "WRONG"
            print(f"{mark} {outcome.name!r}: {outcome.result} ({outcome.seconds:.2f} s) {outcome.detail}")
    slowest = max(outcomes, key=lambda outcome: outcome.seconds)
    print(
        f"slowest: {slowest.name!r}, {slowest.seconds:.2f} s; deadline {settings.decode_timeout:g} s for each request"
    )
    print(f"connections made: {len(visitors)}")
    print(f"peak memory: app {_peak_mb('self'):.0f} MB, largest worker {worker_mb:.0f} MB")
    if args.decodes:
        print(
            f"{args.decodes} files in a row: app grew by {growth:.1f} MB; left behind: {', '.join(left) or 'nothing'}"
        )
    bad = any(not outcome.as_it_should for outcome in outcomes) or visitors or left
    return 1 if bad else 0
