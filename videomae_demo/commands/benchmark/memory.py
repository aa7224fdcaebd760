"""An arm's worst moment above the loaded model, each in a fresh process."""

from __future__ import annotations

import ctypes
import gc
import json
import re
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from itertools import accumulate
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from ...records import OnProgress
from .arms import ARMS
from .model import load
from .timed import noise_clip


def measure_memory(
    model: str, device: str, keys: Iterable[str], *, tell: OnProgress | None = None
) -> dict[str, dict[str, float]]:
    """What each of these arms needs at its worst moment, see ``peak_memory``.

    Args:
        model: what ``load_classifier`` takes, or ``RANDOM_MODEL``.
        device: ``"cpu"`` or ``"cuda"``.
    """
    peaks = {}
    for key in keys:
        if tell:
            tell(f"Peak memory: {ARMS[key].title}, {ARMS[key].dtype}", None)
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as fresh_process:
            peaks[key] = fresh_process.submit(peak_memory, key, model, device).result()
    return peaks


def peak_memory(key: str, model: str, device: str) -> dict[str, float]:
    """An arm's worst moment above the loaded model, in MB (10⁶ bytes); for a process that has done nothing else.

    Returns:
        ``peak_extra_mb``: tensors that exist at the same time, the same in every run. On a CPU also
        ``peak_resident_mb``: how much the process grows. That is what the system sees, but a matter of luck: the C
        library's heap reuses and returns memory as it happens to lie, and the same work varies by tens of MB.
    """
    import torch

    arm = ARMS[key]
    classifier = load(model, device, arm.dtype)
    run = arm.prepare(classifier)
    first, second = (noise_clip(classifier.geometry, seed) for seed in range(2))
    if classifier.device == "cuda":
        run(first)  # libraries set up their workspaces in the first call
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        run(second)
        return {"peak_extra_mb": (torch.cuda.max_memory_allocated() - before) / 1e6}
    for parameter in classifier.model.parameters():
        parameter.sum()  # weights mapped from a file are in memory only once they are read
    _return_free_memory()
    before = _resident_bytes()
    run(first)
    grown = _peak_resident_bytes() - before
    return {"peak_extra_mb": _peak_tensor_bytes(lambda: run(second)) / 1e6, "peak_resident_mb": grown / 1e6}


def _peak_tensor_bytes(work: Callable[[], object]) -> int:
    """The most bytes that tensors on the CPU hold at once while this runs, by torch's own account."""
    import torch

    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU], profile_memory=True) as profile:
        work()
    with TemporaryDirectory() as folder:
        trace = Path(folder) / "trace.json"
        profile.export_chrome_trace(str(trace))
        events = json.loads(trace.read_text(encoding="utf-8"))["traceEvents"]
    changes = sorted((event["ts"], event["args"]["Bytes"]) for event in events if event["name"] == "[memory]")
    return max(accumulate((size for _, size in changes), initial=0))


def _return_free_memory() -> None:
    """What the heap holds free goes back to the system where it can (glibc), so that it is counted when it is used."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim:
        trim(0)


def _resident_bytes() -> int:
    """This process's memory now, and its peak forgotten where the system can do that (Linux)."""
    status = Path("/proc/self/status")
    if not status.exists():
        return _peak_resident_bytes()
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return _kilobytes(status.read_text(encoding="ascii"), "VmRSS") * 1024


def _peak_resident_bytes() -> int:
    status = Path("/proc/self/status")
    if status.exists():
        return _kilobytes(status.read_text(encoding="ascii"), "VmHWM") * 1024
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _kilobytes(status: str, name: str) -> int:
    found = re.search(rf"^{name}:\s+(\d+) kB", status, re.MULTILINE)
    if not found:
        raise RuntimeError(f"no {name} in /proc/self/status")
    return int(found[1])
