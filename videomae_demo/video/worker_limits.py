"""What the kernel holds a decode worker to; on systems without these calls, the app's own deadline remains."""

from __future__ import annotations

import ctypes
import math
import os
import signal
import sys
import time
from pathlib import Path

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38


def die_with_parent(parent: int) -> None:
    """End this process as soon as the process ``parent`` ends, however that ends (Linux)."""
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before the call
        os._exit(1)


def limit_resources(memory_mb: float) -> None:
    """No file written, few files open, no core dump, and at most ``memory_mb`` of addresses more than now."""
    if resource is None:
        return
    for kind, most in ((resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_NOFILE, 64)):
        _lower(kind, most)
    statm = Path("/proc/self/statm")
    if statm.exists():
        pages = int(statm.read_text().split()[0])
        _lower(resource.RLIMIT_AS, pages * resource.getpagesize() + int(memory_mb * 1e6))


def limit_processor_time(seconds: float) -> None:
    """End this process when it has used ``seconds`` of processor time more than now."""
    if resource is not None:
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        soft = math.ceil(time.process_time() + seconds)
        resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def _lower(kind: int, most: int) -> None:
    _, hard = resource.getrlimit(kind)
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    resource.setrlimit(kind, (most, most))
