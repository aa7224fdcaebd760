"""Let freed memory go back to the system."""

from __future__ import annotations

import ctypes
import platform

LARGE_BYTES = 4 << 20
M_MMAP_THRESHOLD = -3
"""glibc's number for it, in ``malloc.h``."""


def give_large_blocks_back() -> bool:
    """Let each block of more than 4 MiB be a mapping of its own, which is gone once it is freed; whether that was done.

    glibc starts so, but raises the line to the largest block freed so far, up to 32 MiB. From then on the frames of a
    clip (14.7 MB at 480 x 640) come from the heap of the thread that reads them, and each thread's heap stays as large
    as it ever was: ten threads that each read one clip held 73 MB after it, and 4 MB with the line fixed.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    return bool(ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, LARGE_BYTES))


def give_freed_memory_back() -> bool:
    """Hand back what is free inside the heaps; whether anything was.

    By itself glibc gives back only what lies at a heap's end. After a hundred visitors came at once 266 MB of
    733 were free and still held.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    return bool(ctypes.CDLL(None).malloc_trim(0))
